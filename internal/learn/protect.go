package learn

import (
	"context"
	"fmt"

	"github.com/tactful/tactful/internal/linear"
)

// Members are the contributions of those who told one of two values of a
// protected attribute and agreed to its use, in an order that does not depend
// on when they told.
type Members [2][]*linear.Contribution

// maxLevelled is how many members of each value have their lists compared: the
// first ones; the means of the constraint are over all.
const maxLevelled = 4000

// ProtectMembers is Protect with the people instead of their sums. With one
// panel it is shrunk to what it can know (linear.Panel.Shrink) and the lists of its two groups are
// levelled as well (linear.Level); with several, the constraints stand alone.
func (l *Learner) ProtectMembers(panels []Members) error {
	sums := make([]*linear.Panel, len(panels))
	for i, members := range panels {
		sums[i] = linear.NewPanel(l.parameters.ID)
		for which, group := range members {
			for _, c := range group {
				if err := sums[i].Add(c, linear.Group(which)); err != nil {
					return fmt.Errorf("add up a panel: %w", err)
				}
			}
		}
	}
	if len(panels) != 1 {
		l.Protect(sums)
		return nil
	}
	if err := sums[0].Shrink(panels[0]); err != nil {
		return fmt.Errorf("shrink a panel: %w", err)
	}
	l.Protect(sums)
	l.fitting.Lock()
	defer l.fitting.Unlock()
	l.levelled = &Members{}
	for which, group := range panels[0] {
		l.levelled[which] = group[:min(len(group), maxLevelled)]
	}
	return nil
}

// level is what is served of a fit.
func (l *Learner) level(ctx context.Context, fit *linear.Columns) (*linear.Columns, error) {
	if l.levelled == nil {
		return fit, nil
	}
	served, err := linear.Level(ctx, fit, *l.levelled, linear.DefaultLevelling())
	if err != nil {
		return nil, fmt.Errorf("level the lists: %w", err)
	}
	return served, nil
}
