package replay

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/report"
)

// The protocol of Calandrino and others (S&P 2011), as in
// reference/creepiness.md section 4.
const (
	listTargets  = 60
	listKnown    = 50 // items of each target that the attacker knows
	listGuesses  = 60
	listLonger   = 300
	listEditions = 8
	listLive     = 12   // targets of the live attack
	listGoal     = 0.35 // precision at 60 guesses
	listOverall  = 0.59
	listPopular  = 0.87
	listPlainLen = 50
	listCrowds   = 16  // synthetic audiences in one
	listHidden   = 10  // items of a target that are there to be guessed, at least,
	listLongest  = 100 // and items of a target in all, at most: of who touched everything anything is a right guess
)

// measureLists plays the list-difference attack: who watches public lists of what
// goes with an item, and knows some of what a person touched, sees the lists
// change when the person's other items come in, and guesses them.
func measureLists(ctx context.Context, opt Options) (Row, error) {
	people, err := specificPeople(ctx, opt)
	if err != nil {
		return Row{}, err
	}
	if opt.Data == "" {
		people = crowded
	}
	return listsFrom(ctx, opt, people, func(ctx context.Context, t *report.Together, before [][]int32, s *noise.Source) ([][]int32, error) {
		return t.Release(ctx, report.DefaultLists(), before, s)
	})
}

// crowded is a synthetic audience as large as a shop's: lists of what goes
// together are for crowds.
func crowded(seed uint64) *population {
	p := audience(seed)
	for i := uint64(1); i < listCrowds; i++ {
		more := audience(seed + 1000*i)
		p.pairs.People, p.secret, p.known = append(p.pairs.People, more.pairs.People...), append(p.secret, more.secret...), append(p.known, more.known...)
	}
	return p
}

// release makes an edition after another, nil for the first.
type release func(ctx context.Context, t *report.Together, before [][]int32, s *noise.Source) ([][]int32, error)

func listsFrom(ctx context.Context, opt Options, people func(seed uint64) *population, ours release) (Row, error) {
	row := Row{
		Metric: fmt.Sprintf("share of %d guesses that are right", listGuesses), Goal: fmt.Sprintf("at most %.2f", listGoal), Bound: listGoal, Seeds: opt.seeds(),
	}
	var informed, uninformed, patient, plain, tactful, nothing, reference, longer, chance, live, popular, overall []float64
	for i, seed := range row.Seeds {
		opt.report("lists: populations", i, len(row.Seeds))
		p := people(seed)
		w, err := newWatched(p, seed)
		if err != nil {
			return Row{}, err
		}
		row.Attack, row.N = fmt.Sprintf("guess what %d people touched from the difference of two public lists, knowing part of it (%s)", listTargets, p.name), listTargets
		source := noise.NewSource(rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 3}))
		exact := func(_ context.Context, t *report.Together, _ [][]int32, _ *noise.Source) ([][]int32, error) {
			return t.Exact(listPlainLen), nil
		}
		got, err := w.play(ctx, exact, source, w.targets)
		if err != nil {
			return Row{}, err
		}
		plain = append(plain, got.at(listGuesses))
		chance = append(chance, w.chance())
		right, n := 0, 0
		for _, target := range w.targets[:min(listLive, len(w.targets))] { // one at a time: the batch has one person
			one, err := w.watch(ctx, w.before.Exact(listPlainLen), exact, source, []int{target})
			if err != nil {
				return Row{}, err
			}
			for _, g := range one.guesses[:min(5, len(one.guesses))] {
				n++
				if g.right {
					right++
				}
			}
		}
		live = append(live, float64(right)/float64(max(1, n)))
		first, err := ours(ctx, w.before, nil, source)
		if err != nil {
			return Row{}, err
		}
		if got, err = w.watch(ctx, first, ours, source, w.targets); err != nil {
			return Row{}, err
		}
		again, err := ours(ctx, w.before, first, source) // nobody came in: all that differs is the noise
		if err != nil {
			return Row{}, err
		}
		easy := w.simple(first, got.after, w.targets)
		informed = append(informed, w.informed(rises(first, got.after), w.targets))
		uninformed = append(uninformed, w.informed(rises(first, again), w.targets))
		patience, err := w.patient(ctx, first, got.after, ours, source)
		if err != nil {
			return Row{}, err
		}
		patient = append(patient, patience)
		reference = append(reference, easy.at(listGuesses))
		none := w.guess(first, again, w.targets)
		nothing = append(nothing, none.at(listGuesses))
		tactful, longer = append(tactful, got.at(listGuesses)), append(longer, got.at(listLonger))
		ofPopular, ofAll := w.overlap(got.after)
		popular, overall = append(popular, ofPopular), append(overall, ofAll)
	}
	opt.report("lists: populations", len(row.Seeds), len(row.Seeds))
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(tactful)
	lucky, _ := mean(chance)
	lively, _ := mean(live)
	more, _ := mean(longer)
	none, _ := mean(nothing)
	easy, _ := mean(reference)
	knowing, _ := mean(informed)
	unknowing, _ := mean(uninformed)
	waiting, _ := mean(patient)
	many, _ := mean(popular)
	all, _ := mean(overall)
	row.Beside = []Figure{
		figure("right guesses on exact lists that change with each person", lively, "at least 0.95, or the attack is none", 0.95),
		figure("right guesses on exact lists released for 60 people at once", row.Plain, "at least 0.60, or the attack is none", 0.6),
		atMost(fmt.Sprintf("right guesses of %d on ours", listLonger), more, fmt.Sprintf("at most %.2f", listGoal), listGoal),
		atMost(fmt.Sprintf("right guesses above those of the same attacker where nobody came in (%.3f; naming what is popular: %.3f)", none, lucky), row.Tactful-none, "at most 0.11", listGoal-0.24),
		atMost(fmt.Sprintf("right guesses on ours of an attacker who prefers what is popular (where nobody came in: %.3f)", unknowing), knowing, fmt.Sprintf("at most %.2f", listGoal), listGoal),
		atMost(fmt.Sprintf("right guesses on ours of an attacker who waits for %d editions", listEditions), waiting, fmt.Sprintf("at most %.2f", listGoal), listGoal),
		atMost("right guesses on ours of an attacker who looks at known lists only", easy, fmt.Sprintf("at most %.2f", listGoal), listGoal),
		figure("share of the exact lists kept, of items with a list", many, fmt.Sprintf("at least %.2f", listPopular), listPopular),
		figure("share of the exact lists kept, by how often items are looked at", all, fmt.Sprintf("at least %.2f", listOverall), listOverall),
	}
	row.Met = row.Tactful <= listGoal
	for _, f := range row.Beside {
		row.Met = row.Met && f.Met
	}
	return row, nil
}

