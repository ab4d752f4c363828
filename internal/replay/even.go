package replay

import (
	"context"
	"fmt"
	"slices"

	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/model"
)

// evenGoal is the accuracy of the group that is served worse by that of the other.
const evenGoal = 0.90

// evenPrice is how much of plain accuracy each group keeps at least, by what all
// keep: that all guards cost something is by design, that one group pays for it is not.
const evenPrice = 0.98

// measureEven plays Google: is one group served worse than the other, or than
// plain lists serve it, and does any list or search result change when a
// declared protected attribute does?
func measureEven(ctx context.Context, opt Options) (Row, error) {
	people, err := peopleOr(ctx, opt, crowdedAudience)
	if err != nil {
		return Row{}, err
	}
	return evenFrom(ctx, opt, people, defaults(), (*trial).guarded)
}

func evenFrom(ctx context.Context, opt Options, people func(seed uint64) *population, set *guard.Settings, fit func(*trial, context.Context) (*model.Model, error)) (Row, error) {
	row := Row{Metric: "NDCG of the worse served group by that of the other", Goal: fmt.Sprintf("at least %.2f", evenGoal), Bound: evenGoal, Seeds: opt.seeds()}
	var plain, ours, keptFew, keptMany, price, short, swaps []float64
	for i, seed := range row.Seeds {
		opt.report("even: populations", i, len(row.Seeds))
		p := people(seed)
		row.Attack = "compare how well each group is served, and let all tell the panel the opposite (" + p.name + ")"
		got, err := associationOnce(ctx, p, seed, set, fit)
		if err != nil {
			return Row{}, err
		}
		row.N = got.people
		plain, ours = append(plain, got.plain.even()), append(ours, got.ours.even())
		keptMany, keptFew = append(keptMany, got.ours.ndcg[0]/got.plain.ndcg[0]), append(keptFew, got.ours.ndcg[1]/got.plain.ndcg[1])
		all := got.ours.all / got.plain.all
		price = append(price, min(keptMany[i], keptFew[i])/all)
		short = append(short, float64(got.short))
		changed, _, err := swapped(ctx, opt, seed)
		if err != nil {
			return Row{}, err
		}
		swaps = append(swaps, float64(changed))
	}
	opt.report("even: populations", len(row.Seeds), len(row.Seeds))
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(ours)
	many, _ := mean(keptMany)
	few, _ := mean(keptFew)
	dearest, dearests := mean(price)
	row.Beside = []Figure{
		atMost(fmt.Sprintf("lists and search results of a neutral query, of %d, that change when all tell the panel the opposite, at worst", 2*swapPeople), slices.Max(swaps), "0", 0),
		figure(fmt.Sprintf("the guards' price: NDCG kept of the group that pays most, by that of all [%.3f, %.3f]", dearests[0], dearests[1]), dearest, fmt.Sprintf("at least %.2f: no group pays for the others", evenPrice), evenPrice),
		figure("NDCG of the larger group, of plain", many, "at least 1.00: no group below plain", 1),
		figure("NDCG of the smaller group, of plain", few, "at least 1.00: no group below plain", 1),
		atMost("lists that are not full, at worst", slices.Max(short), "0", 0),
	}
	row.judge(row.Tactful >= evenGoal)
	return row, nil
}

// even is the accuracy of the group that is served worse by that of the other.
func (l *leaning) even() float64 { return min(l.ndcg[0], l.ndcg[1]) / max(l.ndcg[0], l.ndcg[1]) }
