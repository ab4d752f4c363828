package records

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// said writes one consent record.
func (s *shop) said(ref tactful.Ref, id string) error {
	s.t.Helper()
	return retry("say", func() error {
		standings, err := s.records.ReadStanding(s.t.Context(), []tactful.Ref{ref}, s.now)
		if err != nil {
			return err
		}
		record := tactful.Consent{ID: id, Purpose: tactful.Recommendations, Answer: tactful.Granted, Time: s.now}
		_, err = s.records.WriteStanding(s.t.Context(), ref, standings[0].Version, *standings[0], []tactful.Consent{record}, s.now)
		return err
	})
}

// waiting reads all pending leaves.
func (s *shop) waiting() []PendingLeaf {
	s.t.Helper()
	var all []PendingLeaf
	for at := (PendingCursor{}); !at.Done; {
		leaves, damaged, next, err := s.records.Pending(s.t.Context(), at, 7)
		if err != nil || damaged > 0 {
			s.t.Fatal(err, damaged)
		}
		all, at = append(all, leaves...), next
	}
	return all
}

func TestEachRecordWaitsForItsIndexUntilItIsCleared(t *testing.T) {
	s := newShop(t)
	want := map[[sha256.Size]byte]bool{}
	for i := range 30 {
		ref := s.create(fmt.Sprint("u", i))
		for j := range 2 {
			if err := s.said(ref, fmt.Sprint("c", i, j)); err != nil {
				t.Fatal(err)
			}
		}
		found, err := s.records.ConsentEvidence(t.Context(), ref, 0, s.now)
		if err != nil || len(found) != 2 {
			t.Fatal(len(found), err)
		}
		for _, e := range found {
			if e.Leaf() != sha256.Sum256(append(e.Nonce[:], e.Record...)) {
				t.Fatal("a leaf is not SHA-256(nonce || record)")
			}
			want[e.Leaf()] = true
		}
	}
	leaves := s.waiting()
	for _, l := range leaves {
		delete(want, l.Leaf)
	}
	if len(leaves) != 60 || len(want) != 0 {
		t.Fatalf("%d leaves wait, %d are missing", len(leaves), len(want))
	}
	if err := s.records.ClearPending(t.Context(), leaves[:40]); err != nil {
		t.Fatal(err)
	}
	if left := s.waiting(); len(left) != 20 {
		t.Fatalf("%d leaves wait after 40 of 60 were cleared", len(left))
	}
}

func TestAChangeThatMetAConflictLeavesNoLeafBehind(t *testing.T) {
	s := newShop(t)
	ref := s.create("u")
	record := tactful.Consent{ID: "c", Purpose: tactful.Recommendations, Answer: tactful.Granted, Time: s.now}
	if _, err := s.records.WriteStanding(t.Context(), ref, 77, Standing{}, []tactful.Consent{record}, s.now); tactful.KindOf(err) != tactful.Conflict {
		t.Fatal(err)
	}
	if n := everything(t, s.data, store.Ledger); n == 0 {
		t.Fatal("there was no mark to clear: this proves nothing")
	}
	if leaves := s.waiting(); len(leaves) != 0 {
		t.Fatalf("%d leaves of records that were never written", len(leaves))
	}
	if n := everything(t, s.data, store.Ledger); n != 0 {
		t.Errorf("%d marks stay", n)
	}
}

func TestNoRecordIsPassedOverWhileItIsWritten(t *testing.T) {
	s := newShop(t)
	refs := make([]tactful.Ref, 8)
	for i := range refs {
		refs[i] = s.create(fmt.Sprint("u", i))
	}
	seen := map[[sha256.Size]byte]bool{}
	done := make(chan struct{})
	var reader, writers sync.WaitGroup
	reader.Go(func() {
		for last := false; !last; {
			select {
			case <-done:
				last = true
			default:
			}
			leaves := s.waiting()
			for _, l := range leaves {
				if seen[l.Leaf] {
					t.Error("a leaf came twice after it was cleared")
				}
				seen[l.Leaf] = true
			}
			if err := s.records.ClearPending(t.Context(), leaves); err != nil {
				t.Error(err)
			}
		}
	})
	for i, ref := range refs {
		writers.Go(func() {
			for n := range 40 {
				if err := s.said(ref, fmt.Sprint("c", i, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	reader.Wait()
	if len(seen) != 8*40 {
		t.Fatalf("%d leaves of %d", len(seen), 8*40)
	}
}

func TestAnErasureReleasesItsLeavesAndLeavesNoMark(t *testing.T) {
	s := newShop(t)
	ref, other := s.create("u"), s.create("v")
	for _, who := range []tactful.Ref{ref, other} {
		if err := s.said(who, "c"); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.records.ConsentEvidence(t.Context(), ref, 0, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.records.Drop(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if left := s.waiting(); len(left) != 1 || left[0].ref != other {
		t.Fatalf("%d leaves wait", len(left))
	}
	var released [][sha256.Size]byte
	err = s.records.ScanReleased(t.Context(), func(leaves [][sha256.Size]byte, damaged int) error {
		if damaged > 0 {
			t.Error("a note does not open")
		}
		released = append(released, leaves...)
		return nil
	})
	if err != nil || len(released) != 1 || released[0] != found[0].Leaf() {
		t.Fatalf("%d released, %v", len(released), err)
	}
}
