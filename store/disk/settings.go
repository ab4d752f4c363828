package disk

import (
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// How Pebble is set up, and why.
const (
	memTableBytes   = 16 << 20
	tableBytes      = 8 << 20 // at every level: Purge rewrites whole tables
	blockBytes      = 8 << 10
	indexBytes      = 256 << 10 // more than a table's whole index: a search reads one block of it, not two
	filterBits      = 10
	lastLevel       = 6
	openFiles       = 1024
	backgroundTasks = 2
)

func (d *Disk) openPebble() (*pebble.DB, error) {
	opt := &pebble.Options{
		FS:       d.fs,
		Lock:     d.lock,
		Cache:    d.cache,
		Comparer: comparer(),
		Merger:   keepFirst(),
		// Pinned, so that a newer Pebble does not change the files by itself.
		FormatMajorVersion:          pebble.FormatWALSyncChunks,
		MemTableSize:                d.memTableBytes,
		MemTableStopWritesThreshold: 4,
		MaxOpenFiles:                openFiles,
		CompactionConcurrencyRange:  func() (int, int) { return 1, backgroundTasks },
		// A manifest names the first and last key of each table. Rotating it at
		// every chance keeps keys of dropped partitions from staying in it.
		MaxManifestFileSize: 1,
		Cleaner:             remover{},
		Logger:              quiet{fail: d.fail},
		EventListener: &pebble.EventListener{
			BackgroundError: d.backgroundError,
			FlushEnd: func(info pebble.FlushInfo) {
				if info.Err == nil {
					d.troubles.Store(0)
				}
			},
			ManifestCreated: func(info pebble.ManifestCreateInfo) {
				if info.Err == nil {
					name := d.fs.PathBase(info.Path)
					d.manifest.Store(&name)
					d.rotations.Add(1)
				}
			},
		},
	}
	// Keys that share a prefix are not versions of one another here; their
	// values belong beside them and not into blocks of old versions.
	opt.Experimental.SpanPolicyFunc = func([]byte) (pebble.SpanPolicy, []byte, error) {
		return pebble.SpanPolicy{DisableValueSeparationBySuffix: true}, nil, nil
	}
	// Rows are sealed before they come here, so compression would only cost.
	opt.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	for i := range opt.Levels {
		opt.TargetFileSizes[i] = d.tableBytes
		opt.Levels[i].BlockSize = blockBytes
		opt.Levels[i].IndexBlockSize = indexBytes
		opt.Levels[i].FilterPolicy = pebble.NoFilterPolicy
		if i < lastLevel { // iterators do not consult filters of the last level
			opt.Levels[i].FilterPolicy = bloom.FilterPolicy(filterBits)
		}
	}
	return pebble.Open(d.dir, opt)
}

// maxTroubles is how many flushes and compactions may fail in a row, on a full
// disk say, before the store stops. Pebble retries without end or pause.
const maxTroubles = 32

// failedPause keeps Pebble from spinning once nothing can succeed any more.
const failedPause = 20 * time.Millisecond

func (d *Disk) backgroundError(err error) {
	if d.troubles.Add(1) >= maxTroubles {
		d.fail(err)
	}
	if !d.hasFailed() {
		return
	}
	pause := time.NewTimer(failedPause)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-d.closing:
	}
}

// remover deletes obsolete files, as Pebble's own cleaner does. It also is an
// archiving cleaner at heart (the deeper Clean is hidden by the nearer one) for
// one reason: Pebble does not recycle log files under a cleaner that wants
// their contents, and a recycled log would keep removed rows readable.
type remover struct {
	pebble.DeleteCleaner
	keepsLogs
}

type keepsLogs struct{ pebble.ArchiveCleaner }

// quiet drops Pebble's log lines, which quote keys, and turns its fatal ones
// into a failed store.
type quiet struct{ fail func(error) }

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}

func (q quiet) Fatalf(format string, _ ...any) {
	q.fail(fmt.Errorf("pebble gave up: %s", format))
}
