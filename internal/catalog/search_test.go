package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
)

func shelf(t testing.TB, titles ...string) *Snapshot {
	t.Helper()
	var items []tactful.Item
	for i, title := range titles {
		title, category, _ := strings.Cut(title, "|")
		item := tactful.Item{ID: fmt.Sprint("code-", i+1), Title: title}
		if category != "" {
			item.Categories = strings.Split(category, "/")
		}
		items = append(items, item)
	}
	s, err := NewSnapshot(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSearch(t *testing.T) {
	s := shelf(t,
		"WHITE HANGING HEART T-LIGHT HOLDER|Home/Light", // 1
		"Red mug", // 2
		"Mugs, set of six",
		"Café crème cup",
		"Straße der Rosen", // 5
		"Baker's dozen box",
		"Heart of glass",
		"Lamp|Home/Light", // 8
		"Light switch",
		"مِصباح أحمر", // 10
		"Red lamp shade in red",
	)
	for _, test := range []struct {
		query string
		want  []int
	}{
		{"mug", []int{2, 3}},
		{"MUGS", []int{2, 3}},
		{"cafe creme", []int{4}},
		{"CAFÉ", []int{4}},
		{"strasse", []int{5}},
		{"bakers", []int{6}},
		{"heart hol", []int{1, 7}},
		{"hea", []int{7, 1}},
		{"red lamp", []int{11, 2, 8}},
		{"مصباح", []int{10}},
		{"code-9", []int{9}},
		{"xyzzy", nil},
		{"", nil},
		{" -!? ", nil},
	} {
		var got []int
		for i, hit := range s.Search(test.query, 10) {
			if hit.Score <= 0 {
				t.Errorf("%q: a hit with score %v", test.query, hit.Score)
			}
			if i < 3 {
				got = append(got, int(hit.Item.No))
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: %s", test.query, diff)
		}
	}
}

func TestTitlesWeighMoreThanCategories(t *testing.T) {
	s := shelf(t, "Lamp|Garden", "Garden gnome|Figures")
	if hits := s.Search("garden", 2); len(hits) != 2 || hits[0].Item.No != 2 {
		t.Errorf("got %+v", hits)
	}
}

func TestSearchIsTheSameOverBuckets(t *testing.T) {
	var titles []string
	for i := range 3000 {
		titles = append(titles, fmt.Sprintf("thing %d colour %d", i, i%7))
	}
	s := shelf(t, titles...)
	hits := s.Search("colour 3", 5000)
	if len(hits) != 3000 {
		t.Fatalf("%d hits", len(hits))
	}
	for i, hit := range hits {
		if i > 0 && (hit.Score > hits[i-1].Score || hit.Score == hits[i-1].Score && hit.Item.No < hits[i-1].Item.No) {
			t.Fatalf("hit %d is out of order", i)
		}
	}
	both := slices.IndexFunc(hits, func(h Hit) bool { return !strings.Contains(h.Item.Title, "colour 3") })
	if both < 400 {
		t.Errorf("an item with one of the words is hit %d", both)
	}
	if again := s.Search("colour 3", 7); !cmp.Equal(again, hits[:7]) {
		t.Error("the limit changes the order")
	}
}

func TestSearchTakesAnyQuery(t *testing.T) {
	s := shelf(t, "Lamp", "Mug")
	for _, query := range []string{"\x00\xff", strings.Repeat("lamp ", 500), strings.Repeat("x", 5000), "ﷺ", "'"} {
		s.Search(query, 3)
	}
}

func TestCategoriesAndGroups(t *testing.T) {
	s, err := NewSnapshot([]tactful.Item{
		{ID: "1", Title: "a", Categories: []string{"Home", "Light"}, Group: "g"},
		{ID: "2", Title: "b", Categories: []string{"Home"}},
		{ID: "3", Title: "c", Categories: []string{"Garden", "Light", "Light"}, Group: "g"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Branch{
		{Name: "Garden", Items: 1, Branches: []Branch{{Name: "Light", Items: 1, Branches: []Branch{{Name: "Light", Items: 1}}}}},
		{Name: "Home", Items: 2, Branches: []Branch{{Name: "Light", Items: 1}}},
	}
	if diff := cmp.Diff(want, s.Categories()); diff != "" {
		t.Error(diff)
	}
	if got := s.Category("Light"); len(got) != 2 || got[0].ID != "1" || got[1].ID != "3" {
		t.Errorf("in Light: %d", len(got))
	}
	if len(s.Category("None")) != 0 || len(s.Group("g")) != 2 || len(s.Group("")) != 0 {
		t.Error("groups or categories are wrong")
	}
}

func many(b *testing.B, n int) *Snapshot {
	words := strings.Fields("white red blue hanging heart light holder mug cup plate set of six vintage garden box tin paper bag retro spot lunch cake stand candle glass star frosted wooden frame")
	titles := make([]string, n)
	for i := range titles {
		titles[i] = strings.ToUpper(strings.Join([]string{words[i%30], words[i/30%29], words[i*7%30], words[i*13%23]}, " ")) + "|Home/" + words[i%11]
	}
	s := shelf(b, titles...)
	s.Search("warm up", 1)
	return s
}

func BenchmarkSearch4000(b *testing.B)   { benchmarkSearch(b, 4000) }
func BenchmarkSearch100000(b *testing.B) { benchmarkSearch(b, 100_000) }

func benchmarkSearch(b *testing.B, n int) {
	s := many(b, n)
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Search("heart holder gla", 200)) == 0 {
			b.Fatal("nothing found")
		}
	}
}

func BenchmarkPutOneOf100000(b *testing.B) {
	c := open(b, newTable())
	var items []tactful.Item
	for i := range 100_000 {
		items = append(items, tactful.Item{ID: fmt.Sprint("i", i), Title: fmt.Sprint("thing ", i), Categories: []string{"Home", fmt.Sprint("Shelf ", i%200)}})
	}
	for chunk := range slices.Chunk(items, MaxItems) {
		put(b, c, chunk...)
	}
	n := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		put(b, c, tactful.Item{ID: "i5", Title: "thing", Price: n})
	}
}
