package decision

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
)

func TestShelves(t *testing.T) {
	s := NewShelves([]*tactful.Item{
		{No: 1, Title: "Red spotty bag", Categories: []string{"Home", "Bags", "Home"}},
		{No: 2, Title: "Bag, blue spotty, 30 cm", Categories: []string{"Home", "Bags"}},
		{No: 4, Title: "Spotty bag", Group: "g1"},
		{No: 5, Title: "Something else", Group: "g1"},
		{No: 6, Title: "Lamp"},
		{No: 7, Title: "Red lamp"},
		{No: 8, Title: "Rote Lampe aus Glas"},
		{No: 9, Title: "Grüne Lampe aus Glas"},
	})
	if diff := cmp.Diff([]string{"Home", "Bags"}, s.Names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint16{0, 1}, s.At(1)); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name  string
		a, b  tactful.ItemNo
		alike bool
	}{
		{"another colour, size and order of words", 1, 2, true},
		{"variants of one product", 4, 5, true},
		{"the same in German", 8, 9, true},
		{"a group is not a title", 1, 4, false},
		{"one word is too little to go by", 6, 7, false},
		{"no such item", 1, 3, false},
		{"beyond the catalogue", 1, 99, false},
	} {
		if got := s.Alike(c.a, c.b); got != c.alike {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if s.At(3) != nil || s.At(99) != nil || (*Shelves)(nil).At(1) != nil || NewShelves(nil).At(1) != nil {
		t.Error("something stands where nothing is")
	}
}
