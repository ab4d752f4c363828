package decision

import (
	"testing"

	"github.com/tactful/tactful"
)

func TestAnItemNobodyLookedAtIsOfEveryClass(t *testing.T) {
	labels := &Labels{Of: []Classes{0, Classes(0).With(3)}}
	for _, c := range []struct {
		labels *Labels
		item   tactful.ItemNo
		has    Classes
	}{
		{nil, 1, ^Classes(0)},
		{labels, 0, 0},
		{labels, 1, 1 << 3},
		{labels, 2, ^Classes(0)},
	} {
		if got := c.labels.At(c.item); got != c.has {
			t.Errorf("item %d: %b, want %b", c.item, got, c.has)
		}
	}
}

func TestAClassBeyondTheTaxonomyIsInNoSet(t *testing.T) {
	if s := Classes(0).With(63); !s.Has(63) || s.Has(62) {
		t.Errorf("%b", s)
	}
	if s := Classes(0).With(MaxClasses); s != 0 || (^Classes(0)).Has(MaxClasses) {
		t.Errorf("%b", s)
	}
}
