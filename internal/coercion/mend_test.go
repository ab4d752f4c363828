package coercion

import (
	"slices"
	"strings"
	"testing"
)

func TestTornWordsAreMendedAndWholeOnesStay(t *testing.T) {
	known := vocabulary{"cannot", "hurry", "in", "left", "not", "only", "on", "stock", "store"}
	slices.Sort(known)
	for _, c := range []struct{ torn, whole string }{
		{"hur ry ! on ly 0 le ft", "hurry ! only 0 left"},
		{"h u r r y", "hurry"},
		{"in store", "in store"},
		{"on ly in st ock", "only in stock"},
		{"blue suede shoes", "blue suede shoes"},
		{"0 left", "0 left"},
		{"", ""},
	} {
		if got := strings.Join(known.mended(strings.Fields(c.torn)), " "); got != c.whole {
			t.Errorf("%q became %q, want %q", c.torn, got, c.whole)
		}
	}
}
