package records

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// protecting gives a subject a standing that grants protection, or not.
func (s *shop) protecting(ref tactful.Ref, answer tactful.Answer) {
	s.t.Helper()
	_, standing, err := s.records.ReadPanel(s.t.Context(), ref, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	standing.Consents.Purposes = map[tactful.Purpose]tactful.Consent{tactful.Protection: {ID: "c", Purpose: tactful.Protection, Answer: answer, Time: s.now}}
	if _, err := s.records.WriteStanding(s.t.Context(), ref, standing.Version, *standing, nil, s.now); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) tell(ref tactful.Ref, told Panel, expires time.Time) {
	s.t.Helper()
	_, standing, err := s.records.ReadPanel(s.t.Context(), ref, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.records.WritePanel(s.t.Context(), ref, standing.Version, told, expires); err != nil {
		s.t.Fatal(err)
	}
}

// panels is what a scan sees.
func (s *shop) panels(now time.Time) map[tactful.Ref]Panel {
	s.t.Helper()
	all := map[tactful.Ref]Panel{}
	for shard := range 4 {
		if err := s.records.ScanPanels(s.t.Context(), shard, 4, now, func(ref tactful.Ref, p Panel) error {
			all[ref] = p
			return nil
		}); err != nil {
			s.t.Fatal(err)
		}
	}
	return all
}

func TestWhatWasToldEndsWithItsYesAndWithThePerson(t *testing.T) {
	s := newShop(t)
	told := Panel{"gender": "f", "region": "north"}
	refs := make([]tactful.Ref, 4)
	for i, name := range []string{"withdraws", "expires", "leaves", "takes it back"} {
		refs[i] = s.create(name)
		s.protecting(refs[i], tactful.Granted)
		s.tell(refs[i], told, s.now.Add(time.Hour))
		s.protecting(refs[i], tactful.Granted) // another change of standing leaves it
	}
	if got := s.panels(s.now); len(got) != 4 || cmp.Diff(told, got[refs[0]]) != "" {
		t.Fatalf("told %v", got)
	}
	s.protecting(refs[0], tactful.Withdrawn)
	if _, err := s.records.Drop(t.Context(), refs[2]); err != nil {
		t.Fatal(err)
	}
	s.tell(refs[3], Panel{}, time.Time{})
	if got := s.panels(s.now); len(got) != 1 || got[refs[1]] == nil {
		t.Errorf("left after withdrawal, erasure and taking back: %v", got)
	}
	if got := s.panels(s.now.Add(2 * time.Hour)); len(got) != 0 {
		t.Errorf("left after the yes ran out: %v", got)
	}
	s.protecting(refs[0], tactful.Granted) // a new yes does not bring the old answer back
	if p, _, err := s.records.ReadPanel(t.Context(), refs[0], s.now); err != nil || len(p) != 0 {
		t.Errorf("it came back: %v %v", p, err)
	}
}

func TestPanelIsWrittenOnlyOverWhatWasRead(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	_, standing, err := s.records.ReadPanel(t.Context(), ref, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.protecting(ref, tactful.Granted)
	if _, err := s.records.WritePanel(t.Context(), ref, standing.Version, Panel{"gender": "f"}, time.Time{}); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("written over a change: %v", err)
	}
	if _, err := s.records.WritePanel(t.Context(), tactful.Ref{9}, 1, Panel{"gender": "f"}, time.Time{}); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("written for nobody: %v", err)
	}
	marks, err := s.records.Dirty(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.records.ClearDirty(t.Context(), marks); err != nil {
		t.Fatal(err)
	}
	s.tell(ref, Panel{"gender": "f"}, time.Time{})
	if marks, err = s.records.Dirty(t.Context(), 100); err != nil || len(marks) != 1 {
		t.Errorf("the learner hears of %d changes: %v", len(marks), err)
	}
}

// spying is a store that tells which of its reads cover the panel's row.
type spying struct {
	store.Store
	covered int
	reads   int
}

func (s *spying) Read(ctx context.Context, queries []store.Query) ([]store.Answer, error) {
	for _, q := range queries {
		s.reads++
		if q.Partition.Section == store.Subjects && q.Family == store.State && bytes.Compare(q.From, panelKey) <= 0 && (q.To == nil || bytes.Compare(panelKey, q.To) < 0) {
			s.covered++
		}
	}
	return s.Store.Read(ctx, queries)
}

// Everything that a decision, a history, a receipt or a fit of contributions
// reads of a person goes around the panel; only ReadPanel does not.
func TestNoReadButItsOwnTouchesThePanel(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	s.protecting(ref, tactful.Granted)
	s.tell(ref, Panel{"gender": "f"}, time.Time{})
	s.append(ref, s.bought(1, 5))
	spy := &spying{Store: s.data}
	r := New(spy, s.vault, bytes.NewReader(make([]byte, 4096)), nil)
	for _, want := range []Want{{}, {Settings: true}, {Contribution: true}, {Events: 5}, {Settings: true, Contribution: true, Events: AllEvents}} {
		if _, err := r.Open(t.Context(), ref, want, s.now); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.ReadStanding(t.Context(), []tactful.Ref{ref}, s.now); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ConsentLog(t.Context(), ref, 0, s.now); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Receipts(t.Context(), ref, 10, s.now); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Lookup(t.Context(), []tactful.Alias{userAlias("u-1")}, s.now); err != nil {
		t.Fatal(err)
	}
	if spy.covered != 0 || spy.reads < 9 {
		t.Errorf("%d of %d reads cover the panel", spy.covered, spy.reads)
	}
	if _, _, err := r.ReadPanel(t.Context(), ref, s.now); err != nil || spy.covered != 1 {
		t.Errorf("the spy sees %d: the test shows nothing (%v)", spy.covered, err)
	}
}
