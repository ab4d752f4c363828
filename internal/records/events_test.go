package records

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/store"
)

func TestAnEventIsStoredOnceHoweverOftenItIsSent(t *testing.T) {
	s := newShop(t)
	a, b := s.create("u-1"), s.create("u-2")
	first, second := s.bought(1, 1), s.bought(2, 2)
	entries := []SubjectEvents{
		{a, []tactful.Event{first, second, first}, Unjudged},
		{b, []tactful.Event{first}, Unjudged},
		{tactful.Ref{9}, []tactful.Event{first}, Unjudged},
		{a, []tactful.Event{second}, Unjudged},
	}
	for _, want := range [][][]Outcome{
		{{Stored, Stored, Duplicate}, {Stored}, {NoSubject}, {Duplicate}},
		{{Duplicate, Duplicate, Duplicate}, {Duplicate}, {NoSubject}, {Duplicate}},
	} {
		got, err := s.records.AppendEvents(t.Context(), entries, forEver, s.now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	events, err := s.records.Events(t.Context(), []tactful.Ref{a, {9}, b}, 10, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if len(events[0]) != 2 || len(events[1]) != 0 || len(events[2]) != 1 {
		t.Fatalf("%d, %d, %d events", len(events[0]), len(events[1]), len(events[2]))
	}
	if diff := cmp.Diff([]tactful.Event{first, second}, []tactful.Event{events[0][0].Event, events[0][1].Event}); diff != "" {
		t.Error(diff)
	}
}

func TestAFaultyEventStoresNothingOfItsCall(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	good := s.bought(1, 1)
	for name, spoil := range map[string]func(*tactful.Event){
		"no message id is refused":           func(e *tactful.Event) { e.MessageID = "" },
		"no time is refused":                 func(e *tactful.Event) { e.Time = time.Time{} },
		"a time before 1970 is refused":      func(e *tactful.Event) { e.Time = time.Unix(-1, 0) },
		"a time in the year 3000 is refused": func(e *tactful.Event) { e.Time = e.Time.AddDate(974, 0, 0) },
	} {
		bad := good
		bad.MessageID = "other"
		spoil(&bad)
		_, err := s.records.AppendEvents(t.Context(), []SubjectEvents{{ref, []tactful.Event{good, bad}, Unjudged}}, forEver, s.now)
		if tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if events, err := s.records.Events(t.Context(), []tactful.Ref{ref}, AllEvents, s.now); err != nil || len(events[0]) != 0 {
		t.Errorf("%d events, %v", len(events[0]), err)
	}
}

func TestEventsEndWithTheirRetention(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	keepFor := func(e *tactful.Event) time.Time { return e.Time.Add(24 * time.Hour) }
	got, err := s.records.AppendEvents(t.Context(), []SubjectEvents{{ref, []tactful.Event{s.bought(1, 20), s.bought(2, 25), s.bought(3, 1)}, Unjudged}}, keepFor, s.now)
	if err != nil || !slices.Equal(got[0], []Outcome{Stored, TooOld, Stored}) {
		t.Fatalf("%v, %v", got, err)
	}
	for hours, want := range map[int]int{0: 2, 3: 2, 4: 1, 23: 0} {
		events, err := s.records.Events(t.Context(), []tactful.Ref{ref}, AllEvents, s.now.Add(time.Duration(hours)*time.Hour))
		if err != nil || len(events[0]) != want {
			t.Errorf("after %d hours: %d events, %v", hours, len(events[0]), err)
		}
	}
}

func TestTheNewestEventsAreTheNewestHoweverFullADayIs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newShop(t)
		ref := s.create("u-1")
		total := rapid.IntRange(1, 150).Draw(rt, "events")
		span := rapid.SampledFrom([]int{1, 24, 24 * 4}).Draw(rt, "hours")
		var all []tactful.Event
		for n := range total {
			e := s.bought(n, 0)
			e.Time = s.now.Add(-time.Duration(rapid.IntRange(0, span*3600_000).Draw(rt, "ago")) * time.Millisecond)
			all = append(all, e)
		}
		s.append(ref, all...)
		slices.SortStableFunc(all, func(a, b tactful.Event) int { return b.Time.Compare(a.Time) })
		limit := rapid.IntRange(1, 60).Draw(rt, "limit")
		got, err := s.records.Events(t.Context(), []tactful.Ref{ref}, limit, s.now)
		if err != nil {
			rt.Fatal(err)
		}
		if len(got[0]) != min(limit, total) {
			rt.Fatalf("%d of %d events", len(got[0]), total)
		}
		for i, e := range got[0] {
			if !e.Event.Time.Equal(all[i].Time) {
				rt.Fatalf("place %d of %d: %v instead of %v", i, limit, e.Event.Time, all[i].Time)
			}
		}
	})
}

func TestADeletedEventIsGoneAndOnlyThat(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	s.append(ref, s.bought(1, 1), s.bought(2, 2))
	gone := s.bought(1, 1)
	key, err := s.records.EventKey(&gone)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.records.DeleteEvent(t.Context(), ref, key, s.now); err != nil {
		t.Fatal(err)
	}
	if err := s.records.DeleteEvent(t.Context(), ref, key, s.now); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("deleting it again: %v", err)
	}
	events, err := s.records.Events(t.Context(), []tactful.Ref{ref}, AllEvents, s.now)
	if err != nil || len(events[0]) != 1 || events[0][0].Event.Item != "P00002" {
		t.Errorf("%v, %v", events, err)
	}
}

