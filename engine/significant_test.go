package engine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestAListByWhatOnePersonMayPayOrBorrowIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	w.agree("ada", tactful.Personal)
	for name, asks := range map[string]bool{"credit_limit": true, "eligibleFor": true, "personal_price": true, "colour": false, "discount": false} {
		r := &tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("ada"), Filter: tactful.Filter{Attributes: map[string][]string{name: {"x"}}}}
		_, err := w.Decide(context.Background(), r)
		var refused *tactful.Significant
		if errors.As(err, &refused) != asks || asks && !strings.Contains(err.Error(), "filter.attributes."+name) || !asks && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCopyThatSaysWhatOnePersonMayPayOrBorrowIsRefused(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.grant("ada", every...)
	for name, asks := range map[string]bool{"creditLimit": true, "eligible": true, "price": true, "first_name": false, "salutation": false} {
		r := &tactful.OfferRequest{Subject: user("ada"), Placement: "home", Channel: "site", Count: 1, Fields: map[string]tactful.OfferField{name: {Text: "Ada", Provenance: tactful.Declared}}}
		_, err := w.Offer(context.Background(), r)
		var refused *tactful.Significant
		if errors.As(err, &refused) != asks || asks && !strings.Contains(err.Error(), "context.fields."+name) || !asks && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestThePriceOfAnItemIsTheSameForEverybody compares what people of all levels
// are told about every item.
func TestThePriceOfAnItemIsTheSameForEverybody(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(12)
	w.crowd(20, 12)
	w.train()
	told := map[string]int64{}
	for i, level := range []tactful.Level{tactful.Generic, tactful.Context, tactful.Personal, tactful.Full, tactful.Personal} {
		id := string(rune('a' + i))
		w.agree(id, level)
		if level >= tactful.Personal {
			w.mustSend(id, "purchased", 1+i)
		}
		for _, placement := range []tactful.Placement{tactful.ForYou, tactful.Popular} {
			for _, s := range w.decide(tactful.Request{Placement: placement, Count: 12, Subject: user(id)}).Suggestions {
				if was, known := told[s.Item.ID]; known && was != s.Item.Price {
					t.Errorf("%s costs %d and %d", s.Item.ID, was, s.Item.Price)
				}
				told[s.Item.ID] = s.Item.Price
				if listed, err := w.Item(s.Item.ID); err != nil || listed.Price != s.Item.Price {
					t.Errorf("%s costs %d in the list and %d in the catalogue: %v", s.Item.ID, s.Item.Price, listed.Price, err)
				}
			}
		}
	}
	if len(told) < 10 {
		t.Errorf("only %d items were seen", len(told))
	}
}
