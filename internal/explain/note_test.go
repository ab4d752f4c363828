package explain

import (
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestNotes(t *testing.T) {
	allowed := decision.Permit{Level: tactful.Personal, Allowed: true, Because: decision.BecauseAllowed}
	generic := func(why decision.Because) decision.Permit {
		return decision.Permit{Level: tactful.Generic, Because: why}
	}
	context := func(why decision.Because) decision.Permit {
		return decision.Permit{Level: tactful.Context, Because: why}
	}
	for _, test := range []struct {
		name      string
		placement tactful.Placement
		permit    decision.Permit
		made      Made
		want      string
	}{
		{"a full personal list needs no note", tactful.ForYou, allowed, Made{Shown: 5, Picked: 5}, ""},
		{"a personal list of filler says so", tactful.ForYou, allowed, Made{Shown: 5, Picked: 0}, "We know too little about what you like yet, so these are things many people like."},
		{"filler beside a page says nothing about the person", tactful.Similar, allowed, Made{Shown: 5, Picked: 0}, ""},
		{"a short list says so", tactful.ForYou, allowed, Made{Shown: 3, Picked: 3}, "We found no more that fits here."},
		{"a list that is short by the person's own wish says so", tactful.ForYou, allowed, Made{Shown: 3, Picked: 3, Spared: 9}, "There would be more, but you told us not to show it."},
		{"so do search results", tactful.Search, allowed, Made{Spared: 1}, "There would be more, but you told us not to show it."},
		{"a full list need not", tactful.ForYou, allowed, Made{Shown: 5, Picked: 5, Spared: 9}, ""},
		{"few search results need no note", tactful.Search, allowed, Made{Shown: 1, Picked: 0}, ""},
		{"generic: nobody in particular", tactful.ForYou, generic(decision.BecauseNoSubject), Made{Shown: 5, Picked: 0}, "This list is the same for everyone."},
		{"nobody asked", tactful.ForYou, context(decision.BecauseNoRecord), Made{Shown: 5, Picked: 2}, "This list looks only at this page or visit. You have not said yes to picks made for you."},
		{"generic: the same words for somebody who chose it", tactful.ForYou, generic(decision.BecauseLevel), Made{Shown: 5, Picked: 0}, "This list is the same for everyone."},
		{"generic: and for somebody who refused", tactful.ForYou, generic(decision.BecauseDenied), Made{Shown: 5, Picked: 0}, "This list is the same for everyone."},
		{"the zero permit", tactful.ForYou, decision.Permit{}, Made{Shown: 5, Picked: 0}, "This list is the same for everyone."},
		{"personal without permission", tactful.ForYou, decision.Permit{Level: tactful.Personal}, Made{Shown: 5, Picked: 0}, "This list is the same for everyone."},
		{"a popular list is general by nature", tactful.Popular, generic(decision.BecauseDenied), Made{Shown: 5, Picked: 0}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := ask(test.placement)
			c.Permit = test.permit
			if got := explainer(t).Note(c, test.made); got != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestEveryBoundHasItsSentence(t *testing.T) {
	for because := decision.BecauseUnknown; because.String() != "unknown" || because == 0; because++ {
		if because == decision.BecauseUnknown || because == decision.BecauseAllowed {
			continue
		}
		for _, tag := range explainer(t).Languages() {
			words := explainer(t).in(tag)
			if strings.TrimSpace(words.Messages["note.because."+because.String()]) == "" {
				t.Errorf("%s has no sentence for %s", tag, because)
			}
		}
	}
}
