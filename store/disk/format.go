package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tactful/tactful"
)

// The format file names the layout of keys and values. A change that older
// code would misread takes the next number.
const (
	formatFile    = "TACTFUL"
	formatWord    = "tactful-store "
	formatVersion = 1
	maxFormatFile = 64
)

// createDir makes the directory and makes its name durable, also where somebody
// made it who was stopped before that.
func createDir(fsys vfs.FS, dir string) error {
	if _, err := fsys.Stat(dir); err != nil {
		if err := fsys.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return syncDir(fsys, fsys.PathDir(dir))
}

func syncDir(fsys vfs.FS, dir string) error {
	f, err := fsys.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// claimFormat checks the format file, or writes it into a new store.
func claimFormat(fsys vfs.FS, dir string) error {
	path := fsys.PathJoin(dir, formatFile)
	content, err := readSmall(fsys, path)
	if err == nil {
		return checkFormat(content)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the store's format file: %w", err)
	}
	names, err := fsys.List(dir)
	if err != nil {
		return fmt.Errorf("list the store's directory: %w", err)
	}
	for _, name := range names {
		if name != "LOCK" && !strings.HasPrefix(name, formatFile) {
			return &tactful.Error{
				Kind:   tactful.Invalid,
				Field:  "data-dir",
				Detail: "the directory is not empty and is not a tactful store",
				Remedy: "Name an empty or new directory.",
			}
		}
	}
	return writeFormat(fsys, dir)
}

func checkFormat(content string) error {
	number, found := strings.CutPrefix(strings.TrimSuffix(content, "\n"), formatWord)
	version, err := strconv.Atoi(number)
	if !found || err != nil || version < 1 {
		return &tactful.Error{
			Kind:   tactful.Invalid,
			Field:  "data-dir",
			Detail: "the store's format file is damaged",
			Remedy: "Restore the directory from a backup.",
		}
	}
	if version > formatVersion {
		return &tactful.Error{
			Kind:   tactful.Invalid,
			Field:  "data-dir",
			Detail: fmt.Sprintf("the store has format %d and this tactful reads formats up to %d", version, formatVersion),
			Remedy: "Run the newer tactful that wrote it.",
		}
	}
	return nil
}

// writeFormat makes the file appear whole or not at all.
func writeFormat(fsys vfs.FS, dir string) error {
	path := fsys.PathJoin(dir, formatFile)
	err := func() error {
		f, err := fsys.Create(path+".new", vfs.WriteCategoryUnspecified)
		if err != nil {
			return err
		}
		_, err = io.WriteString(f, formatWord+strconv.Itoa(formatVersion)+"\n")
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
		if err := fsys.Rename(path+".new", path); err != nil {
			return err
		}
		return syncDir(fsys, dir)
	}()
	if err != nil {
		return fmt.Errorf("write the store's format file: %w", err)
	}
	return nil
}

func readSmall(fsys vfs.FS, path string) (string, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFormatFile))
	return string(content), errors.Join(err, f.Close())
}
