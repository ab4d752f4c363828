package shop

import (
	"context"
	"fmt"

	"github.com/tactful/tactful"
)

// offer is what the page shows of a decision about offers: one creative, or none,
// and why the others are not there.
type offer struct {
	Made     *tactful.Offered // nil for none
	Decision string
	Not      []tactful.Unoffered
}

// offer asks for one offer for the front page; nil where the shop has no campaigns.
func (s *shop) offer(ctx context.Context, v *visitor) (*offer, error) {
	d, err := s.engine.Offer(ctx, &tactful.OfferRequest{Subject: v.alias, Placement: "home", Channel: "site", Count: 1, Items: v.basket, Language: v.lang, GPC: v.gpc})
	if err != nil {
		return nil, fmt.Errorf("ask for an offer: %w", err)
	}
	o := &offer{Decision: d.ID}
	if len(d.Offers) > 0 {
		o.Made = &d.Offers[0]
	}
	for _, u := range d.Reasons {
		if u.Sentence != "" || u.Guard == "coercive" { // for the person; the rest is for the business
			o.Not = append(o.Not, u)
		}
	}
	if o.Made == nil && len(o.Not) == 0 {
		return nil, nil
	}
	return o, nil
}
