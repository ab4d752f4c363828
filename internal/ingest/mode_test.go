package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful/internal/decision"
)

func TestGoogleConsentModeIsReadByBothWires(t *testing.T) {
	r := testRules(t)
	mode := func(update bool, granted, denied string) decision.ConsentMode {
		list := func(text string) []string {
			if text == "" {
				return nil
			}
			return strings.Fields(text)
		}
		return decision.ConsentMode{Said: true, Update: update, Granted: list(granted), Denied: list(denied)}
	}
	cases := []struct {
		name, object string
		want         decision.ConsentMode
		broken       bool
	}{
		{"an update", `{"type":"update","ad_user_data":"granted","personalization_storage":"denied"}`, mode(true, "ad_user_data", "personalization_storage"), false},
		{"a default", `{"type":"default","analytics_storage":"denied"}`, mode(false, "", "analytics_storage"), false},
		{"without a type it is a default", `{"analytics_storage":"granted"}`, mode(false, "analytics_storage", ""), false},
		{"what a page adds for its own tags is let go", `{"type":"default","wait_for_update":500,"region":["DE"],"ad_storage":"denied"}`, mode(false, "", "ad_storage"), false},
		{"a word that is none", `{"type":"update","ad_user_data":"yes","analytics_storage":"denied"}`, mode(true, "", "analytics_storage"), true},
		{"an unknown signal", `{"type":"update","everything":"granted","ad_user_data":"granted"}`, mode(true, "", ""), true},
		{"a type that is none", `{"type":"maybe","ad_user_data":"granted"}`, mode(false, "", ""), true},
		{"no object", `"granted"`, mode(false, "", ""), true},
	}
	for _, c := range cases {
		for wire, body := range map[string]string{
			"native":  `{"events":[{"messageId":"m","userId":"u","action":"viewed","item":"i","source":"web","time":"2026-11-22T11:00:00Z","consentMode":` + c.object + `}]}`,
			"segment": `{"batch":[{"type":"track","event":"Product Viewed","messageId":"m","userId":"u","timestamp":"2026-11-22T11:00:00Z","properties":{"product_id":"i"},"context":{"consentMode":` + c.object + `}}]}`,
			"batch":   `{"context":{"consentMode":` + c.object + `},"batch":[{"type":"track","event":"Product Viewed","messageId":"m","userId":"u","timestamp":"2026-11-22T11:00:00Z","properties":{"product_id":"i"}}]}`,
		} {
			t.Run(c.name+", "+wire, func(t *testing.T) {
				var d Delivery
				var err error
				if wire == "native" {
					d, err = r.Native([]byte(body), noon)
				} else {
					d, err = r.Segment([]byte(body), Batch, noon)
				}
				if err != nil || len(d.Items) != 1 {
					t.Fatal(err, len(d.Items))
				}
				got := d.Items[0]
				if diff := cmp.Diff(c.want, got.Signal.Mode); diff != "" {
					t.Error(diff)
				}
				if got.Signal.Broken != c.broken || (got.Problem != nil) != c.broken {
					t.Errorf("broken %v, problem %v", got.Signal.Broken, got.Problem)
				}
				if !c.broken && (got.Signal.Time.IsZero() || got.Signal.NoTime.IsZero()) {
					t.Error("the signal has no time")
				}
			})
		}
	}
}

func TestEveryConsentObjectOfAnEventIsHeard(t *testing.T) {
	r := testRules(t)
	body := `{"batch":[{"type":"track","event":"Product Viewed","messageId":"m","userId":"u","timestamp":"2026-11-22T11:00:00Z","properties":{"product_id":"i"},
		"context":{"consentMode":{"type":"update","analytics_storage":"denied"}}}],"context":{"consent":{"categoryPreferences":{"ads":false,"shop":true}}}}`
	d, err := r.Segment([]byte(body), Batch, noon)
	if err != nil {
		t.Fatal(err)
	}
	s := d.Items[0].Signal
	if s.Form != decision.SignalSegment || len(s.No) != 1 || !s.Mode.Said || len(s.Mode.Denied) != 1 {
		t.Errorf("%+v", s)
	}
}
