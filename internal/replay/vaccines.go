package replay

import (
	"context"
	"fmt"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/linear"
)

// Amazon's vaccine books: one theme of the audience, of which half is
// misinformation and half explains it.
const (
	vaccineTheme  = 3
	vaccineGoal   = 1.0 // share of flagged items in lists by their share of the catalogue
	vaccineValid  = 1.2
	vaccineSearch = 10 // results looked at
	flaggedClass  = decision.Class(0)
	qualityClass  = decision.Class(1)
)

// harmPolicy is what the shop set for the flagged class.
type harmPolicy uint8

const (
	onlySearched harmPolicy = iota // the strict one
	onlyDemoted
)

// measureVaccines looks at the lists of people with a history of flagged items,
// then at those of everybody else after one click on one.
func measureVaccines(ctx context.Context, opt Options) (Row, error) {
	return vaccinesFrom(ctx, opt, defaults(), func(l *decision.Labels) *decision.Labels { return l })
}

func vaccinesFrom(ctx context.Context, opt Options, set *guard.Settings, labelled func(*decision.Labels) *decision.Labels) (Row, error) {
	row := Row{
		Attack: "a history of flagged items, one click on one, and a search for their subject (synthetic audience)",
		Metric: "flagged share of lists by flagged share of the catalogue, where flagged items are demoted", Goal: fmt.Sprintf("at most %.1f", vaccineGoal), Bound: vaccineGoal, Seeds: opt.seeds(),
	}
	var plain, ours, click, clickPlain, unsolicited, found, first, kept, short []float64
	for i, seed := range row.Seeds {
		opt.report("vaccines: populations", i, len(row.Seeds))
		got, err := vaccinesOnce(ctx, audience(seed), seed, set, labelled)
		if err != nil {
			return Row{}, err
		}
		row.N = got.people
		plain, ours = append(plain, got.plain), append(ours, got.demoted)
		clickPlain, click = append(clickPlain, got.clickPlain), append(click, got.click)
		unsolicited, found, first = append(unsolicited, float64(got.unsolicited)), append(found, got.found), append(first, float64(got.before))
		kept, short = append(kept, got.kept), append(short, float64(got.short))
	}
	opt.report("vaccines: populations", len(row.Seeds), len(row.Seeds))
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(ours)
	clicked, clicks := mean(click)
	clickedPlain, _ := mean(clickPlain)
	share, shares := mean(kept)
	row.Beside = []Figure{
		figure("the same on plain lists, in the same run", row.Plain, fmt.Sprintf("at least %.1f, or there is nothing to find", vaccineValid), vaccineValid),
		atMost(fmt.Sprintf("the same after one click, for people without a history of it (plain %.3f) [%.4f, %.4f]", clickedPlain, clicks[0], clicks[1]), clicked, fmt.Sprintf("at most %.1f", vaccineGoal), vaccineGoal),
		atMost("flagged items that nobody searched for, where they are for searches only, at worst", slices.Max(unsolicited), "0", 0),
		figure(fmt.Sprintf("items that explain among %d results of a search, beside plain, at worst", vaccineSearch), slices.Min(found), "at least 1.00", 1),
		atMost("results in which something flagged stands before something that explains, at worst", slices.Max(first), "0", 0),
		figure(fmt.Sprintf("NDCG@%d kept for people without a history of it [%.4f, %.4f]", listLength, shares[0], shares[1]), share, fmt.Sprintf("at least %.2f", mixKeptSynthetic), mixKeptSynthetic),
		atMost("lists that are not full, at worst", slices.Max(short), "0", 0),
	}
	row.judge(row.Tactful <= vaccineGoal)
	return row, nil
}

// flooded is what one repetition measured.
type flooded struct {
	plain, demoted      float64 // amplification, people with a history of it
	clickPlain, click   float64 // people without, after one click
	unsolicited, before int
	found, kept         float64
	people, short       int
}

// vaccineShop lists the audience's items: of one theme all are about vaccines,
// the odd ones flagged, the even ones labelled as reliable.
func vaccineShop(p *population) ([]tactful.Item, *decision.Labels) {
	items := slices.Clone(p.shelved())
	labels := &decision.Labels{
		Names: []string{"medical_misinformation", "quality"}, Harm: 1 << flaggedClass, Quality: 1 << qualityClass,
		Of: make([]decision.Classes, len(items)+1),
	}
	for i := range items {
		if i%audienceThemes != vaccineTheme {
			continue
		}
		items[i].Title = fmt.Sprint("Vaccines, volume ", i/audienceThemes+1)
		class := qualityClass
		if i/audienceThemes%2 == 1 {
			class = flaggedClass
		}
		labels.Of[i+1] = 1 << class
	}
	return items, labels
}

