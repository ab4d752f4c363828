package access

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shelf is a store of one partition's State, with versions.
type shelf struct {
	store.Store
	mu      sync.Mutex
	rows    map[string][]byte
	version store.Version
	rivals  int // so many writes find that somebody else was faster
	fail    error
}

func (s *shelf) Read(_ context.Context, q []store.Query) ([]store.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	a := store.Answer{Version: s.version}
	for k, v := range s.rows {
		a.Rows = append(a.Rows, store.Row{Family: q[0].Family, Key: []byte(k), Value: bytes.Clone(v)})
	}
	slices.SortFunc(a.Rows, func(x, y store.Row) int { return bytes.Compare(x.Key, y.Key) })
	return []store.Answer{a}, nil
}

func (s *shelf) Write(_ context.Context, b []store.Batch) ([]store.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rivals > 0 {
		s.rivals--
		s.version++
	}
	if b[0].Expect != s.version {
		return []store.Result{{Err: store.ErrConflict}}, nil
	}
	s.version++
	for _, row := range b[0].State {
		s.rows[string(row.Key)] = bytes.Clone(row.Value)
	}
	return []store.Result{{Version: s.version}}, nil
}

func (s *shelf) Drop(context.Context, store.Partition) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.rows)
	s.version = store.Absent
	return nil
}

// xorSealer hides the plain bytes and binds them to their place.
type xorSealer struct{}

func (xorSealer) Seal(dst []byte, p store.Partition, f store.Family, key, plain []byte) []byte {
	for _, b := range append([]byte{p.ID[0], byte(f), key[0]}, plain...) {
		dst = append(dst, b^0x5a)
	}
	return dst
}

func (xorSealer) Open(dst []byte, p store.Partition, f store.Family, key, sealed []byte) ([]byte, error) {
	var open []byte
	for _, b := range sealed {
		open = append(open, b^0x5a)
	}
	if len(open) < 3 || !bytes.Equal(open[:3], []byte{p.ID[0], byte(f), key[0]}) {
		return nil, errors.New("sealed for another place")
	}
	return append(dst, open[3:]...), nil
}

