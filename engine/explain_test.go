package engine

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tactful/tactful"
)

const explainItems = 60

// told makes a shop with people of mixed histories, some of it spoken against.
func told(t *testing.T, people int) *world {
	w := newWorld(t, nil)
	w.stock(explainItems)
	together(160, func(i int) {
		id := fmt.Sprintf("crowd-%d", i)
		w.agree(id, tactful.Personal)
		w.mustSend(id, "purchased", draw(uint64(i), 12, i%4)...)
	})
	w.train()
	together(people, func(i int) {
		id := fmt.Sprintf("told-%d", i)
		w.agree(id, tactful.Personal)
		items := draw(uint64(10_000+i), 4+i%5, i%4)
		for n, item := range items {
			w.mustSend(id, []string{"purchased", "viewed", "added", "purchased", "dismissed"}[n%5], item)
		}
	})
	return w
}

// draw takes distinct items, most of them of one of four tastes.
func draw(seed uint64, n, taste int) []int {
	rng := rand.New(rand.NewPCG(seed, 3))
	var items []int
	for len(items) < n {
		item := 1 + rng.IntN(explainItems)
		if rng.IntN(4) > 0 {
			item = 1 + (item/4*4+taste)%explainItems
		}
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	return items
}

func TestTakingTheNamedItemAwayChangesTheScoreByItsShareInAThousandDecisions(t *testing.T) {
	const people, each = 130, 10
	w := told(t, people)
	ask := func(who string) *tactful.Decision {
		d, err := w.Decide(context.Background(), &tactful.Request{Subject: user(who), Placement: tactful.ForYou, Count: tactful.MaxCount})
		if err != nil {
			t.Error(err)
			return &tactful.Decision{}
		}
		return d
	}
	var decisions, checked, silent, cut atomic.Int64
	var worst atomic.Uint64 // relative error, as bits
	together(people, func(i int) {
		who := fmt.Sprintf("told-%d", i)
		before := ask(who)
		receipt, err := w.Receipt(context.Background(), before.ID)
		if err != nil {
			t.Error(err)
			return
		}
		for n, s := range before.Suggestions { // receipts write shares with six digits
			kept := &receipt.Shown[n]
			if kept.Item != s.Item.ID || kept.Score != s.Score || math.Abs(kept.Reason.Share-s.Reason.Share) > 1e-6 || kept.Reason.Sentence != s.Reason.Sentence {
				t.Errorf("the receipt says %+v, the answer %+v", kept, s)
			}
		}
		named := namedItems(before)
		for n := range each {
			if len(named) == 0 {
				silent.Add(1) // a taste so rare that every reason is coarse
				return
			}
			item := named[n%len(named)]
			if err := w.SetHistory(context.Background(), user(who), item, "unused"); err != nil {
				t.Error(err)
				return
			}
			after := map[string]float64{}
			for _, s := range ask(who).Suggestions {
				after[s.Item.ID] = s.Score
			}
			if err := w.SetHistory(context.Background(), user(who), item, "none"); err != nil {
				t.Error(err)
				return
			}
			decisions.Add(1)
			for _, s := range before.Suggestions {
				if !names(&s.Reason, item) {
					continue
				}
				checked.Add(1)
				score, stays := after[s.Item.ID]
				switch {
				case s.Reason.Share == 1: // other things speak against it: the share is cut at the whole
					cut.Add(1)
					if stays && score > 1e-9*s.Score {
						t.Errorf("without all that spoke for it %s still scores %g of %g", s.Item.ID, score, s.Score)
					}
				case !stays:
					t.Errorf("%s has left the list, though %g of its score rested on others", s.Item.ID, 1-s.Reason.Share)
				default:
					off := math.Abs(s.Score-score-s.Reason.Share*s.Score) / s.Score
					for old := worst.Load(); off > math.Float64frombits(old) && !worst.CompareAndSwap(old, math.Float64bits(off)); old = worst.Load() {
					}
					if off > 1e-9 {
						t.Errorf("%s scored %g, without the named item %g; its share was said to be %g", s.Item.ID, s.Score, score, s.Reason.Share)
					}
				}
			}
		}
	})
	t.Logf("%d decisions, %d named reasons taken away (%d of them the whole of the score), %d people whose reasons are all coarse, worst error %.2g of the score",
		decisions.Load(), checked.Load(), cut.Load(), silent.Load(), math.Float64frombits(worst.Load()))
	if decisions.Load() < 1000 || checked.Load()-cut.Load() < 1000 {
		t.Error("too few reasons to prove anything")
	}
}

// namedItems lists the items that reasons name first.
func namedItems(d *tactful.Decision) []string {
	var named []string
	for i := range d.Suggestions {
		reason := &d.Suggestions[i].Reason
		if len(reason.Items) > 0 && names(reason, reason.Items[0]) && !slices.Contains(named, reason.Items[0]) {
			named = append(named, reason.Items[0])
		}
	}
	return named
}

// names reports whether a reason's sentence is about this item.
func names(reason *tactful.Reason, item string) bool {
	return len(reason.Items) > 0 && reason.Items[0] == item && strings.HasPrefix(reason.Key, "because.") &&
		strings.Contains(reason.Sentence, "“Thing number "+strings.TrimPrefix(item, "item-")+"”")
}

func TestWhatEachItemAddsSumsToTheScore(t *testing.T) {
	w := told(t, 20)
	checked, worst := 0, 0.0
	for i := range 20 {
		who := user(fmt.Sprintf("told-%d", i))
		r := tactful.Request{Subject: who, Placement: tactful.ForYou, Count: tactful.MaxCount}
		whole := w.decide(r)
		history, err := w.History(context.Background(), who, 100)
		if err != nil {
			t.Fatal(err)
		}
		without := make([]map[string]float64, len(history))
		for n, entry := range history {
			if err := w.SetHistory(context.Background(), who, entry.Item.ID, "unused"); err != nil {
				t.Fatal(err)
			}
			without[n] = map[string]float64{}
			for _, s := range w.decide(r).Suggestions {
				without[n][s.Item.ID] = s.Score
			}
			if err := w.SetHistory(context.Background(), who, entry.Item.ID, "none"); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range whole.Suggestions {
			sum, seen := 0.0, s.Score > 0
			for n := range history {
				score, there := without[n][s.Item.ID]
				seen = seen && there && score > 0 // at zero or below its score is not told
				sum += s.Score - score
			}
			if !seen {
				continue
			}
			checked++
			worst = max(worst, math.Abs(sum-s.Score)/s.Score)
		}
		receipt, err := w.Receipt(context.Background(), whole.ID)
		if err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for _, used := range receipt.Evidence {
			total += used.Share
		}
		if math.Abs(total-1) > 1e-5 { // each is written with six digits
			t.Errorf("the shares of a receipt sum to %g", total)
		}
	}
	t.Logf("%d scores are the sum of what each item of the history adds, worst error %.2g", checked, worst)
	if checked < 100 || worst > 1e-9 {
		t.Errorf("%d scores, worst error %g", checked, worst)
	}
}
