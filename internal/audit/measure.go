package audit

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/attack"
	"github.com/tactful/tactful/internal/chart"
	"github.com/tactful/tactful/internal/evaluate"
)

// Report is what an audit found.
type Report struct {
	People  int           `json:"people"` // with a list
	Items   int           `json:"items"`
	Seed    uint64        `json:"seed"`
	Figures []Figure      `json:"figures"`
	Charts  []chart.Chart `json:"-"`
}

// Figure is one measure with what it means and, if there is one, its goal.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Goal  string  `json:"goal,omitempty"`
	Met   *bool   `json:"met,omitempty"`
	Means string  `json:"means"`
}

// Met reports whether no goal is missed.
func (r *Report) Met() bool {
	return !slices.ContainsFunc(r.Figures, func(f Figure) bool { return f.Met != nil && !*f.Met })
}

func (r *Report) say(name string, value float64, means string) {
	r.Figures = append(r.Figures, Figure{Name: name, Value: value, Means: means})
}

func (r *Report) most(name string, value, goal float64, means string) {
	met := value <= goal
	r.Figures = append(r.Figures, Figure{Name: name, Value: value, Goal: fmt.Sprintf("at most %g", goal), Met: &met, Means: means})
}

// Goals are those of the project's own replays.
const (
	goalTold       = 0.62
	goalKL         = 0.25
	goalNever      = 0.40
	goalShift      = 0.0
	goalWorstShift = 0.01
	smoothing      = 0.01 // of the calibration (Steck 2018)
	attackFolds    = 5
	spaceWidth     = 64
	oddsPrior      = 50
	fewestAttacked = 20 // people of either group
)

// Measure judges the lists. The same seed attacks alike.
func Measure(ctx context.Context, d *Data, seed uint64, progress func(stage string, done, total int)) (*Report, error) {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	r := &Report{Items: d.Items - 1, Seed: seed}
	longest := 0
	for _, list := range d.Lists {
		if len(list) > 0 {
			r.People++
			longest = max(longest, len(list))
		}
	}
	if r.People == 0 {
		return nil, tactful.InvalidField("--lists", "has no list of anybody", "write a row for each person and item")
	}
	short := 0
	for _, list := range d.Lists {
		if len(list) > 0 && len(list) < longest {
			short++
		}
	}
	r.say("longest list", float64(longest), "items in the longest list")
	r.say("shortened lists", float64(short)/float64(r.People), "share of lists that are shorter: what is not shown tells nothing, so read the rest beside it")
	if err := r.accuracy(ctx, d, longest); err != nil {
		return nil, err
	}
	r.exposure(d)
	r.popularity(d)
	r.calibration(d)
	return r, r.tell(ctx, d, seed, progress)
}

func (r *Report) accuracy(ctx context.Context, d *Data, longest int) error {
	if !slices.ContainsFunc(d.Held, func(items []uint32) bool { return len(items) > 0 }) {
		return nil
	}
	test := &evaluate.Pairs{People: d.Held, Items: d.Items}
	m, err := evaluate.MeasureLists(ctx, d.Items, test, longest, func() evaluate.Lister {
		return func(person, _ int) ([]uint32, error) { return d.Lists[person], nil }
	})
	if err != nil {
		return err
	}
	r.say(fmt.Sprintf("NDCG@%d", longest), m.NDCG, "accuracy against the items kept back; a guard that costs it all is no guard")
	r.say(fmt.Sprintf("Recall@%d", longest), m.Recall, "share of the items kept back that the lists found")
	return nil
}

