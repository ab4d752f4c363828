package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/files"
	"github.com/tactful/tactful/store"
)

const ringMode fs.FileMode = 0o600

// OpenRing reads the ring from its file, and makes the file with one new key
// if there is none. A file that others may read or write is refused: keys that
// others had are not keys.
func OpenRing(path string) (*Keyring, error) { return openRing(files.OS{}, path) }

func openRing(fsys files.FS, path string) (*Keyring, error) {
	if path == "" {
		return nil, tactful.Errorf(tactful.Invalid, "the key ring has no path")
	}
	text, err := readRing(fsys, path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeRing(fsys, path); err != nil {
			return nil, fmt.Errorf("make key ring: %w", err)
		}
		text, err = readRing(fsys, path)
	}
	if err != nil {
		return nil, fmt.Errorf("open key ring: %w", err)
	}
	keys, err := parseRing(text)
	if err != nil {
		return nil, fmt.Errorf("open key ring: %w", err)
	}
	ring := &Keyring{fsys: fsys, path: path}
	ring.now.Store(keys)
	return ring, nil
}

// OpenRingOf is OpenRing for a key table that may be in use already. Where the
// table has keys and the file is gone, a new ring would open none of them, and
// the first write under it would make the loss look like a beginning: so it is
// refused, and nothing is written. Whoever calls it holds the table alone: what
// a crash left beside the ring is destroyed.
func OpenRingOf(ctx context.Context, fsys files.FS, path string, table store.Store) (*Keyring, error) {
	if _, err := fsys.Stat(path); errors.Is(err, fs.ErrNotExist) {
		used, err := hasKeys(ctx, table)
		if err != nil {
			return nil, err
		}
		if used {
			return nil, &tactful.Error{Kind: tactful.Invalid, Field: "key_dir",
				Detail: "the key set is missing, but the key table holds keys that only it opens",
				Remedy: "restore " + filepath.Base(path) + " from its backup, or check key_dir; without it the data is lost, and only an empty data_dir and key_dir begin anew"}
		}
	}
	ring, err := openRing(fsys, path)
	if err != nil {
		return nil, err
	}
	if err := destroyLeftovers(fsys, path); err != nil {
		return nil, fmt.Errorf("destroy what is left of a key ring: %w", err)
	}
	return ring, nil
}

// destroyLeftovers removes the files that a crash left beside the ring: one may
// hold a key that the next rotation destroys.
func destroyLeftovers(fsys files.FS, path string) error {
	dir := filepath.Dir(path)
	names, err := fsys.List(dir)
	if err != nil {
		return err
	}
	var left []string
	for _, name := range names {
		if files.IsTemp(name, path) {
			left = append(left, filepath.Join(dir, name))
		}
	}
	if len(left) == 0 {
		return nil
	}
	ring, err := files.Read(fsys, path)
	if err != nil {
		return err
	}
	for _, name := range left {
		content, err := files.Read(fsys, name)
		if err != nil {
			return err
		}
		if !bytes.Equal(content, ring) { // else it may be the ring itself under a second name
			if err := overwrite(fsys, name); err != nil {
				return err
			}
		}
		if err := fsys.Remove(name); err != nil {
			return err
		}
	}
	return fsys.SyncDir(dir)
}

func overwrite(fsys files.FS, name string) error {
	file, err := fsys.Edit(name)
	if err != nil {
		return err
	}
	return errors.Join(wipe(file), file.Close())
}

// wipe puts zeros where keys stood.
func wipe(file files.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, err := file.WriteAt(make([]byte, info.Size()), 0); err != nil {
		return err
	}
	return file.Sync()
}

func readRing(fsys files.FS, path string) ([]byte, error) {
	file, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, tactful.Errorf(tactful.Invalid, "the key ring is not a regular file")
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&^ringMode != 0 {
		return nil, &tactful.Error{
			Kind:   tactful.Invalid,
			Detail: fmt.Sprintf("the key ring has mode %04o, so that others may have read it", info.Mode().Perm()),
			Remedy: "run chmod 600 on the file; if others had access to it, rotate the keys",
		}
	}
	text, err := io.ReadAll(io.LimitReader(file, maxRingBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxRingBytes {
		return nil, tactful.Errorf(tactful.Invalid, "the key ring file is too long")
	}
	return text, nil
}

// makeRing writes a first ring, complete or not at all. Where another process
// was faster, its ring stays.
func makeRing(fsys files.FS, path string) error {
	keys, err := freshRing()
	if err != nil {
		return err
	}
	text, err := keys.text()
	if err != nil {
		return err
	}
	temp, err := files.Temp(fsys, path, text)
	if err != nil {
		return err
	}
	// A link, unlike a rename, never replaces what is there.
	err = fsys.Link(temp, path)
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err = errors.Join(err, fsys.Remove(temp)); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(path))
}

// replaceFile swaps the ring's content durably, then overwrites the bytes of
// the old file: they hold a key that is meant to be gone. File systems that
// copy on write keep them for longer; the caller cannot do more than this.
func replaceFile(fsys files.FS, path string, text []byte) (err error) {
	old, err := fsys.Edit(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	if err := files.Replace(fsys, path, text); err != nil {
		return err
	}
	if err := wipe(old); err != nil {
		return fmt.Errorf("overwrite old key ring: %w", err)
	}
	return nil
}
