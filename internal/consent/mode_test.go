package consent

import (
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestGoogleConsentModeIsHeededAsABannerIs(t *testing.T) {
	bare := testPolicy(t, Config{})
	shown := testPolicy(t, Config{Categories: map[string]CategoryConfig{
		"personalization_storage": {Purposes: []tactful.Purpose{tactful.Recommendations}, Text: "Personal suggestions?", Version: "g1", Language: "en", Level: "personal"},
		"ad_personalization":      {Purposes: []tactful.Purpose{tactful.Offers}, Text: "Personal offers?", Version: "g1", Language: "en"},
		"analytics_storage":       {Purposes: []tactful.Purpose{tactful.Improvement}, Text: "Learn from me?", Version: "g1", Language: "en"},
	}})
	said := func(update bool, granted, denied string) decision.Signal {
		return decision.Signal{Time: noon, NoTime: noon, Mode: decision.ConsentMode{Said: true, Update: update, Granted: strings.Fields(granted), Denied: strings.Fields(denied)}}
	}
	broken := said(true, "", "personalization_storage")
	broken.Broken = true
	brokenYes := said(true, "personalization_storage", "")
	brokenYes.Broken = true
	granted := standing(tactful.Personal, yes(shown, tactful.Recommendations)).Consents
	took := yes(shown, tactful.Recommendations)
	took.Answer = tactful.Withdrawn
	withdrawn := standing(tactful.Personal, took).Consents
	none := tactful.Consents{}
	cases := []struct {
		name    string
		p       *Policy
		prev    tactful.Consents
		s       decision.Signal
		purpose tactful.Purpose
		want    tactful.Answer
	}{
		{"a bare yes is no evidence", bare, none, said(true, "personalization_storage", ""), tactful.Recommendations, tactful.NoAnswer},
		{"a yes with the banner's text is", shown, none, said(true, "personalization_storage", ""), tactful.Recommendations, tactful.Granted},
		{"a no needs no text", bare, granted, said(true, "", "personalization_storage"), tactful.Recommendations, tactful.Withdrawn},
		{"a default is nobody's yes", shown, none, said(false, "personalization_storage", ""), tactful.Recommendations, tactful.NoAnswer},
		{"a default is nobody's no", shown, granted, said(false, "", "personalization_storage"), tactful.Recommendations, tactful.Granted},
		{"a signal that is left out says nothing", shown, granted, said(true, "analytics_storage", ""), tactful.Recommendations, tactful.Granted},
		{"a repeated yes undoes no withdrawal", shown, withdrawn, said(true, "personalization_storage", ""), tactful.Recommendations, tactful.Withdrawn},
		{"offers need both signals", shown, none, said(true, "ad_personalization ad_user_data", ""), tactful.Offers, tactful.Granted},
		{"personal ads without data for them are no yes", shown, none, said(true, "ad_personalization", ""), tactful.Offers, tactful.NoAnswer},
		{"one of the two denied is a no", shown, none, said(true, "ad_personalization", "ad_user_data"), tactful.Offers, tactful.Denied},
		{"analytics stand for learning", shown, none, said(true, "analytics_storage", ""), tactful.Improvement, tactful.Granted},
		{"ad_storage stands for nothing here", shown, granted, said(true, "", "ad_storage functionality_storage"), tactful.Recommendations, tactful.Granted},
		{"the plain no of a broken object counts", shown, granted, broken, tactful.Recommendations, tactful.Withdrawn},
		{"the yes of a broken object does not", shown, none, brokenYes, tactful.Recommendations, tactful.NoAnswer},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a, err := c.p.Apply(c.prev, c.p.Heed(c.prev, c.s, noon), noon, ids())
			if err != nil || len(a.Refused) > 0 {
				t.Fatalf("%v %v", a.Refused, err)
			}
			got := a.Next.Purposes[c.purpose]
			if got.Answer != c.want {
				t.Fatalf("%v, want %v", got.Answer, c.want)
			}
			if got.Answer == tactful.Granted && c.prev.Level == tactful.LevelUnknown && (got.Method != "google" || got.NoticeHash == "") {
				t.Errorf("a yes without its evidence: %+v", got)
			}
		})
	}
	if bars := said(false, "", "analytics_storage"); !bars.Mode.Bars() {
		t.Error("a page that denies by default waits for an answer: nothing is collected meanwhile")
	}
	if update := said(true, "", "analytics_storage"); update.Mode.Bars() {
		t.Error("an update is an answer and is recorded; it bars by its record")
	}
}
