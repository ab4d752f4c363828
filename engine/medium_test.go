package engine

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/tactful/tactful/internal/files"
)

// fault is what happens to a medium.
type fault int

const (
	faultNone  fault = iota
	faultOnce        // one write fails
	faultFull        // from one write on, nothing that needs room succeeds
	faultSync        // one fsync fails, and what it should have synced is not
	faultCrash       // the power fails before one write
)

func (f fault) String() string {
	return []string{"no fault", "one write fails", "the disk is full from one write on", "one fsync fails", "the power fails"}[f]
}

// medium is one disk in memory under everything that an engine writes: both
// stores, the models and the key set. It counts writes, fails some, and can be
// copied as a loss of power at any of them would leave it.
type medium struct {
	mem *vfs.MemFS

	mu     sync.Mutex
	how    fault
	at     int // the write, or fsync, that is hit
	writes int
	syncs  int
	hit    *errorfs.Op
	only   func(path string) bool         // of which files the writes count; nil: of all
	before func(write int, op errorfs.Op) // for whoever takes copies
}

func newMedium() *medium { return &medium{mem: vfs.NewCrashableMem()} }

func (m *medium) String() string { return "medium" }

func syncing(op errorfs.Op) bool {
	return op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo
}

// MaybeError implements errorfs.Injector.
func (m *medium) MaybeError(op errorfs.Op) error {
	// Locks are no writes, and a close that fails has closed all the same.
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || op.Kind == errorfs.OpLock || op.Kind == errorfs.OpFileClose {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.only != nil && !m.only(op.Path) {
		return nil
	}
	n := m.writes
	m.writes++
	if syncing(op) {
		if m.how == faultSync {
			n = m.syncs
		}
		m.syncs++
	}
	if m.before != nil {
		m.before(n, op)
	}
	switch {
	case m.how == faultNone || m.how == faultCrash || n < m.at,
		m.how == faultSync && !syncing(op), m.how == faultFull && !grows(op), m.how != faultFull && n > m.at:
		return nil
	}
	if m.hit == nil {
		m.hit = &op
	}
	if m.how == faultFull {
		return syscall.ENOSPC
	}
	return syscall.EIO
}

// grows reports whether an operation needs room on the disk.
func grows(op errorfs.Op) bool {
	return op.Kind != errorfs.OpRemove && op.Kind != errorfs.OpRemoveAll && op.Kind != errorfs.OpRename
}

// stores is the file system that the stores see, and beside the one for the rest.
func (m *medium) stores() vfs.FS   { return errorfs.Wrap(m.mem, m) }
func (m *medium) beside() files.FS { return beside{m.stores()} }

// afterPower is what is left when the power has failed: all that was synced
// and so many percent of the rest.
func (m *medium) afterPower(percent int, seed uint64) *medium {
	return &medium{mem: m.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(seed, 5))})}
}

// everything is the content of all files of a directory, one after another.
func (m *medium) everything(dir string) ([]byte, error) {
	names, err := m.mem.List(dir)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var all []byte
	for _, name := range names {
		path := filepath.Join(dir, name)
		info, err := m.mem.Stat(path)
		if err != nil {
			return nil, err
		}
		var more []byte
		if info.IsDir() {
			more, err = m.everything(path)
		} else {
			more, err = files.Read(beside{m.mem}, path)
		}
		if err != nil {
			return nil, err
		}
		all = append(append(append(all, name...), '\n'), more...)
	}
	return all, nil
}

// beside lets the model and the key set lie on the file system of the stores.
type beside struct{ on vfs.FS }

var _ files.FS = beside{}

func (b beside) Create(name string) (files.File, error) {
	if _, err := b.on.Stat(name); err == nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	return private(b.on.Create(name, ""))
}

func (b beside) Open(name string) (files.File, error) { return private(b.on.Open(name)) }

func (b beside) Edit(name string) (files.File, error) {
	if _, err := b.on.Stat(name); err != nil {
		return nil, err
	}
	return private(b.on.OpenReadWrite(name, ""))
}

func (b beside) Stat(name string) (fs.FileInfo, error) { return b.on.Stat(name) }
func (b beside) List(dir string) ([]string, error)     { return b.on.List(dir) }
func (b beside) Link(old, new string) error            { return b.on.Link(old, new) }
func (b beside) Rename(old, new string) error          { return b.on.Rename(old, new) }
func (b beside) Remove(name string) error              { return b.on.Remove(name) }

func (b beside) Real(name string) (string, error) {
	if _, err := b.on.Stat(name); err != nil {
		return "", err
	}
	return filepath.Clean(name), nil // a MemFS has no links
}

func (b beside) Mkdir(dir string) error {
	if _, err := b.on.Stat(dir); err == nil {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: fs.ErrExist}
	}
	return b.on.MkdirAll(dir, 0o700)
}

func (b beside) SyncDir(dir string) error {
	d, err := b.on.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// owned is a file that says that only its owner may read it: a MemFS knows no modes.
type owned struct{ vfs.File }

func private(f vfs.File, err error) (files.File, error) {
	if err != nil {
		return nil, err
	}
	return owned{f}, nil
}

func (o owned) Stat() (fs.FileInfo, error) {
	info, err := o.File.Stat()
	if err != nil {
		return nil, err
	}
	return ownedInfo{info}, nil
}

// Write keeps p as it is, as an io.Writer must: a vfs.File may change it, and
// under the race detector does.
func (o owned) Write(p []byte) (int, error) { return o.File.Write(bytes.Clone(p)) }

func (o owned) WriteAt(p []byte, off int64) (int, error) { return o.File.WriteAt(bytes.Clone(p), off) }

type ownedInfo struct{ fs.FileInfo }

func (i ownedInfo) Mode() fs.FileMode { return i.FileInfo.Mode() &^ 0o177 }

// lying is a file system that says that some files are synced and does not do
// it. An engine over it acknowledges before it has synced.
type lying struct {
	vfs.FS
	about func(name string) bool
}

func (l lying) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := l.FS.Create(name, c)
	if err == nil && l.about(name) {
		f = unsynced{f}
	}
	return f, err
}

func (l lying) OpenDir(name string) (vfs.File, error) {
	f, err := l.FS.OpenDir(name)
	if err == nil && l.about(name) {
		f = unsynced{f}
	}
	return f, err
}

type unsynced struct{ vfs.File }

func (unsynced) Sync() error                { return nil }
func (unsynced) SyncData() error            { return nil }
func (unsynced) SyncTo(int64) (bool, error) { return true, nil }

// syncLog is a log that is written and read at the same time.
type syncLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *syncLog) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *syncLog) says(words string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.text.String(), words)
}