// spy counts what is read.
type spy struct {
	store.Store
	reads   int
	queries []store.Query
}

func (s *spy) Read(ctx context.Context, queries []store.Query) ([]store.Answer, error) {
	s.reads++
	s.queries = append(s.queries, queries...)
	return s.Store.Read(ctx, queries)
}

func TestOneReadOpensASubjectAndAStandingReadsItsRowOnly(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	s.append(ref, s.bought(1, 1), s.bought(2, 30))
	_, version, err := s.records.ReadSettings(t.Context(), ref, s.now)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]Setting{"P00001": {Setting: decision.SettingGift, Time: s.now}}
	version, err = s.records.WriteSettings(t.Context(), ref, version, settings, s.now)
	if err != nil {
		t.Fatal(err)
	}
	contribution := &linear.Contribution{Epoch: 3, Weight: 77, Items: []linear.Entry{{No: 5, Quantity: 2}, {No: 9, Quantity: -1}}}
	fates, err := s.records.WriteContributions(t.Context(), []ContributionChange{{ref, version, contribution}, {tactful.Ref{4}, 1, nil}, {ref, version + 9, nil}})
	if err != nil || fates[0] != nil || tactful.KindOf(fates[1]) != tactful.NotFound || tactful.KindOf(fates[2]) != tactful.Conflict {
		t.Fatalf("%v, %v", fates, err)
	}

	watch := &spy{Store: s.data}
	watched := New(watch, s.vault, s.records.entropy, nil)
	got, err := watched.Open(t.Context(), ref, Want{Settings: true, Contribution: true, Events: 50}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if watch.reads != 1 {
		t.Errorf("%d reads", watch.reads)
	}
	if diff := cmp.Diff(settings, got.Settings); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(contribution, got.Contribution); diff != "" {
		t.Error(diff)
	}
	if len(got.Events) != 2 || got.Standing.Version != version+1 || got.Ref != ref {
		t.Errorf("opened %+v", got)
	}

	*watch = spy{Store: s.data}
	if _, err := watched.ReadStanding(t.Context(), []tactful.Ref{ref}, s.now); err != nil {
		t.Fatal(err)
	}
	if watch.reads != 1 || len(watch.queries) != 1 {
		t.Fatalf("%d reads, %d queries", watch.reads, len(watch.queries))
	}
	q := watch.queries[0]
	if q.Family != store.State || string(q.From) != "\x01" || string(q.To) != "\x01\x00" {
		t.Errorf("a standing reads %q to %q", q.From, q.To)
	}
	if _, err := s.records.Open(t.Context(), tactful.Ref{1}, Want{}, s.now); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("nobody: %v", err)
	}
}

