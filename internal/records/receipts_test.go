package records

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
)

func (s *shop) decided(ref tactful.Ref, now time.Time) *tactful.Receipt {
	s.t.Helper()
	receipt := typicalReceipt()
	receipt.Time = now
	for i := range receipt.Evidence {
		receipt.Evidence[i].Day = now.AddDate(0, 0, -i).Truncate(24 * time.Hour)
	}
	if err := s.records.AppendReceipt(s.t.Context(), ref, receipt, now.AddDate(0, 0, 90)); err != nil {
		s.t.Fatal(err)
	}
	return receipt
}

func TestAReceiptIsFoundByItsIdAndByNothingElse(t *testing.T) {
	s := newShop(t)
	person := s.create("u-1")
	for name, ref := range map[string]tactful.Ref{"about somebody": person, "about nobody": {}} {
		t.Run(name, func(t *testing.T) {
			receipt := s.decided(ref, s.now)
			got, whose, err := s.records.Receipt(t.Context(), receipt.ID, s.now)
			if err != nil {
				t.Fatal(err)
			}
			if whose != ref {
				t.Error("it is somebody else's")
			}
			if diff := cmp.Diff(receipt, got); diff != "" {
				t.Error(diff)
			}
			unused, _, err := s.records.newReceiptID(ref, s.now)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := base64.RawURLEncoding.DecodeString(receipt.ID)
			if err != nil {
				t.Fatal(err)
			}
			raw[3] ^= 1
			other, err := s.vault.SealID([]byte("sealed, but no receipt"))
			if err != nil {
				t.Fatal(err)
			}
			gone, _, err := s.records.newReceiptID(tactful.Ref{5}, s.now)
			if err != nil {
				t.Fatal(err)
			}
			var first string // all refusals read alike
			for _, id := range []string{"", "x", unused, base64.RawURLEncoding.EncodeToString(raw), other, receipt.ID + "A", gone} {
				_, _, err := s.records.Receipt(t.Context(), id, s.now)
				if tactful.KindOf(err) != tactful.NotFound {
					t.Errorf("id %q: %v", id, err)
				}
				if first == "" && err != nil {
					first = err.Error()
				}
				if err != nil && err.Error() != first {
					t.Errorf("id %q: %q instead of %q", id, err, first)
				}
			}
			if _, _, err := s.records.Receipt(t.Context(), receipt.ID, s.now.AddDate(0, 0, 90)); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("after its time: %v", err)
			}
		})
	}
	forged := typicalReceipt()
	forged.ID = "made-elsewhere"
	if err := s.records.AppendReceipt(t.Context(), person, forged, s.now.Add(time.Hour)); err != nil || forged.ID == "made-elsewhere" {
		t.Errorf("a receipt was stored under an id from elsewhere: %v", err)
	}
	if err := s.records.AppendReceipt(t.Context(), person, &tactful.Receipt{}, s.now); err == nil {
		t.Error("a receipt outside of time was stored")
	}
}

func TestReportsStayBesideTheirReceipt(t *testing.T) {
	s := newShop(t)
	person := s.create("u-1")
	for name, ref := range map[string]tactful.Ref{"about somebody": person, "about nobody": {}} {
		t.Run(name, func(t *testing.T) {
			receipt, other := s.decided(ref, s.now), s.decided(ref, s.now)
			creepy := tactful.Feedback{Kind: tactful.FeedbackCreepy, Item: receipt.Shown[0].Item, Time: s.now.Add(time.Minute)}
			shown := tactful.Feedback{Kind: tactful.FeedbackShown, Time: s.now}
			again := creepy
			again.Time = s.now.Add(time.Hour)
			for _, f := range []tactful.Feedback{creepy, shown, again} {
				if err := s.records.AppendFeedback(t.Context(), receipt.ID, f, s.now); err != nil {
					t.Fatal(err)
				}
			}
			got, _, err := s.records.Receipt(t.Context(), receipt.ID, s.now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]tactful.Feedback{shown, creepy}, got.Feedback); diff != "" {
				t.Error(diff)
			}
			if got, _, err = s.records.Receipt(t.Context(), other.ID, s.now); err != nil || len(got.Feedback) != 0 {
				t.Errorf("another decision: %v, %v", got.Feedback, err)
			}
			for what, f := range map[string]tactful.Feedback{
				"no kind is refused":                {Time: s.now},
				"an item that was not shown is not": {Kind: tactful.FeedbackWrong, Item: "elsewhere", Time: s.now},
			} {
				if err := s.records.AppendFeedback(t.Context(), receipt.ID, f, s.now); tactful.KindOf(err) != tactful.Invalid {
					t.Errorf("%s: %v", what, err)
				}
			}
			if err := s.records.AppendFeedback(t.Context(), "nothing", shown, s.now); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("a report on nothing: %v", err)
			}
		})
	}
}

func TestADecisionKeepsABoundedNumberOfReports(t *testing.T) {
	s := newShop(t)
	receipt := &tactful.Receipt{Time: s.now}
	for i := range MaxFeedback + 1 {
		receipt.Shown = append(receipt.Shown, tactful.Shown{Item: fmt.Sprint(i)})
	}
	if err := s.records.AppendReceipt(t.Context(), tactful.Ref{}, receipt, time.Time{}); err != nil {
		t.Fatal(err)
	}
	for i, shown := range receipt.Shown {
		err := s.records.AppendFeedback(t.Context(), receipt.ID, tactful.Feedback{Kind: tactful.FeedbackClicked, Item: shown.Item, Time: s.now}, s.now)
		if full := i >= MaxFeedback; (tactful.KindOf(err) == tactful.Refused) != full || (err != nil) != full {
			t.Fatalf("report %d: %v", i, err)
		}
	}
}

func TestTheNewestReceiptsComeFirstWithTheirReports(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	var all []*tactful.Receipt
	for i := range 5 {
		all = append(all, s.decided(ref, s.now.Add(time.Duration(i)*time.Minute)))
	}
	clicked := tactful.Feedback{Kind: tactful.FeedbackClicked, Item: all[3].Shown[2].Item, Time: s.now}
	if err := s.records.AppendFeedback(t.Context(), all[3].ID, clicked, s.now); err != nil {
		t.Fatal(err)
	}
	all[3].Feedback = []tactful.Feedback{clicked}
	got, err := s.records.Receipts(t.Context(), ref, 3, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*tactful.Receipt{all[4], all[3], all[2]}, got); diff != "" {
		t.Error(diff)
	}
	if got, err = s.records.Receipts(t.Context(), s.create("u-2"), 3, s.now); err != nil || len(got) != 0 {
		t.Errorf("somebody without receipts: %d, %v", len(got), err)
	}
}
