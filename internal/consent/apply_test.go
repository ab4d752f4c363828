package consent

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// ids names records c1, c2, ...
func ids() func() (string, error) {
	n := 0
	return func() (string, error) { n++; return fmt.Sprintf("c%d", n), nil }
}

func grant(p *Policy, purpose tactful.Purpose, at time.Time) tactful.Consent {
	n, _ := p.Notice(purpose, "de")
	return tactful.Consent{Purpose: purpose, Answer: tactful.Granted, NoticeHash: n.Hash, NoticeVersion: n.Version, Method: "form", Language: "de", Time: at}
}

func refusal(purpose tactful.Purpose, at time.Time) tactful.Consent {
	return tactful.Consent{Purpose: purpose, Answer: tactful.Denied, Method: "form", Time: at}
}

func TestApplyRecordsAGrantWithItsEvidence(t *testing.T) {
	p := testPolicy(t, Config{})
	a, err := p.Apply(tactful.Consents{}, Change{Level: tactful.Personal, Answers: []tactful.Consent{grant(p, tactful.Recommendations, time.Time{})}}, noon, ids())
	if err != nil || len(a.Refused) != 0 || len(a.Appended) != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	r := a.Next.Purposes[tactful.Recommendations]
	if r.ID != "c1" || r.Time != noon || r.Expires != noon.Add(DefaultExpires) || r.NoticeVersion != "1" || r != a.Appended[0] {
		t.Fatalf("recorded %+v", r)
	}
	if got := p.Permit(Standing{Known: true, Consents: a.Next}, Ask{Purpose: tactful.Recommendations}, noon); !got.Allowed {
		t.Fatalf("not permitted after the grant: %v", got.Because)
	}
}

func TestApplyRefusesWhatIsNoEvidence(t *testing.T) {
	p := testPolicy(t, Config{})
	cases := []struct {
		name, field string
		change      func(*tactful.Consent)
	}{
		{"an undeclared purpose", "answers[0].purpose", func(c *tactful.Consent) { c.Purpose = "profiling" }},
		{"no answer", "answers[0].answer", func(c *tactful.Consent) { c.Answer = tactful.NoAnswer }},
		{"an answer nobody knows", "answers[0].answer", func(c *tactful.Consent) { c.Answer = 77 }},
		{"a yes without text", "answers[0].noticeHash", func(c *tactful.Consent) { c.NoticeHash = "" }},
		{"a yes to an unknown text", "answers[0].noticeHash", func(c *tactful.Consent) { c.NoticeHash = HashText("trust us") }},
		{"a yes to another purpose's text", "answers[0].noticeHash", func(c *tactful.Consent) { c.NoticeHash = grant(p, tactful.Offers, noon).NoticeHash }},
		{"a hash that is none", "answers[0].noticeHash", func(c *tactful.Consent) { c.NoticeHash = "yes" }},
		{"a version that is not the text's", "answers[0].noticeVersion", func(c *tactful.Consent) { c.NoticeVersion = "0" }},
		{"a yes from the future", "answers[0].time", func(c *tactful.Consent) { c.Time = noon.Add(Skew + time.Second) }},
		{"a yes of before 1970", "answers[0].time", func(c *tactful.Consent) { c.Time = time.Unix(-1, 0) }},
		{"a yes without method", "answers[0].method", func(c *tactful.Consent) { c.Method = "" }},
		{"a method that is a number", "answers[0].method", func(c *tactful.Consent) { c.Method = "491701234567" }},
		{"a yes that ended before it began", "answers[0].expires", func(c *tactful.Consent) { c.Time = noon; c.Expires = noon }},
		{"a jurisdiction that is none", "answers[0].jurisdiction", func(c *tactful.Consent) { c.Jurisdiction = "Atlantis" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			answer := grant(p, tactful.Recommendations, noon)
			c.change(&answer)
			a, err := p.Apply(tactful.Consents{}, Change{Answers: []tactful.Consent{answer, refusal(tactful.Offers, noon)}}, noon, ids())
			if err != nil || len(a.Refused) != 1 || a.Refused[0].Field != c.field || a.Refused[0].Remedy == "" {
				t.Fatalf("%+v, %v", a.Refused, err)
			}
			if len(a.Next.Purposes) != 1 || a.Next.Purposes[tactful.Offers].Answer != tactful.Denied {
				t.Fatalf("the no beside it was lost: %+v", a.Next)
			}
		})
	}
}

