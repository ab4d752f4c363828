package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful"
)

// Recommend asks for a list. Its reasons and its receipt come with it; the
// level of the answer is the one it was really made at.
func (c *Client) Recommend(ctx context.Context, r tactful.Request) (*tactful.Decision, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("recommend: %w", err)
	}
	in := recommendBody{
		Session: r.Session, Placement: r.Placement.String(), Items: r.Items, Query: r.Query, Count: r.Count, Language: r.Language, Region: r.Region,
		Filter: filterBody{Categories: r.Filter.Categories, ExcludeCategories: r.Filter.ExcludeCategories, ExcludeItems: r.Filter.ExcludeItems,
			PriceMin: r.Filter.PriceMin, PriceMax: r.Filter.PriceMax, Attributes: r.Filter.Attributes, AvailableOnly: r.Filter.AvailableOnly},
	}
	if r.Level != tactful.LevelUnknown {
		in.Level = r.Level.String()
	}
	switch r.Subject.Kind {
	case tactful.UserID:
		in.UserID = r.Subject.ID
	case tactful.Anonymous:
		in.AnonymousID = r.Subject.ID
	case tactful.NoAlias:
	}
	var out decisionBody
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"v1", "decisions", "recommendations"}, in: in, out: &out, repeat: freely, gpc: r.GPC})
	if err != nil {
		return nil, fmt.Errorf("recommend: %w", err)
	}
	return out.decision(), nil
}

// Report tells that a list was shown, followed, sent away, or felt creepy or
// wrong; item "" means all of it.
func (c *Client) Report(ctx context.Context, decisionID string, kind tactful.FeedbackKind, item string) error {
	one := call{method: http.MethodPost, path: []string{"v1", "decisions", decisionID, kind.String()}, in: map[string]string{}, repeat: untaken}
	body := map[string]string{}
	switch kind {
	case tactful.FeedbackShown, tactful.FeedbackClicked, tactful.FeedbackDismissed, tactful.FeedbackConverted:
	case tactful.FeedbackCreepy, tactful.FeedbackWrong:
		one.path[3] = "report"
		body["report"] = kind.String()
	case tactful.FeedbackUnknown:
		return tactful.InvalidField("kind", "is unknown", "send one of tactful's feedback kinds")
	}
	if item != "" {
		body["item"] = item
	}
	one.in = body
	if err := c.do(ctx, one); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

type recommendBody struct {
	UserID      string     `json:"userId,omitempty"`
	AnonymousID string     `json:"anonymousId,omitempty"`
	Session     string     `json:"session,omitempty"`
	Placement   string     `json:"placement"`
	Items       []string   `json:"items,omitempty"`
	Query       string     `json:"query,omitempty"`
	Count       int        `json:"count"`
	Level       string     `json:"level,omitempty"`
	Filter      filterBody `json:"filter,omitzero"`
	Language    string     `json:"language,omitempty"`
	Region      string     `json:"region,omitempty"`
}

type filterBody struct {
	Categories        []string            `json:"categories,omitempty"`
	ExcludeCategories []string            `json:"excludeCategories,omitempty"`
	ExcludeItems      []string            `json:"excludeItems,omitempty"`
	PriceMin          *int64              `json:"priceMin,omitempty"`
	PriceMax          *int64              `json:"priceMax,omitempty"`
	Attributes        map[string][]string `json:"attributes,omitempty"`
	AvailableOnly     bool                `json:"availableOnly,omitempty"`
}

// IsZero reports whether nothing is filtered.
func (f filterBody) IsZero() bool {
	return len(f.Categories)+len(f.ExcludeCategories)+len(f.ExcludeItems)+len(f.Attributes) == 0 && f.PriceMin == nil && f.PriceMax == nil && !f.AvailableOnly
}

type decisionBody struct {
	ID          string
	Time        time.Time
	Placement   string
	Level       string
	Suggestions []struct {
		Item   itemBody
		Score  float64
		Origin string
		Reason tactful.Reason
	}
	Withheld []tactful.Withheld
	Note     string
	GPC      string
}

var origins = []tactful.Origin{tactful.Ranked, tactful.Filler, tactful.Pinned, tactful.Boosted, tactful.Bestseller, tactful.Match}

func (b *decisionBody) decision() *tactful.Decision {
	d := &tactful.Decision{ID: b.ID, Time: b.Time, Withheld: b.Withheld, Note: b.Note, GPC: b.GPC == "honoured", Suggestions: make([]tactful.Suggestion, len(b.Suggestions))}
	d.Placement, _ = tactful.ParsePlacement(b.Placement) // a word of a newer server stays unknown
	d.Level, _ = tactful.ParseLevel(b.Level)
	for i, s := range b.Suggestions {
		d.Suggestions[i] = tactful.Suggestion{Item: s.Item.item(), Score: s.Score, Reason: s.Reason}
		for _, o := range origins {
			if o.String() == s.Origin {
				d.Suggestions[i].Origin = o
			}
		}
	}
	return d
}
