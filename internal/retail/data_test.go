package retail

import (
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

var day = time.Date(2026, 3, 5, 15, 4, 0, 0, time.UTC)

func loaded(t testing.TB) *Data {
	t.Helper()
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEmbeddedFileHoldsThePublishedCounts(t *testing.T) {
	d := loaded(t)
	// 541,909 rows, of them 135,080 without customer and 2,019 that are not goods.
	if d.Lines() != 404_810 || d.Shoppers() != 4_372 || len(d.Items()) != 3_673 {
		t.Errorf("lines %d, customers %d, items %d", d.Lines(), d.Shoppers(), len(d.Items()))
	}
	if size := len(purchasesZst) + len(itemsTSV) + len(categoriesTSV); size > 4<<20 {
		t.Errorf("the embedded files have %d bytes, at most 4 MB are agreed", size)
	}
}

func TestEveryItemCanBeSold(t *testing.T) {
	other, groups := 0, map[string]int{}
	for _, it := range loaded(t).Items() {
		if it.Title == "" || len(it.Title) > 512 || len(it.Categories) == 0 || it.Price == 0 || it.Currency != "GBP" {
			t.Errorf("item %s is incomplete: %+v", it.ID, it)
		}
		if it.Title == strings.ToUpper(it.Title) && len(it.Title) > 6 {
			t.Errorf("item %s still shouts: %s", it.ID, it.Title)
		}
		if it.Categories[0] == "Other" {
			other++
		}
		if it.Group != "" {
			groups[it.Group]++
		}
	}
	if share := float64(other) / float64(len(loaded(t).Items())); share > 0.10 {
		t.Errorf("%.0f %% are in Other", 100*share)
	}
	if groups["18097"] < 2 {
		t.Error("the colours of the tall porcelain T-light holder are not one group")
	}
	for group, n := range groups {
		if n < 2 {
			t.Errorf("group %s has a single member", group)
		}
	}
}

func TestCategoryFileNamesTheSameCodesAsTheItemFile(t *testing.T) {
	paths, err := parseCategories(categoriesTSV)
	if err != nil {
		t.Fatal(err)
	}
	items := loaded(t).Items()
	if len(paths) != len(items) {
		t.Errorf("%d categories for %d items", len(paths), len(items))
	}
}

func TestDamagedTablesAreRefused(t *testing.T) {
	for name, tsv := range map[string][2]string{
		"an item without a price":    {"10002\tx\tTin\n", "10002\tToys\n"},
		"an item with a field short": {"10002\t5\n", "10002\tToys\n"},
		"a category without a path":  {"10002\t5\tTin\n", "10002\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := load(tsv[0], tsv[1], purchasesZst); err == nil {
				t.Error("was taken")
			}
		})
	}
}

func TestColourIsTheFirstOneNamed(t *testing.T) {
	for title, want := range map[string]string{
		"Red retrospot mug": "red", "Pink and black string curtain": "pink", "Coloured glass": "", "Redwood stool": "",
	} {
		if got := Colour(title); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
}

func TestPeopleAreFiveWithDifferentTastes(t *testing.T) {
	tastes := map[string]bool{}
	for _, p := range loaded(t).People() {
		t.Logf("%d: %s, %d orders, %d items", p.Number, p.Taste, p.Orders, p.Items)
		tastes[p.Taste] = true
		if p.Orders < fewestOrders || p.Items < fewestItems || p.Alias.Kind != tactful.UserID {
			t.Errorf("%+v has too little to go by", p)
		}
	}
	if len(tastes) != peopleShown {
		t.Errorf("tastes: %v", tastes)
	}
}

func FuzzTables(f *testing.F) {
	f.Add("10002\t85\tInflatable globe\n85123A\t-1\tHeart\n", "10002\tToys & games/Toys\n")
	f.Add("", "\n")
	f.Add("10002\t99999999999\tx\n", "10002\t/\n")
	f.Fuzz(func(t *testing.T, items, categories string) {
		paths, err := parseCategories(categories)
		if err != nil {
			return
		}
		listed, err := parseItems(items, paths)
		if err != nil && listed != nil {
			t.Error("a fault gave a part of the table")
		}
		for _, it := range listed {
			if it.Title == "" || len(it.ID) < 5 {
				t.Errorf("item %+v", it)
			}
		}
	})
}
