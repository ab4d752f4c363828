package consent

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestALevelRisesOnlyByALaterChoiceThatCounts(t *testing.T) {
	p := testPolicy(t, Config{})
	const purpose = tactful.Recommendations
	at := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	stale := grant(p, purpose, time.Time{})
	stale.NoticeHash = HashText("another text")
	chose := func(level tactful.Level, h int) tactful.Consents {
		return tactful.Consents{Level: level, LevelTime: at(h)}
	}
	said := func(answers ...tactful.Consent) Change { return Change{Level: tactful.Full, Answers: answers} }
	later := chose(tactful.Generic, -1)
	later.Purposes = map[tactful.Purpose]tactful.Consent{purpose: refusal(purpose, at(-1))}
	cases := []struct {
		name   string
		prev   tactful.Consents
		change Change
		want   tactful.Level
		since  time.Time
	}{
		{"alone and now it rises", chose(tactful.Generic, -1), said(), tactful.Full, noon},
		{"with a yes that counts it rises", chose(tactful.Generic, -1), said(grant(p, purpose, time.Time{})), tactful.Full, noon},
		{"with a yes that is refused it does not", tactful.Consents{}, said(stale), tactful.LevelUnknown, time.Time{}},
		{"with a yes that is refused it does not, though a no beside it counts", chose(tactful.Generic, -1), said(stale, refusal(tactful.Offers, time.Time{})), tactful.Generic, at(-1)},
		{"with nothing but a no that counts it does", chose(tactful.Generic, -1), said(refusal(tactful.Offers, time.Time{})), tactful.Full, noon},
		{"with one that counts of two it does", tactful.Consents{}, said(stale, grant(p, tactful.Improvement, time.Time{})), tactful.Full, noon},
		{"an older row brings its level at its own time", tactful.Consents{}, said(grant(p, purpose, at(-5))), tactful.Full, at(-5)},
		{"an older row does not raise what was chosen since", later, said(grant(p, purpose, at(-5))), tactful.Generic, at(-1)},
		{"stated as older it does not rise", chose(tactful.Generic, -1), Change{Level: tactful.Full, Time: at(-2)}, tactful.Generic, at(-1)},
		{"stated as of the same moment it does not rise", chose(tactful.Generic, -1), Change{Level: tactful.Full, Time: at(-1)}, tactful.Generic, at(-1)},
		{"stated as of the same moment it does fall", chose(tactful.Full, -1), Change{Level: tactful.Generic, Time: at(-1)}, tactful.Generic, at(-1)},
		{"stated as older it does not fall", chose(tactful.Full, -1), Change{Level: tactful.Generic, Time: at(-2)}, tactful.Full, at(-1)},
		{"it falls beside a refused yes", chose(tactful.Full, -1), Change{Level: tactful.Generic, Answers: []tactful.Consent{stale}}, tactful.Generic, noon},
		{"in the future it does not rise", chose(tactful.Generic, -1), Change{Level: tactful.Full, Time: at(1)}, tactful.Generic, at(-1)},
		{"a fall in the future is one now", chose(tactful.Full, -1), Change{Level: tactful.Generic, Time: at(1)}, tactful.Generic, noon},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a, err := p.Apply(c.prev, c.change, noon, ids())
			if err != nil || a.Next.Level != c.want || !a.Next.LevelTime.Equal(c.since) {
				t.Fatalf("%s since %s, want %s since %s (%v)", a.Next.Level, a.Next.LevelTime, c.want, c.since, err)
			}
		})
	}
}

func TestAYesInAMessageCountsAsOfItsStatedMoment(t *testing.T) {
	p := testPolicy(t, Config{})
	const purpose = tactful.Recommendations
	took := tactful.Consents{Level: tactful.Generic, LevelTime: noon, Purposes: map[tactful.Purpose]tactful.Consent{purpose: refusal(purpose, noon)}}
	message := func(at time.Time) decision.Signal {
		return decision.Signal{Form: decision.SignalNative, Level: tactful.Full, Time: at, Answers: []tactful.Consent{grant(p, purpose, at)}}
	}
	level := func(at time.Time) decision.Signal {
		return decision.Signal{Form: decision.SignalNative, Level: tactful.Full, Time: at}
	}
	cases := []struct {
		name   string
		signal decision.Signal
		rises  bool
	}{
		{"a later yes with its level", message(noon.Add(time.Second)), true},
		{"a yes of the same moment", message(noon), false},
		{"an older yes", message(noon.Add(-time.Second)), false},
		{"a yes that does not say when", message(time.Time{}), false},
		{"a level alone, fresh and later", level(noon.Add(2 * time.Hour)), true},
		{"a level alone that is not fresh", level(noon.Add(time.Hour)), false},
		{"a level alone that does not say when", level(time.Time{}), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			now := noon.Add(2 * time.Hour)
			a, err := p.Apply(took, p.Heed(took, c.signal, now), now, ids())
			if err != nil || (a.Next.Level == tactful.Full) != c.rises {
				t.Fatalf("%+v, %v", a.Next, err)
			}
			if !c.rises && len(a.Appended) > 0 {
				t.Fatal("what changes nothing is recorded")
			}
		})
	}
}

// Whatever messages come again, in any order: after a no said now, a yes that
// was stated before it, by a clock up to five minutes fast, stays out.
func TestNoReplayUndoesANo(t *testing.T) {
	p := testPolicy(t, Config{})
	rapid.Check(t, func(t *rapid.T) {
		id, now := ids(), noon
		next := tactful.Consents{}
		var sent []decision.Signal
		hear := func(s decision.Signal) {
			a, err := p.Apply(next, p.Heed(next, s, now), now, id)
			if err != nil {
				t.Fatal(err)
			}
			next = a.Next
		}
		for range rapid.IntRange(1, 6).Draw(t, "messages") {
			now = now.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "pass")) * time.Second)
			at := now.Add(time.Duration(rapid.IntRange(-900, 300).Draw(t, "clock")) * time.Second)
			s := decision.Signal{Form: decision.SignalNative, Level: tactful.Full, Time: at, Answers: []tactful.Consent{grant(p, tactful.Recommendations, at)}}
			sent = append(sent, s)
			hear(s)
		}
		now = now.Add(time.Second)
		a, err := p.Apply(next, Change{Level: tactful.Generic, Answers: []tactful.Consent{refusal(tactful.Recommendations, time.Time{})}}, now, id)
		if err != nil {
			t.Fatal(err)
		}
		next = a.Next
		for range rapid.IntRange(1, 6).Draw(t, "replays") {
			now = now.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "pass")) * time.Second)
			hear(rapid.SampledFrom(sent).Draw(t, "again"))
			if next.Level != tactful.Generic || next.Purposes[tactful.Recommendations].Answer == tactful.Granted {
				t.Fatalf("a replay gave %+v", next)
			}
		}
	})
}
