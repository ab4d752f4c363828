package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/internal/records"
)

// Bounds of a dry run.
const (
	MaxDryRun    = 7 * 24 * time.Hour
	maxDryLists  = 1_000_000
	dryItemsKept = 5
	frozenShards = 16
)

// PolicyDiff says what other rules would have changed in the lists of the past.
// It is made of receipts, so it counts and names items, never people.
type PolicyDiff struct {
	From, To       time.Time
	Version        string // of the rules in use
	Next           string // of those that were tried
	Lists          int    // decisions looked at
	Truncated      bool   // there were more
	Shown          int    // suggestions in them
	Unlisted       int    // of these, items that are not listed any more: nothing can be said of them
	ListsChanged   int    // lists that would lose or reorder something
	Refused        int    // suggestions that would go
	Demoted        int    // suggestions that would move down
	Open           int    // suggestions of which a receipt says too little
	MayComeBack    int    // of the items that rules alone had refused, those that the new ones let through
	RefusedUnnamed int    // refused by rules, and not named: only receipts from before verdicts were kept name some of them alone
	Rules          []RuleDiff
}

// RuleDiff is the part of one rule.
type RuleDiff struct {
	Rule    string
	Then    string
	Refused int
	Demoted int
	Open    int
	Failed  int      // refused because it could not be worked out
	Items   []string // a few of the items
}

