package replay

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

// What the row must reach. On the synthetic audience plain lists show every
// item, so what is never shown says something on real data only; and its people
// are so few that accuracy differs by a few hundredths from seed to seed.
const (
	mixGoal          = 0.25 // nats
	mixKept          = 0.96 // of NDCG, with all guards on
	mixKeptSynthetic = 0.93
	mixNever         = 0.40 // of the items
)

// measureMix measures the cookie-cutter: whether lists show each person's own
// mix of categories and most of the catalogue, and whether the list that is the
// same for everybody is.
func measureMix(ctx context.Context, opt Options) (Row, error) {
	people, err := specificPeople(ctx, opt)
	if err != nil {
		return Row{}, err
	}
	return mixFrom(ctx, opt, people, defaults(), (*path).generic)
}

// generic are the lists of everybody at the level generic.
func (p *path) generic(histories [][]uint32) ([][]uint32, error) {
	p.level = tactful.Generic
	defer func() { p.level = tactful.Personal }()
	return p.lists(histories, listLength)
}

func mixFrom(ctx context.Context, opt Options, people func(seed uint64) *population, set *guard.Settings, generic func(*path, [][]uint32) ([][]uint32, error)) (Row, error) {
	row := Row{Metric: "divergence of a list's categories from the person's own (KL, nats)", Seeds: opt.seeds()}
	var plain, ours, kept, never, neverPlain, alike, bare, narrow, short []float64
	var prices []Figure
	least := mixKept
	for i, seed := range row.Seeds {
		opt.report("mix: populations", i, len(row.Seeds))
		p := people(seed)
		if p.synthetic {
			least = mixKeptSynthetic
		}
		row.Attack, row.N = "lists of one kind, lists of the popular, and a list for all that hides what each owns ("+p.name+")", len(p.pairs.People)
		got, err := mixOnce(ctx, p, seed, set, generic)
		if err != nil {
			return Row{}, err
		}
		plain, ours, kept = append(plain, got.plain.kl), append(ours, got.ours.kl), append(kept, got.ours.ndcg/got.plain.ndcg)
		never, neverPlain = append(never, got.ours.never), append(neverPlain, got.plain.never)
		alike, bare = append(alike, got.generic), append(bare, got.bestseller)
		narrow, short = append(narrow, float64(got.ours.narrow)), append(short, float64(got.ours.short))
		if i == 0 {
			if prices, err = got.prices(ctx, set); err != nil {
				return Row{}, err
			}
		}
	}
	opt.report("mix: populations", len(row.Seeds), len(row.Seeds))
	row.Goal, row.Bound = fmt.Sprintf("at most %.2f", mixGoal), mixGoal
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(ours)
	share, shares := mean(kept)
	unseen, unseens := mean(never)
	plainly, _ := mean(neverPlain)
	owned, _ := mean(bare)
	row.Beside = []Figure{
		figure(fmt.Sprintf("NDCG@%d kept, all guards on [%.4f, %.4f]", listLength, shares[0], shares[1]), share, fmt.Sprintf("at least %.2f", least), least),
		atMost(fmt.Sprintf("share of the items that no list shows (plain %.3f) [%.4f, %.4f]", plainly, unseens[0], unseens[1]), unseen, fmt.Sprintf("at most %.2f", mixNever), mixNever),
		atMost("AUC of the strongest attacker on the list that is the same for all, at worst", slices.Max(alike), "0.50", 0.5),
		figure("the same on bestsellers without what each owns", owned, "at least 0.55, or there is nothing to find", 0.55),
		atMost("lists of ten with fewer than 4 categories, at worst", slices.Max(narrow), "0", 0),
		atMost("lists that are not full, at worst", slices.Max(short), "0", 0),
	}
	row.Beside = append(row.Beside, prices...)
	row.judge(row.Tactful <= mixGoal)
	return row, nil
}

// prices is the accuracy beside each guard alone, for the first seed. The guard
// that leaves out what people own is always there: plain lists leave it out too.
func (b *blended) prices(ctx context.Context, set *guard.Settings) (figures []Figure, err error) {
	owned := guard.Purchased{Rules: set.Purchased}
	for _, one := range guard.All(set) {
		way := *b.way
		way.guards = []guard.Guard{owned}
		if one.Name() != owned.Name() {
			way.guards = append(way.guards, one)
		}
		lists, err := way.lists(b.trial.train.People, listLength)
		if err != nil {
			return nil, err
		}
		ndcg, err := b.trial.ndcg(ctx, lists)
		if err != nil {
			return nil, err
		}
		figures = append(figures, Figure{Name: fmt.Sprintf("NDCG@%d kept, the guard %s alone", listLength, one.Name()), Value: ndcg / b.plain.ndcg, Goal: "no goal: its price", Met: true})
	}
	return figures, nil
}

