package consent

import (
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestGPCIsExactlyOne(t *testing.T) {
	cases := []struct {
		name   string
		values []string
		want   bool
	}{
		{"no header", nil, false},
		{"1", []string{"1"}, true},
		{"any of several counts", []string{"0", "1"}, true},
		{"0 does not", []string{"0"}, false},
		{"a list in one header is not exactly 1", []string{"1, 1"}, false},
		{"spaces are not trimmed", []string{" 1"}, false},
		{"true is not 1", []string{"true", "yes", "01", "１"}, false},
	}
	for _, c := range cases {
		if GPC(c.values) != c.want {
			t.Errorf("%s: want %v", c.name, c.want)
		}
	}
}

func TestHeedBannerCategories(t *testing.T) {
	banner := CategoryConfig{Purposes: []tactful.Purpose{tactful.Recommendations}, Text: "Personal suggestions?", Version: "b1", Language: "en", Level: "personal"}
	p := testPolicy(t, Config{Categories: map[string]CategoryConfig{
		"personalization": banner,
		"ads":             {Purposes: []tactful.Purpose{tactful.Offers}}, // no text: a yes is no evidence
		"mail":            {Purposes: []tactful.Purpose{tactful.MessagesEmail}, Text: "Mail?", Version: "1"},
		"post":            {Purposes: []tactful.Purpose{tactful.MessagesEmail}, Text: "Post?", Version: "1"},
	}})
	granted := standing(tactful.Personal, yes(p, tactful.Recommendations)).Consents
	withdrawn := yes(p, tactful.Recommendations)
	withdrawn.Answer = tactful.Withdrawn
	took := standing(tactful.Personal, withdrawn).Consents
	segment := func(yes, no []string) decision.Signal {
		return decision.Signal{Form: decision.SignalSegment, Yes: yes, No: no, Time: noon}
	}
	chosen := segment([]string{"personalization"}, nil)
	chosen.Chosen = true
	broken := segment(nil, nil)
	broken.Broken = true
	or := decision.Signal{Form: decision.SignalRudderStack, Yes: []string{"mail", "personalization"}, No: []string{"post"}, Any: true, Time: noon}
	and := or
	and.Any = false
	cases := []struct {
		name    string
		prev    tactful.Consents
		signal  decision.Signal
		purpose tactful.Purpose
		want    tactful.Answer
	}{
		{"no object leaves the last choice", granted, decision.Signal{}, tactful.Recommendations, tactful.Granted},
		{"a broken object records nothing", granted, broken, tactful.Recommendations, tactful.Granted},
		{"the plain no of a broken object counts", granted, decision.Signal{Form: decision.SignalSegment, Broken: true, No: []string{"personalization"}, Time: noon}, tactful.Recommendations, tactful.Withdrawn},
		{"a yes with the banner's text is evidence", tactful.Consents{}, segment([]string{"personalization"}, nil), tactful.Recommendations, tactful.Granted},
		{"a yes without text is none", tactful.Consents{}, segment([]string{"ads", "personalization"}, nil), tactful.Offers, tactful.NoAnswer},
		{"a no withdraws", granted, segment([]string{"ads"}, []string{"personalization"}), tactful.Recommendations, tactful.Withdrawn},
		{"a missing category withdraws", granted, segment([]string{"ads"}, nil), tactful.Recommendations, tactful.Withdrawn},
		{"an empty object withdraws", granted, segment(nil, nil), tactful.Recommendations, tactful.Withdrawn},
		{"an empty object denies unmapped purposes too", tactful.Consents{}, segment(nil, nil), tactful.Experiments, tactful.Denied},
		{"yes and no to the same category is a no", granted, segment([]string{"personalization"}, []string{"personalization"}), tactful.Recommendations, tactful.Withdrawn},
		{"a repeated old yes does not undo a withdrawal", took, segment([]string{"personalization"}, nil), tactful.Recommendations, tactful.Withdrawn},
		{"choosing again does", took, chosen, tactful.Recommendations, tactful.Granted},
		{"a purpose named as its own category is denied by name", tactful.Consents{}, segment([]string{"personalization"}, []string{"experiments"}), tactful.Experiments, tactful.Denied},
		{"rudderstack or: one category is enough", tactful.Consents{}, or, tactful.MessagesEmail, tactful.Granted},
		{"rudderstack and: all are needed", tactful.Consents{}, and, tactful.MessagesEmail, tactful.Denied},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a, err := p.Apply(c.prev, p.Heed(c.prev, c.signal, noon), noon, ids())
			if err != nil || len(a.Refused) > 0 {
				t.Fatalf("%v, %v", a.Refused, err)
			}
			if got := a.Next.Purposes[c.purpose].Answer; got != c.want {
				t.Fatalf("got %v, want %v", got, c.want)
			}
		})
	}

	change := p.Heed(tactful.Consents{}, segment([]string{"personalization"}, nil), noon)
	a, _ := p.Apply(tactful.Consents{}, change, noon, ids())
	if got := p.Collect(Standing{Known: true, Consents: a.Next}, noon); !got.Allowed() {
		t.Fatalf("a banner's yes with level and text stores nothing: %v", got.Because)
	}
	again := p.Heed(a.Next, segment([]string{"personalization"}, nil), noon.Add(time.Hour))
	for _, answer := range again.Answers {
		if answer.Answer == tactful.Granted {
			t.Fatal("a repeated yes is recorded again")
		}
	}
	if low := p.Heed(tactful.Consents{Level: tactful.Generic}, chosen, noon); low.Level != tactful.LevelUnknown {
		t.Fatal("a banner lifted a chosen level")
	}
	// A changed banner text ends what was said to the old one.
	banner.Text, banner.Version = "Something else?", "b2"
	changed := testPolicy(t, Config{Categories: map[string]CategoryConfig{"personalization": banner}})
	if got := changed.Collect(Standing{Known: true, Consents: a.Next}, noon); got.Because != decision.BecauseNoticeStale {
		t.Fatalf("got %v", got.Because)
	}
}

func TestHeedNativeAnswersAsTheyAre(t *testing.T) {
	p := testPolicy(t, Config{})
	s := decision.Signal{Form: decision.SignalNative, Level: tactful.Personal, Answers: []tactful.Consent{grant(p, tactful.Recommendations, noon)}}
	if c := p.Heed(tactful.Consents{}, s, noon); c.Level != tactful.Personal || len(c.Answers) != 1 {
		t.Fatalf("%+v", c)
	}
	s.Broken = true
	if c := p.Heed(tactful.Consents{}, s, noon); c.Level != tactful.LevelUnknown || len(c.Answers) != 0 {
		t.Fatalf("a broken object was read: %+v", c)
	}
}
