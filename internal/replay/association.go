package replay

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

// What the row must reach.
const (
	associationGoal  = 0.000 // mean shift over the categories
	associationWorst = 0.01
	associationValid = 0.005
	associationKept  = 0.90 // of NDCG, blind to the attribute and with all guards on
	marketLeast      = 0.4  // of each list, for either group of the market
	rareCategory     = 0.01 // of what is in histories: smaller categories are left out, their shares are chance
)

// measureAssociation plays Hinge: does a list carry the leanings of a group
// further than its members' own choices, and are both sides of a market shown?
func measureAssociation(ctx context.Context, opt Options) (Row, error) {
	people, err := peopleOr(ctx, opt, crowdedAudience)
	if err != nil {
		return Row{}, err
	}
	return associationFrom(ctx, opt, people, defaults(), (*trial).guarded)
}

func associationFrom(ctx context.Context, opt Options, people func(seed uint64) *population, set *guard.Settings, fit func(*trial, context.Context) (*model.Model, error)) (Row, error) {
	row := Row{Metric: "mean shift of the groups' shares in categories, away from even, from histories to lists", Goal: fmt.Sprintf("at most %.3f", associationGoal), Bound: associationGoal, Seeds: opt.seeds()}
	var plain, ours, worst, worstPlain, kept, market, marketPlain, short []float64
	shifts := map[string][]float64{} // of the categories that every seed has
	for i, seed := range row.Seeds {
		opt.report("association: populations", i, len(row.Seeds))
		p := people(seed)
		row.Attack = "compare the groups' shares in each category (" + p.name + ", and a market with two sides)"
		got, err := associationOnce(ctx, p, seed, set, fit)
		if err != nil {
			return Row{}, err
		}
		row.N = got.people
		plain, ours = append(plain, got.plain.mean), append(ours, got.ours.mean)
		worst, worstPlain = append(worst, got.ours.worst), append(worstPlain, got.plain.worst)
		kept = append(kept, got.ours.all/got.plain.all)
		for category, shift := range got.ours.by {
			shifts[category] = append(shifts[category], shift)
		}
		least, leastPlain, cut, err := twoSided(ctx, seed, set)
		if err != nil {
			return Row{}, err
		}
		market, marketPlain = append(market, least), append(marketPlain, leastPlain)
		short = append(short, float64(got.short+cut))
	}
	opt.report("association: populations", len(row.Seeds), len(row.Seeds))
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(ours)
	far, fars := mean(worst)
	farPlain, _ := mean(worstPlain)
	share, shares := mean(kept)
	sidePlain, _ := mean(marketPlain)
	steady := math.Inf(-1)
	for _, all := range shifts {
		if len(all) == len(row.Seeds) {
			m, _ := mean(all)
			steady = max(steady, m)
		}
	}
	row.Beside = []Figure{
		figure("the same on plain lists, or there is nothing to amplify", row.Plain, fmt.Sprintf("at least %.3f", associationValid), associationValid),
		atMost(fmt.Sprintf("the worst category (plain %+.3f) [%.4f, %.4f]", farPlain, fars[0], fars[1]), far, fmt.Sprintf("at most %.2f", associationWorst), associationWorst),
		{Name: "the category that is worst over all seeds: the worst of each seed is so by chance too", Value: steady, Goal: "no goal; read it beside the one above", Met: true},
		figure(fmt.Sprintf("a market with two sides: least share of either group in either group's lists (plain %.3f)", sidePlain), slices.Min(market), fmt.Sprintf("at least %.2f, as declared", marketLeast), marketLeast),
		atMost("the same on plain lists, or there is nothing to bound", sidePlain, fmt.Sprintf("at most %.2f", marketLeast-0.05), marketLeast-0.05),
		figure(fmt.Sprintf("NDCG@%d kept, blind and with all guards on [%.4f, %.4f]", listLength, shares[0], shares[1]), share, fmt.Sprintf("at least %.2f", associationKept), associationKept),
		atMost("lists that are not full, at worst", slices.Max(short), "0", 0),
	}
	row.judge(row.Tactful <= associationGoal)
	return row, nil
}

// leaning is what lists do with what groups have in common.
type leaning struct {
	mean, worst float64
	by          map[string]float64 // shift by category
	ndcg        [2]float64         // by group
	all         float64            // NDCG of both
}

type associated struct {
	plain, ours   leaning
	people, short int
}

// associationOnce fits blind to what the panel told, and measures the others:
// the two have nobody in common.
func associationOnce(ctx context.Context, p *population, seed uint64, set *guard.Settings, fit func(*trial, context.Context) (*model.Model, error)) (got associated, err error) {
	t := newTrial(p, seed)
	m, err := t.fit(ctx, [2][]*linear.Contribution{})
	if err != nil {
		return got, err
	}
	items := p.shelved()
	got.people = len(t.others)
	if got.plain, err = t.leaning(ctx, items, t.lists(m)); err != nil {
		return got, err
	}
	if m, err = fit(t, ctx); err != nil {
		return got, err
	}
	way, err := newPath(m, items, set)
	if err != nil {
		return got, err
	}
	lists, err := way.lists(t.train.People, listLength)
	if err != nil {
		return got, err
	}
	for _, list := range lists {
		if len(list) < listLength {
			got.short++
		}
	}
	got.ours, err = t.leaning(ctx, items, lists)
	return got, err
}

