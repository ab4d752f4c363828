package records

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestWhatWasToldComesBackAsItWas(t *testing.T) {
	for _, told := range []*decision.Told{{Week: 2967}, {Week: 1, Items: []tactful.ItemNo{1}}, {Week: -3, Items: []tactful.ItemNo{1, 2, 900, 1<<32 - 1}}} {
		got, err := decodeTold(appendTold(nil, told))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(told, got); diff != "" {
			t.Error(diff)
		}
	}
	for name, plain := range map[string][]byte{
		"nothing": {}, "another version": {9, 0, 0}, "an item twice": {wireVersion, 2, 2, 5, 0}, "an item too few": {wireVersion, 2, 2, 5}, "something behind it": {wireVersion, 2, 0, 1},
		"a number too large": {wireVersion, 2, 1, 0xff, 0xff, 0xff, 0xff, 0x7f},
	} {
		if got, err := decodeTold(plain); err == nil {
			t.Errorf("%s reads as %+v", name, got)
		}
	}
}

func FuzzDecodeTold(f *testing.F) {
	f.Add(appendTold(nil, &decision.Told{Week: 2967, Items: []tactful.ItemNo{3, 700}}))
	f.Add([]byte{wireVersion, 2, 2, 5, 0})
	f.Fuzz(func(t *testing.T, plain []byte) {
		told, err := decodeTold(plain)
		if err != nil {
			return
		}
		if again := appendTold(nil, told); !bytes.Equal(again, plain) {
			t.Errorf("%x is written %x", plain, again)
		}
	})
}
