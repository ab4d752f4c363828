package disk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Options of Open. The zero value is right for production.
type Options struct {
	FS         vfs.FS // nil: the operating system's; tests inject faults and crashes here
	CacheBytes int64  // 0: DefaultCacheBytes

	// Tests make these small, so that little data meets many tables and flushes.
	tableBytes    int64
	memTableBytes uint64
}

// DefaultCacheBytes is the size of the block cache when none is given.
const DefaultCacheBytes = 64 << 20

// Disk is a store in one directory. It implements store.Store and store.Purger.
type Disk struct {
	dir           string
	tableBytes    int64
	memTableBytes uint64

	fs    *failStop
	cache *pebble.Cache
	lock  *pebble.Lock
	locks shardLocks

	// gate is held for reading by every operation and for writing by what
	// replaces or closes db. Nobody calls back to users while holding it.
	gate   sync.RWMutex
	db     *pebble.DB
	closed bool

	readers   sync.Pool              // of *reader
	purging   sync.Mutex             // one Purge at a time
	copying   sync.Mutex             // one Checkpoint at a time
	rotations atomic.Uint64          // manifests begun
	manifest  atomic.Pointer[string] // name of the current one
	troubles  atomic.Int64           // background errors in a row
	failure   atomic.Pointer[error]
	failed    chan struct{}
	closing   chan struct{} // closed when Close begins
	closeOnce sync.Once
}

var (
	_ store.Store  = (*Disk)(nil)
	_ store.Lender = (*Disk)(nil)
	_ store.Purger = (*Disk)(nil)
)

// Open opens the store in dir and creates it if there is none. It refuses a
// directory that another process has open and one that was written by a newer
// version of Tactful.
func Open(dir string, opt Options) (*Disk, error) {
	d := &Disk{
		dir:           dir,
		tableBytes:    cmp.Or(opt.tableBytes, tableBytes),
		memTableBytes: cmp.Or(opt.memTableBytes, memTableBytes),
		failed:        make(chan struct{}),
		closing:       make(chan struct{}),
	}
	d.readers.New = func() any { return new(reader) }
	base := opt.FS
	if base == nil {
		base = vfs.Default
	}
	d.fs = &failStop{FS: base, own: filepath.Clean(dir), fail: d.fail, stopped: d.hasFailed}
	if err := createDir(d.fs, dir); err != nil {
		return nil, fmt.Errorf("create the store's directory: %w", err)
	}
	lock, err := pebble.LockDirectory(dir, d.fs)
	if err != nil {
		return nil, &tactful.Error{
			Kind:   tactful.Unavailable,
			Detail: "the data directory is in use by another process",
			Remedy: "Stop the other tactful process, or give this one a data directory of its own.",
			Err:    err,
		}
	}
	d.lock = lock
	if err := claimFormat(d.fs, dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	d.cache = pebble.NewCache(cmp.Or(max(opt.CacheBytes, 0), DefaultCacheBytes))
	if d.db, err = d.openPebble(); err != nil {
		d.cache.Unref()
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), lock.Close())
	}
	if failure := errors.Join(d.fs.takeBeside(), d.Err()); failure != nil {
		return nil, errors.Join(failure, d.Close())
	}
	return d, nil
}

// enter admits one operation; leave must follow if there is no error.
func (d *Disk) enter(ctx context.Context) (*pebble.DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.gate.RLock()
	if d.closed {
		d.gate.RUnlock()
		return nil, store.ErrClosed
	}
	if err := d.Err(); err != nil {
		d.gate.RUnlock()
		return nil, err
	}
	return d.db, nil
}

func (d *Disk) leave() { d.gate.RUnlock() }

// Close waits for the operations under way and closes the store. All later
// calls, of Close too, return ErrClosed.
func (d *Disk) Close() error {
	d.closeOnce.Do(func() { close(d.closing) })
	d.gate.Lock()
	defer d.gate.Unlock()
	if d.closed {
		return store.ErrClosed
	}
	d.closed = true
	var err error
	if d.db != nil {
		err = d.db.Close()
	}
	d.cache.Unref()
	err = errors.Join(err, d.lock.Close())
	if failure := d.Err(); failure != nil {
		return failure
	}
	if err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// Failed is closed when the medium has failed. The store then refuses
// everything; what it acknowledged is on the medium. Open it again after the
// cause is gone.
func (d *Disk) Failed() <-chan struct{} { return d.failed }

// Err returns why the store has failed, or nil.
func (d *Disk) Err() error {
	cause := d.failure.Load()
	if cause == nil {
		return nil
	}
	return &tactful.Error{
		Kind:   tactful.Unavailable,
		Detail: "the storage medium has failed and the store has stopped",
		Remedy: "Look for a full or faulty disk, then start tactful again; acknowledged data is kept.",
		Err:    *cause,
	}
}

func (d *Disk) hasFailed() bool { return d.failure.Load() != nil }

// fail stops the store for good; the first cause stays.
func (d *Disk) fail(cause error) {
	if d.failure.CompareAndSwap(nil, &cause) {
		close(d.failed)
	}
}
