package consent

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestAQuestionMayBePutOnlyWhenItIsNewOrItsAnswerIsOver(t *testing.T) {
	p := testPolicy(t, Config{})
	const purpose = tactful.Recommendations
	no := func(answer tactful.Answer, at time.Time) Standing {
		return standing(tactful.Personal, tactful.Consent{ID: "c", Purpose: purpose, Answer: answer, Time: at})
	}
	with := func(change func(*tactful.Consent)) Standing {
		c := yes(p, purpose)
		change(&c)
		return standing(tactful.Personal, c)
	}
	frozen := standing(tactful.Personal)
	frozen.Frozen = true
	cases := []struct {
		name   string
		s      Standing
		region string
		want   bool
	}{
		{"nobody in particular may be asked", Standing{}, "DE", true},
		{"who never answered may be asked", standing(tactful.Personal), "DE", true},
		{"a live yes is not asked for again", with(func(*tactful.Consent) {}), "DE", false},
		{"a yes that has run out is asked for again", with(func(c *tactful.Consent) { c.Expires = noon }), "DE", true},
		{"a yes to an older text is asked for again", with(func(c *tactful.Consent) { c.NoticeHash = HashText("older") }), "DE", true},
		{"a no of yesterday is left alone", no(tactful.Denied, noon.Add(-Day)), "DE", false},
		{"a no of five months is left alone", no(tactful.Denied, noon.AddDate(0, -5, -29)), "DE", false},
		{"a no of six months to the day is left alone", no(tactful.Denied, noon.AddDate(0, -6, 0)), "DE", false},
		{"a no of more than six months may be asked again", no(tactful.Denied, noon.AddDate(0, -6, -1)), "DE", true},
		{"a withdrawal is a no", no(tactful.Withdrawn, noon.AddDate(0, -5, 0)), "DE", false},
		{"California waits twelve months", no(tactful.Denied, noon.AddDate(0, -11, 0)), "US-CA", false},
		{"and then may ask", no(tactful.Denied, noon.AddDate(0, -12, -1)), "US-CA", true},
		{"an unknown region waits as long as the strictest", no(tactful.Denied, noon.AddDate(0, -11, 0)), "", false},
		{"restricted processing asks nothing", frozen, "DE", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := slices.Contains(p.MayAsk(c.s, c.region, noon), purpose); got != c.want {
				t.Fatalf("may ask: %v", got)
			}
		})
	}
	paused := standing(tactful.Personal)
	paused.Paused = noon.Add(Day)
	if ask := p.MayAsk(paused, "DE", noon); len(ask) > 0 {
		t.Errorf("somebody who paused is asked about %v", ask)
	}
	objected := standing(tactful.Personal)
	objected.Objected = noon.AddDate(0, -5, 0)
	if ask := p.MayAsk(objected, "DE", noon); slices.ContainsFunc(ask, Marketing) || !slices.Contains(ask, purpose) {
		t.Errorf("after an objection to marketing: %v", ask)
	}
	gpc := standing(tactful.Personal)
	gpc.Consents.GPC = true
	if ask := p.MayAsk(gpc, "DE", noon); slices.Contains(ask, tactful.Offers) || !slices.Contains(ask, purpose) {
		t.Errorf("with Global Privacy Control on: %v", ask)
	}
}

func TestNobodyIsAskedWithinSixMonthsOfANoAnywhereAndNeverWhatIsLive(t *testing.T) {
	p := testPolicy(t, Config{})
	asked := 0
	rapid.Check(t, func(t *rapid.T) {
		s := drawStanding(t, p)
		region := rapid.SampledFrom([]string{"", "DE", "FR", "GB", "US", "US-CA", "US-TX", "CH", "BR", "ZZ", "nonsense"}).Draw(t, "region")
		for _, purpose := range p.MayAsk(s, region, noon) {
			asked++
			record := s.Consents.Purposes[purpose]
			isNo := record.Answer == tactful.Denied || record.Answer == tactful.Withdrawn
			if s.Known && isNo && record.Time.AddDate(0, 6, 0).After(noon) {
				t.Fatalf("%s is asked after a no of %s", purpose, record.Time)
			}
			if _, because := p.live(s, purpose, noon); s.Known && because == decision.BecauseAllowed {
				t.Fatalf("%s is asked while a yes is live", purpose)
			}
			if s.Known && s.Frozen {
				t.Fatal("somebody frozen is asked")
			}
		}
	})
	if asked == 0 {
		t.Fatal("nobody was ever asked: this proves nothing")
	}
}
