package engine

import (
	"slices"
	"testing"
)

// Read with its field the title is calm; without a name it comes out as two bare lines,
// of which the reader is not sure.
func TestCopyThatAsksOnceItIsFilledWaitsWhereHumansLook(t *testing.T) {
	w := selling(t, `campaigns:
  - id: named
    kind: marketing
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, title: "Candles, {{first_name}}", body: New holders for winter are here.}
`, nil)
	w.busy()
	w.grant("anna", every...)
	state := func() string {
		all, err := w.CopyFindings(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v %v", all, err)
		}
		return all[0].State
	}
	if got := state(); got != "waits" {
		t.Errorf("its state is %q", got)
	}
	if d := w.offerFor("anna", "site", 1); len(d.Offers) != 0 || whyNot(d)["coercive"] != 1 {
		t.Errorf("before a human's yes: %v %v", offeredNames(d), d.Reasons)
	}
	w.letOut("named", "site")
	if d := w.offerFor("anna", "site", 1); !slices.Equal(offeredNames(d), []string{"named/site"}) || state() != "allowed" {
		t.Errorf("after it: %v %v", d.Offers, d.Reasons)
	}
}
