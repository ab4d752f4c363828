package disk

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Checkpoint makes a copy of the store, as of one moment, in a directory that
// does not exist yet. It shares table files with the store where the file
// system can link them, so a checkpoint keeps rows that the store purges
// later: it is a backup and must be kept like one.
func (d *Disk) Checkpoint(ctx context.Context, dir string) error {
	db, err := d.enter(ctx)
	if err != nil {
		return err
	}
	defer d.leave()
	d.copying.Lock()
	defer d.copying.Unlock()
	_ = d.fs.takeBeside() // of somebody else's
	if _, err := d.fs.Stat(dir); err == nil {
		return tactful.InvalidField("dir", "the directory exists already", "Name a directory that does not exist.")
	}
	if err := db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return fmt.Errorf("make a checkpoint: %w", errors.Join(err, d.fs.RemoveAll(dir)))
	}
	// What was kept from Pebble is missing from the copy; and a store that has
	// stopped meanwhile has written nothing more, here as well.
	if err := errors.Join(writeFormat(d.fs, dir), d.fs.takeBeside(), d.Err()); err != nil {
		return fmt.Errorf("make a checkpoint: %w", errors.Join(err, d.fs.RemoveAll(dir)))
	}
	return nil
}

// Metrics are the few figures of the store worth watching.
type Metrics struct {
	DiskBytes      uint64 // all files
	Tables         int64
	LogBytes       uint64 // live write-ahead log
	MemTableBytes  uint64
	CacheBytes     int64
	CacheHits      int64
	CacheMisses    int64
	Flushes        int64
	Compactions    int64
	CompactionDebt uint64 // bytes still to be compacted
	Level0         int64  // tables in level 0; many mean that writes outrun compaction
}

// Metrics returns the present figures.
func (d *Disk) Metrics(ctx context.Context) (Metrics, error) {
	db, err := d.enter(ctx)
	if err != nil {
		return Metrics{}, err
	}
	defer d.leave()
	m := db.Metrics()
	total := m.Total()
	return Metrics{
		DiskBytes:      m.DiskSpaceUsage(),
		Tables:         total.TablesCount,
		LogBytes:       m.WAL.Size,
		MemTableBytes:  m.MemTable.Size,
		CacheBytes:     m.BlockCache.Size,
		CacheHits:      m.BlockCache.Hits,
		CacheMisses:    m.BlockCache.Misses,
		Flushes:        m.Flush.Count,
		Compactions:    m.Compact.Count,
		CompactionDebt: m.Compact.EstimatedDebt,
		Level0:         m.Levels[0].TablesCount,
	}, nil
}

// EstimateSize estimates the bytes that a section takes in tables. What is
// still in memory tables and the log is not counted.
func (d *Disk) EstimateSize(ctx context.Context, s store.Section) (uint64, error) {
	if !validSection(s) {
		return 0, fmt.Errorf("estimate a section's size: %w", store.ErrMisuse)
	}
	db, err := d.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer d.leave()
	n, err := db.EstimateDiskUsage([]byte{byte(s)}, []byte{byte(s) + 1})
	if err != nil {
		return 0, fmt.Errorf("estimate a section's size: %w", err)
	}
	return n, nil
}
