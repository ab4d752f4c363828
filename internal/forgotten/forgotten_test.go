package forgotten

import (
	"bytes"
	"context"
	"crypto/rand"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store/disk"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func newJournal(t *testing.T) *Journal {
	t.Helper()
	dir := t.TempDir()
	keys, err := disk.Open(filepath.Join(dir, "table"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := keys.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := vault.OpenRing(filepath.Join(dir, "ring.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(context.Background(), keys, ring, vault.Options{Entropy: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return New(keys, v)
}

func some(n byte) *Erasure {
	return &Erasure{ID: ID{n}, Ref: tactful.Ref{n}, Begun: noon, By: tactful.Actor{Kind: tactful.ActorPerson}}
}

func TestTheJournalCountsErasuresAndKnowsWhichAreSettled(t *testing.T) {
	ctx := t.Context()
	j := newJournal(t)
	begun, err := j.Begin(ctx, []*Erasure{some(1), some(2)})
	if err != nil || begun[0].No != 1 || begun[1].No != 2 {
		t.Fatalf("%+v %v", begun, err)
	}
	same, err := j.Begin(ctx, []*Erasure{{ID: ID{9}, Ref: tactful.Ref{2}, Begun: noon}, some(3)})
	if err != nil || same[0].ID != (ID{2}) || same[1].No != 3 {
		t.Fatalf("the same person twice: %+v %v", same, err)
	}
	for _, c := range []struct {
		name string
		done []ID
		want uint64
	}{
		{"all under way", nil, 0}, {"the first done", []ID{{1}}, 1}, {"the second done before the first", []ID{{2}}, 0},
		{"two done", []ID{{1}, {2}}, 2}, {"all done", []ID{{1}, {2}, {3}}, 3},
	} {
		if settled, last, err := j.Unsettled(ctx, c.done); err != nil || settled != c.want || last != 3 {
			t.Errorf("%s: %d of %d, %v", c.name, settled, last, err)
		}
	}
	keep := noon.Add(time.Hour)
	if err := j.Finish(ctx, []ID{{2}, {3}}, noon, keep); err != nil {
		t.Fatal(err)
	}
	if err := j.Clean(ctx); err != nil {
		t.Fatal(err)
	}
	if settled, _, err := j.Unsettled(ctx, nil); err != nil || settled != 0 {
		t.Errorf("the first is still under way: %d, %v", settled, err)
	}
	done, err := j.Read(ctx, ID{2}, noon)
	if err != nil || !done.Ref.IsZero() || done.Names != nil || done.Finished != noon {
		t.Errorf("%+v %v", done, err)
	}
	list, err := j.List(ctx, 0, 10, noon)
	if err != nil || len(list) != 2 || list[0].No != 3 || list[1].No != 2 {
		t.Errorf("%v %v", list, err)
	}
	graves, err := j.Since(ctx, 0, 3, noon)
	if err != nil || len(graves) != 3 || !graves[j.vault.Tombstone(tactful.Ref{3})] || graves[j.vault.Tombstone(tactful.Ref{4})] {
		t.Errorf("%v %v", graves, err)
	}
	if _, err := j.Since(ctx, 0, 3, keep); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("where the list does not reach back any more: %v", err)
	}
	if _, err := j.Read(ctx, ID{2}, keep); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("after its term: %v", err)
	}
}

func TestWhoeverHasBeenToldStaysTold(t *testing.T) {
	ctx := t.Context()
	j := newJournal(t)
	begun, err := j.Begin(ctx, []*Erasure{some(1)})
	if err != nil {
		t.Fatal(err)
	}
	id := begun[0].ID
	if _, err := j.Advance(ctx, []ID{id}, func(e *Erasure) {
		e.Tell = []Telling{{Recipient: "a", ID: "x"}, {Recipient: "b", ID: "y"}}
	}); err != nil {
		t.Fatal(err)
	}
	if untold, err := j.Untold(ctx, noon); err != nil || len(untold) != 0 {
		t.Fatalf("before the step: %v %v", untold, err)
	}
	if _, err := j.Advance(ctx, []ID{id}, func(e *Erasure) { e.Pass(Tell, noon, 2) }); err != nil {
		t.Fatal(err)
	}
	keep := noon.Add(time.Hour)
	told := func(name string, at time.Time) {
		if err := j.Told(ctx, id, map[string]Telling{name: {Recipient: name, Told: at}}, noon, keep); err != nil {
			t.Fatal(err)
		}
	}
	told("a", noon)
	if err := j.Finish(ctx, []ID{id}, noon, keep); err != nil {
		t.Fatal(err)
	}
	told("a", time.Time{}) // a late failure
	untold, err := j.Untold(ctx, noon)
	if err != nil || len(untold) != 1 || untold[0].Tell[0].Told != noon || untold[0].Tell[1].ID != "y" {
		t.Fatalf("%+v %v", untold, err)
	}
	told("b", noon)
	if untold, err := j.Untold(ctx, noon); err != nil || len(untold) != 0 {
		t.Errorf("%+v %v", untold, err)
	}
}

func TestAnErasureIsReadAsItWasWritten(t *testing.T) {
	e := some(7)
	e.Names, e.Suppressed, e.Until, e.Backups = [][16]byte{{1}}, [][16]byte{{2}}, noon, noon
	e.Found = Found{Names: 1, Rows: 2, Queued: 3, Items: 4}
	e.Pass(Freeze, noon, 1)
	e.Pass(Freeze, noon.Add(time.Hour), 9) // stays
	e.Tell = []Telling{{Recipient: "mailer", Received: "mail", ID: "4711", Known: true, Tries: 2, Next: noon}}
	plain, err := encode(e)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(plain)
	if err != nil || !reflect.DeepEqual(got, e) || got.Steps[0].Count != 1 {
		t.Errorf("%+v, %v, want %+v", got, err, e)
	}
	if _, err := decode(append(plain, '{')); err == nil {
		t.Error("what follows is not noticed")
	}
}

func FuzzDecodeErasure(f *testing.F) {
	plain, err := encode(some(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add([]byte{version})
	f.Fuzz(func(t *testing.T, plain []byte) {
		e, err := decode(plain)
		if err != nil {
			return
		}
		again, err := encode(e)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := decode(again)
		if err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		}
		if once, err := encode(twice); err != nil || !bytes.Equal(once, again) {
			t.Errorf("%s and %s, %v", once, again, err)
		}
	})
}

func FuzzParseID(f *testing.F) {
	f.Add(ID{1, 2, 3}.String())
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := ParseID(text); ok && id.String() != text {
			t.Errorf("%q is read as %s", text, id)
		}
	})
}
