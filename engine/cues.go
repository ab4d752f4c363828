package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/records"
)

// Cues declare what speaks for a sensitive class without being of it. The zero
// value knows of nothing.
type Cues struct {
	Panel bool      `yaml:"panel" doc:"find out from people who agreed to protection; nothing is served from it"`
	Least int       `yaml:"least" doc:"people with a class, and as many without, that the panel needs before it says anything of it"`
	Lists []CueList `yaml:"lists" doc:"what the business knows of itself"`
}

// CueList says that items speak for a class.
type CueList struct {
	Class      string   `yaml:"class" doc:"a sensitive class, as tactful labels list names it"`
	Items      []string `yaml:"items" doc:"ids of items"`
	Categories []string `yaml:"categories" doc:"categories at any level"`
	Odds       float64  `yaml:"odds" doc:"logarithm of how many times likelier somebody with the class touches them; 1 if not set"`
}

const maxCueLists = 256

func (c *Cues) defaults() {
	set(&c.Least, fewest)
	for i := range c.Lists {
		set(&c.Lists[i].Odds, 1)
	}
}

func (c *Cues) validate() (faults []error) {
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.protection.cues."+field, detail, remedy))
	}
	if c.Least < fewest || c.Least > 1e9 {
		fault("least", "is out of range", fmt.Sprintf("use %d or more: a smaller panel tells of its members", fewest))
	}
	if len(c.Lists) > maxCueLists {
		fault("lists", "are too many", fmt.Sprintf("declare at most %d", maxCueLists))
	}
	for i, l := range c.Lists {
		at := fmt.Sprintf("lists[%d].", i)
		if l.Class == "" {
			fault(at+"class", "is missing", "name a sensitive class that tactful labels list shows")
		}
		if len(l.Items)+len(l.Categories) == 0 {
			fault(at+"items", "and categories are both empty", "name what speaks for the class")
		}
		if !(l.Odds > 0 && l.Odds <= 10) {
			fault(at+"odds", "is out of range", "use more than 0, at most 10; 1 is the default")
		}
	}
	return faults
}

// cueFaults names lists of classes that are not sensitive.
func (c *Config) cueFaults() (faults []error) {
	l := label.TaxonomyOf(&c.Labels)
	for i, list := range c.Protection.Cues.Lists {
		if class, known := l.Class(list.Class); list.Class != "" && (!known || !l.Sensitive().Has(class)) {
			faults = append(faults, tactful.InvalidField(fmt.Sprintf("engine.protection.cues.lists[%d].class", i), "is no sensitive class", "name one that tactful labels list shows"))
		}
	}
	return faults
}

// cuesOf joins what the panel tells with what the operator knows; the stronger
// counts. nil where neither is declared.
func (e *Engine) cuesOf(g *ground) *decision.Cues {
	declared := &e.cfg.Protection.Cues
	if !declared.Panel && len(declared.Lists) == 0 || g.items == nil {
		return nil
	}
	if declared.Panel && g.told == nil {
		return &decision.Cues{Missing: true}
	}
	cues := &decision.Cues{}
	if g.told != nil {
		cues.Classes = slices.Clone(g.told.Classes)
		for _, odds := range g.told.Odds {
			cues.Odds = append(cues.Odds, slices.Clone(odds))
		}
	}
	for i := range declared.Lists {
		list := &declared.Lists[i]
		class, known := e.labeller.Taxonomy().Class(list.Class)
		if !known {
			continue // refused when the configuration was read
		}
		at := slices.Index(cues.Classes, class)
		if at < 0 {
			at = len(cues.Classes)
			cues.Classes, cues.Odds = append(cues.Classes, class), append(cues.Odds, nil)
		}
		speak := func(item *tactful.Item) {
			if item == nil || g.labels.At(item.No).Has(class) {
				return // what is of the class is the sensitive guard's
			}
			for len(cues.Odds[at]) <= int(item.No) {
				cues.Odds[at] = append(cues.Odds[at], make([]float32, int(item.No)+1-len(cues.Odds[at]))...)
			}
			cues.Odds[at][item.No] = max(cues.Odds[at][item.No], float32(list.Odds))
		}
		for _, id := range list.Items {
			speak(g.items.ByID(id))
		}
		for _, name := range list.Categories {
			for _, item := range g.items.Category(name) {
				speak(item)
			}
		}
	}
	return cues
}

// findCues counts anew what those who agree to protection now touched, and puts
// it to use: a pure function of what is stored, so that somebody erased leaves
// nothing in it. It reads every contribution.
func (e *Engine) findCues(ctx context.Context, now time.Time) error {
	if !e.cfg.Protection.Cues.Panel {
		return nil
	}
	sums := learn.NewCueSums(e.ground.Load().labels)
	agreed := map[tactful.Ref]bool{}
	for shard := range surveyShards {
		clear(agreed)
		err := e.records.ScanSubjects(ctx, shard, surveyShards, now, func(ref tactful.Ref, s *records.Standing) error {
			if e.mayProtect(s, now) {
				agreed[ref] = true
			}
			return ctx.Err()
		})
		if err != nil {
			return fmt.Errorf("find cues: %w", err)
		}
		err = e.records.ScanContributions(ctx, shard, surveyShards, now, func(ref tactful.Ref, c *linear.Contribution) error {
			if !agreed[ref] {
				return ctx.Err()
			}
			return sums.Add(c)
		})
		if err != nil {
			return fmt.Errorf("find cues: %w", err)
		}
	}
	e.relay.Lock()
	defer e.relay.Unlock()
	next := *e.ground.Load()
	next.told = sums.Cues(e.cfg.Protection.Cues.Least)
	next.cues = e.cuesOf(&next)
	e.ground.Store(&next)
	return nil
}

// recall gives a case what was learned for the guards: what tells, and what this week's lists have
// told of the person already.
func recall(c *decision.Case, ground *ground, subject *records.Subject) {
	c.Cues, c.Intervals = ground.cues, ground.intervals
	if c.Cues != nil && subject != nil && subject.Told != nil && subject.Told.Week == week(c.Now) {
		c.Told = subject.Told
	}
}

// week numbers the weeks that budgets hold for.
func week(now time.Time) int32 { return int32(linear.Day(now) / 7) }

// spend notes what a list tells before it is shown, so that lists that are asked
// for at once cannot each spend the same budget. Where the person has changed
// since they were read, it is decided again.
func (e *Engine) spend(ctx context.Context, c *decision.Case, ref tactful.Ref, subject *records.Subject, candidates []decision.Candidate, order []int) error {
	if c.Cues == nil || len(c.Cues.Classes) == 0 || subject == nil || c.Permit.Level < tactful.Personal {
		return nil
	}
	shown := make([]tactful.ItemNo, len(order))
	for k, i := range order {
		shown[k] = candidates[i].Item.No
	}
	told, more := c.Told.With(c.Cues, week(c.Now), shown)
	if !more {
		return nil
	}
	expires := time.Unix(int64(week(c.Now)+1)*7*86400, 0).UTC()
	err := e.records.WriteTold(ctx, ref, subject.Standing.Version, told, expires)
	if tactful.KindOf(err) == tactful.Conflict {
		return errDecideAgain
	}
	return err
}

// errDecideAgain says that somebody changed between reading and answering.
var errDecideAgain = &tactful.Error{Kind: tactful.Conflict, Detail: "the subject is changing too fast", Remedy: "ask again"}
