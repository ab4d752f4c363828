// Package learn turns what people did into the model: events into a person's
// contribution, contributions into sums, sums into a model file. Forgetting is
// the same way backwards, and ends at the same bytes.
package learn

import (
	"cmp"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
)

// Event is one live event about a listed item, as far as learning needs it.
type Event struct {
	No     tactful.ItemNo
	Action tactful.Action
	Time   time.Time
}

// Contribution makes what one person adds to the sums: a pure function of the
// person's live events, what they said about items, and the parameters; the
// order of the events does not matter.
//
// For each item the events are read in order of time. An event that speaks for
// the item adds its quantity, and starts anew after one that spoke against it;
// returned, declined and dismissed undo what was before and leave their own
// negative quantity; taken out of the basket takes away, but never below
// nothing. An item counts once however many pieces were bought, and at most
// Parameters.Cap however often. Items that the person marked as not to be used,
// as a gift or as wrong do not count at all. Only the newest
// Parameters.MaxItems items count.
func Contribution(events []Event, said map[tactful.ItemNo]decision.Setting, p *linear.Parameters) linear.Contribution {
	sorted := slices.Clone(events)
	slices.SortFunc(sorted, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.No, b.No), a.Time.Compare(b.Time), cmp.Compare(a.Action, b.Action))
	})
	var items []itemTotal
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && sorted[n].No == sorted[0].No {
			n++
		}
		no := sorted[0].No
		if no != 0 && no <= linear.MaxItemNo && said[no] == decision.SettingNone {
			if t := total(sorted[:n], p); t.quantity != 0 {
				items = append(items, t)
			}
		}
		sorted = sorted[n:]
	}
	items = newest(items, p.MaxItems)
	c := linear.Contribution{Epoch: p.ID}
	liked := 0
	for _, it := range items {
		c.Items = append(c.Items, linear.Entry{No: it.no, Quantity: it.quantity})
		if it.quantity > 0 {
			liked++
		}
	}
	c.Weight = p.WeightOf(max(liked, min(1, len(items))))
	if c.Empty() {
		return linear.Contribution{Epoch: p.ID}
	}
	return c
}

type itemTotal struct {
	no       tactful.ItemNo
	quantity int64
	last     time.Time // of the newest event that counted
}

// total reads the events of one item, in order of time.
func total(events []Event, p *linear.Parameters) itemTotal {
	t := itemTotal{no: events[0].No}
	for _, e := range events {
		if int(e.Action) >= len(p.Quantities) {
			continue
		}
		day := linear.Day(e.Time)
		q := p.Decayed(p.Quantities[e.Action], day)
		switch {
		case p.Quantities[e.Action] == 0:
			continue
		case e.Action == tactful.Removed:
			if t.quantity > 0 {
				t.quantity = max(0, t.quantity+q)
			}
		case q < 0:
			t.quantity = q
		default:
			t.quantity = min(max(t.quantity, 0)+q, p.Decayed(p.Cap, day))
		}
		t.last = e.Time
	}
	return t
}

// newest keeps the limit items with the newest events, ascending by number.
func newest(items []itemTotal, limit int) []itemTotal {
	if len(items) <= limit {
		return items
	}
	slices.SortFunc(items, func(a, b itemTotal) int {
		return cmp.Or(b.last.Compare(a.last), cmp.Compare(a.no, b.no))
	})
	items = items[:limit]
	slices.SortFunc(items, func(a, b itemTotal) int { return cmp.Compare(a.no, b.no) })
	return items
}
