package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestValidateNamesTheField(t *testing.T) {
	many := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprint("c", i))
		}
		return list
	}
	for _, test := range []struct {
		field  string
		change func(*tactful.Item)
	}{
		{"id", func(it *tactful.Item) { it.ID = "" }},
		{"id", func(it *tactful.Item) { it.ID = strings.Repeat("x", 129) }},
		{"id", func(it *tactful.Item) { it.ID = "a\nb" }},
		{"title", func(it *tactful.Item) { it.Title = "" }},
		{"title", func(it *tactful.Item) { it.Title = strings.Repeat("x", 513) }},
		{"title", func(it *tactful.Item) { it.Title = "a\xff" }},
		{"title", func(it *tactful.Item) { it.Title = "a\u202eb" }},
		{"url", func(it *tactful.Item) { it.URL = "javascript:alert(1)" }},
		{"url", func(it *tactful.Item) { it.URL = "//elsewhere.example/" }},
		{"url", func(it *tactful.Item) { it.URL = `/\elsewhere.example/` }},
		{"image", func(it *tactful.Item) { it.Image = "data:text/html,x" }},
		{"categories", func(it *tactful.Item) { it.Categories = many(17) }},
		{"categories[1]", func(it *tactful.Item) { it.Categories = []string{"a", ""} }},
		{"price", func(it *tactful.Item) { it.Price = -2 }},
		{"currency", func(it *tactful.Item) { it.Currency = "eur" }},
		{"availability", func(it *tactful.Item) { it.Availability = 99 }},
		{"group", func(it *tactful.Item) { it.Group = strings.Repeat("x", 129) }},
		{"attributes", func(it *tactful.Item) {
			it.Attributes = map[string]string{}
			for _, key := range many(65) {
				it.Attributes[key] = ""
			}
		}},
		{"attributes[0].key", func(it *tactful.Item) { it.Attributes = map[string]string{"": "x"} }},
		{"attributes[0].value", func(it *tactful.Item) { it.Attributes = map[string]string{"a": strings.Repeat("x", 513)} }},
		{"labels[0]", func(it *tactful.Item) { it.Labels = []string{""} }},
		{"validFrom", func(it *tactful.Item) { it.ValidFrom = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"validUntil", func(it *tactful.Item) { it.ValidUntil = it.ValidFrom }},
		{"regions[0]", func(it *tactful.Item) { it.Regions = []string{"Germany"} }},
		{"regions", func(it *tactful.Item) { it.Regions = many(301) }},
	} {
		item := full()
		test.change(&item)
		err := Validate([]tactful.Item{thing("x"), item})
		var e *tactful.Error
		if !errors.As(err, &e) || e.Kind != tactful.Invalid || e.Field != "items[1]."+test.field || e.Remedy == "" {
			t.Errorf("items[1].%s: got %v", test.field, err)
		}
	}
	if err := Validate([]tactful.Item{full(), thing("x")}); err != nil {
		t.Errorf("good items: %v", err)
	}
}

func TestValidateNamesAllFaultsAtOnce(t *testing.T) {
	err := Validate([]tactful.Item{{ID: "a"}, {Title: "b", Price: -5}, {ID: "a", Title: "c"}})
	for _, field := range []string{"items[0].title", "items[1].id", "items[1].price", "items[2].id: is the same as that of items[0]"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named in %v", field, err)
		}
	}
	bad := make([]tactful.Item, 500)
	several, ok := Validate(bad).(interface{ Unwrap() []error })
	if !ok || len(several.Unwrap()) != maxFaults {
		t.Error("the number of faults is not bounded")
	}
	if err := Validate(make([]tactful.Item, MaxItems+1)); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("too many items: %v", err)
	}
}
