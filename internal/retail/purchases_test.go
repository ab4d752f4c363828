package retail

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestUnpackGivesBackWhatPackTook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.Custom(func(t *rapid.T) Line {
			return Line{rapid.Uint32Range(0, 9).Draw(t, "item"), rapid.Uint32Range(0, 1<<31-1).Draw(t, "quantity"), rapid.Uint32Range(0, 1<<31-1).Draw(t, "pence")}
		})
		order := rapid.Custom(func(t *rapid.T) Order {
			return Order{rapid.Uint32().Draw(t, "number"), rapid.Uint32().Draw(t, "minute"),
				OrderKind(rapid.IntRange(0, 1).Draw(t, "kind")), rapid.SliceOfN(line, 0, 4).Draw(t, "lines")}
		})
		shopper := rapid.Custom(func(t *rapid.T) Shopper {
			return Shopper{rapid.Uint32().Draw(t, "number"), rapid.SliceOfN(order, 0, 4).Draw(t, "orders")}
		})
		all := rapid.SliceOfN(shopper, 0, 5).Draw(t, "shoppers")
		packed, err := Pack(all)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Unpack(packed, 10)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestUnpackRefuses(t *testing.T) {
	packed, err := Pack([]Shopper{{Number: 7, Orders: []Order{{Number: 1, Lines: []Line{{Item: 3, Quantity: 1}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"nothing":         {},
		"another file":    []byte("PK\x03\x04"),
		"a cut file":      packed[:len(packed)-3],
		"the bare header": []byte(magic),
	} {
		if got, err := Unpack(data, 10); err == nil || got != nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := Unpack(packed, 3); err == nil {
		t.Error("a line about an item that is not there was taken")
	}
}

func FuzzUnpack(f *testing.F) {
	packed, err := Pack([]Shopper{{Number: 12346, Orders: []Order{
		{Number: 541431, Minute: 69001, Lines: []Line{{Item: 2, Quantity: 74215, Pence: 104}}},
		{Number: 541433, Minute: 69017, Kind: Cancellation, Lines: []Line{{Item: 2, Quantity: 74215, Pence: 104}}},
	}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add(packed[:len(packed)/2])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		shoppers, err := Unpack(data, 5)
		if err != nil && shoppers != nil {
			t.Error("a fault gave a part of the data")
		}
		for _, s := range shoppers {
			for _, o := range s.Orders {
				for _, l := range o.Lines {
					if l.Item >= 5 {
						t.Errorf("item %d of 5", l.Item)
					}
				}
			}
		}
	})
}
