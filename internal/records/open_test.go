package records

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestOpeningSinceAReadFindsWhatOpeningFinds(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	for n := range 60 {
		s.append(ref, s.bought(n, n*7%50))
	}
	standing := func() *Standing {
		t.Helper()
		list, err := s.records.ReadStanding(t.Context(), []tactful.Ref{ref}, s.now)
		if err != nil {
			t.Fatal(err)
		}
		return list[0]
	}
	memory := &Memory{}
	same := func(since *Standing) {
		t.Helper()
		for _, want := range []Want{{}, {Settings: true}, {Events: 20}, {Settings: true, Contribution: true, Events: AllEvents}} {
			plain, err := s.records.Open(t.Context(), ref, want, s.now)
			if err != nil {
				t.Fatal(err)
			}
			for _, want.Memory = range []*Memory{nil, memory, memory} {
				got, err := s.records.OpenSince(t.Context(), ref, since, want, s.now)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(plain, got); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	}
	old := standing()
	same(old)
	settings := map[string]Setting{"P00001": {Setting: decision.SettingGift, Time: s.now}}
	if _, err := s.records.WriteSettings(t.Context(), ref, old.Version, settings); err != nil {
		t.Fatal(err)
	}
	same(old) // what was read is not what holds: it is read again
	same(standing())
	if _, err := s.records.Drop(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if _, err := s.records.OpenSince(t.Context(), ref, old, Want{Settings: true}, s.now); tactful.KindOf(err) != tactful.NotFound {
		t.Fatalf("somebody who is gone was opened: %v", err)
	}
}

func TestAMemoryForgets(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	for n := range 30 {
		s.append(ref, s.bought(n, n))
	}
	memory := &Memory{}
	subject, err := s.records.Open(t.Context(), ref, Want{Events: AllEvents, Memory: memory}, s.now)
	if err != nil || len(subject.Events) != 30 || subject.Events[0].Event.Item == "" {
		t.Fatalf("%d events, %v", len(subject.Events), err)
	}
	memory.Forget()
	for _, e := range memory.events[:cap(memory.events)] {
		if diff := cmp.Diff(StoredEvent{}, e); diff != "" {
			t.Fatal(diff)
		}
	}
	if slices.ContainsFunc(memory.plain[:cap(memory.plain)], func(b byte) bool { return b != 0 }) {
		t.Fatal("what was read is still there")
	}
	memory.events = make([]StoredEvent, 0, maxRemembered+1)
	if memory.Forget(); cap(memory.events) != 0 {
		t.Fatal("a large memory is kept for ever")
	}
}

func BenchmarkOpen(b *testing.B) {
	s := newShop(b)
	ref := s.create("u-1")
	for n := range 100 {
		s.append(ref, s.bought(n, n*50))
	}
	list, err := s.records.ReadStanding(b.Context(), []tactful.Ref{ref}, s.now)
	if err != nil {
		b.Fatal(err)
	}
	memory := &Memory{}
	for _, limit := range []int{50, 200} {
		b.Run(fmt.Sprintf("%d-of-100", limit), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				subject, err := s.records.OpenSince(b.Context(), ref, list[0], Want{Settings: true, Events: limit, Memory: memory}, s.now)
				if err != nil || len(subject.Events) != min(limit, 100) {
					b.Fatalf("%v", err)
				}
				memory.Forget()
			}
		})
	}
}
