package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func (w *world) putBack(from string) {
	w.t.Helper()
	data := filepath.Join(w.dir, "data")
	if err := os.RemoveAll(data); err != nil {
		w.t.Fatal(err)
	}
	if err := os.CopyFS(data, os.DirFS(from)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) backUp() string {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "backup")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(w.dir, "data"))); err != nil {
		w.t.Fatal(err)
	}
	return dir
}

func TestABackupThatIsPutBackForgetsAgainBeforeItServes(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	never := w.train().Hash
	w.agree("anna", tactful.Full)
	w.mustSend("anna", "purchased", 1, 2, 3, 7)
	if err := w.records.Link(ctx, device("anna"), w.ref("anna"), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if w.train().Hash == never {
		t.Fatal("the model did not learn from anna")
	}
	anna, other := w.footprint(user("anna"), device("anna")), w.footprint(user("crowd-7"))
	otherHistory, err := w.History(ctx, user("crowd-7"), 50)
	if err != nil || len(otherHistory) == 0 {
		t.Fatal(err)
	}
	before := w.decide(tactful.Request{Subject: user("crowd-7"), Placement: tactful.ForYou})
	w.shut()
	backup := w.backUp()
	w.open()
	receipt, err := w.Erase(ctx, user("anna"))
	if err != nil {
		t.Fatal(err)
	}
	afterErasure := w.decide(tactful.Request{Subject: user("crowd-7"), Placement: tactful.ForYou})
	w.shut()
	w.putBack(backup)
	if !bytes.Contains(everyByte(t, filepath.Join(w.dir, "data")), anna.ref[:]) {
		t.Fatal("the backup does not hold her")
	}

	var text bytes.Buffer
	w.reopen(&text)
	if !strings.Contains(text.String(), "carried out again") {
		t.Errorf("the log says %q", text.String())
	}
	if got := w.Health().ModelHash; got != never {
		t.Errorf("the model served is %.12s, never seen is %.12s", got, never)
	}
	for _, alias := range []tactful.Alias{user("anna"), device("anna")} {
		if ref, err := w.find(ctx, alias, w.clock.Now()); err != nil || !ref.IsZero() {
			t.Errorf("a name still leads somewhere: %v", err)
		}
	}
	content := everyByte(t, filepath.Join(w.dir, "data"))
	for what, trace := range anna.data {
		if bytes.Contains(content, trace) {
			t.Errorf("%s is in the files again", what)
		}
	}
	for what, trace := range other.data {
		if what != "the reference" && !strings.HasPrefix(what, "row") && !bytes.Contains(content, trace) {
			t.Errorf("%s of somebody else is gone", what)
		}
	}
	for _, id := range []string{"crowd-7", "crowd-20"} {
		if w.ref(id).IsZero() {
			t.Errorf("somebody else is gone")
		}
	}
	history, err := w.History(ctx, user("crowd-7"), 50)
	if err != nil || len(history) != len(otherHistory) {
		t.Errorf("somebody else's history has %d entries, had %d, %v", len(history), len(otherHistory), err)
	}
	again := w.decide(tactful.Request{Subject: user("crowd-7"), Placement: tactful.ForYou})
	if got, want := strings.Join(shown(again), " "), strings.Join(shown(afterErasure), " "); got != want {
		t.Errorf("somebody else is shown %s, after the erasure it was %s (before it %s)", got, want, strings.Join(shown(before), " "))
	}
	if kept, err := w.ErasureReceipt(ctx, receipt.ID); err != nil || !bytes.Equal(kept.Signed, receipt.Signed) {
		t.Errorf("the receipt has changed or is gone: %v", err)
	}
	files, err := os.ReadDir(w.modelDir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d model files, %v", len(files), err)
	}

	t.Run("and only once", func(t *testing.T) {
		w.shut()
		var text bytes.Buffer
		w.reopen(&text)
		if strings.Contains(text.String(), "carried out again") {
			t.Errorf("the log says %q", text.String())
		}
	})
	t.Run("a copy from after the erasure is opened as it is", func(t *testing.T) {
		w.shut()
		after := w.backUp()
		w.putBack(after)
		var text bytes.Buffer
		w.reopen(&text)
		if strings.Contains(text.String(), "carried out again") || w.Health().ModelHash != never {
			t.Errorf("the log says %q", text.String())
		}
	})
}

func TestABackupThatWasPutBackIsNotServedWhereRepeatingTheErasureIsCutShort(t *testing.T) {
	ctx := context.Background()
	never := neverSeen(t)
	template, ref := prepare(t, nil)
	w := template.another(t)
	w.open()
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	w.shut()
	for at := 0; ; at++ {
		if at > 50 {
			t.Fatal("opening a restored copy makes more than 50 changes")
		}
		w.putBack(filepath.Join(template.dir, "data"))
		p := &plug{after: at}
		e, err := Open(ctx, w.cfg, wiredOptions(w, p))
		if err == nil {
			w.Engine = e
			break
		}
		// The next start does it all.
		w.open()
		if got := w.Health().ModelHash; got != never {
			t.Errorf("cut at change %d: the model is %.12s, never seen is %.12s", at, got, never)
		}
		w.shut()
		if bytes.Contains(everyByte(t, filepath.Join(w.dir, "data")), ref[:]) {
			t.Errorf("cut at change %d: the reference is in the files", at)
		}
	}
	w.kill()
}

// TestAnErasureUnderWayMeetsARestoredBackup puts an older copy of the data back
// while an erasure is written down and not finished.
func TestAnErasureUnderWayMeetsARestoredBackup(t *testing.T) {
	never := neverSeen(t)
	template, ref := prepare(t, nil)
	for _, at := range []int{8, 14, 18} {
		w := template.another(t)
		p := &plug{after: -1}
		w.wire(p, nil)
		p.mu.Lock()
		p.after = p.count + at
		p.mu.Unlock()
		if _, err := w.Erase(context.Background(), user("anna")); err == nil {
			t.Fatalf("the erasure makes fewer than %d changes", at)
		}
		w.kill()
		w.putBack(filepath.Join(template.dir, "data"))
		w.open()
		if got := w.Health().ModelHash; got != never {
			t.Errorf("cut at change %d: the model is %.12s, never seen is %.12s", at, got, never)
		}
		receipts, err := w.ErasureReceipts(context.Background(), 10)
		if err != nil || len(receipts) != 1 || receipts[0].State != "done" {
			t.Errorf("cut at change %d: %d receipts, %v", at, len(receipts), err)
		}
		w.shut()
		if bytes.Contains(everyByte(t, filepath.Join(w.dir, "data")), ref[:]) {
			t.Errorf("cut at change %d: the reference is in the files", at)
		}
	}
}

func TestKeysAndDataThatDoNotBelongTogetherAreRefused(t *testing.T) {
	ctx := context.Background()
	template, _ := prepare(t, nil)
	w := template.another(t)
	open := func(dir, keys string) error {
		e, err := Open(ctx, w.cfg, Options{Dir: dir, KeyDir: keys, Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			err = e.Close(ctx)
		}
		return err
	}
	data := filepath.Join(w.dir, "data")
	oldKeys := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(oldKeys, os.DirFS(filepath.Join(w.dir, "keys"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(oldKeys, "keyset.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.open()
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	w.shut()
	other := newWorld(t, nil)
	other.stock(3)
	other.shut()
	defer other.open()

	fresh := filepath.Join(t.TempDir(), "keys")
	for _, c := range []struct{ name, dir, keys, want string }{
		{"an empty key_dir beside data", data, fresh, "there are no keys here"},
		{"the same once more, so that the refusal has made no keys", data, fresh, "there are no keys here"},
		{"the keys of another installation", data, filepath.Join(other.dir, "keys"), "do not belong to this data"},
		{"keys from before an erasure that the data has carried out", data, oldKeys, "key_dir is an older copy than data_dir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := open(c.dir, c.keys)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(fresh, "keyset.json")); err == nil {
		t.Error("a refusal made a key set")
	}
	for _, c := range []struct{ name, dir, keys string }{
		{"control: the right keys", data, filepath.Join(w.dir, "keys")},
		{"an empty data_dir beside keys", filepath.Join(t.TempDir(), "data"), filepath.Join(w.dir, "keys")},
		{"both empty", filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "keys")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := open(c.dir, c.keys); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOlderCopiesAreOpenedForAReasonOnly: keys that bring revoked API keys back, and
// data from before what is remembered of people's noes.
func TestOlderCopiesAreOpenedForAReasonOnly(t *testing.T) {
	ctx := context.Background()
	const why = "the disk with the newest copy burned on Monday"
	template, _ := prepare(t, nil)
	reopen := func(w *world, keys string, despite Despite) error {
		e, err := Open(ctx, w.cfg, Options{Dir: filepath.Join(w.dir, "data"), KeyDir: keys, Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler), Despite: despite, By: "ada, tactful serve"})
		if err != nil {
			return err
		}
		changes, err := e.ConfigLog(ctx, 10)
		if err == nil && despite != (Despite{}) && (len(changes) == 0 || changes[0].What != ChangeOpened || changes[0].Changed[0].To != why || changes[0].By != "ada, tactful serve") {
			t.Errorf("the log of changes says %+v", changes)
		}
		return errors.Join(err, e.Close(ctx))
	}
	t.Run("keys that are older than the data", func(t *testing.T) {
		w := template.another(t)
		w.open()
		w.shut()
		older := filepath.Join(t.TempDir(), "older")
		if err := os.CopyFS(older, os.DirFS(filepath.Join(w.dir, "keys"))); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(older, "keyset.json"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.open() // and so the newest keys know of one start more
		w.shut()
		for range 2 {
			if err := reopen(w, older, Despite{}); tactful.KindOf(err) != tactful.Refused || !strings.Contains(err.Error(), "revoked") {
				t.Errorf("without a reason: %v", err)
			}
		}
		for _, word := range []string{"because", ".........."} {
			if err := reopen(w, older, Despite{OlderKeys: word}); tactful.KindOf(err) != tactful.Invalid {
				t.Errorf("for %q: %v", word, err)
			}
		}
		if err := reopen(w, older, Despite{OlderData: why}); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("for another reason: %v", err)
		}
		if err := reopen(w, filepath.Join(w.dir, "keys"), Despite{}); err != nil {
			t.Errorf("control, the newest keys: %v", err)
		}
		if err := reopen(w, older, Despite{OlderKeys: why}); err != nil {
			t.Errorf("with a reason: %v", err)
		}
	})
	for name, c := range map[string]struct {
		days    int
		refused bool
	}{"data from before what is remembered": {33, true}, "data as old as copies may be": {29, false}} {
		t.Run(name, func(t *testing.T) {
			w := template.another(t)
			w.open()
			place := filepath.Join(t.TempDir(), "copy")
			if _, err := w.Backup(ctx, place, nil); err != nil {
				t.Fatal(err)
			}
			w.clock.pass(time.Duration(c.days) * dayLength)
			if err := w.Pause(ctx, user("anna"), w.clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			w.shut()
			if err := reopen(w, filepath.Join(w.dir, "keys"), Despite{}); err != nil {
				t.Errorf("control, data that only rested so long: %v", err)
			}
			w.putBackCopy(place)
			if err := reopen(w, filepath.Join(w.dir, "keys"), Despite{}); (tactful.KindOf(err) == tactful.Refused) != c.refused {
				t.Errorf("%v", err)
			}
			if !c.refused {
				return
			}
			if err := reopen(w, filepath.Join(w.dir, "keys"), Despite{OlderData: why}); err != nil {
				t.Errorf("with a reason: %v", err)
			}
		})
	}
}
