package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

const ringMode fs.FileMode = 0o600

// OpenRing reads the ring from its file, and makes the file with one new key
// if there is none. A file that others may read or write is refused: keys that
// others had are not keys.
func OpenRing(path string) (*Keyring, error) {
	if path == "" {
		return nil, tactful.Errorf(tactful.Invalid, "the key ring has no path")
	}
	text, err := readRing(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeRing(path); err != nil {
			return nil, fmt.Errorf("make key ring: %w", err)
		}
		text, err = readRing(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open key ring: %w", err)
	}
	keys, err := parseRing(text)
	if err != nil {
		return nil, fmt.Errorf("open key ring: %w", err)
	}
	ring := &Keyring{path: path}
	ring.now.Store(keys)
	return ring, nil
}

// OpenRingOf is OpenRing for a key table that may be in use already. Where the
// table has keys and the file is gone, a new ring would open none of them, and
// the first write under it would make the loss look like a beginning: so it is
// refused, and nothing is written.
func OpenRingOf(ctx context.Context, path string, table store.Store) (*Keyring, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
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
	return OpenRing(path)
}

func readRing(path string) ([]byte, error) {
	file, err := os.Open(path)
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
func makeRing(path string) error {
	keys, err := freshRing()
	if err != nil {
		return err
	}
	text, err := keys.text()
	if err != nil {
		return err
	}
	temp, err := writeTemp(path, text)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	// A link, unlike a rename, never replaces what is there.
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// replaceFile swaps the ring's content durably, then overwrites the bytes of
// the old file: they hold a key that is meant to be gone. File systems that
// copy on write keep them for longer; the caller cannot do more than this.
func replaceFile(path string, text []byte) error {
	old, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer old.Close()
	temp, err := writeTemp(path, text)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	info, err := old.Stat()
	if err != nil {
		return err
	}
	if _, err := old.WriteAt(make([]byte, info.Size()), 0); err != nil {
		return fmt.Errorf("overwrite old key ring: %w", err)
	}
	return old.Sync()
}

// writeTemp writes text to a new file beside path, durably, and returns its name.
func writeTemp(path string, text []byte) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
