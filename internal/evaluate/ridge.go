package evaluate

import (
	"context"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

// Contributions makes everybody's contribution: each item once, weighed by the
// length of the history.
func Contributions(train *Pairs, p *linear.Parameters) []linear.Contribution {
	all := make([]linear.Contribution, 0, len(train.People))
	for _, items := range train.People {
		items = items[max(0, len(items)-linear.MaxEntries):]
		c := linear.Contribution{Epoch: p.ID, Weight: p.WeightOf(len(items)), Items: make([]linear.Entry, len(items))}
		for i, item := range items {
			c.Items[i] = linear.Entry{No: tactful.ItemNo(item), Quantity: p.Unit}
		}
		all = append(all, c)
	}
	return all
}

// Sums adds everybody's contribution up.
func Sums(train *Pairs, p *linear.Parameters) (*linear.Gram, error) {
	g := linear.NewGram(p.ID)
	for _, c := range Contributions(train, p) {
		if err := g.Add(&c); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// FitPairs fits a model on pairs.
func FitPairs(ctx context.Context, train *Pairs, p *linear.Parameters, s linear.Settings, progress linear.Progress) (*model.Model, error) {
	g, err := Sums(train, p)
	if err != nil {
		return nil, err
	}
	columns, err := linear.Fit(ctx, g, p.At(p.Landmark, s), progress)
	if err != nil {
		return nil, err
	}
	return model.New(columns)
}

// RankWith ranks with a model: every item of the history weighs 1.
func RankWith(m *model.Model) func() Ranker {
	return func() Ranker {
		scratch := m.NewScratch()
		var inputs []model.Input
		var own []int32
		var list []uint32
		return func(history []uint32, n int) []uint32 {
			inputs, own, list = inputs[:0], own[:0], list[:0]
			for _, item := range history {
				if column, ok := m.Column(tactful.ItemNo(item)); ok {
					inputs = append(inputs, model.Input{Column: column, Weight: 1})
					own = append(own, column)
				}
			}
			for _, s := range m.Score(scratch, inputs, n, func(column int32) bool {
				_, mine := slices.BinarySearch(own, column)
				return mine
			}) {
				list = append(list, uint32(m.Number(s.Column)))
			}
			return list
		}
	}
}
