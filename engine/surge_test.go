package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAnItemThatGainsUnusuallyManyPeopleIsToldOf(t *testing.T) {
	const known, bound, target = 60, 10, 24
	for _, tt := range []struct {
		name   string
		buyers int
		told   bool
	}{
		{"as many as the bound are no surge", bound, false},
		{"one more is", bound + 1, true},
		{"a stolen key that sends events of everybody known is", known, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Learn.Newcomers = Newcomers{Share: 0.05, Least: bound, Within: 24 * time.Hour} })
			w.stock(24)
			w.crowd(known, 20)
			w.train()
			if found := w.surged.Load(); found == nil || len(*found) != 0 {
				t.Errorf("a first model has surges: %+v", found)
			}
			together(tt.buyers, func(i int) { w.mustSend(fmt.Sprintf("crowd-%d", i), "purchased", target) })
			w.train()
			found := *w.surged.Load()
			if tt.told != (len(found) == 1) || tt.told && (found[0].Item != fmt.Sprintf("item-%d", target) || found[0].Gained != int64(tt.buyers)) {
				t.Errorf("the surges are %+v", found)
			}
			d, err := w.Diagnose(context.Background())
			if err != nil || tt.told != strings.Contains(strings.Join(d.Sentences, " "), "gained unusually many people") {
				t.Errorf("the doctor says %q, %v", d.Sentences, err)
			}
		})
	}
}