func TestApplyOrdersAnswersByWhenTheyWereSaid(t *testing.T) {
	p := testPolicy(t, Config{})
	const purpose = tactful.Recommendations
	at := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	withdraw := refusal(purpose, at(-1))
	withdraw.Answer = tactful.Withdrawn
	cases := []struct {
		name     string
		answers  []tactful.Consent
		want     tactful.Answer
		appended int
	}{
		{"a no after a yes is a withdrawal", []tactful.Consent{grant(p, purpose, at(-2)), refusal(purpose, at(-1))}, tactful.Withdrawn, 2},
		{"a no without a yes is a denial", []tactful.Consent{refusal(purpose, at(-1))}, tactful.Denied, 1},
		{"a withdrawal without a yes still refuses", []tactful.Consent{withdraw}, tactful.Withdrawn, 1},
		{"an older yes is recorded but does not override", []tactful.Consent{refusal(purpose, at(-1)), grant(p, purpose, at(-2))}, tactful.Denied, 2},
		{"an older no does not override", []tactful.Consent{grant(p, purpose, at(-1)), refusal(purpose, at(-2))}, tactful.Granted, 2},
		{"a newer yes overrides", []tactful.Consent{refusal(purpose, at(-2)), grant(p, purpose, at(-1))}, tactful.Granted, 2},
		{"on a tie the no wins, yes first", []tactful.Consent{grant(p, purpose, at(-1)), refusal(purpose, at(-1))}, tactful.Withdrawn, 2},
		{"on a tie the no wins, no first", []tactful.Consent{refusal(purpose, at(-1)), grant(p, purpose, at(-1))}, tactful.Denied, 2},
		{"what is said now overrides even a tie", []tactful.Consent{refusal(purpose, noon), grant(p, purpose, time.Time{})}, tactful.Granted, 2},
		{"a fast clock's yes is outranked by a no said now", []tactful.Consent{grant(p, purpose, noon.Add(Skew)), refusal(purpose, time.Time{})}, tactful.Withdrawn, 2},
		{"a repeated no is not recorded twice", []tactful.Consent{refusal(purpose, at(-3)), refusal(purpose, at(-2))}, tactful.Denied, 1},
		{"a repeated no moves on, so that a late yes between them stays out", []tactful.Consent{refusal(purpose, at(-3)), refusal(purpose, at(-1)), grant(p, purpose, at(-2))}, tactful.Denied, 2},
		{"a retried yes is not recorded twice", []tactful.Consent{grant(p, purpose, at(-1)), grant(p, purpose, at(-1))}, tactful.Granted, 1},
		{"a no of before there were clocks counts from now", []tactful.Consent{grant(p, purpose, at(-1)), refusal(purpose, time.Unix(-1, 0))}, tactful.Withdrawn, 2},
		{"a no from the future counts from now", []tactful.Consent{grant(p, purpose, at(-1)), refusal(purpose, at(99))}, tactful.Withdrawn, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			next, appended, id := tactful.Consents{}, 0, ids()
			for _, answer := range c.answers {
				a, err := p.Apply(next, Change{Answers: []tactful.Consent{answer}}, noon, id)
				if err != nil || len(a.Refused) > 0 {
					t.Fatalf("%v, %v", a.Refused, err)
				}
				next, appended = a.Next, appended+len(a.Appended)
			}
			if got := next.Purposes[purpose].Answer; got != c.want || appended != c.appended {
				t.Fatalf("got %v with %d records, want %v with %d", got, appended, c.want, c.appended)
			}
		})
	}
}

