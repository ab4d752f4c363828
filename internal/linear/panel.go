package linear

import "github.com/tactful/tactful"

// Panel sums what two groups of people did, people who agreed to be measured so
// that others are protected. FitBlind makes the model blind to what tells the
// groups apart: to the difference of their mean histories, each member's taken as
// shares that add up to one, so that being more active is no difference. (It
// lifts all scores of a person alike and tells nothing in a list.) The sums are exact
// integers, so members come and go without a trace; but every change reaches
// all columns and needs a full fit.
type Panel struct {
	epoch  uint32
	groups [2]group
	shrunk []float64 // see Shrink; nil: the difference counts as it is
}

// Group names one side of a Panel.
type Group uint8

// The two groups. Which is which makes no difference to the model.
const (
	FirstGroup Group = iota
	SecondGroup
)

type group struct {
	people int64
	sums   []int64 // by item number
}

// NewPanel makes an empty panel for contributions of one parameter epoch.
func NewPanel(epoch uint32) *Panel { return &Panel{epoch: epoch} }

// Add takes a member in.
func (p *Panel) Add(c *Contribution, which Group) error { return p.change(c, which, 1) }

// Subtract takes out a member that was added to the same group with the same contribution.
func (p *Panel) Subtract(c *Contribution, which Group) error { return p.change(c, which, -1) }

const (
	maxPanel  = 1 << 20 // keeps the product of a sum and a count of people inside int64
	shareUnit = 1 << 20 // what a share of one is written as
)

func (p *Panel) change(c *Contribution, which Group, sign int64) error {
	if c.Epoch != p.epoch {
		return errEpoch()
	}
	if err := c.Validate(); err != nil {
		return err
	}
	if which > SecondGroup {
		return tactful.Errorf(tactful.Invalid, "a panel has two groups")
	}
	g := &p.groups[which]
	if n := g.people + sign; n < 0 || n > maxPanel {
		return tactful.Errorf(tactful.Refused, "a panel's group has 0 to %d members", maxPanel)
	}
	g.people += sign
	p.shrunk = nil
	var total int64
	for _, e := range c.Items {
		total += max(e.Quantity, -e.Quantity)
	}
	for _, e := range c.Items {
		for int(e.No) >= len(g.sums) {
			g.sums = append(g.sums, make([]int64, int(e.No)+1-len(g.sums))...)
		}
		g.sums[e.No] += sign * (e.Quantity * shareUnit / total)
	}
	return nil
}

// Members returns how many people each group has.
func (p *Panel) Members() (first, second int64) { return p.groups[0].people, p.groups[1].people }

// direction is what a fit must be blind to.
func (p *Panel) direction() []float64 {
	if p.shrunk != nil {
		return p.shrunk
	}
	return p.difference()
}

// difference is that of the groups' mean shares by item, times both counts, which
// keeps it a whole number.
func (p *Panel) difference() []float64 {
	a, b := &p.groups[0], &p.groups[1]
	d := make([]float64, max(len(a.sums), len(b.sums)))
	for no := range d {
		var first, second int64
		if no < len(a.sums) {
			first = a.sums[no]
		}
		if no < len(b.sums) {
			second = b.sums[no]
		}
		d[no] = float64(first*b.people - second*a.people)
	}
	return d
}
