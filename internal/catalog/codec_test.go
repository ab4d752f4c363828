package catalog

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
)

func TestTheStoredFormIsComplete(t *testing.T) {
	for name, item := range map[string]tactful.Item{"full": full(), "least": {ID: "a", Title: "b"}, "unknown price": {ID: "a", Title: "b", Price: -1}} {
		r, err := decodeItem(encodeItem(nil, &item))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(item, r.item); diff != "" || r.deleted {
			t.Errorf("%s: %s", name, diff)
		}
	}
	r, err := decodeItem(encodeTombstone(nil, "gone"))
	if err != nil || !r.deleted || r.item.ID != "gone" {
		t.Errorf("tombstone: %+v %v", r, err)
	}
}

func TestEveryCutAndEveryTailIsRefused(t *testing.T) {
	item := full()
	whole := encodeItem(nil, &item)
	for n := range whole {
		if _, err := decodeItem(whole[:n]); err == nil {
			t.Fatalf("%d of %d bytes were read as an item", n, len(whole))
		}
	}
	if _, err := decodeItem(append(whole, 0)); err == nil {
		t.Error("a tail was passed over")
	}
	if _, err := decodeItem([]byte{codecVersion + 1, 0, 1, 'a'}); err == nil {
		t.Error("another version was read")
	}
}

func FuzzDecodeItem(f *testing.F) {
	item := full()
	f.Add(encodeItem(nil, &item))
	f.Add(encodeItem(nil, &tactful.Item{ID: "a", Title: "b"}))
	f.Add(encodeTombstone(nil, "gone"))
	f.Add([]byte{1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := decodeItem(b)
		if err != nil {
			return
		}
		plain := encodeTombstone(nil, first.item.ID)
		if !first.deleted {
			plain = encodeItem(nil, &first.item)
		}
		second, err := decodeItem(plain)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again := encodeTombstone(nil, second.item.ID)
		if !second.deleted {
			again = encodeItem(nil, &second.item)
		}
		if !bytes.Equal(plain, again) {
			t.Fatal("the form is not stable")
		}
	})
}

func TestACountOfPiecesIsKeptAndNoCountIsNone(t *testing.T) {
	for _, n := range []int64{-1, 0, 3, MaxStock} {
		it := tactful.Item{ID: "a", Title: "A", Price: -1}
		if n >= 0 {
			it.Stock = &n
		}
		got, err := decodeItem(encodeItem(nil, &it))
		if err != nil || (got.item.Stock == nil) != (n < 0) || n >= 0 && *got.item.Stock != n {
			t.Errorf("%d: %+v %v", n, got.item, err)
		}
	}
}