func openKeys(t *testing.T, s *shelf) *Keys {
	t.Helper()
	k, err := Open(context.Background(), Options{Store: s, Sealer: xorSealer{}, Clock: tactful.FixedClock(now), Entropy: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func create(t *testing.T, k *Keys, name string, scopes Scopes, origins ...string) string {
	t.Helper()
	plain, err := k.Create(context.Background(), name, scopes, origins)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestWithoutKeysNobodyEnters(t *testing.T) {
	k := openKeys(t, &shelf{rows: map[string][]byte{}})
	for _, presented := range []string{"", "tk_a_anything"} {
		if g, err := k.Check(context.Background(), presented); !errors.Is(err, ErrNoKeys) || g.Scopes != 0 {
			t.Errorf("%q: %v %v", presented, g, err)
		}
	}
}

func TestAKeyOpensFromCreationToRevocationAlsoAfterReopening(t *testing.T) {
	ctx, s := context.Background(), &shelf{rows: map[string][]byte{}}
	k := openKeys(t, s)
	plain := create(t, k, "till", Write|Decide)
	other := create(t, k, "other", Rights)
	if !strings.HasPrefix(plain, "tk_d_") || len(plain) != 5+32 || !strings.HasPrefix(other, "tk_r_") {
		t.Fatalf("keys %q %q", plain, other)
	}
	for _, keys := range []*Keys{k, openKeys(t, s)} {
		g, err := keys.Check(ctx, plain)
		if err != nil || g.Scopes != Write|Decide || g.Browser() {
			t.Fatalf("%+v %v", g, err)
		}
		for _, wrong := range []string{plain + "x", plain[:len(plain)-1], strings.ToUpper(plain), strings.Repeat("x", 1<<16)} {
			if _, err := keys.Check(ctx, wrong); !errors.Is(err, ErrUnknown) {
				t.Fatalf("%.40q: %v", wrong, err)
			}
		}
		if _, err := keys.Check(ctx, ""); !errors.Is(err, ErrMissing) {
			t.Fatal(err)
		}
	}
	if err := k.Revoke(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	for _, keys := range []*Keys{k, openKeys(t, s)} {
		if _, err := keys.Check(ctx, plain); !errors.Is(err, ErrUnknown) {
			t.Fatalf("a revoked key: %v", err)
		}
		if _, err := keys.Check(ctx, other); err != nil {
			t.Fatalf("the other key: %v", err)
		}
		if all := keys.List(); len(all) != 2 || all[0].Revoked.IsZero() == all[1].Revoked.IsZero() {
			t.Fatalf("%+v", all)
		}
	}
	if err := k.Revoke(ctx, "till"); tactful.KindOf(err) != tactful.NotFound {
		t.Fatalf("revoked twice: %v", err)
	}
}

func TestTheStoreNeverHoldsAKey(t *testing.T) {
	s := &shelf{rows: map[string][]byte{}}
	plain := create(t, openKeys(t, s), "till", Write)
	for key, sealed := range s.rows {
		open, err := xorSealer{}.Open(nil, home, store.State, []byte(key), sealed)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(open, []byte(hashOf(plain))) {
			t.Fatal("the hash is not there: the test looks at the wrong place")
		}
		if strings.Contains(string(open)+key, plain[5:]) {
			t.Fatal("the key itself is stored")
		}
	}
}

func TestCreateRefusesWhatMakesNoSense(t *testing.T) {
	for _, c := range []struct {
		name, key string
		scopes    Scopes
		origins   []string
		field     string
	}{
		{"no name", "", Write, nil, "name"},
		{"a name of control characters", "a\nb", Write, nil, "name"},
		{"a name that is taken", "taken", Write, nil, "name"},
		{"no scope", "a", 0, nil, "scopes"},
		{"an unknown scope", "a", 128, nil, "scopes"},
		{"browser beside another scope", "a", Browser | Write, []string{"https://shop.example"}, "scopes"},
		{"a browser key without origins", "a", Browser, nil, "origins"},
		{"origins of another key", "a", Write, []string{"https://shop.example"}, "origins"},
		{"an origin with a path", "a", Browser, []string{"https://shop.example/"}, "origins[0]"},
		{"an origin that is a star", "a", Browser, []string{"https://shop.example", "*"}, "origins[1]"},
		{"an origin of another scheme", "a", Browser, []string{"file://x"}, "origins[0]"},
		{"an origin with a user", "a", Browser, []string{"https://u@shop.example"}, "origins[0]"},
	} {
		s := &shelf{rows: map[string][]byte{}}
		k := openKeys(t, s)
		create(t, k, "taken", Write)
		plain, err := k.Create(context.Background(), c.key, c.scopes, c.origins)
		var known *tactful.Error
		if plain != "" || !errors.As(err, &known) || known.Field != c.field || len(s.rows) != 1 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestABrowserKeyIsBoundToItsOrigins(t *testing.T) {
	k := openKeys(t, &shelf{rows: map[string][]byte{}})
	plain := create(t, k, "page", Browser, "https://Shop.example", "http://localhost:8080")
	g, err := k.Check(context.Background(), plain)
	if err != nil || !g.Browser() {
		t.Fatalf("%+v %v", g, err)
	}
	for origin, want := range map[string]bool{"https://shop.example": true, "http://localhost:8080": true, "https://evil.example": false, "http://shop.example": false, "": false, "null": false} {
		if g.FromOrigin(origin) != want || k.KnowsOrigin(origin) != want {
			t.Errorf("%q: %t", origin, !want)
		}
	}
	if err := k.Revoke(context.Background(), "page"); err != nil || k.KnowsOrigin("https://shop.example") {
		t.Errorf("the origin outlives its key (%v)", err)
	}
}

func TestScopesAllowNoMoreThanTheySay(t *testing.T) {
	for _, c := range []struct {
		has, wanted Scopes
		want        bool
	}{
		{0, Write, false}, {Write, Write, true}, {Write, Decide, false}, {Write, Decide | Write, true}, {Rights, Admin, false},
		{Admin, Rights, true}, {Browser, Write, false}, {Browser, Browser, false}, {Write, 0, false}, {Admin, Admin, true},
	} {
		if got := c.has.Allows(c.wanted); got != c.want {
			t.Errorf("%s for %s: %t", c.has, c.wanted, got)
		}
	}
	for word, ok := range map[string]bool{"write": true, "rights": true, "all": false, "": false, "Write": false} {
		if _, err := ParseScopes([]string{word}); (err == nil) != ok {
			t.Errorf("%q: %v", word, err)
		}
	}
}

func TestWritersWhoMeetTryAgainAndGiveUpInTheEnd(t *testing.T) {
	s := &shelf{rows: map[string][]byte{}}
	k := openKeys(t, s)
	s.rivals = 3
	create(t, k, "patient", Write)
	s.rivals = 100
	if _, err := k.Create(context.Background(), "unlucky", Write, nil); tactful.KindOf(err) != tactful.Conflict {
		t.Fatalf("%v", err)
	}
	s.rivals = 0
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			if _, err := k.Create(context.Background(), fmt.Sprintf("key %d", i), Decide, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := len(k.List()); n != 17 {
		t.Fatalf("%d keys", n)
	}
}

func TestADamagedRowStopsTheStart(t *testing.T) {
	for name, plain := range map[string]string{
		"no JSON": "{", "no scopes": `{"id":"a","hash":"` + strings.Repeat("0", 64) + `"}`, "no hash": `{"id":"a","scopes":["admin"],"hash":""}`,
		"an unknown scope": `{"id":"a","scopes":["root"],"hash":"` + strings.Repeat("0", 64) + `"}`,
	} {
		s := &shelf{rows: map[string][]byte{"a": xorSealer{}.Seal(nil, home, store.State, []byte("a"), []byte(plain))}, version: 1}
		if _, err := Open(context.Background(), Options{Store: s, Sealer: xorSealer{}, Clock: tactful.FixedClock(now), Entropy: rand.Reader}); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := Open(context.Background(), Options{Store: &shelf{fail: errors.New("away")}, Sealer: xorSealer{}, Clock: tactful.FixedClock(now), Entropy: rand.Reader}); err == nil {
		t.Error("opened without a store")
	}
}

func FuzzDecodeKey(f *testing.F) {
	f.Add([]byte(`{"id":"a","name":"n","scopes":["browser"],"origins":["https://shop.example"],"created":1,"hash":"` + strings.Repeat("0", 64) + `"}`))
	f.Add([]byte(`{"scopes":["browser","admin"]}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		k, err := decodeKey(plain)
		if err != nil {
			return
		}
		if k.Scopes.validate() != nil || len(k.Hash) != 64 || (k.Scopes == Browser) != (len(k.Origins) > 0) {
			t.Fatalf("an unsound key: %+v", k)
		}
	})
}

func TestKeysMoveOutOfTheDataOnceAndAnOldCopyDoesNotComeBack(t *testing.T) {
	ctx := context.Background()
	data, keys := &shelf{rows: map[string][]byte{}}, &shelf{rows: map[string][]byte{}}
	old := openKeys(t, data)
	plain := create(t, old, "shop", Write)
	open := func() *Keys {
		opt := old.opt
		opt.Store, opt.Before = keys, data
		k, err := Open(ctx, opt)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k := open()
	if _, err := k.Check(ctx, plain); err != nil {
		t.Fatalf("the key was lost on the way: %v", err)
	}
	if rows, err := data.Read(ctx, []store.Query{{Partition: home, Family: store.State}}); err != nil || len(rows[0].Rows) != 0 {
		t.Errorf("the key still lies with the data: %v, %v", rows, err)
	}
	if err := k.Revoke(ctx, "shop"); err != nil {
		t.Fatal(err)
	}
	stale := openKeys(t, data)
	create(t, stale, "shop", Write) // an old copy of the data with keys in it
	if got := open().List(); len(got) != 1 || got[0].Revoked.IsZero() {
		t.Errorf("after an old copy was put back: %+v", got)
	}
}
