package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/backup"
	"github.com/tactful/tactful/internal/files"
)

// Backup is one copy that was made.
type Backup struct {
	Kind     backup.Kind
	Made     time.Time
	DeleteBy time.Time // as engine.erasure.backups says to those who were erased
	Files    int
	Bytes    int64  // as if no file were shared with the store
	Model    string // in use at that moment, "" before the first fit
	Took     time.Duration
}

const keySetFile = "keyset.json"

// Backup makes a copy of the data, as of one moment, in a directory that is not
// there yet, while everything goes on. Table files are shared with the store
// where the file system can link them. No key is in it: whoever takes it has
// nothing, and an erasure that is done later makes the person's rows in it
// unreadable. It waits for a fit or an erasure that is under way, so that model
// and rows belong together.
func (e *Engine) Backup(ctx context.Context, dir string, progress func(stage string, done, total int)) (Backup, error) {
	return e.copyOut(ctx, backup.Data, dir, progress, func(part string) (string, error) {
		if err := e.school.lesson.take(ctx); err != nil {
			return "", err
		}
		defer e.school.lesson.give()
		if err := e.sequence(ctx); err != nil { // a record that waits would look cut off later
			return "", err
		}
		if err := e.saveClock(ctx); err != nil { // the copy says of when it is
			return "", err
		}
		if err := e.data.Checkpoint(ctx, filepath.Join(part, "store")); err != nil {
			return "", err
		}
		if err := e.records.Beat(ctx); err != nil { // from now on the copy is known for one
			return "", err
		}
		card, err := e.readCard(ctx)
		if err != nil || card == nil {
			return "", err
		}
		name := filepath.Base(e.modelPath(card.Hash))
		if err := backup.Take(ctx, e.files, e.modelPath(card.Hash), filepath.Join(part, "models", name)); err != nil {
			return "", fmt.Errorf("copy the model: %w", err)
		}
		return card.Hash, nil
	})
}

// keyTries is how often a copy of the keys is begun again because the key set
// was rotated meanwhile.
const keyTries = 4

// BackupKeys makes a copy of the keys and of the journal of erasures. It opens
// every copy of the data made before it, so it belongs in another place than
// those, and only the newest is to be kept: an older one holds keys that
// erasures have destroyed since. After RotateKeys an older one opens nothing.
func (e *Engine) BackupKeys(ctx context.Context, dir string, progress func(stage string, done, total int)) (Backup, error) {
	return e.copyOut(ctx, backup.Keys, dir, progress, func(part string) (string, error) {
		for range keyTries {
			before, err := e.keySet()
			if err != nil {
				return "", err
			}
			table := filepath.Join(part, "table")
			if err := e.keys.Checkpoint(ctx, table); err != nil {
				return "", err
			}
			after, err := e.keySet()
			if err != nil {
				return "", err
			}
			if bytes.Equal(before, after) {
				if err := e.records.Beat(ctx); err != nil { // from now on the copy is older than the data
					return "", err
				}
				if after == nil {
					return "", nil
				}
				return "", backup.Put(e.files, filepath.Join(part, keySetFile), after)
			}
			if err := files.RemoveAll(e.files, table); err != nil {
				return "", err
			}
		}
		return "", &tactful.Error{Kind: tactful.Conflict, Detail: "the keys are being rotated", Remedy: "make the copy when that is done"}
	})
}

// keySet reads the key set's file; nil where it is kept in the environment.
func (e *Engine) keySet() ([]byte, error) {
	if e.keysOut {
		return nil, nil
	}
	text, err := files.Read(e.files, filepath.Join(e.keyDir, keySetFile))
	if err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	return text, nil
}

// copyOut makes a copy beside its final place and names it when it is whole.
func (e *Engine) copyOut(ctx context.Context, kind backup.Kind, dir string, progress func(string, int, int), take func(part string) (model string, err error)) (b Backup, err error) {
	if err := e.enter(); err != nil {
		return b, err
	}
	defer e.leave()
	if progress == nil {
		progress = func(string, int, int) {}
	}
	if err := e.outsideStores(dir); err != nil {
		return b, err
	}
	begun := e.clock.Now()
	part := filepath.Clean(dir) + ".part"
	if err := e.files.Mkdir(part); err != nil {
		return b, &tactful.Error{Kind: tactful.Conflict, Field: "dir", Detail: "the copy cannot be begun there", Remedy: "is another copy under way? if one was cut short, remove the directory that ends in .part", Err: err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, files.RemoveAll(e.files, part))
		}
	}()
	model, err := take(part)
	if err != nil {
		return b, fmt.Errorf("make a copy: %w", err)
	}
	m, err := backup.Finish(ctx, e.files, part, filepath.Clean(dir), backup.Manifest{Kind: kind, Made: begun, Model: model},
		func(done, total int) { progress("checksum the copy", done, total) })
	if err != nil {
		return b, fmt.Errorf("make a copy: %w", err)
	}
	e.log.Info("a copy was made", "kind", string(kind), "files", len(m.Files), "bytes", m.Bytes())
	return Backup{Kind: kind, Made: begun, DeleteBy: begun.Add(e.cfg.Erasure.Backups), Files: len(m.Files), Bytes: m.Bytes(), Model: model, Took: e.clock.Now().Sub(begun)}, nil
}

// outsideStores refuses a place inside the stores: the next copy of data_dir by
// other means would hold the keys, or copies without end.
func (e *Engine) outsideStores(dir string) error {
	if _, err := e.files.Stat(dir); err == nil {
		return tactful.InvalidField("dir", "is there already", "name a directory that does not exist; a copy is never put over another")
	}
	whole, err := e.files.Real(filepath.Dir(filepath.Clean(dir)))
	if err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: "dir", Detail: "the directory that it would lie in is not there", Remedy: "make it first", Err: err}
	}
	for _, own := range []string{filepath.Dir(e.modelDir), e.keyDir} {
		if own, err = e.files.Real(own); err != nil {
			return err
		}
		if relative, err := filepath.Rel(own, whole); err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator)) {
			return tactful.InvalidField("dir", "is inside data_dir or key_dir", "name a place outside of both")
		}
	}
	return nil
}
