package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

func open(t testing.TB, on *table) *Catalogue {
	t.Helper()
	c, err := Open(context.Background(), on, crossed{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func thing(id string) tactful.Item { return tactful.Item{ID: id, Title: "Thing " + id, Price: 100} }

func put(t testing.TB, c *Catalogue, items ...tactful.Item) Change {
	t.Helper()
	change, err := c.Put(context.Background(), items)
	if err != nil {
		t.Fatal(err)
	}
	return change
}

func remove(t testing.TB, c *Catalogue, ids ...string) Change {
	t.Helper()
	change, err := c.Delete(context.Background(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	return change
}

func full() tactful.Item {
	return tactful.Item{
		ID: "21730", Title: "Glass star frosted t-light holder", URL: "/p/21730", Image: "https://img.example/21730.jpg",
		Categories: []string{"Home", "Light"}, Price: 425, Currency: "GBP", Availability: tactful.InStock, Group: "stars",
		Attributes: map[string]string{"colour": "white", "size": ""}, Labels: []string{"fragile"},
		ValidFrom: time.Date(2026, 1, 1, 0, 0, 0, 5, time.UTC), ValidUntil: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		Regions: []string{"DE", "DE-BE"},
	}
}

func TestItemsSurviveReopening(t *testing.T) {
	on := newTable()
	c := open(t, on)
	want := full()
	put(t, c, thing("a"), want, thing("b"))
	remove(t, c, "a")
	want.No = 2
	for name, c := range map[string]*Catalogue{"before": c, "after": open(t, on)} {
		s := c.Snapshot()
		if diff := cmp.Diff(&want, s.ByID(want.ID)); diff != "" {
			t.Errorf("%s reopening: %s", name, diff)
		}
		if s.ByNo(2) != s.ByID(want.ID) || s.ByID("a") != nil || s.ByNo(1) != nil || s.Len() != 2 || s.Number("a") != 1 {
			t.Errorf("%s reopening: the lookups disagree", name)
		}
	}
}

func TestNumbersAreGivenOnceAndNeverAgain(t *testing.T) {
	on := newTable()
	c := open(t, on)
	put(t, c, thing("a"), thing("b"), thing("c"))
	remove(t, c, "c", "b", "nobody", "")
	c = open(t, on)
	change := put(t, c, thing("d"), thing("b"))
	s := c.Snapshot()
	if s.Number("d") != 4 || s.Number("b") != 2 || s.Number("c") != 3 || s.ByID("c") != nil {
		t.Errorf("numbers d %d, b %d, c %d", s.Number("d"), s.Number("b"), s.Number("c"))
	}
	if diff := cmp.Diff([]tactful.ItemNo{2, 4}, change.Listed); diff != "" {
		t.Error(diff)
	}
}

func TestChangesAreTold(t *testing.T) {
	c := open(t, newTable())
	var told []Change
	stop := c.Watch(func(change Change) {
		if change.Snapshot != c.Snapshot() {
			t.Error("a watcher is told before the snapshot stands")
		}
		told = append(told, change)
	})
	put(t, c, thing("a"), thing("b"))
	dearer := thing("a")
	dearer.Price = 200
	change := put(t, c, dearer, thing("b"), thing("c"))
	if len(change.Changed) != 1 || len(change.Listed) != 1 || change.Same != 1 {
		t.Errorf("got %+v", change)
	}
	put(t, c, thing("b")) // nothing changes, nobody is told
	remove(t, c, "b")
	stop()
	remove(t, c, "c")
	if len(told) != 3 || len(told[2].Deleted) != 1 {
		t.Errorf("told %d times", len(told))
	}
}

func TestACallWithOneFaultChangesNothing(t *testing.T) {
	on := newTable()
	c := open(t, on)
	_, err := c.Put(context.Background(), []tactful.Item{thing("a"), {ID: "b"}})
	if tactful.KindOf(err) != tactful.Invalid {
		t.Fatalf("got %v", err)
	}
	if c.Snapshot().Len() != 0 || len(on.parts) != 0 {
		t.Error("something was stored")
	}
}

func TestTheCallersItemsAreCopied(t *testing.T) {
	c := open(t, newTable())
	item := full()
	put(t, c, item)
	item.Categories[0] = "Garden"
	item.Attributes["colour"] = "black"
	if got := c.Snapshot().ByID(item.ID); got.Categories[0] != "Home" || got.Attributes["colour"] != "white" {
		t.Error("the caller can change what is listed")
	}
}

func TestOldSnapshotsDoNotChange(t *testing.T) {
	c := open(t, newTable())
	put(t, c, thing("a"))
	old := c.Snapshot()
	put(t, c, thing("b"), tactful.Item{ID: "a", Title: "New title"})
	remove(t, c, "a")
	if old.ByID("a") == nil || old.ByID("a").Title != "Thing a" || old.ByID("b") != nil || old.Len() != 1 {
		t.Error("an old snapshot changed")
	}
}

func TestNoProductCodeCanBeReadInTheFiles(t *testing.T) {
	on := newTable()
	c := open(t, on)
	put(t, c, full(), thing("CODE-4711"))
	remove(t, c, "CODE-4711")
	for at, p := range on.parts {
		for key, value := range p.rows {
			all := append(append(at.ID[:], key...), value...)
			for _, word := range []string{"21730", "4711", "Glass", "frosted"} {
				if bytes.Contains(all, []byte(word)) {
					t.Errorf("%s can be read", word)
				}
			}
		}
	}
}

// TestManyBuckets crosses the border between partitions and reads every page.
func TestManyBuckets(t *testing.T) {
	on := newTable()
	c := open(t, on)
	var items []tactful.Item
	for i := range 2500 {
		items = append(items, thing(fmt.Sprint("i", i)))
	}
	put(t, c, items...)
	remove(t, c, "i1000", "i1001")
	s := open(t, on).Snapshot()
	if len(on.parts) != 3 || s.Len() != 2498 {
		t.Fatalf("%d partitions, %d items", len(on.parts), s.Len())
	}
	after, seen := "", 0
	for {
		page, next, err := s.List(after, 300)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page {
			if seen++; item != s.All()[seen-1] {
				t.Fatalf("page item %d is not the listed one", seen)
			}
		}
		if next == "" {
			break
		}
		after = next
	}
	if seen != s.Len() {
		t.Errorf("%d items on all pages", seen)
	}
	if page, _, err := s.List("i1000", 1); err != nil || page[0].ID != "i1002" {
		t.Errorf("after a deleted item: %v %v", page, err)
	}
	if _, _, err := s.List("nobody", 1); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("got %v", err)
	}
	if _, _, err := s.List("", 0); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestTwoProcessesDoNotGiveANumberTwice(t *testing.T) {
	on := newTable()
	catalogues := []*Catalogue{open(t, on), open(t, on), open(t, on)}
	var wait sync.WaitGroup
	for i, c := range catalogues {
		wait.Go(func() {
			for n := range 40 {
				for try := 0; ; try++ {
					_, err := c.Put(context.Background(), []tactful.Item{thing(fmt.Sprint("own-", i, "-", n)), thing(fmt.Sprint("shared-", n))})
					if err == nil {
						break
					}
					if tactful.KindOf(err) != tactful.Conflict || try > 100 {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wait.Wait()
	s := open(t, on).Snapshot()
	if s.Len() != 4*40 {
		t.Errorf("%d items, want %d", s.Len(), 4*40)
	}
	seen := map[tactful.ItemNo]bool{}
	for _, item := range s.All() {
		if seen[item.No] {
			t.Fatalf("number %d was given twice", item.No)
		}
		seen[item.No] = true
	}
}

func TestFaultsOfTheStore(t *testing.T) {
	broken := errors.New("disk is full")
	t.Run("a failed call can be sent again", func(t *testing.T) {
		on := newTable()
		c := open(t, on)
		var items []tactful.Item
		for i := range 1500 {
			items = append(items, thing(fmt.Sprint("i", i)))
		}
		on.fault = func(b store.Batch) error {
			if number, _ := bucketNumber(b.Partition); number == 0 {
				return broken
			}
			return nil
		}
		if _, err := c.Put(context.Background(), items); !errors.Is(err, broken) {
			t.Fatalf("got %v", err)
		}
		on.fault = nil
		put(t, c, items...)
		if n := c.Snapshot().Len(); n != 1500 || open(t, on).Snapshot().Len() != 1500 {
			t.Errorf("%d items", n)
		}
	})
	t.Run("an unknown outcome is looked up", func(t *testing.T) {
		for _, applied := range []bool{false, true} {
			on := newTable()
			c := open(t, on)
			first := true
			lose := func(store.Batch) error {
				if first {
					first = false
					return store.ErrUnknown
				}
				return nil
			}
			if applied {
				on.after = lose
			} else {
				on.fault = lose
			}
			put(t, c, thing("a"))
			if s := open(t, on).Snapshot(); s.Len() != 1 || s.Number("a") != 1 || c.Snapshot().Len() != 1 {
				t.Errorf("applied %v: %d items", applied, s.Len())
			}
		}
	})
	t.Run("an endless race ends in a conflict", func(t *testing.T) {
		on := newTable()
		c := open(t, on)
		on.fault = func(store.Batch) error { return store.ErrConflict }
		if _, err := c.Put(context.Background(), []tactful.Item{thing("a")}); tactful.KindOf(err) != tactful.Conflict {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a row that cannot be read stops the start", func(t *testing.T) {
		for name, spoil := range map[string]func(*part){
			"a changed byte":  func(p *part) { p.rows[string(keyOf(1))][6] ^= 1 },
			"a moved row":     func(p *part) { p.rows[string(keyOf(2))] = p.rows[string(keyOf(1))] },
			"a foreign key":   func(p *part) { p.rows["x"] = []byte("y") },
			"a foreign place": func(p *part) { p.rows[string(keyOf(5000))] = []byte("y") },
		} {
			on := newTable()
			put(t, open(t, on), thing("a"))
			spoil(on.parts[partitionOf(0)])
			if _, err := Open(context.Background(), on, crossed{}); err == nil || strings.Contains(err.Error(), "Thing") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

// TestTheCatalogueIsAMap compares random calls with a map.
func TestTheCatalogueIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		on := newTable()
		c, err := Open(context.Background(), on, crossed{})
		if err != nil {
			t.Fatal(err)
		}
		listed := map[string]int64{}
		numbers := map[string]tactful.ItemNo{}
		id := rapid.StringMatching(`[a-f]`)
		for range rapid.IntRange(1, 20).Draw(t, "calls") {
			switch rapid.IntRange(0, 2).Draw(t, "call") {
			case 0:
				var items []tactful.Item
				for _, id := range rapid.SliceOfDistinct(id, rapid.ID).Draw(t, "items") {
					item := thing(id)
					item.Price = rapid.Int64Range(0, 3).Draw(t, "price")
					listed[id] = item.Price
					items = append(items, item)
				}
				if _, err := c.Put(context.Background(), items); err != nil {
					t.Fatal(err)
				}
			case 1:
				ids := rapid.SliceOf(id).Draw(t, "ids")
				for _, id := range ids {
					delete(listed, id)
				}
				if _, err := c.Delete(context.Background(), ids...); err != nil {
					t.Fatal(err)
				}
			case 2:
				if c, err = Open(context.Background(), on, crossed{}); err != nil {
					t.Fatal(err)
				}
			}
			s := c.Snapshot()
			if s.Len() != len(listed) {
				t.Fatalf("%d items, want %d", s.Len(), len(listed))
			}
			for id, price := range listed {
				item := s.ByID(id)
				if item == nil || item.Price != price || s.ByNo(item.No) != item {
					t.Fatalf("%s: %+v", id, item)
				}
				if no, known := numbers[id]; known && no != item.No {
					t.Fatalf("%s had number %d, now %d", id, no, item.No)
				}
				numbers[id] = item.No
			}
		}
	})
}

// TestReadersAndWritersTogether is for the race detector: lookups are made at
// the first use, by whichever reader comes first.
func TestReadersAndWritersTogether(t *testing.T) {
	c := open(t, newTable())
	var items []tactful.Item
	for i := range 1200 {
		items = append(items, tactful.Item{ID: fmt.Sprint("i", i), Title: fmt.Sprint("thing ", i%50), Categories: []string{"Home"}, Group: "g"})
	}
	put(t, c, items...)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 20 {
				s := c.Snapshot()
				n := s.Len()
				if len(s.Search("thing", 5000)) != n || len(s.Category("Home")) != n || len(s.Group("g")) != n || s.Categories()[0].Items != n {
					t.Error("one snapshot gives different answers")
					return
				}
			}
		})
	}
	for i := range 20 {
		put(t, c, tactful.Item{ID: fmt.Sprint("new", i), Title: "thing", Categories: []string{"Home"}, Group: "g"})
	}
	wait.Wait()
}
