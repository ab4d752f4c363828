package consent

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func testPolicy(t testing.TB, c Config) *Policy {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// yes is a live record for a purpose, given a day ago on the English text.
func yes(p *Policy, purpose tactful.Purpose) tactful.Consent {
	n, _ := p.Notice(purpose, "en")
	return tactful.Consent{
		ID: "c1", Purpose: purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash,
		Language: "en", Method: "form", Time: noon.Add(-Day), Expires: noon.Add(300 * Day),
	}
}

func standing(level tactful.Level, records ...tactful.Consent) Standing {
	s := Standing{Known: true, Consents: tactful.Consents{Level: level, Purposes: map[tactful.Purpose]tactful.Consent{}}}
	for _, r := range records {
		s.Consents.Purposes[r.Purpose] = r
	}
	return s
}

func TestPermitNamesItsBound(t *testing.T) {
	p := testPolicy(t, Config{Regimes: map[string]Regime{"US": OptOut, "US-CA": OptIn}})
	with := func(change func(*tactful.Consent)) tactful.Consent {
		c := yes(p, tactful.Recommendations)
		change(&c)
		return c
	}
	good := yes(p, tactful.Recommendations)
	frozen := standing(tactful.Full, good)
	frozen.Frozen = true
	gpc := standing(tactful.Full, yes(p, tactful.Offers), good)
	gpc.Consents.GPC = true
	swapped := standing(tactful.Full)
	swapped.Consents.Purposes[tactful.Recommendations] = yes(p, tactful.Offers)
	ask := Ask{Purpose: tactful.Recommendations}

	cases := []struct {
		name    string
		s       Standing
		ask     Ask
		level   tactful.Level
		because decision.Because
	}{
		{"nobody under opt-in gets the generic list", Standing{}, ask, tactful.Generic, decision.BecauseNoSubject},
		{"nobody under opt-out gets the page at most", Standing{}, Ask{Purpose: tactful.Recommendations, Region: "US"}, tactful.Context, decision.BecauseNoSubject},
		{"a stricter part of a country is stricter", Standing{}, Ask{Purpose: tactful.Recommendations, Region: "US-CA"}, tactful.Generic, decision.BecauseNoSubject},
		{"another part falls back to its country", Standing{}, Ask{Purpose: tactful.Recommendations, Region: "US-TX"}, tactful.Context, decision.BecauseNoSubject},
		{"an unlisted region has the default law", Standing{}, Ask{Purpose: tactful.Recommendations, Region: "ZZ"}, tactful.Generic, decision.BecauseNoSubject},
		{"a grant without a chosen level is not enough", standing(tactful.LevelUnknown, good), ask, tactful.Generic, decision.BecauseNoRecord},
		{"not even under opt-out", standing(tactful.LevelUnknown, good), Ask{Purpose: tactful.Recommendations, Region: "US"}, tactful.Context, decision.BecauseNoRecord},
		{"generic chosen stays generic under opt-out", standing(tactful.Generic, good), Ask{Purpose: tactful.Recommendations, Region: "US"}, tactful.Generic, decision.BecauseLevel},
		{"context chosen stays context", standing(tactful.Context, good), ask, tactful.Context, decision.BecauseLevel},
		{"a level without a record gives the page", standing(tactful.Full), ask, tactful.Context, decision.BecauseNoRecord},
		{"personal with a live grant is permitted", standing(tactful.Personal, good), ask, tactful.Personal, decision.BecauseLevel},
		{"full with a live grant is permitted", standing(tactful.Full, good), ask, tactful.Full, decision.BecauseAllowed},
		{"a grant for another purpose does not count", standing(tactful.Full, yes(p, tactful.Offers)), ask, tactful.Context, decision.BecauseNoRecord},
		{"a record filed under another purpose does not count", swapped, ask, tactful.Context, decision.BecauseUnknown},
		{"no answer is no", standing(tactful.Full, with(func(c *tactful.Consent) { c.Answer = tactful.NoAnswer })), ask, tactful.Context, decision.BecauseNoRecord},
		{"denied", standing(tactful.Full, with(func(c *tactful.Consent) { c.Answer = tactful.Denied })), ask, tactful.Context, decision.BecauseDenied},
		{"withdrawn", standing(tactful.Full, with(func(c *tactful.Consent) { c.Answer = tactful.Withdrawn })), ask, tactful.Context, decision.BecauseWithdrawn},
		{"an answer nobody knows", standing(tactful.Full, with(func(c *tactful.Consent) { c.Answer = 99 })), ask, tactful.Context, decision.BecauseUnknown},
		{"a record without id cannot be shown", standing(tactful.Full, with(func(c *tactful.Consent) { c.ID = "" })), ask, tactful.Context, decision.BecauseUnknown},
		{"a record from the future", standing(tactful.Full, with(func(c *tactful.Consent) { c.Time = noon.Add(time.Hour) })), ask, tactful.Context, decision.BecauseUnknown},
		{"a record without time", standing(tactful.Full, with(func(c *tactful.Consent) { c.Time = time.Time{} })), ask, tactful.Context, decision.BecauseUnknown},
		{"it ends at the very second of its expiry", standing(tactful.Full, with(func(c *tactful.Consent) { c.Expires = noon })), ask, tactful.Context, decision.BecauseExpired},
		{"it lives one second before", standing(tactful.Full, with(func(c *tactful.Consent) { c.Expires = noon.Add(time.Second) })), ask, tactful.Full, decision.BecauseAllowed},
		{"the configured period binds where none is recorded", standing(tactful.Full, with(func(c *tactful.Consent) { c.Expires, c.Time = time.Time{}, noon.Add(-DefaultExpires) })), ask, tactful.Context, decision.BecauseExpired},
		{"a changed text ends it", standing(tactful.Full, with(func(c *tactful.Consent) { c.NoticeHash = HashText("older") })), ask, tactful.Context, decision.BecauseNoticeStale},
		{"a missing hash ends it", standing(tactful.Full, with(func(c *tactful.Consent) { c.NoticeHash = "" })), ask, tactful.Context, decision.BecauseNoticeStale},
		{"restricted processing reads nothing", frozen, ask, tactful.Generic, decision.BecauseFrozen},
		{"GPC leaves first-party recommendations alone", gpc, ask, tactful.Full, decision.BecauseAllowed},
		{"GPC stops offers over a stored yes", gpc, Ask{Purpose: tactful.Offers}, tactful.Context, decision.BecauseGPC},
		{"GPC of the request alone stops offers", standing(tactful.Full, yes(p, tactful.Offers)), Ask{Purpose: tactful.Offers, GPC: true}, tactful.Context, decision.BecauseGPC},
		{"an undeclared purpose", standing(tactful.Full, good), Ask{Purpose: "profiling"}, tactful.Generic, decision.BecausePurpose},
		{"the zero purpose", standing(tactful.Full, good), Ask{}, tactful.Generic, decision.BecausePurpose},
		{"a level nobody knows", standing(99, good), ask, tactful.Generic, decision.BecauseUnknown},
		{"a wish nobody knows", standing(tactful.Full, good), Ask{Purpose: tactful.Recommendations, Want: 99}, tactful.Generic, decision.BecauseUnknown},
		{"the request may ask for less", standing(tactful.Full, good), Ask{Purpose: tactful.Recommendations, Want: tactful.Context}, tactful.Context, decision.BecauseRequest},
		{"the request cannot ask for more", standing(tactful.Context, good), Ask{Purpose: tactful.Recommendations, Want: tactful.Full}, tactful.Context, decision.BecauseLevel},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := p.Permit(c.s, c.ask, noon)
			if got.Level != c.level || got.Because != c.because {
				t.Fatalf("got %v because %v, want %v because %v", got.Level, got.Because, c.level, c.because)
			}
			if got.Allowed != (c.level >= tactful.Personal) || got.Allowed != (got.ConsentID != "") {
				t.Fatalf("allowed %v with record %q at %v", got.Allowed, got.ConsentID, got.Level)
			}
		})
	}
}

