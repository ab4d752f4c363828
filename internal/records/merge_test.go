package records

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
)

// cut fails every write after the first so many.
type cut struct {
	store.Store
	left int
}

var errCut = errors.New("power cut")

func (c *cut) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	if c.left--; c.left < 0 {
		return nil, errCut
	}
	return c.Store.Write(ctx, batches)
}

func TestAMergeMovesEverythingEvenWhenItIsCutShort(t *testing.T) {
	finished := false
	for writes := 0; !finished; writes++ {
		s := newShop(t)
		device := tactful.Alias{Kind: tactful.Anonymous, ID: "device"}
		from, err := s.records.Create(t.Context(), device, s.now)
		if err != nil {
			t.Fatal(err)
		}
		into := s.create("u-1")
		s.append(from, s.bought(1, 1), s.bought(2, 2))
		s.append(into, s.bought(2, 2), s.bought(3, 3))
		gift, unused := Setting{Setting: decision.SettingGift, Time: s.now}, Setting{Setting: decision.SettingUnused, Time: s.now}
		for ref, settings := range map[tactful.Ref]map[string]Setting{
			from: {"P00001": gift, "P00002": gift}, into: {"P00002": unused},
		} {
			_, version, err := s.records.ReadSettings(t.Context(), ref, s.now)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.records.WriteSettings(t.Context(), ref, version, settings, s.now); err != nil {
				t.Fatal(err)
			}
		}
		s.declare(from, tactful.Preferences{Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMuted, "Home": tactful.WishMore}, Discreet: true})
		s.declare(into, tactful.Preferences{Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMore, "Home": tactful.WishLess}, Languages: []string{"de"}})
		broken := New(&cut{Store: s.data, left: writes}, s.vault, s.records.entropy, nil)
		if _, err = broken.Merge(t.Context(), from, into, s.now); err != nil && !errors.Is(err, errCut) {
			t.Fatalf("after %d writes: %v", writes, err)
		}
		finished = err == nil
		if writes > 20 {
			t.Fatal("a merge never ends")
		}
		emptied, err := s.records.Merge(t.Context(), from, into, s.now)
		if err != nil || len(emptied) == 0 {
			t.Fatalf("repeated after %d writes: %v", writes, err)
		}
		got, err := s.records.Open(t.Context(), into, Want{Preferences: true, Events: AllEvents}, s.now)
		if err != nil {
			t.Fatal(err)
		}
		joined := &tactful.Preferences{ // the other's wish counts, but a mute of either is kept
			Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMuted, "Home": tactful.WishLess}, Languages: []string{"de"}, Discreet: true,
		}
		if diff := cmp.Diff(joined, got.Preferences); diff != "" {
			t.Errorf("after %d writes: %s", writes, diff)
		}
		if len(got.Events) != 3 {
			t.Errorf("after %d writes: %d events", writes, len(got.Events))
		}
		if diff := cmp.Diff(map[string]Setting{"P00001": gift, "P00002": unused}, got.Settings); diff != "" {
			t.Errorf("after %d writes: %s", writes, diff)
		}
		found, err := s.records.Lookup(t.Context(), []tactful.Alias{device, userAlias("u-1")}, s.now)
		if err != nil || found[0] != into || found[1] != into {
			t.Errorf("after %d writes: the ids lead elsewhere, %v", writes, err)
		}
		if n := everything(t, s.data, store.Subjects); n != 2 { // State and Log of one
			t.Errorf("after %d writes: %d halves of subjects", writes, n)
		}
		if _, err := s.records.Drop(t.Context(), into); err != nil {
			t.Fatal(err)
		}
		if n := everything(t, s.data, store.Aliases); n != 0 {
			t.Errorf("after %d writes: erasure leaves %d aliases", writes, n)
		}
	}
}

func TestAMergeNeedsTwoSubjects(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	for name, pair := range map[string][2]tactful.Ref{
		"with itself is refused": {ref, ref}, "with nobody is refused": {ref, {}}, "of nobody is refused": {{}, ref}, "into somebody who is gone is refused": {ref, {3}},
	} {
		if _, err := s.records.Merge(t.Context(), pair[0], pair[1], s.now); err == nil {
			t.Error(name)
		}
	}
	if _, err := s.records.Open(t.Context(), ref, Want{}, s.now); err != nil {
		t.Errorf("a refused merge changed something: %v", err)
	}
}