func TestMarksThatCameMeanwhileSurviveTheClearing(t *testing.T) {
	s := newShop(t)
	a, b := s.create("u-1"), s.create("u-2")
	s.append(a, s.bought(1, 1))
	s.append(b, s.bought(1, 1))
	seen, err := s.records.Dirty(t.Context(), 1000)
	if err != nil || len(seen) != 2 {
		t.Fatalf("%d marks, %v", len(seen), err)
	}
	s.append(a, s.bought(2, 1)) // after the learner looked, before it cleared
	if err := s.records.ClearDirty(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	left, err := s.records.Dirty(t.Context(), 1000)
	if err != nil || len(left) != 1 || left[0].Ref != a {
		t.Fatalf("%d marks left, %v", len(left), err)
	}
	if err := s.records.ClearDirty(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	s.append(a, s.bought(2, 1)) // a duplicate changes nothing
	if left, err = s.records.Dirty(t.Context(), 1000); err != nil || len(left) != 0 {
		t.Errorf("%d marks, %v", len(left), err)
	}
}

func TestScansVisitEverybodyOnceOverAllShards(t *testing.T) {
	s := newShop(t)
	aliases := make([]tactful.Alias, 2*scanChunk+17)
	for i := range aliases {
		aliases[i] = userAlias(s.bought(i, 0).MessageID)
	}
	refs, err := s.records.CreateAll(t.Context(), aliases, s.now)
	if err != nil {
		t.Fatal(err)
	}
	standings, err := s.records.ReadStanding(t.Context(), refs[:300], s.now)
	if err != nil {
		t.Fatal(err)
	}
	var changes []ContributionChange
	for i, standing := range standings {
		changes = append(changes, ContributionChange{refs[i], standing.Version, &linear.Contribution{Weight: int64(i)}})
	}
	if _, err := s.records.WriteContributions(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	subjects, weights, both := make(map[tactful.Ref]int), make(map[tactful.Ref]int64), make(map[tactful.Ref]int64)
	for shard := range 4 {
		err := s.records.ScanPupils(t.Context(), shard, 4, s.now, func(ref tactful.Ref, standing *Standing, c *linear.Contribution) error {
			if _, twice := both[ref]; twice || standing == nil || !standing.Created.Equal(s.now) {
				t.Errorf("visited twice, or as %+v", standing)
			}
			both[ref] = -1
			if c != nil {
				both[ref] = c.Weight
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.records.ScanSubjects(t.Context(), shard, 4, s.now, func(ref tactful.Ref, standing *Standing) error {
			subjects[ref]++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.records.ScanContributions(t.Context(), shard, 4, s.now, func(ref tactful.Ref, c *linear.Contribution) error {
			weights[ref] = c.Weight
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, ref := range refs {
		if subjects[ref] != 1 {
			t.Fatalf("visited %d times", subjects[ref])
		}
	}
	if len(subjects) != len(refs) || len(weights) != 300 {
		t.Errorf("%d subjects, %d contributions", len(subjects), len(weights))
	}
	for i, ref := range refs {
		want := int64(-1)
		if i < 300 {
			if want = int64(i); weights[ref] != want {
				t.Fatalf("contribution %d has weight %d", i, weights[ref])
			}
		}
		if both[ref] != want {
			t.Fatalf("with its standing, contribution %d has weight %d", i, both[ref])
		}
	}
}

func BenchmarkOpen50Events(b *testing.B) {
	s := newShop(b)
	ref := s.create("u-1")
	for n := range 60 {
		s.append(ref, s.bought(n, n*11))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.records.Open(b.Context(), ref, Want{Settings: true, Events: 50}, s.now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadStanding(b *testing.B) {
	s := newShop(b)
	refs := []tactful.Ref{s.create("u-1")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.records.ReadStanding(b.Context(), refs, s.now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend500(b *testing.B) {
	s := newShop(b)
	entries := make([]SubjectEvents, 100)
	for i := range entries {
		entries[i].Ref, entries[i].Judged = s.create(s.bought(i, 0).MessageID), Unjudged
	}
	for n := 0; b.Loop(); {
		for i := range entries {
			entries[i].Events = entries[i].Events[:0]
			for range 5 {
				entries[i].Events = append(entries[i].Events, s.bought(n, i))
				n++
			}
		}
		if _, err := s.records.AppendEvents(b.Context(), entries, forEver, s.now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*500/b.Elapsed().Seconds(), "events/s")
}
