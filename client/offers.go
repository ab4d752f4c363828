package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful"
)

// Offer asks what somebody may be shown or sent on a channel, or nothing at all. It is
// not repeated once the server took it: each answer reserves what it offers.
func (c *Client) Offer(ctx context.Context, r tactful.OfferRequest) (*tactful.OfferDecision, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	var out offerBody
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"v1", "decisions", "offers"}, in: askOffers(&r), out: &out, repeat: untaken, gpc: r.GPC})
	if err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	d := &tactful.OfferDecision{ID: out.ID, Time: out.Time, Placement: out.Placement, Channel: out.Channel, Offers: out.Offers, Withheld: out.Withheld, Reasons: out.Reasons, Headers: out.Headers, GPC: out.GPC == "honoured"}
	d.Level, _ = tactful.ParseLevel(out.Level) // a word of a newer server stays unknown
	return d, nil
}

// PlanOffers asks when somebody may next be sent what, as things stand. It is no
// permission: ask Offer at that moment.
func (c *Client) PlanOffers(ctx context.Context, r tactful.OfferRequest) (*tactful.OfferPlan, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("plan offers: %w", err)
	}
	var out tactful.OfferPlan
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"v1", "decisions", "offers:plan"}, in: askOffers(&r), out: &out, repeat: freely, gpc: r.GPC})
	if err != nil {
		return nil, fmt.Errorf("plan offers: %w", err)
	}
	return &out, nil
}

// ReleaseOffers gives back what a decision reserved and nobody was shown.
func (c *Client) ReleaseOffers(ctx context.Context, decisionID string) error {
	if err := c.do(ctx, call{method: http.MethodPost, path: []string{"v1", "decisions", decisionID, "release"}, repeat: freely}); err != nil {
		return fmt.Errorf("release offers: %w", err)
	}
	return nil
}

// DeliverOffer has a message sent by the tool of its channel, once everything allows it.
// Asked again while it waits, it is the same message. Its state is dropped, without an
// id, for who did not agree.
func (c *Client) DeliverOffer(ctx context.Context, r tactful.OfferRequest) (*tactful.Delivery, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("deliver an offer: %w", err)
	}
	var out tactful.Delivery
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"v1", "decisions", "offers:deliver"}, in: askOffers(&r), out: &out, repeat: freely, gpc: r.GPC})
	if err != nil {
		return nil, fmt.Errorf("deliver an offer: %w", err)
	}
	return &out, nil
}

// Delivery says what became of a message, for a week after it was over.
func (c *Client) Delivery(ctx context.Context, id string) (*tactful.Delivery, error) {
	var out tactful.Delivery
	if err := c.do(ctx, call{method: http.MethodGet, path: []string{"v1", "deliveries", id}, out: &out, repeat: freely}); err != nil {
		return nil, fmt.Errorf("ask for a delivery: %w", err)
	}
	return &out, nil
}

type offersAsked struct {
	UserID      string       `json:"userId,omitempty"`
	AnonymousID string       `json:"anonymousId,omitempty"`
	Placement   string       `json:"placement"`
	Channel     string       `json:"channel"`
	Count       int          `json:"count"`
	Context     offerContext `json:"context"`
}

type offerContext struct {
	Items    []string `json:"items,omitempty"`
	Language string   `json:"language,omitempty"`
	Region   string   `json:"region,omitempty"`

	Fields map[string]offerField `json:"fields,omitempty"`
}

type offerField struct {
	Text       string `json:"text"`
	Provenance string `json:"provenance"`
}

func askOffers(r *tactful.OfferRequest) offersAsked {
	in := offersAsked{Placement: r.Placement, Channel: r.Channel, Count: r.Count, Context: offerContext{Items: r.Items, Language: r.Language, Region: r.Region}}
	for name, field := range r.Fields {
		if in.Context.Fields == nil {
			in.Context.Fields = map[string]offerField{}
		}
		in.Context.Fields[name] = offerField{field.Text, field.Provenance.String()}
	}
	switch r.Subject.Kind {
	case tactful.UserID:
		in.UserID = r.Subject.ID
	case tactful.Anonymous:
		in.AnonymousID = r.Subject.ID
	case tactful.NoAlias:
	}
	return in
}

type offerBody struct {
	ID        string
	Time      time.Time
	Placement string
	Channel   string
	Level     string
	Offers    []tactful.Offered
	Withheld  []tactful.Withheld
	Reasons   []tactful.Unoffered
	Headers   map[string]string
	GPC       string
}
