package records

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// shop is records over real stores: in memory, or in a directory.
type shop struct {
	t       testing.TB
	records *Records
	vault   *vault.Vault
	data    store.Store
	table   store.Store
	now     time.Time
}

func newShop(t testing.TB) *shop {
	return openShop(t, t.TempDir(), disk.Options{FS: vfs.NewMem()}, disk.Options{FS: vfs.NewMem()})
}

func openShop(t testing.TB, dir string, data, keys disk.Options) *shop {
	t.Helper()
	s := &shop{t: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	open := func(name string, opt disk.Options) store.Store {
		opt.CacheBytes = 4 << 20
		d, err := disk.Open(filepath.Join(dir, name), opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	}
	s.data, s.table = open("data", data), open("keys", keys)
	ring, err := vault.OpenRing(filepath.Join(dir, "ring.json"))
	if err != nil {
		t.Fatal(err)
	}
	if s.vault, err = vault.Open(t.Context(), s.table, ring, vault.Options{Entropy: rand.Reader, CacheSize: 4096}); err != nil {
		t.Fatal(err)
	}
	s.records = New(s.data, s.vault, rand.Reader, nil)
	return s
}

func userAlias(id string) tactful.Alias { return tactful.Alias{Kind: tactful.UserID, ID: id} }

func (s *shop) create(id string) tactful.Ref {
	s.t.Helper()
	ref, err := s.records.Create(s.t.Context(), userAlias(id), s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	return ref
}

// bought is a purchase so many hours ago.
func (s *shop) bought(n, hours int) tactful.Event {
	return tactful.Event{
		MessageID: fmt.Sprintf("message-%d", n), Action: tactful.Purchased, Item: fmt.Sprintf("P%05d", n), Quantity: 1, Value: 295,
		Order: "536365", Session: "session-0001", Source: "web", Provenance: tactful.Observed,
		Time: s.now.Add(-time.Duration(hours) * time.Hour),
	}
}

func forEver(*tactful.Event) time.Time { return time.Time{} }

func (s *shop) append(ref tactful.Ref, events ...tactful.Event) []Outcome {
	s.t.Helper()
	outcomes, err := s.records.AppendEvents(s.t.Context(), []SubjectEvents{{Ref: ref, Events: events, Judged: Unjudged}}, forEver, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	return outcomes[0]
}
