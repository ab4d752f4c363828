package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/files"
)

// Progress is told how many of how many files are done; nil is not told.
type Progress func(done, total int)

func (p Progress) tell(done, total int) {
	if p != nil {
		p(done, total)
	}
}

// Finish makes the directory part the copy dir: it checksums and syncs every
// file, writes the manifest, and renames. A copy without its manifest is none.
func Finish(ctx context.Context, fsys files.FS, part, dir string, m Manifest, progress Progress) (*Manifest, error) {
	paths, err := list(fsys, part)
	if err != nil {
		return nil, err
	}
	m.Format, m.Files = manifestFormat, make([]File, len(paths))
	for i, path := range paths {
		if m.Files[i], err = sum(ctx, fsys, part, path); err != nil {
			return nil, err
		}
		progress.tell(i+1, len(paths))
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	if err := Put(fsys, filepath.Join(part, ManifestName), text); err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	if err := syncTree(fsys, part); err != nil {
		return nil, fmt.Errorf("sync the copy: %w", err)
	}
	if err := fsys.Rename(part, dir); err != nil {
		return nil, fmt.Errorf("name the copy: %w", err)
	}
	if err := fsys.SyncDir(filepath.Dir(dir)); err != nil {
		return nil, fmt.Errorf("sync the name of the copy: %w", err)
	}
	return &m, nil
}

// Check reads every byte of a copy and compares it with the manifest.
func Check(ctx context.Context, fsys files.FS, dir string, kind Kind, progress Progress) (*Manifest, error) {
	m, err := Read(fsys, dir)
	if err != nil {
		return nil, err
	}
	if m.Kind != kind {
		return nil, &tactful.Error{Kind: tactful.Invalid, Detail: "that is a copy of the " + string(m.Kind) + ", not of the " + string(kind), Remedy: map[Kind]string{
			Data: "put it back with `tactful restore`", Keys: "put it back with `tactful keys restore`"}[m.Kind]}
	}
	for i, want := range m.Files {
		got, err := sum(ctx, fsys, dir, want.Path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, broken(want.Path+" is missing", err)
		}
		if err != nil {
			return nil, err
		}
		if got != want {
			return nil, broken(want.Path+" is not as it was written", nil)
		}
		progress.tell(i+1, len(m.Files))
	}
	return m, nil
}

// Restore copies a checked copy to a directory that is empty or not there. It
// copies and never links, so that the copy stays as it is; whoever is cut short
// finds no directory, or a whole one.
func Restore(ctx context.Context, fsys files.FS, from, to string, kind Kind, progress Progress) (*Manifest, error) {
	entries, err := fsys.List(to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look into the directory: %w", err)
	}
	if len(entries) > 0 {
		return nil, &tactful.Error{Kind: tactful.Refused, Field: string(kind) + "_dir", Detail: "something lies there already", Remedy: "move the directory away first; nothing is ever put over it"}
	}
	m, err := Read(fsys, from)
	if err != nil {
		return nil, err
	}
	half := len(m.Files)
	if m, err = Check(ctx, fsys, from, kind, func(done, _ int) { progress.tell(done, 2*half) }); err != nil {
		return nil, err
	}
	to = filepath.Clean(to)
	part := to + ".restoring"
	if err := files.RemoveAll(fsys, part); err != nil {
		return nil, fmt.Errorf("remove what was cut short: %w", err)
	}
	if err := files.MakeDir(fsys, part); err != nil {
		return nil, fmt.Errorf("make the directory: %w", err)
	}
	for i, f := range m.Files {
		if err := copyFile(ctx, fsys, filepath.Join(from, filepath.FromSlash(f.Path)), filepath.Join(part, filepath.FromSlash(f.Path))); err != nil {
			return nil, errors.Join(fmt.Errorf("copy %s: %w", f.Path, err), files.RemoveAll(fsys, part))
		}
		// What was written is read again: a medium that lost it, or a copy that changed
		// since it was checked, is found before anything is started on it.
		if got, err := sum(ctx, fsys, part, f.Path); err != nil || got != f {
			return nil, errors.Join(broken(f.Path+" did not arrive as it was written", err), files.RemoveAll(fsys, part))
		}
		progress.tell(half+i+1, 2*half)
	}
	if err := syncTree(fsys, part); err != nil {
		return nil, fmt.Errorf("sync the directory: %w", err)
	}
	if err := fsys.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("replace the empty directory: %w", err)
	}
	if err := fsys.Rename(part, to); err != nil {
		return nil, fmt.Errorf("name the directory: %w", err)
	}
	if err := fsys.SyncDir(filepath.Dir(to)); err != nil {
		return nil, fmt.Errorf("sync the name of the directory: %w", err)
	}
	return m, nil
}

// list names the files below a directory, with slashes.
func list(fsys files.FS, dir string) (paths []string, err error) {
	err = files.Walk(fsys, dir, func(path string, info fs.FileInfo) error {
		switch {
		case info.IsDir():
			return nil
		case !info.Mode().IsRegular():
			return tactful.Errorf(tactful.Invalid, "there is something else than files in it")
		}
		inside, err := filepath.Rel(dir, path)
		paths = append(paths, filepath.ToSlash(inside))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the copy: %w", err)
	}
	return paths, nil
}

func sum(ctx context.Context, fsys files.FS, dir, path string) (File, error) {
	f, err := fsys.Open(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil {
		return File{}, fmt.Errorf("read a file of the copy: %w", err)
	}
	hash := sha256.New()
	n, err := io.Copy(hash, reader{ctx, f})
	if err = errors.Join(err, f.Close()); err != nil {
		return File{}, fmt.Errorf("read a file of the copy: %w", err)
	}
	return File{Path: path, Bytes: n, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// reader stops with its context.
type reader struct {
	ctx context.Context
	f   files.File
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.f.Read(p)
}

// Take puts one immutable file into a copy: linked where the file system can,
// else copied.
func Take(ctx context.Context, fsys files.FS, from, to string) error {
	if err := place(fsys, to); err != nil {
		return err
	}
	if fsys.Link(from, to) == nil {
		return nil
	}
	return copyFile(ctx, fsys, from, to)
}

// Put writes one file of a copy.
func Put(fsys files.FS, to string, text []byte) error {
	if err := place(fsys, to); err != nil {
		return err
	}
	f, err := fsys.Create(to)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func copyFile(ctx context.Context, fsys files.FS, from, to string) error {
	if err := place(fsys, to); err != nil {
		return err
	}
	in, err := fsys.Open(from)
	if err != nil {
		return err
	}
	out, err := fsys.Create(to)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	_, err = io.Copy(writer{out}, reader{ctx, in})
	return errors.Join(err, out.Sync(), out.Close(), in.Close())
}

// writer hides that a file can do more, so that io.Copy asks the reader's context.
type writer struct{ io.Writer }

// place makes the directory of a file where there is none yet.
func place(fsys files.FS, path string) error {
	dir := filepath.Dir(path)
	if info, err := fsys.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	return files.MakeDir(fsys, dir)
}

// syncTree makes the names below a directory durable.
func syncTree(fsys files.FS, dir string) error {
	err := files.Walk(fsys, dir, func(path string, info fs.FileInfo) error {
		if info.IsDir() {
			return fsys.SyncDir(path)
		}
		return nil
	})
	return errors.Join(err, fsys.SyncDir(dir))
}