// blended is what one repetition measured.
type blended struct {
	plain, ours         mixed
	generic, bestseller float64 // AUC of the strongest attacker

	trial *trial
	way   *path
}

// mixed is what lists are made of.
type mixed struct {
	ndcg, kl, never float64
	narrow, short   int
}

func mixOnce(ctx context.Context, p *population, seed uint64, set *guard.Settings, generic func(*path, [][]uint32) ([][]uint32, error)) (got blended, err error) {
	t := newTrial(p, seed)
	t.settings = linear.DefaultSettings()
	m, err := t.fit(ctx, [2][]*linear.Contribution{})
	if err != nil {
		return got, err
	}
	items := p.shelved()
	if got.plain, err = t.mixed(ctx, items, t.lists(m)); err != nil {
		return got, err
	}
	way, err := newPath(m, items, set)
	if err != nil {
		return got, err
	}
	got.trial, got.way = t, way
	lists, err := way.lists(t.train.People, listLength)
	if err != nil {
		return got, err
	}
	if got.ours, err = t.mixed(ctx, items, lists); err != nil {
		return got, err
	}
	if lists, err = generic(way, t.train.People); err != nil {
		return got, err
	}
	if got.generic, err = t.strongest(ctx, m, lists); err != nil {
		return got, err
	}
	got.bestseller, err = t.strongest(ctx, m, t.bestsellers())
	return got, err
}

func (t *trial) strongest(ctx context.Context, m *model.Model, lists [][]uint32) (float64, error) {
	told, err := t.tell(ctx, m, lists)
	return (&outcome{told: told}).worst(), err
}

// bestsellers are the lists of a shop that leaves out what each person owns.
func (t *trial) bestsellers() [][]uint32 {
	rank := evaluate.Popularity(t.train)()
	lists := make([][]uint32, len(t.train.People))
	for u := range lists {
		lists[u] = slices.Clone(rank(t.train.People[u], listLength))
	}
	return lists
}

func (t *trial) mixed(ctx context.Context, items []tactful.Item, lists [][]uint32) (x mixed, err error) {
	if x.ndcg, err = t.ndcg(ctx, lists); err != nil {
		return x, err
	}
	known, shown := map[uint32]bool{}, map[uint32]bool{}
	for u, list := range lists {
		for _, no := range t.train.People[u] {
			known[no] = true
		}
		for _, no := range list {
			shown[no] = true
		}
		if len(list) < listLength {
			x.short++
		}
		kinds := map[string]bool{}
		for _, no := range list[:min(10, len(list))] {
			if c := items[no-1].Categories; len(c) > 0 {
				kinds[c[len(c)-1]] = true
			}
		}
		if len(kinds) < 4 {
			x.narrow++
		}
		x.kl += divergence(mixOf(items, t.train.People[u]), mixOf(items, list)) / float64(len(lists))
	}
	unseen := 0
	for no := range known {
		if !shown[no] {
			unseen++
		}
	}
	x.never = float64(unseen) / float64(len(known))
	return x, nil
}

// mixOf is the share of each category, an item's divided among its own.
func mixOf(items []tactful.Item, list []uint32) map[string]float64 {
	mix, all := map[string]float64{}, 0.0
	for _, no := range list {
		if n := len(items[no-1].Categories); n > 0 {
			all++
			for _, category := range items[no-1].Categories {
				mix[category] += 1 / float64(n)
			}
		}
	}
	for category := range mix {
		mix[category] /= all
	}
	return mix
}

// divergence is that of Kullback and Leibler, of a list from the person's own
// mix, with the list smoothed by 0.01 of it (Steck, RecSys 2018, equation 3).
func divergence(own, list map[string]float64) (sum float64) {
	for _, category := range slices.Sorted(maps.Keys(own)) {
		share := own[category]
		sum += share * math.Log(share/(0.99*list[category]+0.01*share))
	}
	return sum
}
