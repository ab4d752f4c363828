package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// everyByte reads all files under a directory, their names included.
func everyByte(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all = append(append(all, path[len(dir):]...), '\n')
		if entry.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		all = append(all, content...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// footprint is what the files hold of one person, by what it is.
type footprint struct {
	ref  tactful.Ref
	data map[string][]byte
	keys map[string][]byte
	rows map[string]store.Row // of the subject's partition, as sealed
}

func (w *world) footprint(aliases ...tactful.Alias) footprint {
	w.t.Helper()
	ctx := context.Background()
	ref, err := w.find(ctx, aliases[0], w.clock.Now())
	if err != nil || ref.IsZero() {
		w.t.Fatal("nobody", err)
	}
	f := footprint{ref: ref, data: map[string][]byte{"the reference": ref[:]}, keys: map[string][]byte{"the reference": ref[:]}, rows: map[string]store.Row{}}
	rows := func(from *disk.Disk, p store.Partition) (all []store.Row) {
		for _, family := range []store.Family{store.State, store.Log} {
			answers, err := from.Read(ctx, []store.Query{{Partition: p, Family: family, Now: w.clock.Now()}})
			if err != nil {
				w.t.Fatal(err)
			}
			for _, row := range answers[0].Rows {
				row.Family = family
				all = append(all, row)
			}
		}
		return all
	}
	for _, row := range rows(w.data, store.Partition{Section: store.Subjects, ID: ref}) {
		name := fmt.Sprintf("row %d ", row.Family) + hex.EncodeToString(row.Key)
		f.data[name], f.rows[name] = row.Value, row
	}
	for _, a := range aliases {
		p := store.Partition{Section: store.Aliases, ID: w.vault.AliasID(a)}
		f.data["alias partition of "+a.ID] = p.ID[:]
		for _, row := range rows(w.data, p) {
			f.data["alias row of "+a.ID] = row.Value
		}
	}
	for _, row := range rows(w.keys, store.Partition{Section: store.Keys, ID: ref}) {
		f.keys["wrapped key"] = row.Value
	}
	return f
}

// live lets a person leave every kind of trace there is.
func (w *world) live(id string, items ...int) (receipts []string) {
	w.t.Helper()
	ctx := context.Background()
	w.agree(id, tactful.Full)
	w.mustSend(id, "purchased", items...)
	w.mustSend(id, "viewed", items[0]+1)
	if err := w.records.Link(ctx, device(id), w.ref(id), w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.SetHistory(ctx, user(id), "item-2", "gift"); err != nil {
		w.t.Fatal(err)
	}
	w.train()
	for range 3 {
		d := w.decide(tactful.Request{Subject: user(id), Placement: tactful.ForYou})
		if d.Level < tactful.Personal {
			w.t.Fatalf("level %s", d.Level)
		}
		if err := w.Report(ctx, d.ID, tactful.FeedbackDismissed, d.Suggestions[0].Item.ID); err != nil {
			w.t.Fatal(err)
		}
		receipts = append(receipts, d.ID)
	}
	return receipts
}

func device(id string) tactful.Alias {
	return tactful.Alias{Kind: tactful.Anonymous, ID: "device-of-" + id}
}

func TestErasureLeavesNothingInAnyFileAndNothingThatOldCopiesOpen(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	benReceipts := w.live("ben", 1, 2, 6, 10)
	annaReceipts := w.live("anna", 1, 2, 5, 9)
	anna, ben := w.footprint(user("anna"), device("anna")), w.footprint(user("ben"), device("ben"))
	if len(anna.data) < 18 || len(anna.keys) != 2 || len(anna.rows) < 14 {
		t.Fatalf("only %d traces, %d of keys", len(anna.data), len(anna.keys))
	}
	oldModel := w.modelPath(w.Health().ModelHash)
	dataDir, keyDir, oldDir := filepath.Join(w.dir, "data"), filepath.Join(w.dir, "keys"), filepath.Join(w.dir, "old")

	t.Run("before, every trace can be seen", func(t *testing.T) {
		data, keys := everyByte(t, dataDir), everyByte(t, keyDir)
		for what, trace := range anna.data {
			if !bytes.Contains(data, trace) {
				t.Errorf("%s is not in the data files: the look is blind", what)
			}
		}
		for what, trace := range anna.keys {
			if !bytes.Contains(keys, trace) {
				t.Errorf("%s is not in the key files: the look is blind", what)
			}
		}
		if _, err := os.Stat(oldModel); err != nil {
			t.Error(err)
		}
	})

	w.shut()
	if err := os.CopyFS(oldDir, os.DirFS(dataDir)); err != nil {
		t.Fatal(err)
	}
	w.open()
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}

	look := func(t *testing.T) {
		data, keys := everyByte(t, dataDir), everyByte(t, keyDir)
		for _, traces := range []map[string][]byte{anna.data, anna.keys} {
			for what, trace := range traces {
				if bytes.Contains(data, trace) || bytes.Contains(keys, trace) {
					t.Errorf("%s is still there", what)
				}
			}
		}
		for what, trace := range ben.data {
			if !bytes.Contains(data, trace) {
				t.Errorf("%s of somebody else is gone, or the look is blind", what)
			}
		}
		t.Logf("none of %d traces in %d bytes of data and %d of keys", len(anna.data)+len(anna.keys), len(data), len(keys))
	}
	t.Run("after, while the engine runs, no file holds a trace", look)
	t.Run("nothing of theirs is found", func(t *testing.T) {
		for _, id := range annaReceipts {
			if _, err := w.Receipt(ctx, id); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("a receipt: %v", err)
			}
		}
		for _, alias := range []tactful.Alias{user("anna"), device("anna")} {
			if ref, err := w.find(ctx, alias, w.clock.Now()); err != nil || !ref.IsZero() {
				t.Errorf("a name still leads somewhere: %v", err)
			}
		}
		for _, id := range benReceipts {
			if _, err := w.Receipt(ctx, id); err != nil {
				t.Errorf("a receipt of somebody else: %v", err)
			}
		}
	})
	t.Run("the model of before is gone", func(t *testing.T) {
		files, err := os.ReadDir(filepath.Dir(oldModel))
		if err != nil || len(files) != 1 || files[0].Name() == filepath.Base(oldModel) {
			t.Errorf("%v %v", files, err)
		}
	})
	w.shut()
	t.Run("after, when the engine is closed, no file holds a trace", look)

	t.Run("an old copy of the data opens nothing of theirs with today's keys, and loses it as it is opened", func(t *testing.T) {
		p := store.Partition{Section: store.Subjects, ID: anna.ref}
		rows := func(d *disk.Disk) int {
			there, err := d.Read(ctx, []store.Query{{Partition: p, Family: store.Log, Now: w.clock.Now()}})
			if err != nil {
				t.Fatal(err)
			}
			return len(there[0].Rows)
		}
		copied, err := disk.Open(filepath.Join(oldDir, "store"), disk.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if rows(copied) == 0 {
			t.Fatal("the copy does not hold the rows")
		}
		if err := copied.Close(); err != nil {
			t.Fatal(err)
		}
		old, err := Open(ctx, w.cfg, Options{Dir: oldDir, KeyDir: keyDir, Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := old.Close(ctx); err != nil {
				t.Error(err)
			}
		}()
		w := &world{Engine: old, t: t, clock: w.clock}
		if n := rows(old.data); n != 0 {
			t.Errorf("%d rows are still in the copy", n)
		}
		sealers, err := old.vault.Sealers(ctx, []tactful.Ref{anna.ref, ben.ref})
		if err != nil || sealers[0] != nil || sealers[1] == nil {
			t.Fatalf("keys: %v", err)
		}
		for name, row := range anna.rows {
			if _, err := sealers[1].Open(nil, p, row.Family, row.Key, row.Value); err == nil {
				t.Errorf("%s opens with another person's key", name)
			}
			if _, err := old.vault.Tenant().Open(nil, p, row.Family, row.Key, row.Value); err == nil {
				t.Errorf("%s opens with the tenant's key", name)
			}
		}
		opened := 0
		for name, row := range ben.rows {
			if _, err := sealers[1].Open(nil, store.Partition{Section: store.Subjects, ID: ben.ref}, row.Family, row.Key, row.Value); err != nil {
				t.Errorf("%s of somebody else: %v", name, err)
			}
			opened++
		}
		for _, id := range annaReceipts {
			if _, err := w.Receipt(ctx, id); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("a receipt: %v", err)
			}
		}
		if history, err := w.History(ctx, user("anna"), 10); err == nil && len(history) > 0 || err != nil && tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("a history of %d: %v", len(history), err)
		}
		if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level != tactful.Generic {
			t.Errorf("a decision at level %s", d.Level)
		}
		if history, err := w.History(ctx, user("ben"), 10); err != nil || len(history) < 4 {
			t.Errorf("somebody else's history of %d: %v", len(history), err)
		}
		t.Logf("%d rows of the erased person closed for good, %d rows of another open", len(anna.rows), opened)
	})
	w.open() // for the cleanup
}

// meddler is a store in which something happens at a chosen moment.
type meddler struct {
	*disk.Disk
	before func(d *disk.Disk, batches []store.Batch) // every write
	drop   func(p store.Partition) error
}

func (m *meddler) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	if m.before != nil {
		m.before(m.Disk, batches)
	}
	return m.Disk.Write(ctx, batches)
}

