package replay

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/attack"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

// The story of Target: a shop found out who was pregnant from lotion,
// supplements and large bags, and sent coupons.
const (
	targetPeople = 4000
	targetSignal = 0.12 // of the purchases of those who expect: cues that no label names
	targetValid  = 0.15 // by how much more than basket size the plain lists must tell
	targetGoal   = 0.02 // the same for ours
	targetKept   = 0.93 // of NDCG, with all guards on
	targetFound  = 1.0  // of what people asked for, beside plain lists
	cuePanel     = 20   // people with the class that the panel needs
)

// measureTarget looks at people who never declared anything: nothing of the
// sensitive class stands in their histories, only cues that nobody labelled.
// Attackers tell from their lists who they are; the size of a basket, which no
// list can hide, is the yardstick.
func measureTarget(ctx context.Context, opt Options) (Row, error) {
	shop := func(seed uint64) *households { return supermarketOf(targetPeople, seed, targetSignal) }
	if opt.Data != "" {
		real, err := readHouseholds(ctx, opt.Data)
		if err != nil {
			return Row{}, err
		}
		shop = func(seed uint64) *households { return real.planted(seed, targetSignal) }
	}
	return targetFrom(ctx, opt, shop, defaults())
}

func targetFrom(ctx context.Context, opt Options, shop func(seed uint64) *households, set *guard.Settings) (Row, error) {
	row := Row{
		Metric: "AUC of the strongest attacker minus that of basket size", Goal: fmt.Sprintf("at most +%.2f", targetGoal), Bound: targetGoal, Seeds: opt.seeds(),
	}
	var plain, ours, size, kept, sensitive, short, letters, found []float64
	told := map[string]float64{}
	for i, seed := range row.Seeds {
		opt.report("target: shops", i, len(row.Seeds))
		h := shop(seed)
		row.Attack = "tell from the lists of people who declared nothing that they buy for a baby (" + h.name + ")"
		got, err := targetOnce(ctx, h, seed, set)
		if err != nil {
			return Row{}, err
		}
		row.N = got.people
		plain, ours, size = append(plain, got.plain.worst()-got.size), append(ours, got.ours.worst()-got.size), append(size, got.size)
		kept, sensitive, short = append(kept, got.ours.ndcg/got.plain.ndcg), append(sensitive, float64(got.sensitive)), append(short, float64(got.short))
		letters, found = append(letters, float64(got.letters)), append(found, float64(got.asked)/float64(max(got.plainly, 1)))
		for name, auc := range got.ours.told {
			told[name] += auc / float64(len(row.Seeds))
		}
	}
	opt.report("target: shops", len(row.Seeds), len(row.Seeds))
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(ours)
	alone, _ := mean(size)
	share, shares := mean(kept)
	wanted, _ := mean(found)
	row.Beside = []Figure{
		figure("the plain lists, in the same run", row.Plain, fmt.Sprintf("at least +%.2f, or there is nothing to find", targetValid), targetValid),
		atMost("sensitive items in all lists, at worst", slices.Max(sensitive), "0", 0),
		atMost("of a class that was asked for, in letters, at worst", slices.Max(letters), "0", 0),
		figure("of a class that was asked for, in lists, beside plain", wanted, fmt.Sprintf("at least %.2f", targetFound), targetFound),
		atMost("lists that are not full, at worst", slices.Max(short), "0", 0),
		figure(fmt.Sprintf("NDCG@%d kept [%.4f, %.4f]", listLength, shares[0], shares[1]), share, fmt.Sprintf("at least %.2f", targetKept), targetKept),
		figure("AUC of basket size alone", alone, "at least 0.50: the yardstick is no attacker turned round", 0.5),
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		row.Beside = append(row.Beside, atMost("AUC of "+name, told[name], fmt.Sprintf("at most that of basket size +%.2f", targetGoal), alone+targetGoal))
	}
	row.judge(row.Tactful <= targetGoal)
	return row, nil
}

// atMost is a figure that must not be above a bound.
func atMost(name string, value float64, goal string, bound float64) Figure {
	return Figure{Name: name, Value: value, Goal: goal, Met: value <= bound && !math.IsNaN(value)}
}

// aimed is what one repetition measured.
type aimed struct {
	plain, ours      outcome
	size             float64 // AUC of basket size
	people           int
	sensitive, short int // items of the class in our lists; lists that are not full

	// For those who asked for the class: its items in plain lists, in ours, and in
	// letters, which others see.
	plainly, asked, letters int
}

// expecting is the sensitive class of the row.
const expecting = decision.Class(0)

