package replay

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/attack"
	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

// The protocol of reference/creepiness.md section 3.
const (
	listLength = 20
	heldShare  = 0.2 // of each person's items, to measure accuracy
	attackFold = 5
	spaceWidth = 64
	oddsPrior  = 50 // observations that public log-odds begin with
	guesses    = 50 // hidden items that the hiding attacker infers

	// specificNeighbours is learn.neighbours of both engines on real data: a shop
	// that protects an attribute gives each item more neighbours, so that the
	// constraint can be met where it costs least.
	specificNeighbours = 400
)

// aim is what a row must reach. The synthetic audience has its own: how much it
// tells is as it was planted, and its panel is small.
type aim struct {
	auc, kept float64
	all       float64 // of NDCG, with all guards on
}

func (p *population) aim() aim {
	if p.synthetic {
		return aim{auc: 0.66, kept: 0.95, all: 0.93}
	}
	return aim{auc: 0.62, kept: 0.97, all: 0.93}
}

// measureSpecific attacks lists for what people did not say, with a model that
// is blind to what a panel told, and with one that is not.
func measureSpecific(ctx context.Context, opt Options) (Row, error) {
	people, err := specificPeople(ctx, opt)
	if err != nil {
		return Row{}, err
	}
	return specificFrom(ctx, opt, people, (*trial).guarded)
}

func specificPeople(ctx context.Context, opt Options) (func(seed uint64) *population, error) {
	return peopleOr(ctx, opt, audience)
}

// peopleOr are the people of the data, or made-up ones.
func peopleOr(ctx context.Context, opt Options, made func(seed uint64) *population) (func(seed uint64) *population, error) {
	if opt.Data == "" {
		return made, nil
	}
	real, err := readMovies(ctx, opt.Data)
	return func(uint64) *population { return real }, err
}

// specificFrom is measureSpecific for a way of guarding.
func specificFrom(ctx context.Context, opt Options, people func(seed uint64) *population, guard func(*trial, context.Context) (*model.Model, error)) (Row, error) {
	row := Row{
		Metric: "AUC of the strongest attacker", Seeds: opt.seeds(),
	}
	var goal aim
	var plain, worst, kept, full, fullKept []float64
	strongest := map[string]float64{}
	for i, seed := range row.Seeds {
		opt.report("specific: populations", i, len(row.Seeds))
		p := people(seed)
		t := newTrial(p, seed)
		goal = p.aim()
		row.Attack, row.N = "tell people's gender from their lists ("+p.name+")", len(t.others)
		before, err := t.play(ctx, func() (*model.Model, error) { return t.fit(ctx, [2][]*linear.Contribution{}) })
		if err != nil {
			return Row{}, err
		}
		m, err := guard(t, ctx)
		if err != nil {
			return Row{}, err
		}
		after, err := t.outcome(ctx, m, t.lists(m))
		if err != nil {
			return Row{}, err
		}
		way, err := newPath(m, p.shelved(), defaults())
		if err != nil {
			return Row{}, err
		}
		lists, err := way.lists(t.train.People, listLength)
		if err != nil {
			return Row{}, err
		}
		on, err := t.outcome(ctx, m, lists)
		if err != nil {
			return Row{}, err
		}
		full, fullKept = append(full, on.worst()), append(fullKept, on.ndcg/before.ndcg)
		plain, worst, kept = append(plain, before.worst()), append(worst, after.worst()), append(kept, after.ndcg/before.ndcg)
		for name, auc := range after.told {
			strongest[name] += auc / float64(len(row.Seeds))
		}
	}
	opt.report("specific: populations", len(row.Seeds), len(row.Seeds))
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(worst)
	row.Goal, row.Bound = fmt.Sprintf("at most %.2f", goal.auc), goal.auc
	share, shares := mean(kept)
	told, tells := mean(full)
	shareOn, sharesOn := mean(fullKept)
	row.Beside = []Figure{
		figure(fmt.Sprintf("NDCG@%d kept [%.4f, %.4f]", listLength, shares[0], shares[1]), share, fmt.Sprintf("at least %.2f", goal.kept), goal.kept),
		figure("AUC on the plain engine, in the same run", row.Plain, "at least 0.65, or the attack is none", 0.65),
		atMost(fmt.Sprintf("AUC of the strongest attacker with all guards on [%.4f, %.4f]", tells[0], tells[1]), told, row.Goal, goal.auc),
		figure(fmt.Sprintf("NDCG@%d kept with all guards on [%.4f, %.4f]", listLength, sharesOn[0], sharesOn[1]), shareOn, fmt.Sprintf("at least %.2f", goal.all), goal.all),
	}
	for _, name := range slices.Sorted(maps.Keys(strongest)) {
		row.Beside = append(row.Beside, Figure{
			Name: "AUC of " + name, Value: strongest[name], Goal: row.Goal, Met: strongest[name] <= goal.auc,
		})
	}
	row.judge(row.Tactful <= goal.auc)
	return row, nil
}

