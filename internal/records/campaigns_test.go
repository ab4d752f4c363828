package records

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
)

func TestAReceiptOfOffersIsReadAsItWasWritten(t *testing.T) {
	for _, offer := range []*tactful.OfferRecord{
		nil,
		{Channel: "site", Placement: "home"},
		{Channel: "mail", Placement: "", Shown: []tactful.OfferShown{
			{Campaign: "c", Creative: "a", Item: "item-1", Choice: "thompson", Draw: "0f", Apprentice: "b", Options: []tactful.OfferOption{{Creative: "a", Propensity: 0.25}, {Creative: "b", Propensity: 0.75}}},
			{Campaign: "c", Creative: "a", Choice: "fixed"},
		}},
	} {
		r := typicalReceipt()
		r.Offer = offer
		plain := appendReceipt(nil, r)
		got, err := decodeReceipt(plain)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(offer, got.Offer); diff != "" {
			t.Error(diff)
		}
		if offer != nil {
			if _, err := decodeReceipt(plain[:len(plain)-1]); err == nil {
				t.Error("a receipt that was cut is read")
			}
			if _, err := decodeReceipt(append(plain, 0)); err == nil {
				t.Error("a receipt with more behind it is read")
			}
		}
	}
}

func TestABudgetIsLeasedOnceHoweverManyAsk(t *testing.T) {
	s := newShop(t)
	var leased atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				got, err := s.records.LeaseBudget(t.Context(), "c", "2026-03", 1000, 7)
				if tactful.KindOf(err) == tactful.Conflict && err != nil {
					continue // too many at once; whoever asks again is served
				}
				if err != nil {
					t.Error(err)
					return
				}
				if got == 0 {
					return
				}
				leased.Add(got)
			}
		})
	}
	group.Wait()
	if leased.Load() != 1000 {
		t.Errorf("%d of 1000 were leased", leased.Load())
	}
	if got, err := s.records.LeaseBudget(t.Context(), "c", "2026-04", 1000, 7); got != 7 || err != nil {
		t.Errorf("of the next period: %d %v", got, err)
	}
	if got, err := s.records.LeaseBudget(t.Context(), "d", "2026-03", 3, 7); got != 3 || err != nil {
		t.Errorf("of another campaign: %d %v", got, err)
	}
}

func TestCampaignsChangeOnlyFromWhatWasSeen(t *testing.T) {
	s := newShop(t)
	read := func() (map[string][]byte, func(id, text string) error) {
		all, version, err := s.records.Campaigns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all, func(id, text string) error {
			body := []byte(text)
			if text == "" {
				body = nil
			}
			return s.records.WriteCampaign(t.Context(), id, body, CampaignEntry{Campaign: id, By: "Ada B."}, version)
		}
	}
	none, write := read()
	if len(none) != 0 || write("a", "{}") != nil {
		t.Fatal("the first one")
	}
	if err := write("b", "{}"); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("from what was seen before: %v", err)
	}
	_, write = read()
	if err := write("b", "{1}"); err != nil {
		t.Fatal(err)
	}
	all, write := read()
	if len(all) != 2 || string(all["b"]) != "{1}" {
		t.Errorf("%q", all)
	}
	if err := write("a", ""); err != nil {
		t.Fatal(err)
	}
	if all, _ := read(); len(all) != 1 {
		t.Errorf("after one was taken out: %q", all)
	}
}
