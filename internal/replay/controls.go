package replay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tactful/tactful"
)

// controlPeople is the row's own size.
const controlPeople = 1000

// measureControls lets people of the demo data use every control of the privacy
// centre and looks at their very next list: does anything of what they took out
// remain? Mozilla measured that YouTube's best button stops 43 % ("Does This
// Button Work?", 2022, 22,722 people).
func measureControls(ctx context.Context, opt Options) (row Row, err error) {
	n := opt.N
	if n == 0 {
		n = controlPeople
	}
	c, err := openCustomers(ctx, opt, max(n, fewestCustomers))
	if err != nil {
		return Row{}, err
	}
	defer func() { err = errors.Join(err, c.close(ctx)) }()
	t := &controlled{customers: c, controls: controls()}
	return t.measure(ctx, opt, n)
}

// fewestCustomers is how many people the model needs, so that lists rest on them.
const fewestCustomers = 300

// controlled plays controls. Ignored names one that a planted build ignores.
type controlled struct {
	*customers
	controls []control
	ignored  string
}

// tally of one control.
type tried struct {
	used, left, plain   int // people: who had something to take out; of whom it was left; on the plain one
	back, undone        int // lists that an undo brought back, of so many
	compared, different int // scores beside those of somebody who never did it
}

func (t *controlled) measure(ctx context.Context, opt Options, n int) (Row, error) {
	ctx = tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	items := map[string]*tactful.Item{}
	for after := ""; ; {
		page, err := t.engine.Items(after, 1000)
		if err != nil {
			return Row{}, fmt.Errorf("read the items: %w", err)
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			items[page[i].ID] = &page[i]
		}
		after = page[len(page)-1].ID
	}
	nobody, err := t.look(ctx, tactful.Alias{}, tactful.Generic)
	if err != nil {
		return Row{}, err
	}
	all := make([]tried, len(t.controls))
	targets := make([]*target, n)
	add := adder(all)
	var done atomic.Int64
	err = each(ctx, n, func(i int) error {
		who := t.people[i]
		before, err := t.look(ctx, who, tactful.LevelUnknown)
		if err != nil {
			return err
		}
		did, err := t.did(ctx, who)
		if err != nil {
			return err
		}
		if targets[i] = targetOf(before, did, items, ids(nobody)); targets[i] == nil {
			return nil // nothing personal in the list: nothing to take out
		}
		mine := make([]tried, len(t.controls))
		if err := t.play(ctx, who, targets[i], mine); err != nil {
			return err
		}
		add(mine)
		opt.report("controls: people", int(done.Add(1)), n)
		return nil
	})
	if err == nil { // by itself: every removal tidies the files up, and tidy files are quickly tidied
		done.Store(0)
		err = each(ctx, n, func(i int) error {
			mine := make([]tried, len(t.controls))
			if targets[i] != nil {
				if err := t.remove(ctx, t.people[i], targets[i], mine); err != nil {
					return err
				}
			}
			add(mine)
			opt.report("controls: removals", int(done.Add(1)), n)
			return nil
		})
	}
	if err == nil {
		err = t.end(ctx, targets, all)
	}
	if err != nil {
		return Row{}, err
	}
	return t.row(opt, n, all), nil
}

// look asks for a list and reads its receipt.
func (t *controlled) look(ctx context.Context, who tactful.Alias, level tactful.Level) (*outlook, error) {
	d, err := t.engine.Decide(ctx, &tactful.Request{Subject: who, Placement: tactful.ForYou, Count: listed + 1, Level: level})
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	r, err := t.engine.Receipt(ctx, d.ID)
	if err != nil {
		return nil, fmt.Errorf("read the receipt: %w", err)
	}
	return &outlook{decision: d, receipt: r}, nil
}

// did counts the events of somebody by item.
func (t *controlled) did(ctx context.Context, who tactful.Alias) (map[string]int, error) {
	events, err := t.engine.Events(ctx, who, eventsRead)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	counts := map[string]int{}
	for i := range events {
		counts[events[i].Event.Item]++
	}
	return counts, nil
}

// eventsRead is how many of somebody's newest events are looked at.
const eventsRead = 1000

// targetOf chooses what to take out, nil if there is nothing: of what the list
// rests on most, something done once, since events are removed from the files
// one by one and that takes its time.
func targetOf(before *outlook, did map[string]int, items map[string]*tactful.Item, shared []string) *target {
	d, r := before.decision, before.receipt
	if len(d.Suggestions) <= listed || d.Suggestions[0].Origin != tactful.Ranked || len(d.Suggestions[0].Item.Categories) == 0 || len(r.Evidence) == 0 {
		return nil
	}
	t := &target{before: before, evidence: r.Evidence[0].Item, topic: d.Suggestions[0].Item.Categories[0], items: items, shared: shared}
	for _, used := range r.Evidence[:min(len(r.Evidence), mostTelling)] {
		if did[used.Item] == 1 {
			t.evidence = used.Item
			break
		}
	}
	if it := items[t.evidence]; it == nil || len(it.Categories) == 0 {
		return nil
	}
	t.interest = items[t.evidence].Categories[0]
	return t
}

const mostTelling = 5 // lines of a receipt

// adder adds what one person tried to all.
func adder(all []tried) func(mine []tried) {
	var mu sync.Mutex
	return func(mine []tried) {
		mu.Lock()
		defer mu.Unlock()
		for k := range all {
			all[k].add(&mine[k])
		}
	}
}

