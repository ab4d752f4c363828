package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/forgotten"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// plug is the power of a machine: once it is pulled, neither store takes or
// gives anything any more. It counts what would have changed something.
type plug struct {
	mu    sync.Mutex
	after int // changes that still come through; negative: all of them
	count int
	out   bool
	seen  []string
}

var errPulled = errors.New("the plug was pulled")

func (p *plug) pass(what string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out || p.after == p.count {
		p.out = true
		return errPulled
	}
	p.count++
	p.seen = append(p.seen, what)
	return nil
}

// wired is a store that hangs on a plug.
type wired struct {
	*disk.Disk
	plug *plug
	name string
}

func (w *wired) ReadOver(ctx context.Context, queries []store.Query, use func([]store.Answer) error) error {
	answers, err := w.Read(ctx, queries)
	if err != nil {
		return err
	}
	return use(answers)
}

func (w *wired) Read(ctx context.Context, queries []store.Query) ([]store.Answer, error) {
	w.plug.mu.Lock()
	out := w.plug.out
	w.plug.mu.Unlock()
	if out {
		return nil, errPulled
	}
	return w.Disk.Read(ctx, queries)
}

func (w *wired) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	if err := w.plug.pass(w.name + " write"); err != nil {
		return nil, err
	}
	return w.Disk.Write(ctx, batches)
}

func (w *wired) Drop(ctx context.Context, p store.Partition) error {
	if err := w.plug.pass(w.name + " drop"); err != nil {
		return err
	}
	return w.Disk.Drop(ctx, p)
}

func (w *wired) Purge(ctx context.Context, partitions []store.Partition) error {
	if err := w.plug.pass(w.name + " purge"); err != nil {
		return err
	}
	return w.Disk.Purge(ctx, partitions)
}

// wire opens the world's engine with both stores on a plug.
func (w *world) wire(p *plug, out Outbound) {
	w.t.Helper()
	opt := wiredOptions(w, p)
	opt.Outbound = out
	e, err := Open(context.Background(), w.cfg, opt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
}

func wiredOptions(w *world, p *plug) Options {
	return Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"), Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
		watch:     func(d *disk.Disk) store.Store { return &wired{d, p, "data"} },
		watchKeys: func(d *disk.Disk) store.Store { return &wired{d, p, "keys"} },
	}
}

// post takes calls and remembers them.
type post struct {
	mu     sync.Mutex
	calls  []call
	answer func(call) (int, error) // nil: 200
	called chan struct{}
}

type call struct {
	url, id, stamp, signature string
	body                      []byte
}

func newPost(answer func(call) (int, error)) *post {
	return &post{answer: answer, called: make(chan struct{}, 100)}
}

func (p *post) Check(string) error { return nil }

func (p *post) Post(_ context.Context, url string, header map[string]string, body []byte) (int, error) {
	c := call{url: url, id: header["webhook-id"], stamp: header["webhook-timestamp"], signature: header["webhook-signature"], body: body}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, c)
	select {
	case p.called <- struct{}{}:
	default:
	}
	if p.answer != nil {
		return p.answer(c)
	}
	return 200, nil
}

func (p *post) all() []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

func recipients(names ...string) func(*Config) {
	return func(c *Config) {
		for _, name := range names {
			c.Parties.Recipients = append(c.Parties.Recipients, Recipient{Name: name, Webhook: "https://" + name + ".example/erased", Records: []string{"event"},
				Why: "they send parcels", Role: "processor", Country: "DE", Purpose: tactful.Recommendations})
		}
	}
}

// prepare copies a world that holds anna, with a model, closed, so that every
// case begins at the same place.
func prepare(t *testing.T, adjust func(*Config)) (template *world, ref tactful.Ref) {
	t.Helper()
	w := newWorld(t, adjust)
	w.stock(24)
	w.crowd(60, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2, 3, 7)
	if len(w.cfg.Parties.Recipients) > 0 {
		if err := w.SetRecipientID(context.Background(), user("anna"), w.cfg.Parties.Recipients[0].Name, "their-4711"); err != nil {
			t.Fatal(err)
		}
	}
	w.train()
	ref = w.ref("anna")
	w.shut()
	t.Cleanup(func() { w.open() }) // the world's own cleanup closes it
	return w, ref
}

