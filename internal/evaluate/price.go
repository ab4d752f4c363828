package evaluate

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
)

// Price is what one value of a setting gives on the validation cut.
type Price struct {
	Value float64 `json:"value"`
	Edges int     `json:"edges"` // weights in the model
	Measures
}

// Axis names the setting that Prices varies. The zero value is none.
type Axis uint8

// The axes.
const (
	NoAxis       Axis = iota
	SupportAxis       // people that a pair needs: the price of k-support
	SizeAxis          // neighbours: accuracy against size
	ExploreAxis       // long tail: accuracy against coverage
	DropoutAxis       // ridge by popularity
	ExponentAxis      // weight of people with long histories
)

var axisNames = [...]string{"none", "support", "k", "explore", "dropout", "exponent"}

// String returns the setting's name.
func (a Axis) String() string {
	if int(a) < len(axisNames) {
		return axisNames[a]
	}
	return axisNames[NoAxis]
}

// Prices measures a setting's values one by one on the same validation cut of
// the training pairs, all other settings as given.
func Prices(ctx context.Context, train *Pairs, o Options, share float64, seed uint64, axis Axis, values []float64) ([]Price, error) {
	rest, held := Split(train, share, seed)
	length := o.Length
	if length == 0 {
		length = 20
	}
	prices := make([]Price, 0, len(values))
	for _, v := range values {
		s, exponent := o.Settings, o.Exponent
		switch axis {
		case SupportAxis:
			s.Support = uint32(max(v, 0))
		case SizeAxis:
			s.K = int(v)
		case ExploreAxis:
			s.Explore = v
		case DropoutAxis:
			s.Dropout = v
		case ExponentAxis:
			exponent = v
		default:
			return nil, tactful.InvalidField("axis", "is unknown", "use support, k, explore, dropout or exponent")
		}
		m, err := FitPairs(ctx, rest, linear.NewParameters(1, exponent), s, o.Progress)
		if err != nil {
			return nil, err
		}
		p := Price{Value: v, Edges: m.Edges()}
		if p.Measures, err = Measure(ctx, rest, held, length, RankWith(m)); err != nil {
			return nil, err
		}
		prices = append(prices, p)
	}
	return prices, nil
}

// WritePrices prints them, each against the first.
func WritePrices(w io.Writer, axis Axis, prices []Price) error {
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintf(t, "%s\tRecall\tNDCG\tof the first\titems in lists\tweights\n", axis)
	for _, p := range prices {
		fmt.Fprintf(t, "%g\t%.4f\t%.4f\t%.1f %%\t%d\t%d\n", p.Value, p.Recall, p.NDCG,
			100*p.Mean()/max(prices[0].Mean(), 1e-12), p.Coverage, p.Edges)
	}
	return t.Flush()
}
