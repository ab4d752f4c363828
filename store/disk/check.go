package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

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
// not read: their log was checked when the store was opened.
func (d *Disk) Check(ctx context.Context, progress func(done, total int)) (c Checked, err error) {
	if _, err := d.enter(ctx); err != nil {
		return c, err
	}
	defer d.leave()
	names, err := d.fs.List(d.dir)
	if err != nil {
		return c, fmt.Errorf("check the store: %w", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, ".sst") })
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		n, err := d.checkTable(ctx, name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // compacted away meanwhile
		case err != nil:
			c.Damaged = append(c.Damaged, name)
		default:
			c.Tables++
			c.Bytes += n
		}
		if progress != nil {
			progress(i+1, len(names))
		}
	}
	return c, nil
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
