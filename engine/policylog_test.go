package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/policy"
)

func house(by, why string, rules ...policy.Rule) policy.Settings {
	return policy.Settings{Rules: rules, Changed: policy.Change{By: by, Why: why}}
}

func houseRule(name, when, then string) policy.Rule {
	return policy.Rule{Name: name, When: when, Then: then, Why: "The house wants it so."}
}

func TestAHouseRuleHoldsInTheNextListAndTheReceiptNamesThePolicy(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(12)
	ask := tactful.Request{Placement: tactful.Popular, Count: 12}
	without := w.decide(ask)
	if len(without.Suggestions) != 12 {
		t.Fatalf("%d suggestions without rules", len(without.Suggestions))
	}
	versions := map[string]bool{}
	versionOf := func(d *tactful.Decision) string {
		r, err := w.Receipt(context.Background(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r.PolicyVersion
	}
	versions[versionOf(without)] = true
	for i, rules := range [][]policy.Rule{
		{houseRule("no-toys", "'Toys' in item.categories", policy.Refuse)},
		{houseRule("no-toys", "'Toys' in item.categories", policy.Demote)},
		{houseRule("no-toys", "item.attributes.nothing == 'x'", policy.Demote)}, // fails on every item
	} {
		w.shut()
		w.cfg.Guards.Policy = house("Ada B.", fmt.Sprintf("the season is over, change %d", i), rules...)
		w.open()
		d := w.decide(ask)
		toys := 0
		for at, s := range d.Suggestions {
			if s.Item.Categories[0] == "Toys" {
				if toys++; at < 8 {
					t.Errorf("rules %d: a toy in place %d", i, at)
				}
			}
		}
		if want := []struct{ all, toys int }{{8, 0}, {12, 4}, {0, 0}}[i]; len(d.Suggestions) != want.all || toys != want.toys {
			t.Errorf("rules %d: %d suggestions, %d toys", i, len(d.Suggestions), toys)
		}
		if i != 1 && (len(d.Withheld) == 0 || d.Withheld[len(d.Withheld)-1].Guard != "policy") {
			t.Errorf("rules %d: withheld %v", i, d.Withheld)
		}
		versions[versionOf(d)] = true
	}
	if len(versions) != 4 {
		t.Errorf("four policies have %d versions in receipts", len(versions))
	}
}

func TestEveryChangeOfTheRulesIsLoggedWithWhoAndWhy(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	ask := tactful.Request{Placement: tactful.Popular, Count: 3}
	toys, tools := houseRule("no-toys", "'Toys' in item.categories", policy.Refuse), houseRule("no-tools", "'Tools' in item.categories", policy.Refuse)
	softer := toys
	softer.Then = policy.Demote
	w.decide(ask)
	for _, step := range []struct {
		name    string
		house   policy.Settings
		refused bool
		entries int
		says    string // the newest entry's added, removed, changed
	}{
		{"the first rules", house("Ada B.", "toys are out of season", toys), false, 1, "[no-toys] [] []"},
		{"the same rules again", house("Ada B.", "toys are out of season", toys), false, 1, "[no-toys] [] []"},
		{"others with the old reason", house("Ada B.", "toys are out of season", toys, tools), true, 1, "[no-toys] [] []"},
		{"others with a reason of their own", house("Ada B.", "tools are out of season too", softer, tools), false, 2, "[no-tools] [] [no-toys]"},
		{"the same rules with another reason", house("Ben C.", "nothing has changed at all", softer, tools), false, 2, "[no-tools] [] [no-toys]"},
		{"no rules, and nobody says why", policy.Settings{}, true, 2, "[no-tools] [] [no-toys]"},
		{"no rules", house("Ben C.", "the season has begun again"), false, 3, "[] [no-toys no-tools] []"},
	} {
		w.shut()
		w.cfg.Guards.Policy = step.house
		w.open()
		_, err := w.Decide(context.Background(), &ask)
		if refused := tactful.KindOf(err) == tactful.Refused && strings.Contains(err.Error(), "engine.guards.policy.changed"); refused != step.refused || err != nil && !refused {
			t.Errorf("%s: %v", step.name, err)
		}
		log, err := w.PolicyLog(context.Background(), 10)
		if err != nil || len(log) != step.entries {
			t.Fatalf("%s: %d entries, %v", step.name, len(log), err)
		}
		if got := fmt.Sprint(log[0].Added, log[0].Removed, log[0].Changed); got != step.says {
			t.Errorf("%s: the newest entry says %s, want %s", step.name, got, step.says)
		}
		if log[0].By == "" || log[0].Why == "" || log[0].Time.IsZero() || log[0].No != uint64(step.entries) {
			t.Errorf("%s: %+v", step.name, log[0])
		}
	}
}

func TestManyFirstDecisionsLogTheRulesOnce(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Guards.Policy = house("Ada B.", "toys are out of season", houseRule("no-toys", "'Toys' in item.categories", policy.Refuse))
	})
	w.stock(6)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if _, err := w.Decide(context.Background(), &tactful.Request{Placement: tactful.Popular, Count: 3}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if log, err := w.PolicyLog(context.Background(), 10); err != nil || len(log) != 1 {
		t.Errorf("%d entries, %v", len(log), err)
	}
}