// watched is a crowd whose public lists somebody watches.
type watched struct {
	people  [][]uint32 // items from 0
	targets []int
	knows   map[int][]uint32
	before  *report.Together // everybody but the targets
	count   []int            // by item, everybody
}

func newWatched(p *population, seed uint64) (*watched, error) {
	rng := rand.New(rand.NewPCG(seed, 33))
	w := &watched{knows: map[int][]uint32{}, count: make([]int, p.pairs.Items)}
	for _, items := range p.pairs.People {
		w.people = append(w.people, items)
		for _, item := range items {
			w.count[item]++
		}
	}
	known, longest := listKnown, listLongest
	if p.synthetic {
		known, longest = 25, 60
	}
	for _, u := range rng.Perm(len(w.people)) {
		if len(w.targets) == listTargets {
			break
		}
		items := w.people[u]
		if len(items) < known+listHidden || len(items) > longest {
			continue
		}
		w.targets = append(w.targets, u)
		for _, at := range rng.Perm(len(items))[:known] {
			w.knows[u] = append(w.knows[u], items[at])
		}
		slices.Sort(w.knows[u])
	}
	var err error
	if w.before, err = report.NewTogether(p.pairs.Items); err != nil {
		return nil, err
	}
	for u, items := range w.people {
		if w.knows[u] == nil {
			w.before.Add(items)
		}
	}
	return w, nil
}

// come lets histories come in; leave takes them out.
func (w *watched) come(people []int) {
	for _, u := range people {
		w.before.Add(w.people[u])
	}
}

func (w *watched) leave(people []int) {
	for _, u := range people {
		w.before.Remove(w.people[u])
	}
}

type guess struct {
	score float64
	right bool
}

type caught struct {
	guesses []guess
	after   [][]int32
}

// at is the share of the first n guesses that are right.
func (c *caught) at(n int) float64 {
	right := 0
	n = min(n, len(c.guesses))
	for _, g := range c.guesses[:n] {
		if g.right {
			right++
		}
	}
	return float64(right) / float64(max(1, n))
}

// play releases lists, lets the targets' histories come in, releases again, and
// guesses for each target what they touched besides what is known: items that
// rose or appeared in the lists of known items, or in whose list known items did.
func (w *watched) play(ctx context.Context, make release, source *noise.Source, targets []int) (c caught, err error) {
	first, err := make(ctx, w.before, nil, source)
	if err != nil {
		return c, err
	}
	return w.watch(ctx, first, make, source, targets)
}

// watch is play from the first release on.
func (w *watched) watch(ctx context.Context, first [][]int32, make release, source *noise.Source, targets []int) (c caught, err error) {
	w.come(targets)
	c.after, err = make(ctx, w.before, first, source)
	w.leave(targets)
	if err != nil {
		return c, err
	}
	after := c.after
	c = w.guess(first, after, targets)
	c.after = after
	return c, nil
}

