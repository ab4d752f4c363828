package consent

import (
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/law"
)

func TestTheRegimeOfARegionIsTheLawsUnlessConfiguredStricter(t *testing.T) {
	why := map[string]string{"default": "our lawyer's opinion of 3 May"}
	for _, c := range []struct {
		name   string
		config Config
		want   map[string]Regime
	}{
		{"nothing configured: the matrix", Config{}, map[string]Regime{
			"DE": OptIn, "DE-BY": OptIn, "GB": OptIn, "US": OptOut, "US-CA": OptOut, "US-WY": OptOut, "CH": OptOut, "BR": OptIn, "CA-QC": OptIn, "": OptIn, "XX": OptIn, "usa": OptIn}},
		{"opt-in everywhere", Config{DefaultRegime: OptIn}, map[string]Regime{"US": OptIn, "US-CA": OptIn, "CH": OptIn, "": OptIn, "DE": OptIn}},
		{"a country made stricter, with its states", Config{Regimes: map[string]Regime{"US": OptIn}}, map[string]Regime{"US": OptIn, "US-CA": OptIn, "CH": OptOut}},
		{"a state made stricter alone", Config{Regimes: map[string]Regime{"US-CA": OptIn}}, map[string]Regime{"US": OptOut, "US-CA": OptIn}},
		{"an unknown place made looser reaches no known one", Config{DefaultRegime: OptOut, Looser: why}, map[string]Regime{"": OptOut, "XX": OptOut, "DE": OptIn, "BR": OptIn}},
		{"a country made looser does not reach a province with a stricter law",
			Config{Regimes: map[string]Regime{"CA": OptOut}, Looser: map[string]string{"CA": "no shop in Québec"}}, map[string]Regime{"CA": OptOut, "CA-ON": OptOut, "CA-QC": OptIn}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := testPolicy(t, c.config)
			for region, want := range c.want {
				if got := p.Regime(region); got != want {
					t.Errorf("%q: %s, want %s", region, got, want)
				}
			}
		})
	}
}

func TestARegimeLooserThanTheLawNeedsAReason(t *testing.T) {
	for _, row := range law.Rows() {
		if row.Regime.Is != OptIn || row.Code == "EU" {
			continue
		}
		bare := Config{Regimes: map[string]Regime{row.Code: OptOut}}
		bare.Defaults()
		if err := bare.Validate(); err == nil || !strings.Contains(err.Error(), "regimes."+row.Code) {
			t.Errorf("%s: opt-out without a reason: %v", row.Code, err)
		}
		bare.Looser = map[string]string{row.Code: "asked counsel"}
		if err := bare.Validate(); err != nil {
			t.Errorf("%s: with a reason: %v", row.Code, err)
		}
	}
	for name, c := range map[string]Config{
		"opt-out where nobody knows":       {DefaultRegime: OptOut},
		"an empty reason":                  {DefaultRegime: OptOut, Looser: map[string]string{"default": " "}},
		"a reason for another region":      {Regimes: map[string]Regime{"DE": OptOut}, Looser: map[string]string{"FR": "asked counsel"}},
		"a reason that nothing stands for": {Looser: map[string]string{"DE": "asked counsel"}},
	} {
		c.Defaults()
		if c.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
