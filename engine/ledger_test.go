package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/ledger"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// sound verifies the ledger and fails the test if anything does not fit.
func (w *world) sound() LedgerReport {
	w.t.Helper()
	r, err := w.VerifyLedger(context.Background(), "", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if !r.Sound() {
		w.t.Fatalf("the ledger does not fit: %s", strings.Join(r.Faults, "; "))
	}
	return r
}

// faulty reports whether a verification finds anything.
func (w *world) faulty() bool {
	r, err := w.VerifyLedger(context.Background(), "", nil)
	return err != nil || !r.Sound()
}

// stored is one row of a store with its place.
type stored struct {
	in        store.Store
	partition store.Partition
	family    store.Family
	row       store.Row
}

// put replaces a row as somebody would who can write to the store and has no
// key; a nil key takes the old one out, an old one without key puts one in.
func (w *world) put(old stored, key, value []byte) {
	w.t.Helper()
	write := func(batch store.Batch) {
		answers, err := old.in.Read(context.Background(), []store.Query{{Partition: old.partition, Family: store.State, Limit: 1, Now: noon}})
		if err != nil {
			w.t.Fatal(err)
		}
		batch.Partition, batch.Expect = old.partition, answers[0].Version
		results, err := old.in.Write(context.Background(), []store.Batch{batch})
		if err != nil || results[0].Err != nil {
			w.t.Fatal(err, results)
		}
	}
	if old.row.Key != nil {
		write(store.Batch{Delete: []store.FamilyKey{{Family: old.family, Key: old.row.Key}}})
	}
	if key == nil {
		return
	}
	fresh := []store.Row{{Family: old.family, Key: key, Value: value}}
	if old.family == store.State {
		write(store.Batch{State: fresh})
	} else {
		write(store.Batch{Log: fresh})
	}
}

// evidenceRows are all rows that the consents of a person rest on, and those of
// erased people's leaves.
func (w *world) evidenceRows(id string) map[string][]stored {
	w.t.Helper()
	ref, err := w.resolve(context.Background(), user(id), w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string][]stored{}
	person := store.Partition{Section: store.Subjects, ID: ref}
	for what, q := range map[string]store.Query{
		"standing": {Partition: person, Family: store.State, From: []byte{1}, To: []byte{2}},
		"record":   {Partition: person, Family: store.Log, From: []byte{'c'}, To: []byte{'d'}},
		"nonce":    {Partition: person, Family: store.Log, From: []byte{'n'}, To: []byte{'o'}},
	} {
		answers, err := w.data.Read(context.Background(), []store.Query{q})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, row := range answers[0].Rows {
			all[what] = append(all[what], stored{w.data, person, q.Family, row})
		}
	}
	_, err = w.keys.Scan(context.Background(), store.Range{Section: store.Ledger, Family: store.Log}, store.Cursor{}, func(p store.Partition, rows []store.Row) error {
		for _, row := range rows {
			row.Key, row.Value = bytes.Clone(row.Key), bytes.Clone(row.Value)
			all["released"] = append(all["released"], stored{w.keys, p, store.Log, row})
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestOneFlippedBitInAnyRecordNonceStandingOrNoteOfAnErasureIsFound(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("ben", tactful.Personal)
	w.sound()
	if _, err := w.Erase(context.Background(), user("ben")); err != nil {
		t.Fatal(err)
	}
	w.sound()
	flips := 0
	for what, rows := range w.evidenceRows("anna") {
		if want := map[string]int{"standing": 1, "record": 2, "nonce": 2, "released": 2}[what]; len(rows) != want {
			t.Fatalf("%d rows of kind %s", len(rows), what)
		}
		row := rows[0]
		for at := range len(row.row.Key) + len(row.row.Value) {
			if testing.Short() && at%7 != 0 {
				continue
			}
			key, value := bytes.Clone(row.row.Key), bytes.Clone(row.row.Value)
			if at < len(key) {
				key[at] ^= 1 << (at % 8)
			} else {
				value[at-len(key)] ^= 1 << (at % 8)
			}
			w.put(row, key, value)
			if !w.faulty() {
				t.Errorf("byte %d of a %s was flipped unseen", at, what)
			}
			changed := row
			changed.row.Key = key
			w.put(changed, row.row.Key, row.row.Value)
			flips++
		}
		w.put(row, nil, nil)
		if !w.faulty() {
			t.Errorf("a %s was taken out unseen", what)
		}
		missing := row
		missing.row.Key = nil
		w.put(missing, row.row.Key, row.row.Value)
	}
	w.sound()
	t.Logf("%d flips in records, nonces, standings and notes of erasures: each found", flips)
}

func TestTakingARecordAwayWithItsNonceIsFound(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("anna", tactful.Full) // an older record that the standing does not rest on any more
	w.clock.pass(time.Hour)
	w.agree("anna", tactful.Full)
	w.sound()
	rows := w.evidenceRows("anna")
	w.put(rows["record"][0], nil, nil)
	w.put(rows["nonce"][0], nil, nil)
	r, err := w.VerifyLedger(context.Background(), "", nil)
	if err != nil || len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "taken away") {
		t.Fatalf("%v %v", r.Faults, err)
	}
}

func TestAStandingThatRestsOnNoRecordIsFound(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.sound()
	ctx, now := context.Background(), w.clock.Now()
	ref, err := w.resolve(ctx, user("anna"), now)
	if err != nil {
		t.Fatal(err)
	}
	standings, err := w.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		t.Fatal(err)
	}
	forged := *standings[0] // by somebody who has every key, but leaves no record
	n := w.Notices("en")[1]
	forged.Consents.Purposes[n.Purpose] = tactful.Consent{ID: "forged", Purpose: n.Purpose, Answer: tactful.Granted, NoticeHash: n.Hash, NoticeVersion: n.Version, Method: "form", Time: now}
	if _, err := w.records.WriteStanding(ctx, ref, forged.Version, forged, nil, now); err != nil {
		t.Fatal(err)
	}
	r, err := w.VerifyLedger(ctx, "", nil)
	if err != nil || len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "standing") {
		t.Fatalf("%v %v", r.Faults, err)
	}
}

func TestTheLedgerStaysWholeWhenSomebodyIsErasedAndTheirProofStaysGood(t *testing.T) {
	w := newWorld(t, nil)
	for _, who := range []string{"anna", "ben", "cem"} {
		w.agree(who, tactful.Personal)
	}
	ctx := context.Background()
	entries, err := w.ConsentLog(ctx, user("ben"), 10)
	if err != nil || len(entries) != 2 || entries[0].Index < 0 {
		t.Fatalf("%+v %v", entries, err)
	}
	kept, err := w.LedgerHead(ctx)
	if err != nil || kept.Size != 6 {
		t.Fatalf("%+v %v", kept, err)
	}
	if _, err := w.Erase(ctx, user("ben")); err != nil {
		t.Fatal(err)
	}
	w.agree("dora", tactful.Personal)
	r, err := w.VerifyLedger(ctx, kept.Signed, nil)
	if err != nil || !r.Sound() || r.Size != 8 || r.Records != 6 || r.Released != 2 || r.People != 3 {
		t.Fatalf("%+v %v", r, err)
	}
	if again, err := w.ConsentLog(ctx, user("ben"), 10); err != nil || len(again) != 0 {
		t.Fatalf("the log of somebody erased: %+v %v", again, err)
	}
}

func TestRecordsOfBeforeTheLedgerAreTakenInAtTheFirstStartWithOne(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("ben", tactful.Personal)
	for _, who := range []string{"anna", "ben"} {
		for _, nonce := range w.evidenceRows(who)["nonce"] {
			w.put(nonce, nil, nil)
		}
	}
	wipe := func(in store.Store) { // as if there had never been one
		for _, family := range []store.Family{store.State, store.Log} {
			var gone []store.Partition
			if _, err := in.Scan(context.Background(), store.Range{Section: store.Ledger, Family: family}, store.Cursor{},
				func(p store.Partition, _ []store.Row) error { gone = append(gone, p); return nil }); err != nil {
				t.Fatal(err)
			}
			for _, p := range gone {
				if err := in.Drop(context.Background(), p); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	wipe(w.data)
	wipe(w.keys)
	w.shut()
	w.open()
	if r := w.sound(); r.Size != 4 || r.Records != 4 {
		t.Fatalf("%+v", r)
	}
}

func TestAStoreRestoredFromAnOlderCopyIsToldAndCanBeAccepted(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("ben", tactful.Personal)
	w.sound()
	w.shut()
	data, copied := filepath.Join(w.dir, "data"), filepath.Join(w.dir, "copy")
	if err := os.CopyFS(copied, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.agree("cem", tactful.Personal)
	w.sound()
	if _, err := w.Erase(context.Background(), user("ben")); err != nil {
		t.Fatal(err)
	}
	w.shut()
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(data, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	w.open() // which erases ben again
	ctx := context.Background()
	r, err := w.VerifyLedger(ctx, "", nil)
	if err != nil || r.Sound() || !strings.Contains(strings.Join(r.Faults, ";"), "older copy") {
		t.Fatalf("%+v %v", r, err)
	}
	if _, err := w.AcceptLedgerLoss(ctx, "disk failed, copy of Tuesday"); err != nil {
		t.Fatal(err)
	}
	if r = w.sound(); len(r.Losses) != 1 || r.Losses[0].Size != 6 || r.Released != 2 {
		t.Fatalf("%+v", r)
	}
}

func TestVerifyingWhilePeopleChangeTheirMindsFindsNothing(t *testing.T) {
	w := newWorld(t, nil)
	const people, turns = 12, 25
	var wait sync.WaitGroup
	for i := range people {
		wait.Go(func() {
			id := fmt.Sprint("busy-", i)
			for turn := range turns {
				w.clock.pass(time.Millisecond)
				if turn%2 == 0 {
					w.agree(id, tactful.Personal)
					continue
				}
				_, err := w.SetConsents(context.Background(), user(id), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Denied}}})
				if err == nil && i%4 == 0 && turn == 13 {
					_, err = w.Erase(context.Background(), user(id))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	looks := 0
	for running := true; running; looks++ {
		select {
		case <-done:
			running = false
		default:
		}
		w.sound()
	}
	r := w.sound()
	t.Logf("%d verifications during %d changes of %d people: nothing; at the end %d leaves, %d records, %d released", looks, people*turns, people, r.Size, r.Records, r.Released)
	if int(r.Size) != r.Records+r.Released || r.Released == 0 {
		t.Errorf("%+v", r)
	}
}

func TestSomebodyErasedWhileTheirRecordsAreLookedForIsNoFault(t *testing.T) {
	w := newWorld(t, nil)
	ctx := context.Background()
	w.agree("anna", tactful.Personal) // waits for its index
	look := func() *account {
		a := &account{owned: make([]uint64, 1), unlisted: map[ledger.Leaf]bool{}}
		var leaves []ledger.Leaf
		err := w.records.AuditConsents(ctx, 0, 1, w.clock.Now(), func(found records.Audited) error {
			for _, leaf := range found.Leaves {
				leaves = append(leaves, leaf)
			}
			return nil
		})
		if err != nil || len(leaves) == 0 {
			t.Fatal(leaves, err)
		}
		if _, err := w.Erase(ctx, user("anna")); err != nil {
			t.Fatal(err)
		}
		if err := w.listed(ctx, a, leaves); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := look()
	if len(a.unlisted) == 0 {
		t.Fatal("the case did not arise: the leaf had its index before the erasure")
	}
	if err := w.freed(ctx, a); err != nil {
		t.Fatal(err)
	}
	if faults := a.faults(); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestEachAnswerStandsInTheLedgerOnce(t *testing.T) {
	w := newWorld(t, nil)
	ctx := context.Background()
	w.agree("anna", tactful.Personal)
	for range 3 { // before, and again: the second changes nothing
		if err := w.sequence(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.shut()
	w.open()
	if r := w.sound(); r.Size != 2 || r.Records != 2 {
		t.Fatalf("%+v", r)
	}
	for at := (records.PendingCursor{}); !at.Done; {
		waiting, damaged, next, err := w.records.Pending(ctx, at, 10)
		if err != nil || damaged+len(waiting) > 0 {
			t.Fatal(waiting, damaged, err)
		}
		at = next
	}
}

// holdsLeaves looks for the leaves of acknowledged records.
func (w *world) holdsLeaves(who string, ids []string) (found int) {
	w.t.Helper()
	entries, err := w.ConsentLog(context.Background(), user(who), maxListed)
	if err != nil {
		w.t.Fatal(err)
	}
	places, seen := map[string]int64{}, map[int64]bool{}
	for _, entry := range entries {
		if entry.Index < 0 || seen[entry.Index] {
			w.t.Errorf("a record stands at %d, or two do", entry.Index)
		}
		places[entry.Consent.ID], seen[entry.Index] = entry.Index, true
	}
	for _, id := range ids {
		if _, ok := places[id]; ok {
			found++
		} else if len(entries) < maxListed {
			w.t.Error("an acknowledged record has no leaf")
		}
	}
	return found
}

// BenchmarkLedger says what a leaf costs: to be said, to be sequenced, to be verified.
func BenchmarkLedger(b *testing.B) {
	const people = 5_000
	for b.Loop() {
		w := newWorld(b, nil)
		begun := time.Now()
		together(people, func(i int) { w.agree(fmt.Sprint("p-", i), tactful.Personal) })
		said := time.Now()
		if err := w.sequence(context.Background()); err != nil {
			b.Fatal(err)
		}
		sequenced := time.Now()
		r := w.sound()
		verified := time.Now()
		if r.Records != 2*people {
			b.Fatalf("%+v", r)
		}
		per := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(r.Records) }
		b.ReportMetric(per(said.Sub(begun)), "µs/said")
		b.ReportMetric(per(sequenced.Sub(said)), "µs/sequenced")
		b.ReportMetric(per(verified.Sub(sequenced)), "µs/verified")
	}
}
