package catalog

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
)

func TestAShortIDHasTheNumberOfTheMap(t *testing.T) {
	id := rapid.StringOfN(rapid.RuneFrom([]rune("aAb0-")), 1, mostShort+3, -1)
	rapid.Check(t, func(t *rapid.T) {
		ids := map[string]tactful.ItemNo{}
		for _, name := range rapid.SliceOf(id).Draw(t, "ids") {
			if ids[name] == 0 {
				ids[name] = tactful.ItemNo(len(ids) + 1)
			}
		}
		s := newShortIDs(ids)
		asked := rapid.SliceOf(id).Draw(t, "asked")
		for name := range ids {
			asked = append(asked, name, name+"0", name[:len(name)-1])
		}
		for _, name := range asked {
			no, short := s.find([]byte(name))
			if short != (len(name) >= 1 && len(name) <= mostShort) {
				t.Fatalf("%q: short is %v", name, short)
			}
			if short && no != ids[name] {
				t.Fatalf("%q has the number %d, found %d", name, ids[name], no)
			}
		}
	})
}

func TestEveryItemIsFoundByItsIDWhateverItsLength(t *testing.T) {
	var items []tactful.Item
	for n := range 400 {
		items = append(items, tactful.Item{ID: fmt.Sprintf("%0*d", 3+n%30, n), Title: "Thing"})
	}
	s, err := NewSnapshot(items[:300])
	if err != nil {
		t.Fatal(err)
	}
	for i := range items {
		want := s.Number(items[i].ID)
		if (want == 0) != (i >= 300) {
			t.Fatalf("item %d has the number %d", i, want)
		}
		if no := s.NumberOf([]byte(items[i].ID)); no != want {
			t.Fatalf("%s has the number %d, found %d", items[i].ID, want, no)
		}
	}
	if (&Snapshot{}).NumberOf([]byte("nothing")) != 0 {
		t.Error("an empty catalogue knows an id")
	}
}

func BenchmarkNumberOf(b *testing.B) {
	var items []tactful.Item
	for n := range 4000 {
		items = append(items, tactful.Item{ID: fmt.Sprint(20000 + 7*n), Title: "Thing"})
	}
	s, err := NewSnapshot(items)
	if err != nil {
		b.Fatal(err)
	}
	ids := make([][]byte, len(items))
	for i := range ids {
		ids[i] = []byte(items[i*2741%len(items)].ID)
	}
	b.Run("short", func(b *testing.B) {
		for i := range b.N {
			s.NumberOf(ids[i%len(ids)])
		}
	})
	b.Run("map", func(b *testing.B) {
		for i := range b.N {
			_ = s.ids[string(ids[i%len(ids)])]
		}
	})
}