// exposure says who gets the places.
func (r *Report) exposure(d *Data) {
	slots := make([]float64, d.Items)
	total, again := 0.0, 0.0
	for u, list := range d.Lists {
		for _, item := range list {
			slots[item]++
			total++
			if _, had := slices.BinarySearch(d.History[u], item); had {
				again++
			}
		}
	}
	slots = slots[1:]
	slices.Sort(slots)
	n, sum, weighted, never := float64(len(slots)), 0.0, 0.0, 0.0
	lorenz := chart.Line{Name: "these lists", Points: []chart.Point{{X: 0, Y: 0}}}
	for i, s := range slots {
		sum += s
		weighted += float64(i+1) * s
		if s == 0 {
			never++
		}
		if step := max(1, len(slots)/20); (i+1)%step == 0 || i == len(slots)-1 {
			lorenz.Points = append(lorenz.Points, chart.Point{X: float64(i+1) / n, Y: sum / total})
		}
	}
	top := 0.0
	for _, s := range slots[len(slots)-max(1, len(slots)/100):] {
		top += s
	}
	r.most("items never shown", never/n, goalNever, "share of the items that stand in no list")
	r.say("Gini of exposure", 2*weighted/(n*sum)-(n+1)/n, "0: all items are shown alike; 1: one is shown alone")
	r.say("places of the top 1 %", top/total, "share of all places that the most shown hundredth of the items has")
	r.say("had already", again/total, "share of places for what the person has already")
	r.Charts = append(r.Charts, chart.Chart{
		Title: "Who gets the places", Description: "Share of all places, counted from the least shown item on.", X: "share of the items, least shown first", Y: "share of all places",
		Lines: []chart.Line{lorenz, {Name: "all alike", Points: []chart.Point{{X: 0, Y: 0}, {X: 1, Y: 1}}}},
	})
}

// popularity compares what is shown with what people chose (Abdollahpouri 2019).
func (r *Report) popularity(d *Data) {
	people := make([]float64, d.Items)
	for _, items := range d.History {
		for _, item := range items {
			people[item]++
		}
	}
	meanOf := func(items []uint32) (sum float64) {
		for _, item := range items {
			sum += people[item]
		}
		return sum / float64(len(items))
	}
	lift, n := 0.0, 0
	distinct := map[string]bool{}
	for u, list := range d.Lists {
		if len(list) == 0 {
			continue
		}
		distinct[fmt.Sprint(list)] = true
		if len(d.History[u]) > 0 {
			lift += meanOf(list)/meanOf(d.History[u]) - 1
			n++
		}
	}
	if n > 0 {
		r.say("popularity lift", lift/float64(n), "how much more popular what is shown is than what the person chose (ΔGAP); 0 is alike")
	}
	r.say("different lists", float64(len(distinct))/float64(r.People), "share of lists that differ; lists that are the same for everyone tell nothing")
}

// calibration compares the mix of categories with the person's own (Steck 2018).
func (r *Report) calibration(d *Data) {
	if !slices.ContainsFunc(d.Categories, func(c []string) bool { return len(c) > 0 }) {
		return
	}
	mix := func(items []uint32) map[string]float64 {
		all, total := map[string]float64{}, 0.0
		for _, item := range items {
			for _, c := range d.Categories[item] {
				all[c] += 1 / float64(len(d.Categories[item]))
			}
			if len(d.Categories[item]) > 0 {
				total++
			}
		}
		for c := range all {
			all[c] /= total
		}
		return all
	}
	kl, breadth, n, lists := 0.0, 0.0, 0, 0
	for u, list := range d.Lists {
		if len(list) == 0 {
			continue
		}
		shown := mix(list)
		breadth += float64(len(shown))
		lists++
		own := mix(d.History[u])
		if len(own) == 0 || len(shown) == 0 {
			continue
		}
		for _, c := range slices.Sorted(maps.Keys(own)) {
			p := own[c]
			kl += p * math.Log(p/((1-smoothing)*shown[c]+smoothing*p))
		}
		n++
	}
	if n > 0 {
		r.most("calibration KL", kl/float64(n), goalKL, "how far the mix of categories is from the person's own; 0 is the same mix")
	}
	r.say("categories in a list", breadth/float64(lists), "different categories, on average")
}

// attacked is one attacker with its name.
type attacked struct {
	name string
	x    []attack.Vector
	by   attack.Attacker
}

