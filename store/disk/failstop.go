package disk

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// failStop is the file system under Pebble. The first error on a file whose
// loss could cost acknowledged data (log, manifest, marker, directory) stops
// the store: it is reported, and from then on nothing that Pebble does reaches
// the medium, though Pebble is told that it did. The directory stays exactly
// as a crash at that moment would have left it, which is what recovery is made
// for; Pebble, which would otherwise panic or, worse, go on after a failed
// fsync, runs on harmlessly until Close. Every operation looks at the report
// before it acknowledges anything.
//
// Errors on table files pass through: Pebble retries those. Outside of the store's
// own directory a checkpoint is being made, or the names of the directories above
// synced: Pebble would panic there too, and a full disk of copies must not stop a
// store, so such an error is kept for whoever made the checkpoint.
type failStop struct {
	vfs.FS
	own     string // the store's directory
	fail    func(error)
	stopped func() bool

	mu     sync.Mutex
	beside error // the first error outside of it
}

// takeBeside returns the first error outside of the store's directory since it was
// last asked for.
func (f *failStop) takeBeside() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.beside
	f.beside = nil
	return err
}

// concern is whom an error concerns.
type concern uint8

const (
	pebbles concern = iota // Pebble deals with it
	stores                 // it stops the store
	others                 // whoever writes outside of the store's directory
)

func (f *failStop) concerns(base, dir string) concern {
	switch {
	case base != "" && !critical(base):
		return pebbles
	case dir == f.own:
		return stores
	}
	return others
}

// critical reports whether an error on the file must stop the store.
func critical(base string) bool {
	return strings.HasSuffix(base, ".log") || strings.HasPrefix(base, "MANIFEST-") || strings.HasPrefix(base, "marker.")
}

// outcome judges the error of one operation.
func (f *failStop) outcome(whose concern, err error) error {
	if err == nil || whose == pebbles {
		return err
	}
	if whose == stores {
		f.fail(err)
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.beside == nil {
		f.beside = err
	}
	return nil
}

func (f *failStop) Unwrap() vfs.FS { return f.FS }

func (f *failStop) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if f.stopped() {
		return &guarded{fs: f}, nil
	}
	whose := f.concerns(f.FS.PathBase(name), f.FS.PathDir(name))
	err := f.nameFirst(name)
	var file vfs.File
	if err == nil {
		file, err = f.FS.Create(name, category)
	}
	if err != nil {
		if err = f.outcome(whose, err); err != nil {
			return nil, err
		}
		return &guarded{fs: f}, nil
	}
	return &guarded{File: file, fs: f, whose: whose}, nil
}

// nameFirst makes the names in the directory durable before a marker points to
// one of them. Pebble syncs both names with one fsync, and where a file system
// does not keep the order of names, a loss of power before it could leave a
// marker without its manifest, and a store that does not open.
func (f *failStop) nameFirst(name string) error {
	if !strings.HasPrefix(f.FS.PathBase(name), "marker.") {
		return nil
	}
	return syncDir(f.FS, f.FS.PathDir(name))
}

// ReuseForWrite never reuses: an old file's bytes would show behind the new ones.
func (f *failStop) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.Remove(oldname); err != nil {
		return nil, err
	}
	return f.Create(newname, category)
}

func (f *failStop) OpenDir(name string) (vfs.File, error) {
	file, err := f.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &guarded{File: file, fs: f, whose: f.concerns("", filepath.Clean(name))}, nil
}

func (f *failStop) Remove(name string) error {
	if f.stopped() {
		return nil
	}
	return f.FS.Remove(name)
}

func (f *failStop) RemoveAll(name string) error {
	if f.stopped() {
		return nil
	}
	return f.FS.RemoveAll(name)
}

func (f *failStop) Rename(oldname, newname string) error {
	if f.stopped() {
		return nil
	}
	return f.outcome(f.concerns(f.FS.PathBase(newname), f.FS.PathDir(newname)), f.FS.Rename(oldname, newname))
}

func (f *failStop) Link(oldname, newname string) error {
	if f.stopped() {
		return nil
	}
	return f.FS.Link(oldname, newname)
}

func (f *failStop) MkdirAll(dir string, perm os.FileMode) error {
	if f.stopped() {
		return nil
	}
	return f.FS.MkdirAll(dir, perm)
}

// guarded is a file written through failStop. It has no File behind it if it
// was created after the stop.
type guarded struct {
	vfs.File
	fs    *failStop
	whose concern
}

func (g *guarded) dead() bool { return g.File == nil || g.fs.stopped() }

func (g *guarded) Write(p []byte) (int, error) {
	if g.dead() {
		return len(p), nil
	}
	n, err := g.File.Write(p)
	if err = g.fs.outcome(g.whose, err); err == nil {
		n = len(p)
	}
	return n, err
}

func (g *guarded) WriteAt(p []byte, off int64) (int, error) {
	if g.dead() {
		return len(p), nil
	}
	n, err := g.File.WriteAt(p, off)
	if err = g.fs.outcome(g.whose, err); err == nil {
		n = len(p)
	}
	return n, err
}

func (g *guarded) Sync() error {
	if g.dead() {
		return nil
	}
	return g.fs.outcome(g.whose, g.File.Sync())
}

func (g *guarded) SyncData() error {
	if g.dead() {
		return nil
	}
	return g.fs.outcome(g.whose, g.File.SyncData())
}

func (g *guarded) SyncTo(length int64) (fullSync bool, err error) {
	if g.dead() {
		return true, nil
	}
	fullSync, err = g.File.SyncTo(length)
	return fullSync, g.fs.outcome(g.whose, err)
}

func (g *guarded) Preallocate(offset, length int64) error {
	if g.dead() {
		return nil
	}
	return g.fs.outcome(g.whose, g.File.Preallocate(offset, length))
}

func (g *guarded) Close() error {
	if g.File == nil {
		return nil
	}
	return g.fs.outcome(g.whose, g.File.Close())
}

func (g *guarded) Read(p []byte) (int, error) {
	if g.File == nil {
		return 0, os.ErrInvalid
	}
	return g.File.Read(p)
}

func (g *guarded) ReadAt(p []byte, off int64) (int, error) {
	if g.File == nil {
		return 0, os.ErrInvalid
	}
	return g.File.ReadAt(p, off)
}

func (g *guarded) Stat() (vfs.FileInfo, error) {
	if g.File == nil {
		return nil, os.ErrInvalid
	}
	return g.File.Stat()
}

func (g *guarded) Prefetch(offset, length int64) error {
	if g.File == nil {
		return nil
	}
	return g.File.Prefetch(offset, length)
}

func (g *guarded) Fd() uintptr {
	if g.File == nil {
		return vfs.InvalidFd
	}
	return g.File.Fd()
}
