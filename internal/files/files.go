package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
)

// FS is what these files need of a file system. OS is the one that ships; why
// the interface is this long is told in docs/decisions/0011-one-file-system.md.
type FS interface {
	Create(name string) (File, error) // a new file that only its owner may read; fs.ErrExist if there is one
	Open(name string) (File, error)   // to read
	Edit(name string) (File, error)   // to read and to overwrite in place
	Stat(name string) (fs.FileInfo, error)
	List(dir string) ([]string, error)
	Link(old, new string) error // never replaces what is there
	Rename(old, new string) error
	Remove(name string) error         // of a directory only when it is empty
	Real(name string) (string, error) // the absolute path of something that is there, without links
	Mkdir(dir string) error
	SyncDir(dir string) error
}

// File is an open file.
type File interface {
	io.ReadWriteCloser
	io.WriterAt
	Stat() (fs.FileInfo, error)
	Sync() error
}

// Read reads a whole file.
func Read(fsys FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	info, err := file.Stat()
	if err == nil {
		content.Grow(int(info.Size()) + bytes.MinRead) // models are big: no growing by copying
		_, err = content.ReadFrom(file)
	}
	return content.Bytes(), errors.Join(err, file.Close())
}

// maxTemps is how many files that were left lying are passed over.
const maxTemps = 1000

// tempName is what Temp calls its files; n tells apart those of one path.
func tempName(path string, n int) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s-%d", filepath.Base(path), n))
}

// IsTemp reports whether a file of this name, beside path, is one that Temp
// made and that a crash left lying.
func IsTemp(name, path string) bool {
	var n int
	_, err := fmt.Sscanf(name, "."+filepath.Base(path)+"-%d", &n)
	return err == nil && name == filepath.Base(tempName(path, n))
}

// Temp writes content durably to a new file beside path and returns its name.
// After an error there is no such file, if the file system still lets go of it.
func Temp(fsys FS, path string, content []byte) (name string, err error) {
	var file File
	for n := range maxTemps {
		name = tempName(path, n)
		if file, err = fsys.Create(name); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, fsys.Remove(name))
	}
	return name, nil
}

// Replace gives path this content, whole or not at all, also when the machine
// stops in between. After an error it is open which of both, until the next start.
func Replace(fsys FS, path string, content []byte) error {
	temp, err := Temp(fsys, path, content)
	if err != nil {
		return err
	}
	if err := fsys.Rename(temp, path); err != nil {
		return errors.Join(err, fsys.Remove(temp))
	}
	return fsys.SyncDir(filepath.Dir(path))
}

// MakeDir makes a directory and those above it, and makes their names durable:
// what is synced inside a directory is lost all the same if a loss of power
// takes the directory. It does so for one that is there too, since whoever
// made it may have been stopped before that.
func MakeDir(fsys FS, dir string) error {
	above := filepath.Dir(dir)
	info, err := fsys.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return &fs.PathError{Op: "mkdir", Path: dir, Err: errors.New("a file is in the way")}
	case errors.Is(err, fs.ErrNotExist):
		if above != dir {
			if err := MakeDir(fsys, above); err != nil {
				return err
			}
		}
		if err := fsys.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	case err != nil:
		return err
	}
	err = fsys.SyncDir(above)
	if errors.Is(err, fs.ErrPermission) { // not ours to read; what we may do is done
		return nil
	}
	return err
}

// RemoveAll removes a file, or a directory with all that is in it. What is not
// there is no error. It follows no link.
func RemoveAll(fsys FS, name string) error {
	err := fsys.Remove(name)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	inside, listErr := fsys.List(name)
	if listErr != nil {
		return err
	}
	for _, one := range inside {
		if err := RemoveAll(fsys, filepath.Join(name, one)); err != nil {
			return err
		}
	}
	return fsys.Remove(name)
}

// Walk visits what is in a directory, each directory after what is in it.
func Walk(fsys FS, dir string, visit func(path string, info fs.FileInfo) error) error {
	names, err := fsys.List(dir)
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		path := filepath.Join(dir, name)
		info, err := fsys.Stat(path)
		if err != nil {
			return err
		}
		if info.IsDir() {
			if err := Walk(fsys, path, visit); err != nil {
				return err
			}
		}
		if err := visit(path, info); err != nil {
			return err
		}
	}
	return nil
}
