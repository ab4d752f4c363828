package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
)

// Checked is what Check read.
type Checked struct {
	Tables  int
	Bytes   int64
	Damaged []string // table files with a block that is not as it was written
}

// Check reads every block of every table file from the medium, past all
// caches, and compares it with its checksum. Rows that are in no table yet are
// not read: their log was checked when the store was opened. Nor are files that
// are no tables of the store: one that is being written just now, or that a
// kill left half written, is nobody's loss.
func (d *Disk) Check(ctx context.Context, progress func(done, total int)) (c Checked, err error) {
	db, err := d.enter(ctx)
	if err != nil {
		return c, err
	}
	defer d.leave()
	names, err := liveTables(db)
	if err != nil {
		return c, fmt.Errorf("check the store: %w", err)
	}
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		n, err := d.checkTable(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			now, err := liveTables(db)
			if err != nil {
				return c, fmt.Errorf("check the store: %w", err)
			}
			if !slices.Contains(now, name) { // compacted away meanwhile
				continue
			}
		}
		if err != nil {
			c.Damaged = append(c.Damaged, name)
		} else {
			c.Tables++
			c.Bytes += n
		}
		if progress != nil {
			progress(i+1, len(names))
		}
	}
	return c, nil
}

// liveTables names the files of the tables that the store consists of.
func liveTables(db *pebble.DB) ([]string, error) {
	levels, err := db.SSTables()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, level := range levels {
		for _, table := range level {
			names = append(names, table.BackingSSTNum.String()+".sst")
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (d *Disk) checkTable(ctx context.Context, name string) (int64, error) {
	file, err := d.fs.Open(d.fs.PathJoin(d.dir, name))
	if err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, errors.Join(err, file.Close())
	}
	readable, err := sstable.NewSimpleReadable(file)
	if err != nil {
		return 0, errors.Join(err, file.Close())
	}
	opt := &pebble.Options{Comparer: comparer(), Merger: keepFirst()}
	opt.EnsureDefaults()
	table, err := sstable.NewReader(ctx, readable, opt.MakeReaderOptions())
	if err != nil {
		return 0, errors.Join(err, readable.Close())
	}
	return info.Size(), errors.Join(table.ValidateBlockChecksums(), table.Close())
}
