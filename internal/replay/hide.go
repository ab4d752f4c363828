package replay

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/attack"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

// households are a supermarket's customers: which products each bought, and
// which products tell of a baby.
type households struct {
	name    string
	baskets [][]uint32 // ascending, each once, from 1
	telling []bool     // by item
	cues    []uint32   // products that could be signals, where the data names any
}

// reach says how far a wish to hide goes.
type reach uint8

const (
	profileOnly reach = iota // the person is scored without it; the model has learned it
	modelToo                 // and the model has forgotten it
)

// measureHide plays reference/creepiness.md, finding 3: people who bought for a
// baby hide that. They are scored by how much the model would show them baby
// products, from what is left of their history. If the model has merely been
// kept from reading what is hidden, it still remembers: it finds the right
// people far better than the size of their baskets does.
func measureHide(ctx context.Context, opt Options) (Row, error) {
	shop, err := hideShop(ctx, opt)
	if err != nil {
		return Row{}, err
	}
	return hideFrom(ctx, opt, shop, modelToo)
}

func hideShop(ctx context.Context, opt Options) (func(seed uint64) *households, error) {
	if opt.Data == "" {
		return func(seed uint64) *households { return supermarket(seed, 0) }, nil
	}
	real, err := readHouseholds(ctx, opt.Data)
	return func(uint64) *households { return real }, err
}

// hideGoal is how much better than basket size the right people may be found.
const hideGoal = 0.02

func hideFrom(ctx context.Context, opt Options, shop func(seed uint64) *households, far reach) (Row, error) {
	row := Row{
		Metric: "AUC of who bought for a baby, minus that of basket size", Goal: fmt.Sprintf("at most +%.2f", hideGoal), Bound: hideGoal, Seeds: opt.seeds(),
	}
	var plain, left, size []float64
	for i, seed := range row.Seeds {
		opt.report("hide: households", i, len(row.Seeds))
		h := shop(seed)
		row.Attack = "score households for baby products after they hid theirs (" + h.name + ")"
		got, err := hideOnce(ctx, h, seed, far)
		if err != nil {
			return Row{}, err
		}
		row.N = got.people
		plain, left, size = append(plain, got.with-got.size), append(left, got.after-got.size), append(size, got.size)
	}
	opt.report("hide: households", len(row.Seeds), len(row.Seeds))
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(left)
	alone, _ := mean(size)
	row.Beside = []Figure{
		figure("plain hiding, in the same run", row.Plain, fmt.Sprintf("at least +%.2f, or the attack is none", 2*hideGoal), 2*hideGoal),
		figure("AUC of basket size alone", alone, "at least 0.50: the yardstick is no attacker turned round", 0.5),
	}
	row.judge(row.Tactful <= hideGoal)
	return row, nil
}

// hidden is what one repetition measured.
type hidden struct {
	with, after, size float64 // AUC
	people            int
}

// hideOnce lets a random half of those who bought for a baby hide it; the other
// half stays, so that the model goes on knowing what goes with what.
func hideOnce(ctx context.Context, h *households, seed uint64, far reach) (hidden, error) {
	p := linear.NewParameters(1, linear.DefaultExponent)
	learner, err := learn.New(p, linear.DefaultSettings())
	if err != nil {
		return hidden{}, fmt.Errorf("begin the sums: %w", err)
	}
	rng := rand.New(rand.NewPCG(seed, 3))
	before := make([]linear.Contribution, len(h.baskets))
	var measured []int
	var secret []bool
	for u, basket := range h.baskets {
		before[u] = h.contribution(basket, nil, p)
		if err := learner.Apply(nil, &before[u]); err != nil {
			return hidden{}, fmt.Errorf("learn: %w", err)
		}
		tells := len(h.visible(basket)) < len(basket)
		if tells && rng.IntN(2) == 0 { // they do not hide
			continue
		}
		measured, secret = append(measured, u), append(secret, tells)
	}
	fitted, err := learner.Refit(ctx, 0, nil)
	if err != nil {
		return hidden{}, err
	}
	got := hidden{people: len(measured), with: attack.AUC(h.scores(fitted.Model, measured), secret)}
	sizes := make([]float64, len(measured))
	for i, u := range measured {
		sizes[i] = float64(len(h.visible(h.baskets[u])))
	}
	got.size = attack.AUC(sizes, secret)
	if far == modelToo {
		said := map[tactful.ItemNo]decision.Setting{}
		for item, tells := range h.telling {
			if tells {
				said[tactful.ItemNo(item)] = decision.SettingUnused
			}
		}
		for i, u := range measured {
			if !secret[i] {
				continue
			}
			after := h.contribution(h.baskets[u], said, p)
			if err := learner.Apply(&before[u], &after); err != nil {
				return hidden{}, fmt.Errorf("forget: %w", err)
			}
		}
		if fitted, err = learner.Refit(ctx, 0, nil); err != nil {
			return hidden{}, err
		}
	}
	got.after = attack.AUC(h.scores(fitted.Model, measured), secret)
	return got, nil
}

// contribution is what the engine makes of the purchases of a household and of
// what it said about them.
func (h *households) contribution(basket []uint32, said map[tactful.ItemNo]decision.Setting, p *linear.Parameters) linear.Contribution {
	events := make([]learn.Event, len(basket))
	for i, item := range basket {
		events[i] = learn.Event{No: tactful.ItemNo(item), Action: tactful.Purchased, Time: time.Unix(0, 0)}
	}
	return learn.Contribution(events, said, p)
}

// visible is a basket without what tells.
func (h *households) visible(basket []uint32) []uint32 {
	var left []uint32
	for _, item := range basket {
		if !h.telling[item] {
			left = append(left, item)
		}
	}
	return left
}

// scores says how much a model would show the telling products to each
// household, judged by the rest of its history.
func (h *households) scores(m *model.Model, people []int) []float64 {
	tells := make([]float64, len(h.telling)) // by evidence
	for item := range tells {
		evidence, ok := m.Column(tactful.ItemNo(item))
		if !ok {
			continue
		}
		targets, weights, _ := m.Row(evidence)
		for i, target := range targets {
			if h.telling[m.Number(int32(target))] {
				tells[item] += float64(weights[i])
			}
		}
	}
	scores := make([]float64, len(people))
	for i, u := range people {
		for _, item := range h.visible(h.baskets[u]) {
			scores[i] += tells[item]
		}
	}
	return scores
}
