package records

import (
	"fmt"
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
	deeds := &Deeds{}
	same := func(since *Standing) {
		t.Helper()
		for _, want := range []Want{{}, {Settings: true}, {Events: 20}, {Settings: true, Contribution: true, Events: AllEvents}} {
			plain, err := s.records.Open(t.Context(), ref, want, s.now)
			if err != nil {
				t.Fatal(err)
			}
			for _, want.Deeds = range []*Deeds{nil, deeds, deeds} {
				deeds.Number = numberOf
				got, err := s.records.OpenSince(t.Context(), ref, since, want, s.now)
				if err != nil {
					t.Fatal(err)
				}
				if want.Deeds != nil && want.Events != 0 {
					if diff := cmp.Diff(deedsOf(plain.Events), got.Deeds); diff != "" {
						t.Fatal(diff)
					}
					got.Deeds, got.Events = nil, plain.Events
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
	if _, err := s.records.WriteSettings(t.Context(), ref, old.Version, settings, s.now); err != nil {
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
	deeds := &Deeds{}
	for _, limit := range []int{50, 200} {
		b.Run(fmt.Sprintf("%d-of-100", limit), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				deeds.Number = numberOf
				subject, err := s.records.OpenSince(b.Context(), ref, list[0], Want{Settings: true, Events: limit, Deeds: deeds}, s.now)
				if err != nil || len(subject.Deeds) != min(limit, 100) {
					b.Fatalf("%v", err)
				}
				deeds.Forget()
			}
		})
	}
}