// DiffPolicy tries rules on the decisions since a moment, and changes nothing.
// A receipt does not hold the whole request: rules that ask for what it does not
// say are counted as open. Receipts of people whose data is restricted stay shut.
func (e *Engine) DiffPolicy(ctx context.Context, rules []policy.Rule, since time.Duration) (*PolicyDiff, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if since <= 0 || since > MaxDryRun {
		return nil, tactful.InvalidField("since", "is out of range", fmt.Sprintf("ask for up to the last %d hours", int(MaxDryRun.Hours())))
	}
	next, err := policy.New(&policy.Settings{Rules: rules, Changed: policy.Change{By: "a dry run", Why: "nothing is changed by this"}})
	if err != nil {
		return nil, err
	}
	current, err := policy.New(&e.cfg.Guards.Policy)
	if err != nil {
		return nil, fmt.Errorf("compile the rules in use: %w", err)
	}
	now := e.clock.Now()
	run := dryRun{e: e, current: current, next: next, out: &PolicyDiff{
		From: now.Add(-since).UTC(), To: now.UTC(), Version: RulesVersion(e.cfg.Guards.Policy.Rules), Next: RulesVersion(rules), Rules: make([]RuleDiff, len(rules)),
	}}
	for i := range rules {
		run.out.Rules[i].Rule, run.out.Rules[i].Then = rules[i].Name, rules[i].Then
	}
	frozen, err := e.frozen(ctx, now)
	if err != nil {
		return nil, err
	}
	err = e.records.ScanReceipts(ctx, run.out.From, now.Add(time.Millisecond), now, func(ref tactful.Ref) bool { return frozen[ref] }, func(r *tactful.Receipt) error {
		if run.out.Lists >= maxDryLists {
			run.out.Truncated = true
			return nil
		}
		run.try(r)
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("dry run of rules: %w", err)
	}
	return run.out, nil
}

// frozen are the people of whom nothing may be read.
func (e *Engine) frozen(ctx context.Context, now time.Time) (map[tactful.Ref]bool, error) {
	all := map[tactful.Ref]bool{}
	for shard := range frozenShards {
		err := e.records.ScanSubjects(ctx, shard, frozenShards, now, func(ref tactful.Ref, s *records.Standing) error {
			if s.Frozen {
				all[ref] = true
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, fmt.Errorf("dry run of rules: %w", err)
		}
	}
	return all, nil
}

type dryRun struct {
	e             *Engine
	current, next *policy.Set
	out           *PolicyDiff
}

// untold reports what a receipt does not say.
func untold(name string) bool {
	switch name {
	case "request.placement", "level", "now", "candidate.origin", "candidate.score":
		return false
	}
	return strings.HasPrefix(name, "request.") || strings.HasPrefix(name, "candidate.")
}

// try has both sets of rules judge what a receipt shows.
func (d *dryRun) try(r *tactful.Receipt) {
	d.out.Lists++
	c := decision.Case{Now: r.Time, Request: &tactful.Request{Placement: r.Placement}, Permit: decision.Permit{Level: r.Level}, Labels: d.e.ground.Load().labels}
	changed := false
	for i := range r.Shown {
		d.out.Shown++
		item := d.listed(r.Shown[i].Item)
		if item == nil {
			d.out.Unlisted++
			continue
		}
		x := decision.Candidate{Item: item, Score: r.Shown[i].Score, Origin: r.Shown[i].Origin}
		was, _ := d.current.Try(&c, &x, untold)
		v, open := d.next.Try(&c, &x, untold)
		if d.count(item, was, v, open) {
			changed = true
		}
	}
	if r.Judged != nil && r.Offer == nil {
		items := d.e.ground.Load().items
		for _, no := range refusedByRules(r.Judged) {
			d.mayComeBack(&c, items.ByNo(no))
		}
	} else { // a receipt from before verdicts were kept names a few
		for i := range r.Withheld {
			if h := &r.Withheld[i]; h.Guard == (guard.Policy{}).Name() {
				d.out.RefusedUnnamed += h.Count - len(h.Items)
				for _, id := range h.Items {
					d.mayComeBack(&c, d.listed(id))
				}
			}
		}
	}
	if changed {
		d.out.ListsChanged++
	}
}

// mayComeBack tries the new rules on what the rules of then refused.
func (d *dryRun) mayComeBack(c *decision.Case, item *tactful.Item) {
	if item == nil {
		return
	}
	if v, _ := d.next.Try(c, &decision.Candidate{Item: item}, unsaid); v.Ruling != decision.Withhold {
		d.out.MayComeBack++
	}
}

// refusedByRules are the candidates that the business's rules stopped and nobody else.
func refusedByRules(j *tactful.Judged) (items []tactful.ItemNo) {
	others := make([]bool, len(j.Items))
	var own []int32
	for i := range j.Rulings { // the rules judge last
		line := &j.Rulings[i]
		ruling, _ := decision.ParseRuling(line.Ruling)
		if !(decision.Verdict{Ruling: ruling}).Stops() {
			continue
		}
		if line.Guard == (guard.Policy{}).Name() {
			own = append(own, line.At...)
			continue
		}
		for _, at := range line.At {
			others[at] = true
		}
	}
	for _, at := range own {
		if !others[at] {
			items = append(items, j.Items[at])
		}
	}
	return items
}

// unsaid is untold for an item that a receipt names only as left out.
func unsaid(name string) bool { return untold(name) || strings.HasPrefix(name, "candidate.") }

func (d *dryRun) listed(id string) *tactful.Item {
	items := d.e.ground.Load().items
	return items.ByNo(items.Number(id))
}

// count reports whether the suggestion would go or move.
func (d *dryRun) count(item *tactful.Item, was, is policy.Verdict, open []int) bool {
	for _, r := range open {
		d.out.Rules[r].Open++
	}
	if is.Ruling != decision.Withhold && len(open) > 0 {
		d.out.Open++
	}
	if is.Ruling == decision.Allow || is.Ruling == was.Ruling {
		return is.Ruling != was.Ruling
	}
	rule := &d.out.Rules[is.Rule]
	if len(rule.Items) < dryItemsKept && !slices.Contains(rule.Items, item.ID) {
		rule.Items = append(rule.Items, item.ID)
	}
	if is.Failed {
		rule.Failed++
	}
	if is.Ruling == decision.Withhold {
		rule.Refused++
		d.out.Refused++
		return true
	}
	rule.Demoted++
	d.out.Demoted++
	return true
}