// outcome is what came of one model.
type outcome struct {
	ndcg float64
	told map[string]float64 // AUC by attacker
}

func (o *outcome) worst() (most float64) {
	for _, auc := range o.told {
		most = max(most, auc)
	}
	return most
}

func (t *trial) play(ctx context.Context, fit func() (*model.Model, error)) (o outcome, err error) {
	m, err := fit()
	if err != nil {
		return o, err
	}
	return t.outcome(ctx, m, t.lists(m))
}

// outcome is what lists are worth and what they tell.
func (t *trial) outcome(ctx context.Context, m *model.Model, lists [][]uint32) (o outcome, err error) {
	if o.ndcg, err = t.ndcg(ctx, lists); err != nil {
		return o, err
	}
	o.told, err = t.tell(ctx, m, lists)
	return o, err
}

func (t *trial) guarded(ctx context.Context) (*model.Model, error) { return t.fit(ctx, t.told()) }

// trial is one repetition: people dealt anew by its seed.
type trial struct {
	seed       uint64
	train      *evaluate.Pairs
	test       *evaluate.Pairs
	all        []linear.Contribution
	parameters *linear.Parameters
	settings   linear.Settings
	panel      []int // half of the people: they told the panel
	others     []int // the other half: their lists are attacked
	secret     []bool
}

func newTrial(p *population, seed uint64) *trial {
	t := &trial{seed: seed, parameters: linear.NewParameters(1, linear.DefaultExponent), secret: p.secret}
	t.settings = linear.DefaultSettings()
	if !p.synthetic {
		t.settings.K = specificNeighbours
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	t.train = &evaluate.Pairs{Items: p.pairs.Items, People: make([][]uint32, len(p.pairs.People))}
	t.test = &evaluate.Pairs{Items: p.pairs.Items, People: make([][]uint32, len(p.pairs.People))}
	for u, items := range p.pairs.People {
		for _, item := range items {
			if rng.Float64() < heldShare {
				t.test.People[u] = append(t.test.People[u], item)
			} else {
				t.train.People[u] = append(t.train.People[u], item)
			}
		}
	}
	for i, u := range rng.Perm(len(p.pairs.People)) {
		switch {
		case !p.known[u] || len(t.train.People[u]) == 0:
		case i%2 == 0:
			t.panel = append(t.panel, u)
		default:
			t.others = append(t.others, u)
		}
	}
	t.all = evaluate.Contributions(t.train, t.parameters)
	return t
}

// told are the members of the panel by what they told.
func (t *trial) told() (members [2][]*linear.Contribution) {
	for _, u := range t.panel {
		which := linear.FirstGroup
		if t.secret[u] {
			which = linear.SecondGroup
		}
		members[which] = append(members[which], &t.all[u])
	}
	return members
}

// fit makes a model as the engine does: blind to what the members told, or
// plain without members.
func (t *trial) fit(ctx context.Context, members [2][]*linear.Contribution) (*model.Model, error) {
	learner, err := learn.New(t.parameters, t.settings)
	if err != nil {
		return nil, fmt.Errorf("begin the sums: %w", err)
	}
	for i := range t.all {
		if err := learner.Apply(nil, &t.all[i]); err != nil {
			return nil, fmt.Errorf("learn: %w", err)
		}
	}
	if len(members[0]) > 0 {
		if err := learner.ProtectMembers([]learn.Members{members}); err != nil {
			return nil, fmt.Errorf("protect: %w", err)
		}
	}
	result, err := learner.Refit(ctx, 0, nil)
	return result.Model, err
}

// lists ranks for everybody.
func (t *trial) lists(m *model.Model) [][]uint32 {
	lists := make([][]uint32, len(t.train.People))
	var workers sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		workers.Go(func() {
			rank := evaluate.RankWith(m)()
			for u := w; u < len(lists); u += n {
				lists[u] = slices.Clone(rank(t.train.People[u], listLength))
			}
		})
	}
	workers.Wait()
	return lists
}