// tell attacks the lists for each value of the attribute against all others; the
// value that is told best counts. Half of the people teach what is public.
func (r *Report) tell(ctx context.Context, d *Data, seed uint64, progress func(string, int, int)) error {
	values := []string{}
	for u, v := range d.Attribute {
		if v != "" && len(d.Lists[u]) > 0 && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	if len(values) < 2 {
		return nil
	}
	if len(values) == 2 {
		values = values[1:] // the other is its opposite
	}
	worst, named := map[string]float64{}, []string{}
	tried := 0
	for _, value := range values {
		var public, targets []int
		var secret, known []bool
		with := 0
		for _, u := range rand.New(rand.NewPCG(seed, 0xa0d17)).Perm(d.People) {
			v := d.Attribute[u]
			switch {
			case v == "" || len(d.Lists[u]) == 0:
			case (len(public)+len(targets))%2 == 1:
				public, known = append(public, u), append(known, v == value)
			default:
				targets, secret = append(targets, u), append(secret, v == value)
				if v == value {
					with++
				}
			}
		}
		if with < fewestAttacked || len(targets)-with < fewestAttacked {
			continue
		}
		tried++
		vectors := func(people []int, of [][]uint32) []attack.Vector {
			all := make([]attack.Vector, len(people))
			for i, u := range people {
				all[i] = attack.Set(of[u])
			}
			return all
		}
		lists, histories := vectors(targets, d.Lists), vectors(public, d.History)
		lengths := make([]attack.Vector, len(targets))
		for i, u := range targets {
			lengths[i] = attack.Vector{{Index: 0, Value: math.Log1p(float64(len(d.History[u])))}}
		}
		folds := attack.Folds(secret, attackFolds, seed)
		for i, a := range []attacked{
			{"regression on the list", lists, attack.LogisticTuned(d.Items, seed)},
			{"Bayes with public log-odds", lists, attack.Public(attack.LogOdds(histories, known, d.Items, oddsPrior))},
			{"Bayes on the list", lists, attack.Bayes(d.Items, oddsPrior)},
			{"regression in 64 directions", lists, attack.NewSpace(histories, d.Items, min(spaceWidth, d.Items), seed).In(attack.LogisticTuned(min(spaceWidth, d.Items), seed))},
			{"the whole history, for comparison", vectors(targets, d.History), attack.LogisticTuned(d.Items, seed)},
			{"how much they did, for comparison", lengths, attack.Logistic(1, 1)},
		} {
			progress("attack the lists", i, 6)
			auc, err := attack.CrossAUC(ctx, a.x, secret, folds, a.by)
			if err != nil {
				return err
			}
			if !slices.Contains(named, a.name) {
				named = append(named, a.name)
			}
			worst[a.name] = max(worst[a.name], auc)
		}
		r.association(d, value)
	}
	if tried == 0 {
		return tactful.InvalidField("--attribute", "has too few people of each value with a list", fmt.Sprintf("%d of either group are needed among half of the people", fewestAttacked))
	}
	most := 0.0
	for _, name := range named {
		r.say("AUC of "+name, worst[name], "0.5 tells nothing, 1 tells everybody's value")
		if !strings.HasSuffix(name, "for comparison") {
			most = max(most, worst[name])
		}
	}
	r.most("AUC of the strongest attacker", most, goalTold, "how well the lists tell the attribute to somebody who knows it of others")
	return nil
}

// association compares a group's share of each category in histories and in
// lists (Zhao 2017).
func (r *Report) association(d *Data, value string) {
	type shares struct{ history, lists [2]float64 }
	by := map[string]*shares{}
	for u, v := range d.Attribute {
		if v == "" || len(d.Lists[u]) == 0 {
			continue
		}
		in := 0
		if v == value {
			in = 1
		}
		count := func(items []uint32, into func(*shares) *[2]float64) {
			for _, item := range items {
				for _, c := range d.Categories[item] {
					if by[c] == nil {
						by[c] = new(shares)
					}
					into(by[c])[in]++
				}
			}
		}
		count(d.History[u], func(s *shares) *[2]float64 { return &s.history })
		count(d.Lists[u], func(s *shares) *[2]float64 { return &s.lists })
	}
	share := func(n [2]float64) float64 { return n[1] / (n[0] + n[1]) }
	base, all := [2]float64{}, 0
	for _, s := range by {
		base[0], base[1] = base[0]+s.history[0], base[1]+s.history[1]
	}
	sum, worst := 0.0, math.Inf(-1)
	for _, name := range slices.Sorted(maps.Keys(by)) { // in one order, so that sums are the same each time
		s := by[name]
		if s.history[0]+s.history[1] < fewestAttacked || s.lists[0]+s.lists[1] < fewestAttacked {
			continue
		}
		shift := share(s.lists) - share(s.history)
		if share(s.history) < share(base) { // away from the middle is amplified
			shift = -shift
		}
		sum, worst, all = sum+shift, max(worst, shift), all+1
	}
	if all == 0 {
		return
	}
	r.most("amplification, "+value, sum/float64(all), goalShift, "mean shift of the group's share of a category away from the common one, from histories to lists")
	r.most("worst amplification, "+value, worst, goalWorstShift, "the largest such shift of one category")
}
