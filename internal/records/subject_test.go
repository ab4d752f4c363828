package records

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// everything counts the partitions of a section.
func everything(t testing.TB, s store.Store, section store.Section) int {
	t.Helper()
	n := 0
	for _, family := range []store.Family{store.State, store.Log} {
		_, err := s.Scan(t.Context(), store.Range{Section: section, Family: family, Now: time.Unix(0, 0)}, store.Cursor{},
			func(store.Partition, []store.Row) error { n++; return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func TestEverybodyWhoCreatesTheSameSubjectGetsTheSameReference(t *testing.T) {
	s := newShop(t)
	refs := make([]tactful.Ref, 16)
	var wait sync.WaitGroup
	for i := range refs {
		wait.Go(func() {
			var err error
			if refs[i], err = s.records.Create(context.Background(), userAlias("u-1"), s.now); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, ref := range refs {
		if ref != refs[0] || ref.IsZero() {
			t.Fatal("different references")
		}
	}
	if n := everything(t, s.data, store.Subjects); n != 1 {
		t.Errorf("%d subjects", n)
	}
	if n := everything(t, s.data, store.Aliases); n != 1 {
		t.Errorf("%d aliases", n)
	}
	if n := everything(t, s.table, store.Keys); n != 2 { // with the tenant's
		t.Errorf("%d keys", n)
	}
}

func TestManySubjectsAreCreatedAtOnceAndFoundAgain(t *testing.T) {
	s := newShop(t)
	old := s.create("u-2")
	aliases := []tactful.Alias{userAlias("u-1"), userAlias("u-2"), userAlias("u-1"), {Kind: tactful.Anonymous, ID: "u-1"}}
	refs, err := s.records.CreateAll(t.Context(), aliases, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if refs[0] != refs[2] || refs[1] != old || refs[0] == refs[3] || refs[0] == old {
		t.Error("wrong references")
	}
	found, err := s.records.Lookup(t.Context(), append(aliases, userAlias("u-3")), s.now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(refs, tactful.Ref{}), found); diff != "" {
		t.Error(diff)
	}
	if n := everything(t, s.data, store.Subjects); n != 3 {
		t.Errorf("%d subjects: what was made in vain is still there", n)
	}
	if _, err := s.records.CreateAll(t.Context(), []tactful.Alias{userAlias("u-4"), {}}, s.now); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("an alias of nobody: %v", err)
	}
	if found, err := s.records.Lookup(t.Context(), []tactful.Alias{userAlias("u-4")}, s.now); err != nil || !found[0].IsZero() {
		t.Error("a refused call created somebody")
	}
}

func TestALinkedIdLeadsToTheSameSubjectAndNobodyElsesIsTaken(t *testing.T) {
	s := newShop(t)
	ref, other := s.create("u-1"), s.create("u-2")
	device := tactful.Alias{Kind: tactful.Anonymous, ID: "device"}
	for range 2 { // linking twice is linking once
		if err := s.records.Link(t.Context(), device, ref, s.now); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := s.records.Lookup(t.Context(), []tactful.Alias{device}, s.now); err != nil || found[0] != ref {
		t.Errorf("the device leads elsewhere: %v", err)
	}
	if err := s.records.Link(t.Context(), device, other, s.now); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("somebody else's id: %v", err)
	}
	if err := s.records.Link(t.Context(), userAlias("u-9"), tactful.Ref{1}, s.now); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a subject that is not there: %v", err)
	}
	if _, err := s.records.Drop(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	found, err := s.records.Lookup(t.Context(), []tactful.Alias{device, userAlias("u-1"), userAlias("u-2")}, s.now)
	if err != nil || !found[0].IsZero() || !found[1].IsZero() || found[2] != other {
		t.Errorf("after the drop: %v", err)
	}
	again, err := s.records.Create(t.Context(), device, s.now)
	if err != nil || again == ref {
		t.Errorf("a dropped reference came back: %v", err)
	}
}

func TestStandingsChangeOnlyFromWhatWasRead(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	read := func() *Standing {
		t.Helper()
		got, err := s.records.ReadStanding(t.Context(), []tactful.Ref{{7}, ref, {}}, s.now)
		if err != nil {
			t.Fatal(err)
		}
		if got[0] != nil || got[2] != nil {
			t.Error("nobody has a standing")
		}
		return got[1]
	}
	first := read()
	if !first.Created.Equal(s.now) || first.Consents.Level != tactful.LevelUnknown {
		t.Errorf("a new subject stands as %+v", first)
	}
	consent := tactful.Consent{
		ID: "c-1", Purpose: tactful.Recommendations, Answer: tactful.Granted, NoticeVersion: "3", Method: "form", Time: s.now,
	}
	next := *first
	next.Consents = tactful.Consents{Level: tactful.Personal, Purposes: map[tactful.Purpose]tactful.Consent{tactful.Recommendations: consent}}
	version, err := s.records.WriteStanding(t.Context(), ref, first.Version, next, []tactful.Consent{consent}, s.now)
	if err != nil || version <= first.Version {
		t.Fatalf("%d after %d, %v", version, first.Version, err)
	}
	got := read()
	next.Version = version
	if diff := cmp.Diff(&next, got); diff != "" {
		t.Error(diff)
	}
	stale := next
	stale.Frozen = true
	if _, err := s.records.WriteStanding(t.Context(), ref, first.Version, stale, []tactful.Consent{{ID: "c-x", Time: s.now}}, s.now); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("a stale write: %v", err)
	}
	withdrawn := consent
	withdrawn.ID, withdrawn.Answer, withdrawn.Time = "c-2", tactful.Withdrawn, s.now.Add(time.Minute)
	next.Consents.Purposes = map[tactful.Purpose]tactful.Consent{tactful.Recommendations: withdrawn}
	if _, err := s.records.WriteStanding(t.Context(), ref, version, next, []tactful.Consent{withdrawn}, s.now); err != nil {
		t.Fatal(err)
	}
	log, err := s.records.ConsentLog(t.Context(), ref, 0, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]tactful.Consent{withdrawn, consent}, log); diff != "" {
		t.Errorf("the log, newest first: %s", diff)
	}
	if log, err = s.records.ConsentLog(t.Context(), ref, 1, s.now); err != nil || len(log) != 1 || log[0].ID != "c-2" {
		t.Errorf("the newest record: %v, %v", log, err)
	}
	wrong := next
	wrong.Consents.Purposes = map[tactful.Purpose]tactful.Consent{tactful.Offers: withdrawn}
	if _, err := s.records.WriteStanding(t.Context(), ref, version+1, wrong, nil, s.now); err == nil {
		t.Error("a consent stands under a purpose it was not given for")
	}
}

func TestNothingWrittenByAnybodySurvivesADrop(t *testing.T) {
	s := newShop(t)
	for round := range 10 {
		ref := s.create("u-1")
		var wait sync.WaitGroup
		stop := make(chan struct{})
		started := make(chan struct{}, 4)
		for w := range 4 {
			wait.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					event := s.bought(round*100_000+w*10_000+n, 1)
					if _, err := s.records.AppendEvents(context.Background(), []SubjectEvents{{ref, []tactful.Event{event}, Unjudged}}, forEver, s.now); err != nil {
						t.Error(err)
					}
					err := s.records.Link(context.Background(), userAlias(event.MessageID), ref, s.now)
					if kind := tactful.KindOf(err); err != nil && kind != tactful.NotFound && kind != tactful.Refused && kind != tactful.Conflict {
						t.Error(err)
					}
					err = s.records.AppendReceipt(context.Background(), ref, &tactful.Receipt{Time: s.now}, s.now.Add(time.Hour))
					if err != nil && tactful.KindOf(err) != tactful.NotFound {
						t.Error(err)
					}
					if n == 1 {
						started <- struct{}{}
					}
				}
			})
		}
		for range 4 {
			<-started
		}
		if _, err := s.records.Drop(t.Context(), ref); err != nil {
			t.Error(err)
		}
		for _, section := range []store.Section{store.Subjects, store.Aliases, store.Duties} {
			if n := everything(t, s.data, section); n != 0 {
				t.Fatalf("section %d still has %d partitions while writers go on", section, n)
			}
		}
		close(stop)
		wait.Wait()
		for _, section := range []store.Section{store.Subjects, store.Aliases, store.Duties} {
			if n := everything(t, s.data, section); n != 0 {
				t.Fatalf("section %d still has %d partitions", section, n)
			}
		}
		if _, err := s.records.Drop(t.Context(), ref); err != nil {
			t.Errorf("dropping again: %v", err)
		}
	}
}

func BenchmarkDropAndPurgeOnDisk(b *testing.B) {
	s := openShop(b, b.TempDir(), disk.Options{}, disk.Options{})
	for b.Loop() {
		b.StopTimer()
		ref := s.create("u-1")
		for n := range 50 {
			s.append(ref, s.bought(n, n))
		}
		b.StartTimer()
		partitions, err := s.records.Drop(b.Context(), ref)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.records.Purge(b.Context(), partitions); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreate100OnDisk(b *testing.B) {
	s := openShop(b, b.TempDir(), disk.Options{}, disk.Options{})
	aliases := make([]tactful.Alias, 100)
	for n := 0; b.Loop(); {
		for i := range aliases {
			aliases[i] = userAlias(strconv.Itoa(n))
			n++
		}
		if _, err := s.records.CreateAll(b.Context(), aliases, s.now); err != nil {
			b.Fatal(err)
		}
	}
}
