package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// forPage asks for what goes with a page, at the level that shows it only.
func forPage(r tactful.Request) tactful.Request {
	r.Subject, r.Level, r.Count = user("me"), tactful.Context, 20
	return r
}

func TestWhatIsMutedNeededOrSkippedHoldsForThisPageOnlyToo(t *testing.T) {
	w := settled(t, declarable)
	var items []tactful.Item
	for i := range 60 {
		item := *w.ground.Load().items.ByID(fmt.Sprintf("item-%d", i+1))
		item.Attributes = map[string]string{"diet": []string{"vegan", "meat"}[i/3%2]}
		items = append(items, item)
	}
	if err := w.PutItems(context.Background(), items); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		patch tactful.PreferencesPatch
		keeps func(*tactful.Item) bool
	}{
		{"muted", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMuted}}, func(i *tactful.Item) bool { return !slices.Contains(i.Categories, "Toys") }},
		{"skipped", tactful.PreferencesPatch{Occasions: map[string]*tactful.Days{"mothers_day": {}}}, func(i *tactful.Item) bool { return !slices.Contains(i.Categories, "Garden") }},
		{"needed", tactful.PreferencesPatch{Needs: map[string]string{"diet": "vegan"}}, func(i *tactful.Item) bool {
			return !slices.Contains(i.Categories, "Kitchen") || i.Attributes["diet"] == "vegan"
		}},
	} {
		for _, r := range []tactful.Request{{Placement: tactful.ForYou}, {Placement: tactful.Similar, Items: []string{"item-7"}}, {Placement: tactful.Search, Query: "thing"}} {
			t.Run(test.name+" "+r.Placement.String(), func(t *testing.T) {
				against := func() (n int) {
					for _, s := range w.decide(forPage(r)).Suggestions {
						if !test.keeps(&s.Item) {
							n++
						}
					}
					return n
				}
				before := against()
				change := w.wish("me", test.patch)
				if after := against(); before == 0 || after != 0 {
					t.Errorf("%d things against the wish before it was said, %d after", before, after)
				}
				d := w.decide(forPage(r))
				receipt, err := w.Receipt(context.Background(), d.ID)
				if err != nil || d.Level != tactful.Context || len(d.Suggestions) == 0 || withheldBy(d, "declared") == 0 || receipt.Integrity.Principle != AsTold || receipt.ConsentID != "" {
					t.Errorf("level %s, %d shown, withheld %+v, %+v, %v", d.Level, len(d.Suggestions), d.Withheld, receipt.Integrity, err)
				}
				w.wish("me", change.Undo)
				if n := against(); n != before {
					t.Errorf("after the undo %d things, before %d", n, before)
				}
			})
		}
	}
}

func TestForThisPageOnlyNothingIsRankedByAWishAndNoHistoryIsRead(t *testing.T) {
	w := settled(t, declarable)
	r := forPage(tactful.Request{Placement: tactful.Similar, Items: []string{"item-7"}})
	shown := func() (ids []string) {
		for _, s := range w.decide(r).Suggestions {
			ids = append(ids, s.Item.ID)
		}
		return ids
	}
	before := shown()
	w.wish("me", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMore, "Kitchen": tactful.WishLess}})
	if after := shown(); len(before) == 0 || !slices.Equal(before, after) {
		t.Errorf("more and less changed the page's list:\n%v\n%v", before, after)
	}
	w.wish("me", tactful.PreferencesPatch{Topics: topics{"Garden": tactful.WishMuted}})
	seen := w.observe()
	d := w.decide(r)
	queries, scans := seen.forget()
	if inCategory(d, "Garden") != 0 || scans != 0 {
		t.Errorf("%d of a muted topic, %d scans", inCategory(d, "Garden"), scans)
	}
	for i := range queries {
		if queries[i].Partition.Section == store.Subjects && queries[i].Family == store.Log {
			t.Errorf("read %s", classify(&queries[i]))
		}
	}
}