func TestNoYesAndNoHigherLevelFromBeforeAnErasureCounts(t *testing.T) {
	p := testPolicy(t, Config{})
	const purpose = tactful.Recommendations
	before, since, after := noon.Add(-2*time.Hour), noon.Add(-time.Hour), noon.Add(-time.Minute)
	cases := []struct {
		name   string
		change Change
		want   tactful.Answer
		level  tactful.Level
	}{
		{"a yes from before", Change{Level: tactful.Full, Answers: []tactful.Consent{grant(p, purpose, before)}}, tactful.NoAnswer, tactful.LevelUnknown},
		{"a yes of that moment", Change{Level: tactful.Full, Answers: []tactful.Consent{grant(p, purpose, since.Add(time.Microsecond))}}, tactful.NoAnswer, tactful.LevelUnknown},
		{"a yes from after", Change{Level: tactful.Full, Answers: []tactful.Consent{grant(p, purpose, after)}}, tactful.Granted, tactful.Full},
		{"a yes said now", Change{Level: tactful.Full, Answers: []tactful.Consent{grant(p, purpose, time.Time{})}}, tactful.Granted, tactful.Full},
		{"a no from before", Change{Answers: []tactful.Consent{refusal(purpose, before)}}, tactful.Denied, tactful.LevelUnknown},
		{"a level from before", Change{Level: tactful.Full, Time: before}, tactful.NoAnswer, tactful.LevelUnknown},
		{"a lower level from before", Change{Level: tactful.Generic, Time: before}, tactful.NoAnswer, tactful.Generic},
		{"a level from after", Change{Level: tactful.Full, Time: after}, tactful.NoAnswer, tactful.Full},
	}
	for _, c := range cases {
		c.change.Since = since
		a, err := p.Apply(tactful.Consents{}, c.change, noon, ids())
		if err != nil || a.Next.Purposes[purpose].Answer != c.want || a.Next.Level != c.level {
			t.Errorf("%s: %v at %v, %v", c.name, a.Next.Purposes[purpose].Answer, a.Next.Level, err)
		}
		c.change.Since = time.Time{} // the control: nobody was erased
		if b, err := p.Apply(tactful.Consents{}, c.change, noon, ids()); err != nil || len(b.Refused) > 0 || b.Next.Level != c.change.Level {
			t.Errorf("%s, and nobody was erased: %+v, %v", c.name, b, err)
		}
	}
}

func TestApplyLeavesItsInputAlone(t *testing.T) {
	p := testPolicy(t, Config{})
	prev := standing(tactful.Personal, yes(p, tactful.Recommendations)).Consents
	on := true
	change := Change{Level: tactful.Generic, GPC: &on, Answers: []tactful.Consent{refusal(tactful.Recommendations, time.Time{})}}
	a, err := p.Apply(prev, change, noon, ids())
	if err != nil || a.Next.Level != tactful.Generic || !a.Next.GPC {
		t.Fatalf("%+v, %v", a, err)
	}
	if prev.Purposes[tactful.Recommendations].Answer != tactful.Granted || prev.GPC || prev.Level != tactful.Personal {
		t.Fatal("the standing before was changed")
	}
	broken := errors.New("no entropy")
	a, err = p.Apply(prev, change, noon, func() (string, error) { return "", broken })
	if !errors.Is(err, broken) || a.Next.Level != tactful.Personal || len(a.Appended) != 0 {
		t.Fatalf("half applied: %+v, %v", a, err)
	}
	many := Change{Level: 9}
	for range maxAnswers + 9 {
		many.Answers = append(many.Answers, refusal(tactful.Offers, time.Time{}))
	}
	if a, err = p.Apply(tactful.Consents{}, many, noon, ids()); err != nil || len(a.Refused) != 2 || a.Next.Level != tactful.LevelUnknown {
		t.Fatalf("%+v, %v", a, err)
	}
}

// A no said now ends the permit, whatever came before and in whatever order.
func TestANoSaidNowAlwaysEndsThePermit(t *testing.T) {
	p := testPolicy(t, Config{})
	rapid.Check(t, func(t *rapid.T) {
		next, id := tactful.Consents{Level: tactful.Full}, ids()
		for range rapid.IntRange(0, 8).Draw(t, "answers") {
			when := noon.Add(time.Duration(rapid.IntRange(-9, 9).Draw(t, "minutes")) * time.Minute)
			answer := refusal(tactful.Recommendations, when)
			if rapid.Bool().Draw(t, "yes") {
				answer = grant(p, tactful.Recommendations, when)
			}
			a, err := p.Apply(next, Change{Answers: []tactful.Consent{answer}}, noon, id)
			if err != nil {
				t.Fatal(err)
			}
			next = a.Next
		}
		a, err := p.Apply(next, Change{Answers: []tactful.Consent{refusal(tactful.Recommendations, time.Time{})}}, noon, id)
		if err != nil || len(a.Refused) > 0 {
			t.Fatal(a.Refused, err)
		}
		got := p.Permit(Standing{Known: true, Consents: a.Next}, Ask{Purpose: tactful.Recommendations}, noon)
		if got.Allowed || (got.Because != decision.BecauseDenied && got.Because != decision.BecauseWithdrawn) {
			t.Fatalf("still %+v", got)
		}
		late, err := p.Apply(a.Next, Change{Answers: []tactful.Consent{grant(p, tactful.Recommendations, noon.Add(-time.Second))}}, noon.Add(time.Second), id)
		if err != nil || late.Next.Purposes[tactful.Recommendations].Answer == tactful.Granted {
			t.Fatalf("an older yes came back over the no: %+v, %v", late.Next, err)
		}
	})
}