// leaning compares the share of the second group in each category between
// histories and lists (Zhao and others, EMNLP 2017): a shift is positive where it
// leads further away from the group's share in all. Each person counts alike.
func (t *trial) leaning(ctx context.Context, items []tactful.Item, lists [][]uint32) (l leaning, err error) {
	var history, list [2]map[string]float64
	counts, all := map[string]int{}, 0
	var people [2]float64
	for which := range history {
		history[which], list[which] = map[string]float64{}, map[string]float64{}
	}
	for _, u := range t.others {
		which := 0
		if t.secret[u] {
			which = 1
		}
		people[which]++
		for category, share := range mixOf(items, t.train.People[u]) {
			history[which][category] += share
		}
		for category, share := range mixOf(items, lists[u]) {
			list[which][category] += share
		}
		for _, no := range t.train.People[u] {
			for _, category := range items[no-1].Categories {
				counts[category]++
				all++
			}
		}
	}
	share := func(of [2]map[string]float64, category string) float64 { // as if both groups were of one size
		a, b := of[0][category]/people[0], of[1][category]/people[1]
		if a+b == 0 {
			return 0.5
		}
		return b / (a + b)
	}
	n := 0.0
	l.worst, l.by = math.Inf(-1), map[string]float64{}
	for _, category := range slices.Sorted(maps.Keys(counts)) {
		if float64(counts[category]) < rareCategory*float64(all) {
			continue
		}
		before, after := share(history, category), share(list, category)
		shift := after - before
		if before < 0.5 {
			shift = -shift
		}
		l.by[category] = shift
		l.mean += shift
		l.worst = max(l.worst, shift)
		n++
	}
	l.mean /= max(n, 1)
	everybody := 0.0
	for which := range l.ndcg {
		held := &evaluate.Pairs{Items: t.test.Items, People: make([][]uint32, len(t.test.People))}
		for _, u := range t.others {
			if t.secret[u] == (which == 1) {
				held.People[u] = t.test.People[u]
			}
		}
		measured, err := evaluate.MeasureLists(ctx, held.Items, held, listLength, func() evaluate.Lister {
			return func(person, _ int) ([]uint32, error) { return lists[person], nil }
		})
		if err != nil {
			return l, err
		}
		l.ndcg[which] = measured.NDCG
		l.all += measured.NDCG * people[which]
		everybody += people[which]
	}
	l.all /= max(everybody, 1)
	return l, nil
}

// The market with two sides: people choose among people.
const (
	marketPeople = 1200
	marketOthers = 300
	marketOwn    = 0.85 // of choices within the own group
)

// twoSided lets people of two groups choose among people of two groups, their
// own more often, and declares that either group has its share of every list.
// It returns the least share that a group has in a group's lists, ours and plain.
func twoSided(ctx context.Context, seed uint64, set *guard.Settings) (ours, plain float64, short int, err error) {
	rng := rand.New(rand.NewPCG(seed, 6))
	p := &population{name: "market", synthetic: true, pairs: &evaluate.Pairs{Items: marketOthers + 1}}
	for u := range marketPeople {
		group := u % 2
		taste := rng.IntN(10)
		var chosen []uint32
		for range 12 + rng.IntN(12) {
			side := group
			if rng.Float64() > marketOwn {
				side = 1 - group
			}
			at := int(math.Pow(rng.Float64(), 1.5) * marketOthers / 2)
			if rng.IntN(2) == 0 {
				at = at/10*10 + taste
			}
			chosen = append(chosen, uint32(min(at, marketOthers/2-1)*2+side+1))
		}
		slices.Sort(chosen)
		p.pairs.People, p.secret, p.known = append(p.pairs.People, slices.Compact(chosen)), append(p.secret, group == 1), append(p.known, true)
	}
	t := newTrial(p, seed)
	m, err := t.fit(ctx, [2][]*linear.Contribution{})
	if err != nil {
		return 0, 0, 0, err
	}
	items := make([]tactful.Item, marketOthers)
	for i := range items {
		items[i] = blank(i + 1)
		items[i].Categories = []string{fmt.Sprint("Taste ", i/2%10)}
		items[i].Attributes = map[string]string{"group": []string{"a", "b"}[i%2]}
	}
	bounded := *set
	bounded.Fair.Shares = []guard.ShareRules{{Attribute: "group", Value: "a", Least: marketLeast}, {Attribute: "group", Value: "b", Least: marketLeast}}
	way, err := newPath(m, items, &bounded)
	if err != nil {
		return 0, 0, 0, err
	}
	lists, err := way.lists(t.train.People, listLength)
	if err != nil {
		return 0, 0, 0, err
	}
	for _, list := range lists {
		if len(list) < listLength {
			short++
		}
	}
	return leastShare(lists), leastShare(t.lists(m)), short, nil
}

// leastShare is the least share that either group of the market has in the lists
// of either group.
func leastShare(lists [][]uint32) float64 {
	var of [2][2]float64
	for u, list := range lists {
		for _, no := range list {
			of[u%2][(no-1)%2]++
		}
	}
	least := 1.0
	for _, sides := range of {
		least = min(least, min(sides[0], sides[1])/max(sides[0]+sides[1], 1))
	}
	return least
}