func targetOnce(ctx context.Context, h *households, seed uint64, set *guard.Settings) (aimed, error) {
	p := &population{pairs: &evaluate.Pairs{Items: len(h.telling), People: h.baskets}, synthetic: true}
	for _, basket := range h.baskets {
		p.secret = append(p.secret, len(h.visible(basket)) < len(basket))
		p.known = append(p.known, true)
	}
	t := newTrial(p, seed)
	undeclared(t, h)
	m, err := t.fit(ctx, [2][]*linear.Contribution{})
	if err != nil {
		return aimed{}, err
	}
	got := aimed{people: len(t.others)}
	sizes, secret := make([]float64, len(t.others)), make([]bool, len(t.others))
	for i, u := range t.others {
		sizes[i], secret[i] = float64(len(t.train.People[u])), t.secret[u]
	}
	got.size = attack.AUC(sizes, secret)
	if got.plain, err = t.outcome(ctx, m, t.lists(m)); err != nil {
		return aimed{}, err
	}
	items, labels := h.shelves()
	way, err := newPath(m, items, set)
	if err != nil {
		return aimed{}, err
	}
	cues, err := t.cues(labels)
	if err != nil {
		return aimed{}, err
	}
	way.ready = func(c *decision.Case) { c.Labels, c.Cues = labels, cues }
	lists, err := way.lists(t.train.People, listLength)
	if err != nil {
		return aimed{}, err
	}
	for _, u := range t.others {
		if len(lists[u]) < listLength {
			got.short++
		}
		got.sensitive += h.tells(lists[u])
	}
	if err := got.letterbox(t, h, m, way); err != nil {
		return aimed{}, err
	}
	got.ours, err = t.outcome(ctx, m, lists)
	return got, err
}

// letterbox lets those of the panel who bought for a baby ask for the class: it
// is in their lists, and in no letter.
func (a *aimed) letterbox(t *trial, h *households, m *model.Model, way *path) error {
	var histories [][]uint32
	rank := evaluate.RankWith(m)()
	for _, u := range t.panel {
		if t.secret[u] {
			histories = append(histories, t.train.People[u])
			a.plainly += h.tells(rank(t.train.People[u], listLength))
		}
	}
	usual := way.ready
	defer func() { way.ready = usual }()
	for _, visible := range []bool{false, true} {
		way.ready = func(c *decision.Case) {
			usual(c)
			c.Asked, c.Visible = c.Asked.With(expecting), visible
		}
		lists, err := way.lists(histories, listLength)
		if err != nil {
			return err
		}
		for _, list := range lists {
			if visible {
				a.letters += h.tells(list)
			} else {
				a.asked += h.tells(list)
			}
		}
	}
	return nil
}

// tells counts what tells in a list.
func (h *households) tells(list []uint32) (n int) {
	for _, no := range list {
		if h.telling[no] {
			n++
		}
	}
	return n
}

// undeclared takes what tells out of the histories of those who are attacked, in
// the model too: they bought it elsewhere. Accuracy is measured for them.
func undeclared(t *trial, h *households) {
	for _, u := range t.others {
		t.train.People[u], t.test.People[u] = h.visible(t.train.People[u]), h.visible(t.test.People[u])
	}
	for _, u := range t.panel {
		t.test.People[u] = nil
	}
	t.all = evaluate.Contributions(t.train, t.parameters)
}

// cues are what those of the panel, who agreed to protection, show to tell.
func (t *trial) cues(labels *decision.Labels) (*decision.Cues, error) {
	sums := learn.NewCueSums(labels)
	for _, u := range t.panel {
		if err := sums.Add(&t.all[u]); err != nil {
			return nil, err
		}
	}
	return sums.Cues(cuePanel), nil
}

// shelves are the products as a catalogue has them, and the labels: what is for
// babies is sensitive, nothing else is.
func (h *households) shelves() ([]tactful.Item, *decision.Labels) {
	items := make([]tactful.Item, len(h.telling)-1)
	labels := &decision.Labels{Names: []string{"pregnancy"}, Sensitive: 1 << expecting, Of: make([]decision.Classes, len(h.telling))}
	for i := range items {
		no := i + 1
		items[i] = tactful.Item{
			ID: fmt.Sprint(no), Title: fmt.Sprint("Product ", no), Price: -1, Availability: tactful.InStock,
			Categories: []string{fmt.Sprint("Aisle ", no%shopThemes)},
		}
		if h.telling[no] {
			labels.Of[no] = 1 << expecting
		}
	}
	return items, labels
}