func TestARefusalKeepsNoLabelOfTheSenders(t *testing.T) {
	p := testPolicy(t, Config{})
	c := refusal(tactful.Offers, noon)
	c.NoticeVersion, c.NoticeHash, c.Language, c.Method, c.Jurisdiction = "491701234567", HashText("x"), "xx-Jane", "+49", "Jane"
	a, err := p.Apply(tactful.Consents{}, Change{Answers: []tactful.Consent{c}}, noon, ids())
	if err != nil || len(a.Appended) != 1 {
		t.Fatal(a, err)
	}
	if r := a.Appended[0]; r != (tactful.Consent{ID: "c1", Purpose: tactful.Offers, Answer: tactful.Denied, Time: noon}) {
		t.Fatalf("%+v", r)
	}
}

func TestValidateListsAllFaultsAtOnce(t *testing.T) {
	c := Config{
		DefaultRegime: "maybe",
		Regimes:       map[string]Regime{"Germany": OptIn, "US": "never"},
		Purposes: []PurposeConfig{
			{Name: "Bad Name", Text: map[string]string{"en": "text"}, Version: "1"},
			{Name: "own", Expires: -1, GPC: "perhaps", Accepts: []NoticeConfig{{SHA256: "x"}}},
			{Name: tactful.Recommendations, Text: map[string]string{"en": "other text"}},
			{Name: "twice", Text: map[string]string{"english!": ""}, Version: "1"}, {Name: "twice", Text: map[string]string{"en": "t"}, Version: "1"},
		},
		Categories: map[string]CategoryConfig{"ads": {Purposes: []tactful.Purpose{"nothing"}, Level: "total"}, "c": {Text: "t"}},
	}
	c.Defaults()
	err := c.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"default_regime", "regimes: has a key", "regimes.US", "purposes[0].version", "purposes[10].name", "purposes[11].expires",
		"purposes[11].gpc", "purposes[11].text", "purposes[11].version", "accepts[0].version", "accepts[0].sha256", "purposes[12].text",
		"purposes[13].name: is declared twice", "categories[0].purposes[0]", "categories[0].level: is not a level", "categories[1].purposes", "categories[1].text",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word about %s in\n%v", want, err)
		}
	}
	if tactful.KindOf(err) != tactful.Invalid {
		t.Error("not Invalid")
	}
}

func TestTheZeroConfigIsTheCarefulChoice(t *testing.T) {
	var c Config
	c.Defaults()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	p := testPolicy(t, Config{})
	if q := testPolicy(t, c); p.Version() != q.Version() || len(p.Version()) != 64 {
		t.Fatal("defaults are not idempotent")
	}
	if p.Regime("DE") != OptIn || p.Regime("") != OptIn || p.Regime("XX") != OptIn {
		t.Fatal("not opt-in where the law asks for it or nobody knows")
	}
	for _, purpose := range tactful.Purposes() {
		seen := make(map[string]bool)
		for _, language := range []string{"en", "de", "fr", "es", "ar"} {
			n, ok := p.Notice(purpose, language+"-XX")
			if !ok || n.Language != language || n.Hash != HashText(n.Text) || seen[n.Text] {
				t.Fatalf("%s in %s: %+v", purpose, language, n)
			}
			seen[n.Text] = true
		}
		if n, _ := p.Notice(purpose, "tlh"); n.Language != "en" {
			t.Fatalf("%s in an unknown language: %+v", purpose, n)
		}
	}
	if _, ok := p.Notice("unheard_of", "en"); ok {
		t.Fatal("a text for an undeclared purpose")
	}
}