// play lets one person use every control that can be taken back, each from the
// same list.
func (t *controlled) play(ctx context.Context, who tactful.Alias, aim *target, mine []tried) error {
	for k := range t.controls {
		c := &t.controls[k]
		if c.use == nil || c.final {
			continue
		}
		undo := func() error { return nil }
		if c.name != t.ignored {
			var err error
			if undo, err = c.use(ctx, t.engine, who, aim); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
		after, err := t.look(ctx, who, tactful.LevelUnknown)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		mine[k].count(c, aim, after)
		if c.name == dontUse {
			aim.unused = after
		}
		if err := undo(); err != nil {
			return fmt.Errorf("undo %s: %w", c.name, err)
		}
		again, err := t.look(ctx, who, tactful.LevelUnknown)
		if err != nil {
			return fmt.Errorf("undo %s: %w", c.name, err)
		}
		mine[k].undone++
		if n, different := compare(aim.before, again); n == listed+1 && different == 0 {
			mine[k].back++
		}
	}
	return nil
}

// remove lets one person use what cannot be taken back, and compares what is
// left with what "don't use this" had left.
func (t *controlled) remove(ctx context.Context, who tactful.Alias, aim *target, mine []tried) error {
	for k := range t.controls {
		c := &t.controls[k]
		if !c.final {
			continue
		}
		if c.name != t.ignored {
			if _, err := c.use(ctx, t.engine, who, aim); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
		after, err := t.look(ctx, who, tactful.LevelUnknown)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		mine[k].count(c, aim, after)
		mine[k].compared, mine[k].different = compare(aim.unused, after)
	}
	return nil
}

// end erases everybody, with one fit.
func (t *controlled) end(ctx context.Context, targets []*target, all []tried) error {
	for k := range t.controls {
		c := &t.controls[k]
		if c.use != nil {
			continue
		}
		var gone []tactful.Alias
		for i, aim := range targets {
			if aim != nil {
				gone = append(gone, t.people[i])
			}
		}
		if c.name != t.ignored && len(gone) > 0 {
			if _, err := t.engine.EraseAll(ctx, gone); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
		nobody, err := t.look(ctx, tactful.Alias{}, tactful.LevelUnknown) // of the model without them
		if err != nil {
			return err
		}
		for i, aim := range targets {
			if aim == nil {
				continue
			}
			after, err := t.look(ctx, t.people[i], tactful.LevelUnknown)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			aim.shared = ids(nobody)
			all[k].count(c, aim, after)
		}
	}
	return nil
}

func (s *tried) count(c *control, aim *target, after *outlook) {
	s.used++
	if c.left(aim, after) {
		s.left++
	}
	if c.plain(aim) {
		s.plain++
	}
}

func (s *tried) add(o *tried) {
	s.used, s.left, s.plain = s.used+o.used, s.left+o.left, s.plain+o.plain
	s.back, s.undone = s.back+o.back, s.undone+o.undone
	s.compared, s.different = s.compared+o.compared, s.different+o.different
}

// compare counts the suggestions that two lists share, and those of them whose
// scores differ in any bit.
func compare(a, b *outlook) (shared, different int) {
	if a == nil || b == nil {
		return 0, 0
	}
	score := map[string]float64{}
	for _, s := range a.decision.Suggestions {
		score[s.Item.ID] = s.Score
	}
	for _, s := range b.decision.Suggestions {
		if was, met := score[s.Item.ID]; met {
			shared++
			if was != s.Score {
				different++
			}
		}
	}
	return shared, different
}

func (t *controlled) row(opt Options, n int, all []tried) Row {
	row := Row{
		Attack: fmt.Sprintf("%d customers of the shipped data use each of %d controls and look at their next list", n, len(t.controls)),
		Metric: "next lists with something left of what was taken out", Goal: "0", Seeds: []uint64{opt.Seed},
	}
	var sum tried
	for k := range t.controls {
		s := &all[k]
		sum.add(s)
		if s.used > 0 {
			share := float64(s.left) / float64(s.used)
			row.Beside = append(row.Beside, Figure{Name: fmt.Sprintf("%s: left in the next list (plain %.2f)", t.controls[k].name, float64(s.plain)/float64(s.used)), Value: share, Goal: "0", Met: s.left == 0})
		}
	}
	row.N = sum.used
	used, people := float64(max(sum.used, 1)), float64(n*len(t.controls))
	row.Plain, row.Tactful, row.Interval = float64(sum.plain)/used, float64(sum.left)/used, upTo(sum.left, max(sum.used, 1))
	row.Beside = append(row.Beside,
		figure("stopped by a plain recommender that only hides (YouTube's best button: 0.43)", 1-row.Plain, "no goal; it is the yardstick", 0),
		Figure{Name: "left on the plain one, in the same run", Value: row.Plain, Goal: "at least 0.50, or there is nothing to control", Met: row.Plain >= 0.5},
		figure("people whose list had something to take out", used/people, "at least 0.90", 0.9),
	)
	if sum.undone > 0 {
		row.Beside = append(row.Beside, figure("lists that an undo brings back bit for bit", float64(sum.back)/float64(sum.undone), "1", 1))
	}
	if sum.compared > 0 {
		row.Beside = append(row.Beside, Figure{
			Name:  fmt.Sprintf("scores after \"don't use this\" that differ from those of somebody who never did it, of %d", sum.compared),
			Value: float64(sum.different), Goal: "0: the contribution is exactly none", Met: sum.different == 0,
		})
	}
	row.judge(sum.left == 0 && sum.used > 0)
	return row
}
