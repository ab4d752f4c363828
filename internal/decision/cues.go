package decision

import (
	"slices"

	"github.com/tactful/tactful"
)

// Cues say how much each item speaks for a sensitive class without being of it:
// the lotion and the supplements that told a shop of a pregnancy. They come from
// the operator's lists and from people who agreed to protection, and serve
// nothing but to bound what a list tells. Shared, read only.
type Cues struct {
	Classes []Class     // those with cues
	Odds    [][]float32 // beside Classes, by ItemNo: logarithm of how many times likelier somebody with the class touches it
	Missing bool        // they are declared and not known yet: nothing that rests on a person may be shown
}

// Of returns how much an item speaks for the class at a place, in nats.
func (c *Cues) Of(at int, no tactful.ItemNo) float64 {
	if c == nil || int(no) >= len(c.Odds[at]) {
		return 0
	}
	return float64(c.Odds[at][no])
}

// Bound reports whether a class must not be told: the person has neither asked
// for it nor seeks it now, or others see the answer.
func (c *Case) Bound(class Class) bool {
	return c.Visible || !c.Asked.Has(class) && !c.Sought.Has(class)
}

// Speaks reports whether an item speaks with at least so many nats for a class
// that must not be told.
func (c *Case) Speaks(no tactful.ItemNo, least float64) bool {
	if c.Cues == nil {
		return false
	}
	for at, class := range c.Cues.Classes {
		if c.Cues.Of(at, no) >= least && c.Bound(class) {
			return true
		}
	}
	return false
}

// Silence takes the weight from what the person did that speaks for such a
// class: a list that rests on it would tell it, whatever its items are. Whoever
// composes a case calls it once; the inference guard does not rely on that.
func (c *Case) Silence(least float64) {
	if c.Cues == nil {
		return
	}
	for i := range c.Evidence.Pieces {
		if p := &c.Evidence.Pieces[i]; p.Origin == FromHistory && p.Weight != 0 && c.Speaks(p.Item, least) {
			p.Weight = 0
		}
	}
}

// Told is what lists have told of somebody in one week. Something that is shown
// again tells nothing new, so each item counts once.
type Told struct {
	Week  int32            // days since 1970-01-01, divided by seven
	Items []tactful.ItemNo // ascending: those shown that speak for or against a class
}

// MaxTold bounds the items of a week; beyond, every cue counts as over budget.
const MaxTold = 512

// Counts reports whether an item was counted in this week already.
func (t *Told) Counts(no tactful.ItemNo) bool {
	if t == nil {
		return false
	}
	_, counted := slices.BinarySearch(t.Items, no)
	return counted
}

// Sum is what this week's lists have told of the class at a place, in nats.
func (t *Told) Sum(c *Cues, at int) (sum float64) {
	if t == nil {
		return 0
	}
	for _, no := range t.Items {
		sum += c.Of(at, no)
	}
	return sum
}

// With returns what has been told once these items are shown as well, and
// whether that is more than before. What tells nothing is not noted.
func (t *Told) With(c *Cues, week int32, items []tactful.ItemNo) (*Told, bool) {
	next := &Told{Week: week}
	if t != nil && t.Week == week {
		next.Items = slices.Clone(t.Items)
	}
	before := len(next.Items)
	for _, no := range items {
		speaks := false
		for at := range c.Classes {
			speaks = speaks || c.Of(at, no) != 0
		}
		if at, counted := slices.BinarySearch(next.Items, no); speaks && !counted && len(next.Items) < MaxTold {
			next.Items = slices.Insert(next.Items, at, no)
		}
	}
	return next, len(next.Items) != before
}