// guess names what rose.
func (w *watched) guess(first, after [][]int32, targets []int) (c caught) {
	return w.guessFrom(rises(first, after), targets)
}

// simple is the attacker of the reference: it looks at the lists of what it knows
// only, and does not see in whose lists that rose.
func (w *watched) simple(first, after [][]int32, targets []int) caught {
	rise := rises(first, after)
	rise.of = make([][]moved, len(rise.of))
	return w.guessFrom(rise, targets)
}

// informed is an attacker who knows besides how popular each item is.
func (w *watched) informed(rise risen, targets []int) float64 {
	c := w.guessBy(rise, targets, func(item uint32) float64 { return float64(w.count[item]) })
	return c.at(listGuesses)
}

// patient is an attacker who waits for more editions, in which nobody else came,
// and adds up all that rose since the targets did.
func (w *watched) patient(ctx context.Context, first, after [][]int32, make release, source *noise.Source) (float64, error) {
	w.come(w.targets)
	defer w.leave(w.targets)
	sum := rises(first, after)
	for range listEditions - 1 {
		var err error
		if after, err = make(ctx, w.before, after, source); err != nil {
			return 0, err
		}
		more := rises(first, after)
		for i := range sum.in {
			sum.in[i], sum.of[i] = append(sum.in[i], more.in[i]...), append(sum.of[i], more.of[i]...)
		}
	}
	c := w.guessFrom(sum, w.targets)
	return c.at(listGuesses), nil
}

func (w *watched) guessFrom(rise risen, targets []int) (c caught) {
	return w.guessBy(rise, targets, func(uint32) float64 { return 1 })
}

func (w *watched) guessBy(rise risen, targets []int, worth func(item uint32) float64) (c caught) {
	for _, u := range targets {
		score := map[uint32]float64{}
		for _, k := range w.knows[u] {
			for _, r := range rise.in[k] {
				score[r.item] += r.by
			}
			for _, r := range rise.of[k] {
				score[r.item] += r.by
			}
		}
		for _, item := range sortedKeys(score) {
			if slices.Contains(w.knows[u], item) {
				continue
			}
			_, has := slices.BinarySearch(w.people[u], item)
			c.guesses = append(c.guesses, guess{score: score[item] * worth(item), right: has})
		}
	}
	slices.SortStableFunc(c.guesses, func(a, b guess) int { return cmp.Compare(b.score, a.score) })
	return c
}

func sortedKeys(m map[uint32]float64) []uint32 {
	keys := make([]uint32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// moved is an item that moved in a list, in places of that list.
type moved struct {
	item uint32
	by   float64
}

type risen struct {
	in [][]moved // by the item whose list it is
	of [][]moved // by the item that moved: in whose list
}

// rises compares two releases: one for what appeared or rose, minus a half for what fell.
func rises(before, after [][]int32) risen {
	r := risen{in: make([][]moved, len(after)), of: make([][]moved, len(after))}
	for i := range after {
		was := map[int32]int{}
		for place, item := range before[i] {
			was[item] = place
		}
		for place, item := range after[i] {
			old, stood := was[item]
			by := 0.0
			switch {
			case !stood || place < old:
				by = 1
			case place > old:
				by = -0.5
			}
			if by != 0 {
				r.in[i] = append(r.in[i], moved{uint32(item), by})
				r.of[item] = append(r.of[item], moved{uint32(i), by})
			}
		}
	}
	return r
}

// chance is how often somebody is right who guesses the most popular items that
// a target is not known to have, a few each.
func (w *watched) chance() float64 {
	order := make([]uint32, len(w.count))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(w.count[b], w.count[a]) })
	right, n := 0, 0
	for _, u := range w.targets {
		named := 0
		for _, item := range order {
			if slices.Contains(w.knows[u], item) {
				continue
			}
			if _, has := slices.BinarySearch(w.people[u], item); has {
				right++
			}
			n++
			if named++; named == listLonger/listTargets {
				break
			}
		}
	}
	return float64(right) / float64(max(1, n))
}

// overlap is how much of the exact lists a release keeps: of items that have a
// list, and over all items by how many people touched them.
func (w *watched) overlap(lists [][]int32) (popular, all float64) {
	w.come(w.targets)
	exact := w.before.Exact(listLength)
	w.leave(w.targets)
	n, weight := 0.0, 0.0
	for i := range exact {
		if len(exact[i]) == 0 {
			continue
		}
		same := 0
		for _, item := range exact[i] {
			if slices.Contains(lists[i], item) {
				same++
			}
		}
		share := float64(same) / float64(len(exact[i]))
		if len(lists[i]) > 0 {
			popular += share
			n++
		}
		all += share * float64(w.count[i])
		weight += float64(w.count[i])
	}
	return popular / max(1, n), all / max(1, weight)
}