func (m *meddler) Drop(ctx context.Context, p store.Partition) error {
	if m.drop != nil {
		if err := m.drop(p); err != nil {
			return err
		}
	}
	return m.Disk.Drop(ctx, p)
}

// meddle reopens the world's engine over a meddler.
func (w *world) meddle(m *meddler) {
	w.t.Helper()
	w.shut()
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"),
		Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
		watch: func(d *disk.Disk) store.Store { m.Disk = d; return m },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
}

// neverSeen is the hash of the model that anna is not in.
func neverSeen(t *testing.T) string {
	t.Helper()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	return w.train().Hash
}

func withAnna(t *testing.T, never string) *world {
	t.Helper()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2, 3, 7)
	if w.train().Hash == never {
		t.Fatal("the model did not learn from anna")
	}
	return w
}

func TestAnErasureUnlearnsAlsoSomebodyWhoChangesAtTheSameMoment(t *testing.T) {
	never := neverSeen(t)
	w := withAnna(t, never)
	var meddled atomic.Int64
	w.meddle(&meddler{before: func(d *disk.Disk, batches []store.Batch) {
		for _, b := range batches { // whoever takes her contribution out comes second, six times
			if b.Partition.Section == store.Subjects && len(b.Delete) == 1 && bytes.Equal(b.Delete[0].Key, []byte{4}) && meddled.Add(1) <= 6 {
				rows, err := d.Read(context.Background(), []store.Query{{Partition: b.Partition, Family: store.State, Limit: 1, Now: w.clock.Now()}})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := d.Write(context.Background(), []store.Batch{{Partition: b.Partition, Expect: rows[0].Version, State: rows[0].Rows}}); err != nil {
					t.Error(err)
				}
			}
		}
	}})
	if _, err := w.Erase(context.Background(), user("anna")); err != nil {
		t.Fatal(err)
	}
	if meddled.Load() < 7 {
		t.Errorf("the contribution was taken out in %d tries", meddled.Load())
	}
	if got := w.Health().ModelHash; got != never {
		t.Errorf("the model after erasure is %.12s, never seen is %.12s", got, never)
	}
	if again := w.train(); again.Hash != never {
		t.Errorf("after the next fit the model is %.12s", again.Hash)
	}
}

func TestAnErasureCutShortIsFinishedByTheNextStart(t *testing.T) {
	never := neverSeen(t)
	w := withAnna(t, never)
	broken := errors.New("the plug was pulled")
	w.meddle(&meddler{drop: func(p store.Partition) error {
		if p.Section == store.Subjects {
			return broken
		}
		return nil
	}})
	ref := w.ref("anna")
	if _, err := w.Erase(context.Background(), user("anna")); !errors.Is(err, broken) {
		t.Fatalf("the erasure ended with %v", err)
	}
	w.shut()
	if !bytes.Contains(everyByte(t, filepath.Join(w.dir, "data")), ref[:]) {
		t.Fatal("nothing was left to finish")
	}
	var text bytes.Buffer
	w.reopen(&text)
	if !strings.Contains(text.String(), "finishing erasures that were cut short") {
		t.Errorf("the log says %q", text.String())
	}
	if got := w.Health().ModelHash; got != never {
		t.Errorf("the model is %.12s, never seen is %.12s", got, never)
	}
	if bytes.Contains(everyByte(t, filepath.Join(w.dir, "data")), ref[:]) {
		t.Error("the reference is still in the files")
	}
}
