package disk

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful/store"
)

func drawPartition(t *rapid.T) store.Partition {
	p := store.Partition{Section: store.Section(rapid.ByteRange(1, 254).Draw(t, "section"))}
	copy(p.ID[:], rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x7F, 0xFE, 0xFF}), 16, 16).Draw(t, "id"))
	return p
}

func TestKeysKeepTheOrderOfWhatTheyAreMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type part struct {
			p store.Partition
			f store.Family
			k []byte
		}
		draw := func() part {
			return part{drawPartition(t), store.Family(rapid.ByteRange(1, 2).Draw(t, "family")),
				rapid.SliceOfN(rapid.Byte(), 1, store.MaxKeyBytes).Draw(t, "key")}
		}
		a, b := draw(), draw()
		if rapid.Bool().Draw(t, "same partition") {
			b.p = a.p
		}
		flat := func(x part) []byte {
			return append(append(append([]byte{byte(x.p.Section)}, x.p.ID[:]...), byte(x.f)), x.k...)
		}
		ka, kb := appendKey(nil, a.p, a.f, a.k), appendKey(nil, b.p, b.f, b.k)
		if bytes.Compare(ka, kb) != bytes.Compare(flat(a), flat(b)) {
			t.Fatal("the order of keys differs from the order of their parts")
		}
		p, f, k, ok := splitKey(ka)
		if !ok || p != a.p || f != a.f || !bytes.Equal(k, a.k) {
			t.Fatalf("a key does not come back: %v %v %x", p, f, k)
		}
		prefix := appendPrefix(nil, a.p)
		after := appendAfter(nil, prefix)
		if bytes.Compare(ka, after) >= 0 || bytes.Compare(versionKey(nil, a.p), ka) >= 0 {
			t.Fatal("a key lies outside of its partition")
		}
		if a.p != b.p && bytes.Compare(kb, prefix) >= 0 && bytes.Compare(kb, after) < 0 {
			t.Fatal("a foreign key lies inside of the partition")
		}
	})
}

func TestValuesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := store.Row{Value: rapid.SliceOf(rapid.Byte()).Draw(t, "value")}
		if rapid.Bool().Draw(t, "expires") {
			row.Expires = time.Unix(rapid.Int64Range(1, 1<<40).Draw(t, "seconds"), 0).UTC()
		}
		stored := appendValue(nil, &row)
		if len(stored) != storedLen(&row) {
			t.Fatalf("%d bytes stored, %d announced", len(stored), storedLen(&row))
		}
		expires, value, err := splitValue(stored)
		if err != nil || !bytes.Equal(value, row.Value) || !expiryTime(expires).Equal(row.Expires) {
			t.Fatalf("came back as %x, %v, %v", value, expiryTime(expires), err)
		}
	})
}

func FuzzStored(f *testing.F) {
	f.Add([]byte(nil), []byte(nil))
	f.Add(versionKey(nil, store.Partition{Section: 1}), appendVersion(nil, 7))
	f.Add(appendKey(nil, store.Partition{Section: 1}, store.Log, []byte("k")), appendValue(nil, &store.Row{Value: []byte("v")}))
	f.Add([]byte{0xFF}, bytes.Repeat([]byte{0xFF}, 11))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if p, family, k, ok := splitKey(key); ok && !bytes.Equal(appendKey(nil, p, family, k), key) {
			t.Error("a key changed on its way through its parts")
		}
		if expires, rest, err := splitValue(value); err == nil && (len(rest) >= len(value) || expires > 1<<62) {
			t.Error("a value was taken apart wrongly")
		}
		if v, err := parseVersion(value); err == nil && (v == store.Absent || v == store.Blind) {
			t.Error("a version that no store writes was accepted")
		}
		if stored, err := checkFormatText(value); err == nil && stored < 1 {
			t.Error("an impossible format was accepted")
		}
	})
}

func checkFormatText(content []byte) (int, error) {
	if err := checkFormat(string(content)); err != nil {
		return 0, err
	}
	return formatVersion, nil
}