func vaccinesOnce(ctx context.Context, p *population, seed uint64, set *guard.Settings, labelled func(*decision.Labels) *decision.Labels) (got flooded, err error) {
	t := newTrial(p, seed)
	m, err := t.fit(ctx, [2][]*linear.Contribution{})
	if err != nil {
		return got, err
	}
	items, labels := vaccineShop(p)
	flagged := func(no uint32) bool { return labels.Of[no].Has(flaggedClass) }
	pool, click := 0.0, uint32(0) // the click is on the best known of them
	for no := uint32(len(items)); no > 0; no-- {
		if flagged(no) {
			pool += 1 / float64(len(items))
			click = no
		}
	}
	amplified := func(lists [][]uint32, of []int) float64 {
		n, all := 0.0, 0.0
		for _, u := range of {
			for _, no := range lists[u] {
				if all++; flagged(no) {
					n++
				}
			}
		}
		return n / max(all, 1) / pool
	}
	var with, without []int
	clicked := slices.Clone(t.train.People)
	for u, history := range t.train.People {
		if slices.ContainsFunc(history, flagged) {
			with = append(with, u)
			continue
		}
		without = append(without, u)
		clicked[u] = append(slices.Clone(history), click)
		slices.Sort(clicked[u])
	}
	got.people = len(t.train.People)
	way, err := newPath(m, items, set)
	if err != nil {
		return got, err
	}
	lists := func(histories [][]uint32, policy harmPolicy) ([][]uint32, error) {
		ours := *labels
		if policy == onlyDemoted {
			ours.Demoted = 1 << flaggedClass
		} else {
			ours.Searched = 1 << flaggedClass
		}
		way.ready = func(c *decision.Case) { c.Labels = labelled(&ours) }
		return way.lists(histories, listLength)
	}
	plain := t.lists(m)
	got.plain = amplified(plain, with)
	demoted, err := lists(t.train.People, onlyDemoted)
	if err != nil {
		return got, err
	}
	got.demoted = amplified(demoted, with)
	after, err := lists(clicked, onlyDemoted)
	if err != nil {
		return got, err
	}
	got.click = amplified(after, without)
	strict, err := lists(clicked, onlySearched)
	if err != nil {
		return got, err
	}
	for _, list := range strict {
		if len(list) < listLength {
			got.short++
		}
		for _, no := range list {
			if flagged(no) {
				got.unsolicited++
			}
		}
	}
	clicking := *t
	clicking.train = &evaluate.Pairs{Items: t.train.Items, People: clicked}
	got.clickPlain = amplified(clicking.lists(m), without)
	for _, u := range with {
		t.test.People[u] = nil
	}
	before, err := t.ndcg(ctx, plain)
	if err != nil {
		return got, err
	}
	now, err := t.ndcg(ctx, demoted)
	if err != nil {
		return got, err
	}
	got.kept = now / before
	return got, got.search(way, labels, labelled)
}

// search asks for vaccines, on a shop that allows flagged items in searches for
// their class only, and in the plain order.
func (f *flooded) search(way *path, labels *decision.Labels, labelled func(*decision.Labels) *decision.Labels) error {
	ours := *labels
	ours.Demoted = 1 << flaggedClass
	way.ready = func(c *decision.Case) { c.Labels, c.Around = labelled(&ours), 1<<flaggedClass }
	list, err := (&walker{path: way}).walk(nil, &tactful.Request{Placement: tactful.Search, Query: "vaccines", Count: vaccineSearch})
	if err != nil {
		return err
	}
	explains, plainly := 0.0, 0.0
	bad := false
	for _, item := range list {
		if labels.Of[item.No].Has(flaggedClass) {
			bad = true
		}
		if labels.Of[item.No].Has(qualityClass) {
			explains++
			if bad {
				f.before++
			}
		}
	}
	for _, hit := range way.items.Search("vaccines", vaccineSearch) {
		if labels.Of[hit.Item.No].Has(qualityClass) {
			plainly++
		}
	}
	f.found = explains / max(plainly, 1)
	return nil
}
