package shop

import (
	"context"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// Offer makes one offer, and says of a second creative that it presses.
func (e *smallEngine) Offer(_ context.Context, r *tactful.OfferRequest) (*tactful.OfferDecision, error) {
	return &tactful.OfferDecision{
		ID: "o1", Time: noon, Placement: r.Placement, Channel: r.Channel, Level: tactful.Generic,
		Offers:  []tactful.Offered{{Campaign: "mugs", Creative: "a", Title: "Mugs <b>", Body: "All mugs.", URL: "/category/Mugs", Language: "en", Reason: tactful.Reason{Sentence: "The shop put this here."}}},
		Reasons: []tactful.Unoffered{{Campaign: "hurry", Creative: "b", Guard: "coercive", Detail: "the copy presses"}, {Campaign: "other", Guard: "audience", Detail: "not for this person"}},
	}, nil
}

func TestTheFrontPageShowsAnOfferAndWhatWasBlocked(t *testing.T) {
	page := text(open(t).get("/"))
	for _, want := range []string{"From the shop", "Mugs <b>", "All mugs.", "The shop put this here.", "What we left out, and why", "The words press people"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(page, "audience") || strings.Contains(page, "other") {
		t.Error("what is for the business stands on the page")
	}
}
