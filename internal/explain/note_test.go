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
		{"a full personal list needs no note", tactful.ForYou, allowed, Made{5, 5}, ""},
		{"a personal list of filler says so", tactful.ForYou, allowed, Made{5, 0}, "We know too little about what you like yet, so these are things many people like."},
		{"filler beside a page says nothing about the person", tactful.Similar, allowed, Made{5, 0}, ""},
		{"a short list says so", tactful.ForYou, allowed, Made{3, 3}, "We found no more that fits here."},
		{"few search results need no note", tactful.Search, allowed, Made{1, 0}, ""},
		{"generic: nobody in particular", tactful.ForYou, generic(decision.BecauseNoSubject), Made{5, 0}, "This list is the same for everyone."},
		{"nobody asked", tactful.ForYou, context(decision.BecauseNoRecord), Made{5, 2}, "This list looks only at this page or visit. You have not said yes to picks made for you."},
		{"generic: the same words for somebody who chose it", tactful.ForYou, generic(decision.BecauseLevel), Made{5, 0}, "This list is the same for everyone."},
		{"generic: and for somebody who refused", tactful.ForYou, generic(decision.BecauseDenied), Made{5, 0}, "This list is the same for everyone."},
		{"the zero permit", tactful.ForYou, decision.Permit{}, Made{5, 0}, "This list is the same for everyone."},
		{"personal without permission", tactful.ForYou, decision.Permit{Level: tactful.Personal}, Made{5, 0}, "This list is the same for everyone."},
		{"a popular list is general by nature", tactful.Popular, generic(decision.BecauseDenied), Made{5, 0}, ""},
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
		for _, tag := range []string{"en", "de", "ar"} {
			words := explainer(t).in(tag)
			if strings.TrimSpace(words.Messages["note.because."+because.String()]) == "" {
				t.Errorf("%s has no sentence for %s", tag, because)
			}
		}
	}
}