// ndcg is the accuracy of lists.
func (t *trial) ndcg(ctx context.Context, lists [][]uint32) (float64, error) {
	m, err := evaluate.MeasureLists(ctx, t.test.Items, t.test, listLength, func() evaluate.Lister {
		return func(person, _ int) ([]uint32, error) { return lists[person], nil }
	})
	return m.NDCG, err
}

// named is an attacker with its name and how it sees a person.
type named struct {
	name   string
	see    func(u int) attack.Vector
	attack attack.Attacker
}

// attackers are trained on guarded lists of the very people's kind (adaptive);
// what they know besides is public: the histories of people who told, and the
// model.
func (t *trial) attackers(m *model.Model, lists [][]uint32) []named {
	dim := t.train.Items
	var histories []attack.Vector
	var secrets []bool
	for _, u := range t.panel {
		histories, secrets = append(histories, attack.Set(t.train.People[u])), append(secrets, t.secret[u])
	}
	list := func(u int) attack.Vector { return attack.Set(lists[u]) }
	hidden := newHiding(m, dim)
	return []named{
		{"regression on the list", list, attack.LogisticTuned(dim, t.seed)},
		{"Bayes with public log-odds", list, attack.Public(attack.LogOdds(histories, secrets, dim, oddsPrior))},
		{"Bayes on the list", list, attack.Bayes(dim, oddsPrior)},
		{"regression in 64 directions", list, attack.NewSpace(histories, dim, spaceWidth, t.seed).In(attack.LogisticTuned(spaceWidth, t.seed))},
		{"regression on what is hidden", func(u int) attack.Vector { return hidden.see(lists[u]) }, attack.LogisticTuned(2*dim, t.seed)},
	}
}

// tell attacks the others' lists and returns each attacker's AUC.
func (t *trial) tell(ctx context.Context, m *model.Model, lists [][]uint32) (map[string]float64, error) {
	secret := make([]bool, len(t.others))
	for i, u := range t.others {
		secret[i] = t.secret[u]
	}
	folds := attack.Folds(secret, attackFold, t.seed)
	told := map[string]float64{}
	for _, a := range t.attackers(m, lists) {
		x := make([]attack.Vector, len(t.others))
		for i, u := range t.others {
			x[i] = a.see(u)
		}
		auc, err := attack.CrossAUC(ctx, x, secret, folds, a.attack)
		if err != nil {
			return nil, err
		}
		told[a.name] = auc
	}
	return told, nil
}

// hiding infers what a list hides: what its own items call for and the list
// leaves out is probably owned.
type hiding struct {
	m       *model.Model
	scratch *model.Scratch
	dim     int
}

func newHiding(m *model.Model, dim int) *hiding {
	return &hiding{m: m, scratch: m.NewScratch(), dim: dim}
}

// see gives the items of the list and, beyond dim, those it seems to hide.
func (h *hiding) see(list []uint32) attack.Vector {
	v := attack.Set(list)
	var inputs []model.Input
	own := map[int32]bool{}
	for _, item := range list {
		if column, ok := h.m.Column(tactful.ItemNo(item)); ok {
			inputs = append(inputs, model.Input{Column: column, Weight: 1})
			own[column] = true
		}
	}
	for _, s := range h.m.Score(h.scratch, inputs, guesses, func(column int32) bool { return own[column] }) {
		v = append(v, attack.Feature{Index: h.dim + int(h.m.Number(s.Column)), Value: 1})
	}
	return v
}
