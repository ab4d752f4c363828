package engine

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/backup"
	"github.com/tactful/tactful/internal/files"
)

// intact verifies everything.
func (w *world) intact() *Verification {
	w.t.Helper()
	v, err := w.Verify(context.Background(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if !v.Sound() {
		w.t.Errorf("faults: %s", strings.Join(v.Faults, "; "))
	}
	return v
}

// putBackCopy replaces the data by a copy that Backup made.
func (w *world) putBackCopy(from string) {
	w.t.Helper()
	data := filepath.Join(w.dir, "data")
	if err := os.RemoveAll(data); err != nil {
		w.t.Fatal(err)
	}
	if _, err := backup.Restore(w.t.Context(), files.OS{}, from, data, backup.Data, nil); err != nil {
		w.t.Fatal(err)
	}
}

// TestTheRestoreDrill makes a copy while events come in and lists go out, erases
// somebody, loses the data, and puts the copy back.
func TestTheRestoreDrill(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(40, 24)
	w.train()
	w.live("anna", 1, 2, 3, 7)
	w.train()
	anna := w.footprint(user("anna"))
	people, first := w.subjects(), len(w.kept(user("crowd-1")))

	copies := t.TempDir()
	place := filepath.Join(copies, "monday")
	var before, during atomic.Int64 // events acknowledged before the copy was begun, and in all
	done := make(chan struct{})
	var made Backup
	together(2, func(i int) {
		if i == 1 {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				w.mustSend("crowd-1", "purchased", 1+n%24)
				w.clock.pass(time.Second)
				during.Add(1)
				w.decide(tactful.Request{Subject: user("crowd-3"), Placement: tactful.ForYou})
			}
		}
		defer close(done)
		for during.Load() < 10 {
			w.decide(tactful.Request{Subject: user("crowd-2"), Placement: tactful.ForYou})
		}
		before.Store(during.Load())
		var err error
		if made, err = w.Backup(ctx, place, nil); err != nil {
			t.Error(err)
		}
	})
	if made.Files == 0 || made.Model == "" || made.DeleteBy.Sub(made.Made) != 30*24*time.Hour {
		t.Fatalf("%+v", made)
	}
	if bytes.Contains(everyByte(t, place), []byte("keyset")) {
		t.Error("a key set lies in the copy")
	}
	if v := w.intact(); v.People != people || v.Model == "" || v.Rows["people"] == 0 || v.Records == 0 {
		t.Errorf("%+v", v)
	}
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.putBackCopy(place)
	if !bytes.Contains(everyByte(t, filepath.Join(w.dir, "data")), anna.ref[:]) {
		t.Fatal("the control: the copy does not hold her")
	}

	var text bytes.Buffer
	w.reopen(&text)
	if !strings.Contains(text.String(), "carried out again") {
		t.Errorf("the log says %q", text.String())
	}
	content := everyByte(t, filepath.Join(w.dir, "data"))
	for what, trace := range anna.data {
		if bytes.Contains(content, trace) {
			t.Errorf("%s is in the files again", what)
		}
	}
	kept := int64(len(w.kept(user("crowd-1"))) - first)
	if kept < before.Load() || kept > during.Load() {
		t.Errorf("%d events are there; %d were acknowledged before the copy, %d in all", kept, before.Load(), during.Load())
	}
	v := w.intact()
	if v.People != people-1 || v.Erased != 1 {
		t.Errorf("%+v", v)
	}
	t.Logf("%d events acknowledged before the copy, %d in all, %d put back; %d files, %d bytes; %d people, %d rows of theirs, %d consent records",
		before.Load(), during.Load(), kept, made.Files, made.Bytes, v.People, v.Rows["people"], v.Records)

	t.Run("and only once", func(t *testing.T) {
		w.shut()
		var text bytes.Buffer
		w.reopen(&text)
		if strings.Contains(text.String(), "carried out again") {
			t.Errorf("the log says %q", text.String())
		}
	})
}

func TestACopyIsRefusedWhereItWouldDoHarm(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct{ name, dir string }{
		{"over something", t.TempDir()},
		{"in the data", filepath.Join(w.dir, "data", "copy")},
		{"in the keys", filepath.Join(w.dir, "keys", "copy")},
		{"in a place that is not there", filepath.Join(t.TempDir(), "no", "where")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := w.Backup(t.Context(), c.dir, nil); tactful.KindOf(err) != tactful.Invalid {
				t.Errorf("%v", err)
			}
			if _, err := w.BackupKeys(t.Context(), c.dir, nil); tactful.KindOf(err) != tactful.Invalid {
				t.Errorf("%v", err)
			}
			if left, _ := filepath.Glob(c.dir + ".part"); len(left) > 0 {
				t.Error("something was left behind")
			}
		})
	}
	if _, err := w.Backup(t.Context(), filepath.Join(t.TempDir(), "copy"), nil); err != nil {
		t.Errorf("the control: %v", err)
	}
}

func TestACopyOfTheKeysOpensTheDataUntilTheKeysAreRotated(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	w.live("anna", 1, 2)
	place := filepath.Join(t.TempDir(), "keys")
	if _, err := w.BackupKeys(t.Context(), place, nil); err != nil {
		t.Fatal(err)
	}
	lose := func() {
		t.Helper()
		w.shut()
		keys := filepath.Join(w.dir, "keys")
		if err := os.Rename(keys, keys+"-lost"); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Restore(t.Context(), files.OS{}, place, keys, backup.Keys, nil); err != nil {
			t.Fatal(err)
		}
	}
	lose()
	opt := w.options()
	opt.Despite.OlderKeys = "the disk with the newest keys burned" // the data has lived on since the copy
	e, err := Open(t.Context(), w.cfg, opt)
	if err != nil {
		t.Fatal(err)
	}
	w.Engine = e
	w.intact()
	if err := w.RotateKeys(t.Context(), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.dir, "keys-lost")); err != nil {
		t.Fatal(err)
	}
	w.intact() // after a rotation everything opens still
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(w *world)
		want string
	}{
		{"a row of a person changed", func(w *world) {
			for _, row := range w.evidenceRows("anna")["record"] {
				changed := bytes.Clone(row.row.Value)
				changed[len(changed)-1] ^= 1
				w.put(row, row.row.Key, changed)
				return
			}
		}, "does not open"},
		{"the model file changed", func(w *world) {
			path := w.modelPath(w.Health().ModelHash)
			content, err := os.ReadFile(path)
			if err != nil {
				w.t.Fatal(err)
			}
			content[len(content)/2] ^= 1
			if err := os.WriteFile(path, content, 0o600); err != nil {
				w.t.Fatal(err)
			}
		}, "the model file is missing or damaged"},
		{"a key of a person gone without an erasure", func(w *world) {
			if err := w.vault.Shred(context.Background(), w.ref("anna")); err != nil {
				w.t.Fatal(err)
			}
		}, "a person has rows and no key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.stock(12)
			w.crowd(20, 12)
			w.live("anna", 1, 2)
			w.train()
			w.intact()
			c.harm(w)
			v, err := w.Verify(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(v.Faults, "; "), c.want) {
				t.Errorf("faults: %q", v.Faults)
			}
		})
	}
}
