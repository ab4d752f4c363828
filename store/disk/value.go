package disk

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful/store"
)

// errDamaged reports a stored row that this format cannot have written. The
// text carries no key: keys say who.
var errDamaged = errors.New("a stored row is damaged")

// never is the stored expiry of rows that do not expire.
const never = 0

// seconds is the stored form of an expiry.
func seconds(expires time.Time) uint64 {
	if expires.IsZero() {
		return never
	}
	return uint64(max(expires.Unix(), 1))
}

// expired reports whether a stored expiry has come at the given time.
func expired(stored uint64, now time.Time) bool {
	return stored != never && now.Unix() >= int64(stored)
}

// appendValue appends the stored form of a row's value.
func appendValue(dst []byte, row *store.Row) []byte {
	dst = binary.AppendUvarint(dst, seconds(row.Expires))
	return append(dst, row.Value...)
}

// storedLen is the length that appendValue will add.
func storedLen(row *store.Row) int {
	return uvarintLen(seconds(row.Expires)) + len(row.Value)
}

func uvarintLen(v uint64) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}

// splitValue takes a stored value apart; the value aliases the input.
func splitValue(stored []byte) (expires uint64, value []byte, err error) {
	expires, n := binary.Uvarint(stored)
	if n <= 0 || expires > 1<<62 {
		return 0, nil, errDamaged
	}
	return expires, stored[n:], nil
}

// expiryTime is the inverse of seconds.
func expiryTime(stored uint64) time.Time {
	if stored == never {
		return time.Time{}
	}
	return time.Unix(int64(stored), 0).UTC()
}

func appendVersion(dst []byte, v store.Version) []byte {
	return binary.AppendUvarint(dst, uint64(v))
}

func parseVersion(stored []byte) (store.Version, error) {
	v, n := binary.Uvarint(stored)
	if n <= 0 || n != len(stored) || store.Version(v) == store.Absent || store.Version(v) == store.Blind {
		return 0, errDamaged
	}
	return store.Version(v), nil
}

// keepFirst is the merge of Log rows: of all rows ever inserted under one key
// the oldest stays. Pebble applies it at reads and in compactions, so that an
// insert needs neither a lock nor a look. Every row passes through once, so
// the mergers are pooled.
func keepFirst() *pebble.Merger {
	pool := &sync.Pool{}
	pool.New = func() any { return &first{pool: pool} }
	return &pebble.Merger{
		Name: "tactful.first.1",
		Merge: func(_, value []byte) (pebble.ValueMerger, error) {
			f := pool.Get().(*first)
			f.value = append(f.value[:0], value...)
			return f, nil
		},
	}
}

type first struct {
	value []byte
	pool  *sync.Pool
}

func (f *first) MergeNewer([]byte) error { return nil }

func (f *first) MergeOlder(value []byte) error {
	f.value = append(f.value[:0], value...)
	return nil
}

// Finish lends the value until Pebble closes the merger.
func (f *first) Finish(bool) ([]byte, io.Closer, error) { return f.value, f, nil }

// Close returns the merger; one that carried a huge row is let go.
func (f *first) Close() error {
	if cap(f.value) <= maxPooled {
		f.pool.Put(f)
	}
	return nil
}

const maxPooled = 16 << 10