// another is a copy of a prepared world, not open yet.
func (w *world) another(t *testing.T) *world {
	t.Helper()
	n := &world{t: t, clock: w.clock, dir: t.TempDir(), cfg: w.cfg}
	if err := os.CopyFS(n.dir, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(n.dir, "keys", "keyset.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAnErasureCutAtAnyChangeEndsTheSame pulls the plug at every single change
// of either store that an erasure makes, one after another, starts again, and
// finds each time the same end.
func TestAnErasureCutAtAnyChangeEndsTheSame(t *testing.T) {
	ctx := context.Background()
	never := neverSeen(t)
	template, ref := prepare(t, recipients("mailer"))
	tombstone := [16]byte{}

	whole := template.another(t)
	measure := &plug{after: -1}
	out := newPost(nil)
	whole.wire(measure, out)
	if err := whole.TellRecipients(ctx); err != nil {
		t.Fatal(err)
	}
	measure.mu.Lock()
	began := measure.count
	measure.mu.Unlock()
	receipt, err := whole.Erase(ctx, user("anna"))
	if err != nil {
		t.Fatal(err)
	}
	measure.mu.Lock()
	changes := measure.seen[began:measure.count]
	measure.mu.Unlock()
	tombstone = whole.vault.Tombstone(ref)
	whole.shut()
	if len(changes) < 15 {
		t.Fatalf("an erasure made only %d changes: %v", len(changes), changes)
	}
	steps := func(r *ErasureReceipt) string {
		var words []string
		for _, s := range r.Steps {
			words = append(words, fmt.Sprintf("%s %d", s.Step, s.Count))
		}
		return strings.Join(words, ", ")
	}
	reached, through := map[string]bool{}, 0
	for at := range changes {
		w := template.another(t)
		p, out := &plug{after: -1}, newPost(nil)
		w.wire(p, out)
		if err := w.TellRecipients(ctx); err != nil {
			t.Fatal(err)
		}
		p.mu.Lock()
		p.after = p.count + at
		p.mu.Unlock()
		_, err := w.Erase(ctx, user("anna"))
		switch {
		case err == nil: // the background told its recipient a little later than when the changes were counted
			through++
		case !errors.Is(err, errPulled):
			t.Fatalf("cut at change %d (%s): %v", at, changes[at], err)
		}
		open, err := forgotten.New(w.keys, w.vault).Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range open {
			for _, done := range u.Steps {
				reached[done.Step.String()] = true
			}
		}
		w.kill()

		again := newPost(nil)
		w.wire(&plug{after: -1}, again)
		if at == 0 { // not even begun: nobody was told that it was
			if w.ref("anna") != ref {
				t.Error("cut before the beginning, and she is gone")
			}
			w.shut()
			continue
		}
		if err := w.TellRecipients(ctx); err != nil {
			t.Fatal(err)
		}
		if len(out.all())+len(again.all()) == 0 {
			t.Errorf("cut at change %d (%s): nobody was told", at, changes[at])
		}
		receipts, err := w.ErasureReceipts(ctx, 10)
		if err != nil || len(receipts) != 1 || receipts[0].State != "done" || len(receipts[0].Steps) != len(forgotten.Steps()) {
			t.Fatalf("cut at change %d (%s): %d receipts, %v: %+v", at, changes[at], len(receipts), err, receipts)
		}
		for _, c := range append(out.all(), again.all()...) {
			if !strings.HasPrefix(c.id, receipts[0].ID) || !bytes.Contains(c.body, []byte(`"subject":"their-4711"`)) {
				t.Errorf("cut at change %d: told %s %s", at, c.id, c.body)
			}
			if first := append(out.all(), again.all()...)[0]; c.id != first.id || !bytes.Equal(c.body, first.body) {
				t.Errorf("cut at change %d: told as %s and as %s", at, first.id, c.id)
			}
		}
		if got, want := steps(&receipts[0]), steps(&receipt); got != want {
			t.Errorf("cut at change %d (%s): %s instead of %s", at, changes[at], got, want)
		}
		if hash := w.Health().ModelHash; hash != never {
			t.Errorf("cut at change %d (%s): the model is %.12s, never seen is %.12s", at, changes[at], hash, never)
		}
		if w.vault.Tombstone(ref) != tombstone {
			t.Error("another tombstone")
		}
		left, err := w.records.Left(ctx, ref, [][16]byte{w.vault.AliasID(user("anna"))})
		if err != nil || !left.Empty() {
			t.Errorf("cut at change %d (%s): %+v is left, %v", at, changes[at], left, err)
		}
		w.shut()
		for _, dir := range []string{"data", "keys"} {
			content := everyByte(t, filepath.Join(w.dir, dir))
			alias := w.vault.AliasID(user("anna"))
			for what, trace := range map[string][]byte{"the reference": ref[:], "the alias hash": alias[:], "her id at the recipient": []byte("their-4711")} {
				if bytes.Contains(content, trace) {
					t.Errorf("cut at change %d (%s): %s is in the files of %s", at, changes[at], what, dir)
				}
			}
		}
	}
	if through > 4 {
		t.Errorf("%d erasures came through uncut", through)
	}
	for _, step := range forgotten.Steps() {
		if !reached[step.String()] {
			t.Errorf("no cut left an erasure after the step %s: the cuts are not everywhere", step)
		}
	}
	t.Logf("cut at each of %d changes: %v", len(changes), changes)
}

// kill ends an engine whose stores are dead; what it could not write is lost.
func (w *world) kill() {
	w.t.Helper()
	_ = w.Close(context.Background()) // the counters cannot be saved: the plug is out
}
