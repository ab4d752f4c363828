package api

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// Backups says where copies are made. A caller gives a name and never a place,
// so that a stolen key can neither write elsewhere nor carry anything away.
type Backups struct {
	Dir    string // of the data; empty: none are made
	KeyDir string // of the keys; empty: none are made
}

// MaxBackups is how many copies lie in one place: a stolen key cannot fill the
// disk with them.
const MaxBackups = 64

// place is where a copy of this name goes.
func (b Backups) place(kind wire.BackupRequestKind, name string) (string, error) {
	dir, setting := b.Dir, "backup.dir"
	if kind == wire.BackupRequestKindKeys {
		dir, setting = b.KeyDir, "backup.key_dir"
	}
	if dir == "" {
		return "", &tactful.Error{Kind: tactful.Refused, Field: setting, Detail: "this server may not make such copies",
			Remedy: "set " + setting + " and restart, or stop the server and run the command without --url"}
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return "", &tactful.Error{Kind: tactful.Unavailable, Field: setting, Detail: "the place for copies cannot be used", Remedy: "check " + setting, Err: err}
	}
	if len(entries) >= MaxBackups {
		return "", &tactful.Error{Kind: tactful.Refused, Field: setting, Detail: "there are too many copies", Remedy: "delete old ones; the receipts of erasures say when they are gone"}
	}
	return filepath.Join(dir, name), nil
}

// MakeBackup copies the data or the keys.
func (s *server) MakeBackup(ctx context.Context, r wire.MakeBackupRequestObject) (wire.MakeBackupResponseObject, error) {
	dir, err := s.opt.Backups.place(r.Body.Kind, r.Body.Name)
	if err != nil {
		return nil, err
	}
	take := s.opt.Engine.Backup
	if r.Body.Kind == wire.BackupRequestKindKeys {
		take = s.opt.Engine.BackupKeys
	}
	b, err := take(ctx, dir, nil)
	if err != nil {
		return nil, err
	}
	return wire.MakeBackup200JSONResponse{
		Kind: wire.BackupKind(b.Kind), Made: b.Made, DeleteBy: b.DeleteBy, Files: int64(b.Files), Bytes: b.Bytes, Model: b.Model, Seconds: b.Took.Seconds(),
	}, nil
}
