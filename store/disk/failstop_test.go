package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// small makes a few hundred rows meet many flushes and compactions.
func small(fs vfs.FS) Options {
	return Options{FS: fs, tableBytes: 8 << 10, memTableBytes: 32 << 10}
}

// history is what a workload did to a store, kept outside of it.
type history struct {
	mu      sync.Mutex
	acked   map[int]bool // n: partition n was acknowledged
	begun   int
	dropped map[int]bool // n: its drop was acknowledged; both false: open
	version store.Version
}

func newHistory() *history {
	return &history{acked: make(map[int]bool), dropped: make(map[int]bool)}
}

func numbered(n int) store.Partition {
	p := store.Partition{Section: store.Subjects}
	p.ID[0], p.ID[1], p.ID[15] = byte(n*37), byte(n>>8), byte(n)
	return p
}

// batchOf is whole if all of its rows carry the same number.
func batchOf(n int) store.Batch {
	value := fmt.Append(nil, n)
	return store.Batch{
		Partition: numbered(n),
		State:     []store.Row{{Key: []byte("a"), Value: value}, {Key: []byte("z"), Value: value}},
		Log:       []store.Row{{Key: []byte("a"), Value: append(make([]byte, 300), value...)}, {Key: []byte("z"), Value: value}},
	}
}

func counter() store.Partition { return store.Partition{Section: store.Duties} }

