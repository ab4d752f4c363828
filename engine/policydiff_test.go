package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/policy"
)

func TestADryRunSaysWhatOtherRulesWouldHaveChangedAndChangesNothing(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Guards.Policy = house("Ada B.", "gardens are out of season", houseRule("no-gardens", "'Garden' in item.categories", policy.Refuse))
	})
	w.stock(12) // four in each of three categories
	w.crowd(30, 12)
	w.train()
	w.agree("ada", tactful.Personal)
	w.mustSend("ada", "purchased", 1)
	w.agree("old", tactful.Personal)
	w.mustSend("old", "purchased", 1)
	all := tactful.Request{Placement: tactful.Popular, Count: 12}
	mine := tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("old")}
	w.decide(mine) // two days ago
	w.clock.pass(48 * time.Hour)
	w.decide(all)
	mine.Subject = user("ada")
	w.decide(mine)

	diff := func(rules ...policy.Rule) *PolicyDiff {
		t.Helper()
		d, err := w.DiffPolicy(context.Background(), rules, 24*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	same := diff(w.cfg.Guards.Policy.Rules...)
	if same.Lists != 2 || same.Shown != 11 || same.ListsChanged != 0 || same.Refused+same.Demoted+same.Open+same.MayComeBack != 0 || same.Version != same.Next {
		t.Errorf("the same rules: %+v", same)
	}
	toys := diff(houseRule("no-toys", "'Toys' in item.categories && request.placement == 'popular'", policy.Refuse),
		houseRule("kitchen-last", "'Kitchen' in item.categories && request.placement == 'popular'", policy.Demote),
		houseRule("not-in-france", "request.region == 'FR' && request.placement == 'popular'", policy.Refuse))
	if toys.Refused != 4 || toys.Demoted != 4 || toys.ListsChanged != 1 || toys.MayComeBack == 0 || toys.Open != 4 {
		t.Errorf("other rules: %+v", toys)
	}
	if toys.Rules[0].Refused != 4 || len(toys.Rules[0].Items) != 4 || toys.Rules[1].Demoted != 4 || toys.Rules[2].Open == 0 {
		t.Errorf("by rule: %+v", toys.Rules)
	}
	broken := diff(houseRule("sizes", "item.attributes.nothing == 'L' && level == 'personal'", policy.Demote))
	if broken.Rules[0].Failed != 3 || broken.Refused != 3 {
		t.Errorf("a rule that fails: %+v", broken)
	}
	if log, err := w.PolicyLog(context.Background(), 10); err != nil || len(log) != 1 {
		t.Errorf("a dry run was logged as a change: %d entries, %v", len(log), err)
	}
	if d := w.decide(all); len(d.Suggestions) != 8 {
		t.Errorf("a dry run changed the lists: %d suggestions", len(d.Suggestions))
	}
	for i, since := range []time.Duration{0, -time.Hour, MaxDryRun + 1} {
		if _, err := w.DiffPolicy(context.Background(), nil, since); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := w.DiffPolicy(context.Background(), []policy.Rule{houseRule("x", "item.price >", policy.Refuse)}, time.Hour); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a broken rule: %v", err)
	}
}

func TestADryRunOpensNoReceiptOfSomebodyWhoseDataIsRestricted(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	for i := range 3 {
		id := fmt.Sprintf("p%d", i)
		w.agree(id, tactful.Personal)
		w.decide(tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user(id)})
	}
	if err := w.Restrict(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), user("p1")); err != nil {
		t.Fatal(err)
	}
	d, err := w.DiffPolicy(context.Background(), nil, time.Hour)
	if err != nil || d.Lists != 2 {
		t.Errorf("%+v %v", d, err)
	}
}
