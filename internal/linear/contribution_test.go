package linear

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
)

func anyContribution(maxNo int) *rapid.Generator[*Contribution] {
	return rapid.Custom(func(t *rapid.T) *Contribution {
		nos := rapid.SliceOfNDistinct(rapid.IntRange(1, maxNo), 1, 9, rapid.ID[int]).Draw(t, "numbers")
		held := make([]int64, maxNo+1)
		for _, no := range nos {
			q := rapid.Int64Range(-64, 128).Draw(t, "quantity")
			if q == 0 {
				q = 64
			}
			held[no] = q
		}
		c := &Contribution{Epoch: 1, Weight: rapid.Int64Range(1, 1<<20).Draw(t, "weight")}
		for no, q := range held {
			if q != 0 {
				c.Items = append(c.Items, Entry{No: tactful.ItemNo(no), Quantity: q})
			}
		}
		return c
	})
}

func TestContributionSurvivesItsStoredForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyContribution(500).Draw(t, "contribution")
		back, err := DecodeContribution(c.AppendBinary(nil))
		if err != nil || !back.Equal(c) {
			t.Fatalf("came back as %v, %v", back, err)
		}
	})
}

func TestContributionRefusesWhatTheSumsCannotHold(t *testing.T) {
	one := func(no tactful.ItemNo, q int64) []Entry { return []Entry{{No: no, Quantity: q}} }
	for _, c := range []struct {
		name  string
		given Contribution
		ok    bool
	}{
		{"one item of one unit is taken", Contribution{Weight: 1, Items: one(1, 64)}, true},
		{"nothing at all is taken", Contribution{}, true},
		{"a negative quantity is taken", Contribution{Weight: 1, Items: one(1, -64)}, true},
		{"a negative weight is refused", Contribution{Weight: -1, Items: one(1, 64)}, false},
		{"a huge weight is refused", Contribution{Weight: MaxWeight + 1, Items: one(1, 64)}, false},
		{"item number 0 is refused", Contribution{Weight: 1, Items: one(0, 64)}, false},
		{"an item number beyond the largest is refused", Contribution{Weight: 1, Items: one(MaxItemNo+1, 64)}, false},
		{"quantity 0 is refused", Contribution{Weight: 1, Items: one(1, 0)}, false},
		{"a huge quantity is refused", Contribution{Weight: 1, Items: one(1, MaxQuantity+1)}, false},
		{"the same item twice is refused", Contribution{Weight: 1, Items: []Entry{{1, 1}, {1, 1}}}, false},
		{"too many items are refused", Contribution{Weight: 1, Items: make([]Entry, MaxEntries+1)}, false},
	} {
		if err := c.given.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzDecodeContribution(f *testing.F) {
	f.Add((&Contribution{Epoch: 3, Weight: 77, Items: []Entry{{1, 64}, {9, -5}}}).AppendBinary(nil))
	f.Add([]byte{0, 0, 0})
	f.Add([]byte{1, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeContribution(b)
		if err != nil {
			return
		}
		if err := c.Validate(); err != nil {
			t.Fatalf("decoded what Validate refuses: %v", err)
		}
		if again := c.AppendBinary(nil); !bytes.Equal(again, b) {
			t.Fatalf("%x came back as %x", b, again)
		}
	})
}
