package guard

import (
	"slices"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/policy"
)

func houseRules() policy.Settings {
	return policy.Settings{
		Changed: policy.Change{By: "Ada B.", Why: "rules for the tests"},
		Rules: []policy.Rule{
			{Name: "no-coffee-abroad", When: "'Coffee' in item.categories && request.region == 'XX'", Then: policy.Refuse, Why: "We do not send coffee there."},
			{Name: "lamps-last", When: "item.id == 'lamp' && request.region == 'XX'", Then: policy.Demote, Why: "Lamps are nearly sold out."},
			{Name: "needs-a-size", When: "request.region == 'YY' && item.attributes.size == 'L'", Then: policy.Demote, Why: "Only one size can be sent there."},
		},
	}
}

func in(region string) decision.Case {
	c := with(tactful.Popular, permitted())
	c.Request.Region = region
	return c
}

var policySamples = []sample{
	{"a rule holds", in("XX"), only(coffee, tactful.Bestseller, 100), withhold(policyRule)},
	{"a rule for another place", in("DE"), only(coffee, tactful.Bestseller, 100), allow()},
	{"a rule that demotes", in("XX"), only(lamp, tactful.Bestseller, 100), demote(policyRule + 1)},
	{"a rule that cannot be worked out refuses, though it would only demote", in("YY"), only(lamp, tactful.Bestseller, 100), withhold(policyFailed + 2)},
}

func TestRulesThatCannotBeUsedRefuseEverything(t *testing.T) {
	broken := houseRules()
	broken.Rules[0].When = "item.price >"
	g := policyOf(&broken)
	var rulings Rulings
	c := in("DE")
	if err := Run([]Guard{g}, &c, three(), &rulings); err != nil {
		t.Fatal(err)
	}
	for i, ruling := range rulings.Overall() {
		if ruling != decision.Withhold {
			t.Errorf("candidate %d got %d", i, ruling)
		}
	}
	if len(rulings.Failures()) != 1 {
		t.Errorf("failures: %v", rulings.Failures())
	}
}

// TestNoRuleAllowsWhatAGuardRefused gives the policy guard every verdict that it
// can give, beside every ruling of another guard: the other's refusal stands.
func TestNoRuleAllowsWhatAGuardRefused(t *testing.T) {
	guards := All(settings())
	if guards[len(guards)-1].Name() != "policy" {
		t.Error("the policy guard is not the last one")
	}
	for _, region := range []string{"DE", "XX", "YY"} {
		for other := decision.Unruled; other <= decision.Withhold+1; other++ {
			c := in(region)
			var alone, beside Rulings
			if err := Run([]Guard{always("other", other)}, &c, three(), &alone); err != nil {
				t.Fatal(err)
			}
			if err := Run([]Guard{always("other", other), guards[len(guards)-1]}, &c, three(), &beside); err != nil {
				t.Fatal(err)
			}
			for i := range alone.Overall() {
				if severity(beside.Overall()[i]) < severity(alone.Overall()[i]) {
					t.Errorf("in %s a ruling %d became %d", region, alone.Overall()[i], beside.Overall()[i])
				}
			}
		}
	}
}

func severity(r decision.Ruling) int {
	return slices.Index([]decision.Ruling{decision.Allow, decision.Coarsen, decision.Demote, decision.Withhold}, r)
}

func TestNoSettingLeavesAGuardOut(t *testing.T) {
	want := names(All(&Settings{}))
	rich := settings()
	rich.Support = 1 << 30
	if got := names(All(rich)); got != want {
		t.Errorf("%s became %s", want, got)
	}
	broken := settings()
	broken.Policy.Rules[0].When = ""
	if got := names(All(broken)); got != want {
		t.Errorf("%s became %s", want, got)
	}
}

func names(guards []Guard) string {
	var all []string
	for _, g := range guards {
		all = append(all, g.Name())
	}
	return strings.Join(all, " ")
}

func TestARuleIsNamedWithItsReason(t *testing.T) {
	rules := houseRules()
	g := policyOf(&rules)
	for code, want := range map[uint8]string{
		policyRule:       "rule no-coffee-abroad: We do not send coffee there.",
		policyFailed + 2: "rule needs-a-size could not be worked out, so it refused",
		policyRule + 3:   "unknown",
		policyFailed + 3: "unknown",
	} {
		if got := g.Detail(code); got != want {
			t.Errorf("%d reads %q, want %q", code, got, want)
		}
	}
}
