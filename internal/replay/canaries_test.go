package replay

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store/disk"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func options(t *testing.T) Options {
	return Options{Seed: 1, Dir: t.TempDir(), Clock: tactful.FixedClock(noon), Entropy: rand.Reader}
}

func TestNoCanaryIsStored(t *testing.T) {
	opt := options(t)
	if testing.Short() {
		opt.N = 1000
	}
	var out bytes.Buffer
	row, err := Rows()[0].Measure(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(&out, row, false); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	if !row.Met || row.Tactful != 0 || row.Name != "canaries" {
		t.Errorf("missed: %+v", row)
	}
	if row.Plain != 1 {
		t.Errorf("the plain engine stores %v of the canaries", row.Plain)
	}
}

// leaky is the positive control: the same ingest, store and search, with a
// Screen that lets one thing through.
type leaky struct {
	house
	rules *ingest.Rules
	rec   *records.Records
	data  *disk.Disk
	table *disk.Disk
	v     *vault.Vault
}

// openLeaky makes the house with the real engine, closes it, and writes into
// its files through rules that leak.
func openLeaky(t *testing.T, opt Options, screen ingest.Screen) *leaky {
	t.Helper()
	h, err := openHouse(t.Context(), t.TempDir(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := &leaky{house: *h}
	if l.rules, err = ingest.NewScreened(settings().Ingest, screen); err != nil {
		t.Fatal(err)
	}
	if l.data, l.table, l.v, err = openFiles(t.Context(), h.dir, opt); err != nil {
		t.Fatal(err)
	}
	l.rec = records.New(l.data, l.v, opt.Entropy, nil)
	return l
}

func (l *leaky) deliver(ctx context.Context, form engine.Form, body []byte) (int, error) {
	now := l.opt.Clock.Now()
	read := l.rules.Native
	if form == engine.SegmentBatch {
		read = func(body []byte, now time.Time) (ingest.Delivery, error) {
			return l.rules.Segment(body, ingest.Batch, now)
		}
	}
	d, err := read(body, now)
	if err != nil {
		return 0, err
	}
	var entries []records.SubjectEvents
	for i := range d.Items {
		sent := &d.Items[i]
		if sent.Task != ingest.Store || sent.Problem != nil {
			continue
		}
		refs, err := l.rec.Lookup(ctx, []tactful.Alias{sent.Alias}, now)
		if err != nil {
			return 0, err
		}
		entries = append(entries, records.SubjectEvents{Ref: refs[0], Events: []tactful.Event{sent.Event}, Judged: records.Unjudged})
	}
	_, err = l.rec.AppendEvents(ctx, entries, func(*tactful.Event) time.Time { return now.Add(time.Hour) }, now)
	return len(entries), err
}

func (l *leaky) stored(ctx context.Context) (*catch, error) {
	if err := l.close(ctx); err != nil {
		return nil, err
	}
	return reopen(ctx, l.dir, l.opt)
}

func (l *leaky) close(context.Context) error {
	if l.data == nil {
		return nil
	}
	err := l.data.Close()
	l.data = nil
	if e := l.table.Close(); err == nil {
		err = e
	}
	return err
}

type noNames struct{ ingest.Screen }

func (noNames) Name(string) ingest.Finding     { return ingest.Clean }
func (noNames) Source(string) ingest.Finding   { return ingest.Clean }
func (noNames) Declared(string, bool) bool     { return true }
func (noNames) Property(string) ingest.Finding { return ingest.Clean }

type noShapes struct{ ingest.Screen }

func (noShapes) Shape(string) ingest.Finding     { return ingest.Clean }
func (noShapes) Numbers(int, int) ingest.Finding { return ingest.Clean }
func (noShapes) ID(string) ingest.Finding        { return ingest.Clean }
func (noShapes) Property(string) ingest.Finding  { return ingest.Clean }

type noRedaction struct{ ingest.Screen }

func (noRedaction) Text(s string) (string, int) { return s, 0 }

func TestTheRowFailsWhenALeakIsPlanted(t *testing.T) {
	leaks := map[string]ingest.Screen{
		"names pass":         noNames{ingest.Screens()},
		"shapes pass":        noShapes{ingest.Screens()},
		"queries are stored": noRedaction{ingest.Screens()},
	}
	for name, screen := range leaks {
		t.Run(name, func(t *testing.T) {
			opt := options(t)
			opt.N = 250
			row, err := smuggle(t.Context(), opt, openLeaky(t, opt, screen))
			if err != nil {
				t.Fatal(err)
			}
			if row.Met || row.Tactful == 0 {
				t.Fatalf("the leak is not seen: %+v", row)
			}
			t.Logf("%.4f of the canaries found", row.Tactful)
		})
	}
	t.Run("nothing planted", func(t *testing.T) {
		opt := options(t)
		opt.N = 250
		row, err := smuggle(t.Context(), opt, openLeaky(t, opt, ingest.Screens()))
		if err != nil || !row.Met {
			t.Fatalf("%+v, %v", row, err)
		}
	})
}

func TestRowsAreWrittenAsJSONLines(t *testing.T) {
	var out bytes.Buffer
	if err := write(&out, Row{Name: "x", Goal: "0", Met: true, N: 3}, true); err != nil {
		t.Fatal(err)
	}
	var row map[string]any
	if err := json.Unmarshal(out.Bytes(), &row); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"name", "attack", "plain", "tactful", "goal", "met", "n", "seeds", "interval"} {
		if _, ok := row[name]; !ok {
			t.Errorf("no %s in %s", name, out.String())
		}
	}
	if _, err := Run(t.Context(), &out, Options{}); tactful.KindOf(err) != tactful.Invalid {
		t.Error(err)
	}
}
