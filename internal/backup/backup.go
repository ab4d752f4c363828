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
	"os"
	"path/filepath"

	"github.com/tactful/tactful"
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
func Finish(ctx context.Context, part, dir string, m Manifest, progress Progress) (*Manifest, error) {
	paths, err := list(part)
	if err != nil {
		return nil, err
	}
	m.Format, m.Files = manifestFormat, make([]File, len(paths))
	for i, path := range paths {
		if m.Files[i], err = sum(ctx, part, path); err != nil {
			return nil, err
		}
		progress.tell(i+1, len(paths))
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	if err := write(filepath.Join(part, ManifestName), text); err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	if err := syncTree(part); err != nil {
		return nil, fmt.Errorf("sync the copy: %w", err)
	}
	if err := os.Rename(part, dir); err != nil {
		return nil, fmt.Errorf("name the copy: %w", err)
	}
	return &m, syncDir(filepath.Dir(dir))
}

// Check reads every byte of a copy and compares it with the manifest.
func Check(ctx context.Context, dir string, kind Kind, progress Progress) (*Manifest, error) {
	m, err := Read(dir)
	if err != nil {
		return nil, err
	}
	if m.Kind != kind {
		return nil, &tactful.Error{Kind: tactful.Invalid, Detail: "that is a copy of the " + string(m.Kind) + ", not of the " + string(kind), Remedy: map[Kind]string{
			Data: "put it back with `tactful restore`", Keys: "put it back with `tactful keys restore`"}[m.Kind]}
	}
	for i, want := range m.Files {
		got, err := sum(ctx, dir, want.Path)
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
func Restore(ctx context.Context, from, to string, kind Kind, progress Progress) (*Manifest, error) {
	entries, err := os.ReadDir(to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look into the directory: %w", err)
	}
	if len(entries) > 0 {
		return nil, &tactful.Error{Kind: tactful.Refused, Field: string(kind) + "_dir", Detail: "something lies there already", Remedy: "move the directory away first; nothing is ever put over it"}
	}
	m, err := Read(from)
	if err != nil {
		return nil, err
	}
	half := len(m.Files)
	if m, err = Check(ctx, from, kind, func(done, _ int) { progress.tell(done, 2*half) }); err != nil {
		return nil, err
	}
	part := filepath.Clean(to) + ".restoring"
	if err := os.RemoveAll(part); err != nil {
		return nil, fmt.Errorf("remove what was cut short: %w", err)
	}
	if err := os.MkdirAll(part, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory: %w", err)
	}
	for i, f := range m.Files {
		if err := copyFile(ctx, filepath.Join(from, filepath.FromSlash(f.Path)), filepath.Join(part, filepath.FromSlash(f.Path))); err != nil {
			return nil, errors.Join(fmt.Errorf("copy %s: %w", f.Path, err), os.RemoveAll(part))
		}
		progress.tell(half+i+1, 2*half)
	}
	if err := syncTree(part); err != nil {
		return nil, fmt.Errorf("sync the directory: %w", err)
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("replace the empty directory: %w", err)
	}
	if err := os.Rename(part, to); err != nil {
		return nil, fmt.Errorf("name the directory: %w", err)
	}
	return m, syncDir(filepath.Dir(filepath.Clean(to)))
}

// list names the files below a directory, with slashes.
func list(dir string) (paths []string, err error) {
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			return tactful.Errorf(tactful.Invalid, "there is something else than files in it")
		}
		paths = append(paths, path)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the copy: %w", err)
	}
	return paths, nil
}

func sum(ctx context.Context, dir, path string) (File, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(path)))
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
	f   *os.File
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.f.Read(p)
}

// Take puts one immutable file into a copy: linked where the file system can,
// else copied.
func Take(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	return copyFile(ctx, from, to)
}

func copyFile(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	_, err = io.Copy(out, reader{ctx, in})
	return errors.Join(err, out.Sync(), out.Close(), in.Close())
}

func write(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncTree makes the names below a directory durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return syncDir(path)
	})
}

func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
