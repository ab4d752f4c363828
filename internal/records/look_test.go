package records

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

func anyOpened(t *rapid.T) tactful.Opened {
	return tactful.Opened(rapid.IntRange(0, int(tactful.OpenedRedeemed)*2-1).Draw(t, "opened"))
}

func FuzzDecodeLook(f *testing.F)        { fuzz(f, "look") }
func FuzzDecodeIndexedLook(f *testing.F) { fuzz(f, "indexed look") }

func byAda(at time.Time, opened tactful.Opened) StoredLook {
	return StoredLook{Key: "k-ada", Look: tactful.Look{Time: at, Kind: tactful.ActorOperator, Name: "Ada B.", Reason: "she asked by phone", Opened: opened}}
}

func byShop(at time.Time, opened tactful.Opened) StoredLook {
	return StoredLook{Key: "k-shop", Look: tactful.Look{Time: at, Kind: tactful.ActorService, Name: "shop", Opened: opened}}
}

func (s *shop) look(ref tactful.Ref, l StoredLook) {
	s.t.Helper()
	if err := s.records.AppendLook(s.t.Context(), ref, l, l.Time.AddDate(1, 0, 0)); err != nil {
		s.t.Fatal(err)
	}
}

func TestAnOperatorsLooksAreRowsAndAServicesAreDays(t *testing.T) {
	s := newShop(t)
	anna, ben := s.create("anna"), s.create("ben")
	hour := func(n int) time.Time { return s.now.Add(time.Duration(n) * time.Hour) }
	for _, l := range []StoredLook{
		byAda(hour(-30), tactful.OpenedHistory), byAda(hour(-1), tactful.OpenedHistory), byAda(hour(-1), tactful.OpenedHistory),
		byShop(hour(-3), tactful.OpenedHistory), byShop(hour(-2), tactful.OpenedHistory), byShop(hour(-2), tactful.OpenedReceipts), byShop(hour(-26), tactful.OpenedHistory),
	} {
		s.look(anna, l)
	}
	s.look(ben, byShop(hour(-1), tactful.OpenedHistory))
	got, err := s.records.Looks(t.Context(), anna, 0, s.now)
	if err != nil {
		t.Fatal(err)
	}
	want := []StoredLook{ // newest first; days of services begin at midnight
		byAda(hour(-1), tactful.OpenedHistory), byAda(hour(-1), tactful.OpenedHistory), byShop(hour(-3), tactful.OpenedHistory), byShop(hour(-2), tactful.OpenedReceipts),
		byAda(hour(-30), tactful.OpenedHistory), byShop(hour(-26), tactful.OpenedHistory),
	}
	slices.SortFunc(want[2:4], func(a, b StoredLook) int { return cmpLooks(got, a, b) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name string
		look StoredLook
		want bool
	}{
		{"seen today", byShop(s.now, tactful.OpenedHistory), true},
		{"another kind of data", byShop(s.now, tactful.OpenedConsents), false},
		{"another day", byShop(s.now.AddDate(0, 0, 1), tactful.OpenedHistory), false},
		{"another key", StoredLook{Key: "k-other", Look: byShop(s.now, tactful.OpenedHistory).Look}, false},
	} {
		if got, err := s.records.LookedToday(t.Context(), anna, c.look, s.now); err != nil || got != c.want {
			t.Errorf("%s: %t %v", c.name, got, err)
		}
	}
	if left, err := s.records.Looks(t.Context(), anna, 0, s.now.AddDate(2, 0, 0)); err != nil || len(left) != 0 {
		t.Errorf("%d looks outlive their term (%v)", len(left), err)
	}
}

// cmpLooks orders two looks as they stand in a list.
func cmpLooks(list []StoredLook, a, b StoredLook) int {
	return slices.Index(list, a) - slices.Index(list, b)
}

func TestWhatAKeyDidIsFoundByKeyAndByPerson(t *testing.T) {
	s := newShop(t)
	ctx := t.Context()
	people := map[string]tactful.Ref{}
	for _, name := range []string{"anna", "ben", "carl", "dora"} {
		people[name] = s.create(name)
	}
	s.look(people["anna"], byAda(s.now.Add(-time.Hour), tactful.OpenedHistory))
	s.look(people["anna"], byAda(s.now.Add(-2*time.Hour), tactful.OpenedReceipts))
	s.look(people["ben"], byAda(s.now.Add(-50*time.Hour), tactful.OpenedHistory))
	s.look(people["carl"], byShop(s.now.Add(-time.Hour), tactful.OpenedConsents))
	found := func(key string, since time.Time) map[tactful.Ref]tactful.Opened {
		t.Helper()
		all := map[tactful.Ref]tactful.Opened{}
		for shard := range 4 {
			err := s.records.ScanLooks(ctx, shard, 4, key, since, s.now, func(ref tactful.Ref, opened tactful.Opened) error {
				all[ref] |= opened
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	for _, c := range []struct {
		name, key string
		since     time.Time
		want      map[tactful.Ref]tactful.Opened
	}{
		{"an operator of today", "k-ada", s.now.Add(-24 * time.Hour), map[tactful.Ref]tactful.Opened{people["anna"]: tactful.OpenedHistory | tactful.OpenedReceipts}},
		{"an operator to the minute", "k-ada", s.now.Add(-61 * time.Minute), map[tactful.Ref]tactful.Opened{people["anna"]: tactful.OpenedHistory}},
		{"an operator of the week", "k-ada", s.now.AddDate(0, 0, -7), map[tactful.Ref]tactful.Opened{people["anna"]: tactful.OpenedHistory | tactful.OpenedReceipts, people["ben"]: tactful.OpenedHistory}},
		{"a service counts by days", "k-shop", s.now, map[tactful.Ref]tactful.Opened{people["carl"]: tactful.OpenedConsents}},
		{"a key that never looked", "k-none", s.now.AddDate(-1, 0, 0), map[tactful.Ref]tactful.Opened{}},
	} {
		if diff := cmp.Diff(c.want, found(c.key, c.since)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	index, err := s.records.LooksBy(ctx, "k-ada", s.now.AddDate(0, 0, -7), s.now, s.now)
	if err != nil || len(index) != 3 || index[0].Opened != tactful.OpenedHistory || !index[0].Time.Equal(s.now.Add(-50*time.Hour)) {
		t.Errorf("the index says %+v %v", index, err)
	}
	if index, err = s.records.LooksBy(ctx, "k-ada", s.now.Add(-90*time.Minute), s.now, s.now); err != nil || len(index) != 1 {
		t.Errorf("the index of the last hour says %+v %v", index, err)
	}
	day := dayNumber(s.now)
	for range 2 {
		if err := s.records.AddReads(ctx, "k-shop", day, 20, s.now.AddDate(1, 0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.records.Reads(ctx, "k-shop", day-3, day); err != nil || n != 40 {
		t.Errorf("%d reads, %v", n, err)
	}
}

func TestAfterTheDropTheIndexLeadsToNobody(t *testing.T) {
	s := newShop(t)
	ctx := t.Context()
	anna := s.create("anna")
	look := byAda(s.now, tactful.OpenedHistory)
	s.look(anna, look)
	rows := func() (all []store.Row) {
		t.Helper()
		_, err := s.data.Scan(ctx, store.Range{Section: store.Looks, Family: store.Log, Now: s.now}, store.Cursor{}, func(_ store.Partition, found []store.Row) error {
			all = append(all, found...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	random := func(rows []store.Row) []byte { return rows[0].Key[len(rows[0].Key)-lookRandom:] }
	answers, err := s.data.Read(ctx, []store.Query{logQuery(subjectPartition(anna), lookType, 0, s.now)})
	if err != nil || !bytes.Equal(random(answers[0].Rows), random(rows())) {
		t.Fatalf("the positive control: while she is there, the index leads to her (%v)", err)
	}
	if _, err := s.records.Drop(ctx, anna); err != nil {
		t.Fatal(err)
	}
	left := rows()
	if len(left) != 1 {
		t.Fatalf("%d rows in the index: it must still say that the key looked", len(left))
	}
	index, err := s.records.LooksBy(ctx, "k-ada", s.now.Add(-time.Hour), s.now, s.now)
	if err != nil || len(index) != 1 {
		t.Fatalf("%+v %v", index, err)
	}
	for section := store.Subjects; section <= store.Looks; section++ {
		if section == store.Looks {
			continue
		}
		for _, family := range []store.Family{store.State, store.Log} {
			_, err := s.data.Scan(ctx, store.Range{Section: section, Family: family, Now: s.now}, store.Cursor{}, func(p store.Partition, found []store.Row) error {
				for _, row := range found {
					if bytes.Contains(row.Key, random(left)) || bytes.Contains(row.Value, random(left)) {
						t.Errorf("section %d still names the index's row", section)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if bytes.Contains(left[0].Key, anna[:]) || bytes.Contains(left[0].Value, anna[:]) {
		t.Error("the index holds the reference")
	}
	if err := s.records.AppendLook(context.Background(), anna, look, s.now.AddDate(1, 0, 0)); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a look at somebody who is gone: %v", err)
	}
}