// work writes, counts, drops, sweeps and purges until something fails or rounds
// are over.
func (h *history) work(t *testing.T, d *Disk, rounds int) error {
	for n := range rounds {
		h.mu.Lock()
		h.begun = n + 1
		h.mu.Unlock()
		results, err := d.Write(t.Context(), []store.Batch{
			batchOf(n),
			{Partition: counter(), Expect: store.Version(n), State: []store.Row{{Key: []byte("count"), Value: fmt.Append(nil, n+1)}}},
		})
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
		h.mu.Lock()
		h.acked[n], h.version = true, store.Version(n+1)
		h.mu.Unlock()
		if n%16 != 15 {
			continue
		}
		victim := n - 3
		h.mu.Lock()
		delete(h.acked, victim) // its fate is open until the drop returns
		h.mu.Unlock()
		if err := d.Drop(t.Context(), numbered(victim)); err != nil {
			return err
		}
		h.mu.Lock()
		h.dropped[victim] = true
		h.mu.Unlock()
		if n%48 == 47 {
			if err := d.Purge(t.Context(), []store.Partition{numbered(victim)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// snapshot copies what is acknowledged so far.
func (h *history) snapshot() *history {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := newHistory()
	for n := range h.acked {
		c.acked[n] = true
	}
	for n := range h.dropped {
		c.dropped[n] = true
	}
	c.begun, c.version = h.begun, h.version
	return c
}

// verify opens the store on what a crash left and compares. may is what was
// under way when the crash came.
func (h *history) verify(t *testing.T, disk vfs.FS, may *history) (whole int) {
	t.Helper()
	d, err := Open("store", small(disk))
	if err != nil {
		t.Fatalf("open after the crash: %v", err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Errorf("close after the crash: %v", err)
		}
	}()
	for n := range may.begun + 1 {
		a, err := d.Read(t.Context(), []store.Query{
			{Partition: numbered(n), Family: store.State}, {Partition: numbered(n), Family: store.Log},
		})
		if err != nil {
			t.Fatalf("read after the crash: %v", err)
		}
		rows := append(a[0].Rows, a[1].Rows...)
		switch {
		case len(rows) == 0 && a[0].Version == store.Absent:
			if h.acked[n] && may.acked[n] {
				t.Errorf("batch %d was acknowledged and is lost", n)
			}
			continue
		case len(rows) != 4 || a[0].Version != 1:
			t.Errorf("batch %d is half there: %d rows at version %d", n, len(rows), a[0].Version)
		}
		for _, r := range rows {
			if !strings.HasSuffix(string(r.Value), fmt.Sprint(n)) {
				t.Errorf("batch %d has a foreign row", n)
			}
		}
		if h.dropped[n] {
			t.Errorf("partition %d was dropped and is back", n)
		}
		whole++
	}
	a, err := d.Read(t.Context(), []store.Query{{Partition: counter(), Family: store.State}})
	if err != nil {
		t.Fatal(err)
	}
	if a[0].Version < h.version || a[0].Version > store.Version(may.begun) {
		t.Errorf("the counter is at version %d, acknowledged was %d, begun %d", a[0].Version, h.version, may.begun)
	}
	if a[0].Version > 0 && string(a[0].Rows[0].Value) != fmt.Sprint(a[0].Version) {
		t.Errorf("the counter says %s at version %d", a[0].Rows[0].Value, a[0].Version)
	}
	return whole
}

// A machine that loses its power keeps what was synced and some of the rest.
func TestPowerLossLosesNothingAcknowledged(t *testing.T) {
	total := 0
	for round := range 12 {
		mem := vfs.NewCrashableMem()
		d := open(t, "store", small(mem))
		h := newHistory()
		numbers := rand.New(rand.NewPCG(uint64(round), 1))
		crashAt := numbers.IntN(200)
		var clone *vfs.MemFS
		var acked, may *history
		done := make(chan error, 1)
		go func() { done <- h.work(t, d, 220) }()
		for clone == nil {
			if s := h.snapshot(); s.begun >= crashAt {
				acked = s
				clone = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 50}[round%2], RNG: numbers})
				may = h.snapshot()
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		total += acked.verify(t, clone, may)
	}
	t.Logf("%d batches whole after 12 losses of power", total)
}

// faulty fails write operations from or at the n-th.
type faulty struct {
	n, count atomic.Int64
	forever  bool
	only     func(errorfs.Op) bool
	hit      atomic.Pointer[errorfs.Op]
}

func (f *faulty) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || op.Kind == errorfs.OpLock || !f.only(op) {
		return nil
	}
	count, n := f.count.Add(1), f.n.Load()
	if count == n || count > n && f.forever {
		f.hit.CompareAndSwap(nil, &op)
		return syscall.ENOSPC
	}
	return nil
}

func (f *faulty) String() string { return "faulty" }

func TestAFailingDiskStopsTheStoreAndLosesNothingAcknowledged(t *testing.T) {
	any := func(errorfs.Op) bool { return true }
	sync := func(op errorfs.Op) bool {
		return op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo
	}
	create := func(op errorfs.Op) bool { return op.Kind == errorfs.OpCreate || op.Kind == errorfs.OpRename }
	for _, c := range []struct {
		name    string
		forever bool
		only    func(errorfs.Op) bool
		from    int64
		step    int64
		upTo    int64
	}{
		{"the disk is full from some write on", true, any, 1, 13, 700},
		{"one write fails", false, any, 1, 13, 700},
		{"one fsync fails", false, sync, 1, 5, 250},
		{"one create or rename fails", false, create, 1, 2, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			stopped, survived, unopened, whole := 0, 0, 0, 0
			for n := c.from; n <= c.upTo; n += c.step {
				mem := vfs.NewCrashableMem()
				f := &faulty{forever: c.forever, only: c.only}
				f.n.Store(n)
				h := newHistory()
				d, err := Open("store", small(errorfs.Wrap(mem, f)))
				if err != nil {
					unopened++
				} else if err := h.work(t, d, 100); err != nil {
					stopped++
					wantStopped(t, d, err)
				} else {
					survived++
				}
				if d != nil {
					if err := d.Close(); err != nil && d.Err() == nil {
						t.Errorf("fault %d: close: %v", n, err)
					}
				}
				h = h.snapshot()
				whole += h.verify(t, mem.CrashClone(vfs.CrashCloneCfg{}), h)
				if t.Failed() {
					t.Fatalf("with fault %d at %+v", n, f.hit.Load())
				}
			}
			t.Logf("%d stores stopped, %d went on, %d did not open; %d batches whole", stopped, survived, unopened, whole)
			if stopped == 0 {
				t.Error("no fault stopped a store: the test does not reach it")
			}
		})
	}
}

// wantStopped checks how a store behaves once its medium has failed.
func wantStopped(t *testing.T, d *Disk, cause error) {
	t.Helper()
	if d.Err() == nil {
		return // a table could not be written and the call said so; the store goes on
	}
	if tactful.KindOf(d.Err()) != tactful.Unavailable || tactful.KindOf(cause) != tactful.Unavailable {
		t.Errorf("the store stopped with %v, the call said %v: want Unavailable", d.Err(), cause)
	}
	select {
	case <-d.Failed():
	default:
		t.Error("the store has failed and Failed is open")
	}
	if _, err := d.Read(t.Context(), nil); tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("a read of a stopped store gave %v", err)
	}
	if _, err := d.Write(t.Context(), nil); tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("a write to a stopped store gave %v", err)
	}
}

func TestAFailedWriteIsUnknownNotRefused(t *testing.T) {
	f := &faulty{forever: true, only: func(op errorfs.Op) bool { return strings.HasSuffix(op.Path, ".log") }}
	f.n.Store(1 << 40)
	d := open(t, "store", Options{FS: errorfs.Wrap(vfs.NewMem(), f)})
	mustWrite(t, d, batchOf(1))
	f.n.Store(f.count.Load())
	results, err := d.Write(t.Context(), []store.Batch{batchOf(2), {Partition: numbered(1), Expect: 7}})
	if !errors.Is(err, store.ErrUnknown) || tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("the call gave %v", err)
	}
	if len(results) != 2 || !errors.Is(results[0].Err, store.ErrUnknown) || !errors.Is(results[1].Err, store.ErrConflict) {
		t.Errorf("the batches gave %v", results)
	}
	if err := d.Close(); tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("close gave %v", err)
	}
	if err := d.Close(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("the second close gave %v", err)
	}
	if _, err := (&failStop{FS: vfs.NewMem(), stopped: func() bool { return false }}).ReuseForWrite("a", "b", ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reuse of a file that is not there gave %v", err)
	}
}