// drawStanding makes any standing, live and broken records alike.
func drawStanding(t *rapid.T, p *Policy) Standing {
	s := standing(tactful.Level(rapid.SampledFrom([]int{4, 3, 4, 3, 2, 1, 0, 5}).Draw(t, "level")))
	s.Known = rapid.IntRange(0, 4).Draw(t, "known") > 0
	s.Frozen = rapid.IntRange(0, 4).Draw(t, "frozen") == 0
	s.Consents.GPC = rapid.Bool().Draw(t, "stored gpc")
	for _, purpose := range append(p.Purposes(), "unheard_of") {
		if rapid.Bool().Draw(t, "absent") {
			continue
		}
		r := yes(p, rapid.SampledFrom([]tactful.Purpose{purpose, purpose, purpose, tactful.Offers}).Draw(t, "filed"))
		if rapid.Bool().Draw(t, "sound") {
			r.Purpose = purpose
			n, _ := p.Notice(purpose, "en")
			r.NoticeHash = n.Hash
			s.Consents.Purposes[purpose] = r
			continue
		}
		r.ID = rapid.SampledFrom([]string{"c1", "c1", "c1", ""}).Draw(t, "id")
		r.Answer = tactful.Answer(rapid.SampledFrom([]int{1, 1, 1, 1, 0, 2, 3, 4}).Draw(t, "answer"))
		r.Time = noon.Add(time.Duration(rapid.IntRange(-800, 10).Draw(t, "age")) * Day)
		r.Expires = rapid.SampledFrom([]time.Time{{}, noon.Add(-1), noon, noon.Add(1), noon.Add(999 * Day)}).Draw(t, "expires")
		r.NoticeHash = rapid.SampledFrom([]string{r.NoticeHash, r.NoticeHash, "", HashText("x")}).Draw(t, "hash")
		s.Consents.Purposes[purpose] = r
	}
	return s
}

