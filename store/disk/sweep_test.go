package disk

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tactful/tactful/store"
)

func TestSweepRemovesWhatHasExpiredAndNothingElse(t *testing.T) {
	for _, flush := range []bool{false, true} { // in memory and tables; in tables only
		d := open(t, "store", Options{FS: vfs.NewMem(), tableBytes: 16 << 10, memTableBytes: 64 << 10})
		now := time.Unix(1_000_000, 0)
		const n = 3000
		for i := range n {
			b := batchOf(i)
			b.Partition.ID[2] = byte(i >> 8)
			b.Log[0].Expires = now.Add(time.Duration(i-n/2) * time.Second) // the first half and one more
			b.State[1].Expires = b.Log[0].Expires
			mustWrite(t, d, b)
			if i%3 == 0 { // kept alive: the old row in a table must not be taken for the present one
				mustWrite(t, d, store.Batch{Partition: b.Partition, Expect: 1,
					State: []store.Row{{Key: []byte("z"), Value: []byte("alive")}}})
			}
		}
		if flush {
			if err := d.db.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if removed, err := d.Sweep(t.Context(), now.Add(-2*n*time.Second)); removed != 0 || err != nil {
			t.Errorf("a sweep before any expiry removed %d, %v", removed, err)
		}
		removed, err := d.Sweep(t.Context(), now)
		want := n/2 + 1 + n/2*2/3 // all Log rows up to the middle, and two of three State rows
		if removed != want || err != nil {
			t.Errorf("the sweep removed %d rows, want %d; %v", removed, want, err)
		}
		if removed, err := d.Sweep(t.Context(), now); removed != 0 || err != nil {
			t.Errorf("a second sweep removed %d, %v", removed, err)
		}
		left := 0
		for _, family := range []store.Family{store.State, store.Log} {
			_, err := d.Scan(t.Context(), store.Range{Section: store.Subjects, Family: family}, store.Cursor{},
				func(_ store.Partition, rows []store.Row) error {
					left += len(rows)
					for _, r := range rows {
						if !r.Expires.IsZero() && !r.Expires.After(now) {
							return fmt.Errorf("an expired row is left")
						}
					}
					return nil
				})
			if err != nil {
				t.Error(err)
			}
		}
		if left != 4*n-want {
			t.Errorf("%d rows are left, want %d", left, 4*n-want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d.Sweep(ctx, now); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled sweep gave %v", err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Sweep(t.Context(), now); !errors.Is(err, store.ErrClosed) {
			t.Errorf("a sweep of a closed store gave %v", err)
		}
	}
}
