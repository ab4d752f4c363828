package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// putLive puts a campaign and confirms it.
func (w *world) putLive(id, text string) {
	w.t.Helper()
	first, err := w.PutCampaign(merchandiser, id, []byte(text), "")
	if err == nil {
		_, err = w.PutCampaign(merchandiser, id, []byte(text), first.Confirm)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) campaignNamed(id string) *CampaignInfo {
	w.t.Helper()
	all, err := w.ListCampaigns(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}

func plainCampaign(id, more string) string {
	return fmt.Sprintf(`{"id": %q, "kind": "marketing", "placements": ["home"], %s "creatives": [{"id": "a", "channel": "site", "language": "en", "title": "Pots", "body": "New pots.", "category": "Kitchen"}]}`, id, more)
}

func TestAStoredCampaignThatTodaysRulesRefuseNeverKeepsTheStoresClosed(t *testing.T) {
	for _, test := range []struct {
		name, text string
		change     func(w *world)
		fault      string
	}{
		{"a new item is of a sensitive class", plainCampaign("old", `"audience": {"looked_at": {"item": "new-1", "within": "14d"}},`), func(w *world) {
			if err := w.PutItems(context.Background(), []tactful.Item{{ID: "new-1", Title: "Pregnancy test", Categories: []string{"Health"}}}); err != nil {
				t.Fatal(err)
			}
		}, "is of the class"},
		{"showings are kept for a shorter time", plainCampaign("old", `"caps": [{"scope": "campaign", "count": 1, "period": "60d"}],`), func(w *world) {
			w.cfg.Guards.Frequency.Keep = 31 * 24 * time.Hour
			w.cfg.Guards.Frequency.Dismissed = 30 * 24 * time.Hour
		}, "is longer than showings are remembered"},
		{"a file took its id", plainCampaign("old", ""), func(w *world) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "c.yaml"), []byte("campaigns:\n  - id: old\n    kind: marketing\n    placements: [home]\n    creatives: [{id: b, channel: site, language: en, title: Pans, body: New pans.}]\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			w.cfg.Campaigns.Dir = dir
		}, "is that of a campaign of the files now"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.stock(4)
			w.putLive("old", test.text)
			w.putLive("good", plainCampaign("good", ""))
			test.change(w)
			w.shut()
			w.open() // fails the test if it does not open
			all, err := w.ListCampaigns(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			aside := 0
			for _, c := range all {
				if c.Fault != "" {
					aside++
					if c.ID != "old" || c.Live || !strings.Contains(c.Fault, test.fault) {
						t.Errorf("%+v", c)
					}
				}
			}
			if aside != 1 {
				t.Errorf("%d are out of action, want the one", aside)
			}
			if good := w.campaignNamed("good"); good == nil || good.Fault != "" || !good.Live {
				t.Errorf("the other: %+v", good)
			}
			w.putLive("another", plainCampaign("another", "")) // nobody else's change is held up
			if err := w.DeleteCampaign(merchandiser, "another"); err != nil {
				t.Error(err)
			}
			if _, err := w.PutCampaign(merchandiser, "old", []byte(test.text), ""); err == nil {
				t.Error("what is out of action was put again as it is")
			}
			if err := w.DeleteCampaign(merchandiser, "old"); err != nil {
				t.Error(err)
			}
			all, err = w.ListCampaigns(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range all {
				if c.Fault != "" {
					t.Errorf("still there: %+v", c)
				}
			}
		})
	}
}

func TestADisguisedCategoryIsNoAudience(t *testing.T) {
	w := newWorld(t, nil)
	for _, name := range []string{"Pregnancy tests", "\u0420regnancy tests", "Pr3gnancy tests", "Health/\u0420r3gnancy tests"} {
		if _, err := w.PutCampaign(merchandiser, "a", []byte(plainCampaign("a", `"audience": {"bought": {"category": "`+name+`"}},`)), ""); err == nil {
			t.Errorf("%q chooses an audience", name)
		}
	}
	if _, err := w.PutCampaign(merchandiser, "a", []byte(plainCampaign("a", `"audience": {"bought": {"category": "Garden/Chairs 3 seats"}},`)), ""); err != nil {
		t.Error(err)
	}
}