func TestPermitNeverAllowsWithoutALiveMatchingRecord(t *testing.T) {
	p := testPolicy(t, Config{Regimes: map[string]Regime{"US": OptOut}})
	allowed := 0
	rapid.Check(t, func(t *rapid.T) {
		s := drawStanding(t, p)
		ask := Ask{
			Want:   tactful.Level(rapid.IntRange(0, 5).Draw(t, "want")),
			GPC:    rapid.Bool().Draw(t, "gpc"),
			Region: rapid.SampledFrom([]string{"", "US", "DE"}).Draw(t, "region"),
		}
		for _, purpose := range append(p.Purposes(), "unheard_of", "") { // all of them: too few of one alone are ever allowed
			ask.Purpose = purpose
			allowed += neverWithoutARecord(t, p, s, ask)
		}
	})
	if allowed == 0 {
		t.Fatal("no drawn case was allowed: the property proves nothing")
	}
}

// neverWithoutARecord checks one answer and returns 1 if it is allowed.
func neverWithoutARecord(t *rapid.T, p *Policy, s Standing, ask Ask) int {
	got := p.Permit(s, ask, noon)
	if got.Level == tactful.LevelUnknown || got.Because == decision.BecauseUnknown && got.Allowed {
		t.Fatalf("unnamed permit %+v", got)
	}
	if got.Level >= tactful.Personal != got.Allowed {
		t.Fatalf("level %v, allowed %v", got.Level, got.Allowed)
	}
	if !got.Allowed {
		return 0
	}
	r := s.Consents.Purposes[ask.Purpose]
	n, _ := p.Notice(ask.Purpose, "en")
	// The conditions are written out again here on purpose: a second, plain reading of the promise.
	if !s.Known || s.Frozen || s.Consents.Level < got.Level || s.Consents.Level > tactful.Full ||
		r.Answer != tactful.Granted || r.Purpose != ask.Purpose || r.ID == "" || got.ConsentID != r.ID ||
		r.NoticeHash != n.Hash || r.Time.After(noon.Add(Skew)) || !noon.Before(r.Time.Add(DefaultExpires)) ||
		(!r.Expires.IsZero() && !noon.Before(r.Expires)) || (ask.Want != 0 && ask.Want < got.Level) {
		t.Fatalf("allowed %+v by %+v", got, r)
	}
	return 1
}

func TestPermitIsMonotoneInTheChosenAndTheWantedLevel(t *testing.T) {
	p := testPolicy(t, Config{Regimes: map[string]Regime{"US": OptOut}})
	rapid.Check(t, func(t *rapid.T) {
		s := drawStanding(t, p)
		ask := Ask{Purpose: rapid.SampledFrom(p.Purposes()).Draw(t, "purpose"), Region: rapid.SampledFrom([]string{"", "US"}).Draw(t, "region")}
		low := tactful.LevelUnknown
		for level := tactful.Generic; level <= tactful.Full; level++ {
			s.Consents.Level, ask.Want = level, tactful.LevelUnknown
			got := p.Permit(s, ask, noon).Level
			if s.Known && got < low {
				t.Fatalf("choosing %v lowers the permit to %v", level, got)
			}
			low = got
			wanted := tactful.LevelUnknown
			for ask.Want = tactful.Generic; ask.Want <= tactful.Full; ask.Want++ {
				w := p.Permit(s, ask, noon).Level
				if w < wanted || w > ask.Want || w > got {
					t.Fatalf("wanting %v gives %v", ask.Want, w)
				}
				wanted = w
			}
		}
	})
}
