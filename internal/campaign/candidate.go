package campaign

import (
	"cmp"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Candidate lays an offer over the evidence that speaks for its audience, so that the
// guards judge that too, and the reason is what chose it. item is what it advertises,
// nil for none.
func Candidate(c *decision.Case, offer *decision.Offer, item *tactful.Item, fit *Fit) decision.Candidate {
	x := decision.Candidate{Item: item, Origin: tactful.Pinned, Offer: offer}
	for _, at := range fit.Pieces {
		p := &c.Evidence.Pieces[at]
		k := decision.Contribution{Value: p.Weight, Piece: at}
		if int(p.Item) < len(c.Touched) {
			k.Support = c.Touched[p.Item]
		}
		x.Contributions = append(x.Contributions, k)
	}
	slices.SortStableFunc(x.Contributions, func(a, b decision.Contribution) int { return cmp.Compare(b.Value, a.Value) })
	for _, k := range x.Contributions {
		x.Score += k.Value
	}
	switch {
	case len(x.Contributions) > 0:
		x.Origin = tactful.Ranked
	case fit.Topic != "":
		x.Origin = tactful.Boosted
	}
	if fit.Topic != "" {
		x.Wish, x.Topic = tactful.WishMore, fit.Topic
	}
	return x
}
