package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// TestACopyOfTheKeysIsOlderWithoutAStartInBetween: the engine runs on after the
// copy, key_dir is lost, the copy is put in its place. What was revoked, made or
// said no to since would be undone in silence.
func TestACopyOfTheKeysIsOlderWithoutAStartInBetween(t *testing.T) {
	ctx := context.Background()
	const why = "the disk with the newest copy burned on Monday"
	template, _ := prepare(t, nil)
	byCommand := func(w *world, to string) error {
		_, err := w.BackupKeys(ctx, to, nil)
		return err
	}
	byOtherMeans := func(w *world, to string) error {
		if err := os.Mkdir(to, 0o700); err != nil {
			return err
		}
		set, err := w.keySet()
		return errors.Join(err, w.keys.Checkpoint(ctx, filepath.Join(to, "table")), os.WriteFile(filepath.Join(to, keySetFile), set, 0o600))
	}
	revoke := func(w *world) error { return w.Access().Revoke(ctx, "shop") }
	for name, c := range map[string]struct {
		copy  func(w *world, to string) error
		since func(w *world) error
	}{
		"copied, then a key was revoked":                  {byCommand, revoke},
		"copied, then somebody said no":                   {byCommand, func(w *world) error { return w.Pause(ctx, user("anna"), w.clock.Now().Add(dayLength)) }},
		"copied by other means, then a key was revoked":   {byOtherMeans, revoke},
		"copied by other means, then a key was made":      {byOtherMeans, func(w *world) error { _, err := w.Access().Create(ctx, "till", access.Write, nil); return err }},
		"copied by other means, then a key was let loose": {byOtherMeans, func(w *world) error { return w.Access().Release(ctx, "waits", access.Maker{}) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := template.another(t)
			w.open()
			shop, err := w.Access().Create(ctx, "shop", access.Write, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Access().Make(ctx, access.New{Name: "waits", Scopes: access.Write, Maker: access.Maker{Name: "Ada B.", Key: "k1"}}); err != nil {
				t.Fatal(err)
			}
			older := filepath.Join(t.TempDir(), "older")
			if err := c.copy(w, older); err != nil {
				t.Fatal(err)
			}
			if err := c.since(w); err != nil {
				t.Fatal(err)
			}
			before := w.Access().List()
			w.shut()
			opt := w.options()
			opt.KeyDir = older
			if e, err := Open(ctx, w.cfg, opt); err == nil {
				t.Fatalf("the older keys were opened (%v)", e.Close(ctx))
			} else if tactful.KindOf(err) != tactful.Refused {
				t.Errorf("%v", err)
			}
			w.open()
			if after := w.Access().List(); len(after) != len(before) {
				t.Errorf("control, the newest keys: %d of %d", len(after), len(before))
			}
			_, err = w.Access().Check(ctx, shop)
			if key, found := w.Access().Find("shop"); found != nil || key.Revoked.IsZero() == errors.Is(err, access.ErrUnknown) {
				t.Errorf("control, the newest keys: %v, %v", err, found)
			}
			w.shut()
			opt.Despite.OlderKeys = why
			e, err := Open(ctx, w.cfg, opt)
			if err != nil {
				t.Fatalf("for a reason: %v", err)
			}
			if err := e.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestKeysThatWereCopiedAfterTheDataOpenIt is the whole loss: both copies of one
// night are put back, and nobody has to say why.
func TestKeysThatWereCopiedAfterTheDataOpenIt(t *testing.T) {
	ctx := context.Background()
	template, _ := prepare(t, nil)
	w := template.another(t)
	w.open()
	data, keys := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "keys")
	if _, err := w.Backup(ctx, data, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.BackupKeys(ctx, keys, nil); err != nil {
		t.Fatal(err)
	}
	w.shut()
	opt := w.options()
	opt.Dir, opt.KeyDir = data, keys
	e, err := Open(ctx, w.cfg, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(ctx); err != nil {
		t.Error(err)
	}
}
