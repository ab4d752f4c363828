package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Sealer seals rows under the tenant key; the vault's tenant sealer is one.
type Sealer interface {
	Seal(dst []byte, p store.Partition, f store.Family, key, plain []byte) []byte
	Open(dst []byte, p store.Partition, f store.Family, key, sealed []byte) ([]byte, error)
}

// Options are what Keys needs from outside. All fields but Before and Changed are required.
type Options struct {
	// Store is the store of the vault's keys, not that of the data: a restored
	// copy of the data must not put a key in force again that was revoked since.
	Store   store.Store
	Before  store.Store // where keys lay once; they are moved. nil: nowhere
	Sealer  Sealer
	Clock   tactful.Clock
	Entropy io.Reader

	// Changed is called when a change is stored and in force, so that a copy of
	// the keys from before it is known for an older one. nil: nothing is called.
	Changed func(context.Context) error
}

// Keys creates, lists, revokes and checks API keys. Checks are answered from a
// copy in memory, which every change through this value replaces at once; keys
// changed by another process are seen after Refresh. Safe for concurrent use.
type Keys struct {
	opt    Options
	change sync.Mutex
	live   atomic.Pointer[table]
}

// table is an immutable copy of the stored keys.
type table struct {
	all     []Key
	byHash  map[string]Key
	origins map[string]bool // of browser keys in force
	inForce int
}

// Grant is what a checked key may do, and under which name.
type Grant struct {
	KeyID   string
	Name    string // of the key
	Kind    tactful.ActorKind
	Person  string // the operator's name, "" if the key stands for itself
	Scopes  Scopes
	Origins []string
}

// Actor is who acts with the key. A grant without a kind is what its scopes say.
func (g Grant) Actor() tactful.Actor {
	kind := g.Kind
	if kind != tactful.ActorOperator {
		kind = kindOf(g.Scopes)
	}
	return actorOf(kind, g.Name, g.Person, g.KeyID)
}

// Browser reports whether the key is one that sits in a page.
func (g Grant) Browser() bool { return g.Scopes == Browser }

// FromOrigin reports whether a request with this Origin header may use the
// key. Keys that are not for browsers may be used from anywhere; a browser
// key needs one of its origins, so a missing header refuses.
func (g Grant) FromOrigin(origin string) bool {
	return !g.Browser() || slices.Contains(g.Origins, strings.ToLower(origin))
}

// home is the one partition of all keys.
var home = store.Partition{Section: store.Duties, ID: [16]byte{'a', 'c', 'c', 'e', 's', 's', '/', 'k', 'e', 'y', 's'}}

const writeAttempts = 8

// Open reads the keys.
func Open(ctx context.Context, opt Options) (*Keys, error) {
	k := &Keys{opt: opt}
	if err := k.move(ctx); err != nil {
		return nil, fmt.Errorf("move the API keys: %w", err)
	}
	if err := k.Refresh(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

// move takes keys out of the store where they lay once. Where there are keys
// already, what lies there is an old copy and is only taken away.
func (k *Keys) move(ctx context.Context) error {
	if k.opt.Before == nil {
		return nil
	}
	q := []store.Query{{Partition: home, Family: store.State, Now: k.opt.Clock.Now()}}
	old, err := k.opt.Before.Read(ctx, q)
	if err != nil || len(old) != 1 || len(old[0].Rows) == 0 {
		return err
	}
	here, err := k.opt.Store.Read(ctx, q)
	if err != nil {
		return err
	}
	if len(here) == 1 && here[0].Version == store.Absent {
		results, err := k.opt.Store.Write(ctx, []store.Batch{{Partition: home, Expect: store.Absent, State: old[0].Rows}})
		if err == nil {
			err = results[0].Err
		}
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return k.opt.Before.Drop(ctx, home)
}

// Refresh replaces the copy in memory by what is stored.
func (k *Keys) Refresh(ctx context.Context) error {
	k.change.Lock()
	defer k.change.Unlock()
	all, _, err := k.load(ctx)
	if err != nil {
		return err
	}
	k.publish(all)
	return nil
}

// New says what key to make.
type New struct {
	Name     string // what it is for; no other key in force may have it
	Scopes   Scopes
	Origins  []string // only for browser keys
	Maker    Maker    // who asks for it
	Operator string   // the person who will use it; "" for a service
}

// Create makes a key without a person's name and returns it in clear, for the only time.
func (k *Keys) Create(ctx context.Context, name string, scopes Scopes, origins []string) (string, error) {
	return k.Make(ctx, New{Name: name, Scopes: scopes, Origins: origins})
}

// Make makes a key and returns it in clear, for the only time.
func (k *Keys) Make(ctx context.Context, n New) (string, error) {
	plain, key, err := newKey(k.opt.Entropy, n, k.opt.Clock.Now())
	if err != nil {
		return "", err
	}
	err = k.update(ctx, func(all []Key) (Key, error) {
		if len(all) >= MaxKeys {
			return Key{}, tactful.Errorf(tactful.Refused, "there are %d keys already", len(all))
		}
		for _, other := range all {
			if other.Name == n.Name && other.Revoked.IsZero() {
				return Key{}, tactful.InvalidField("name", "is in use by another key", "choose another name, or revoke that key first")
			}
		}
		return key, nil
	})
	if err != nil {
		return "", err
	}
	return plain, nil
}

// Revoke takes a key back, by its id or its name. It holds at once.
func (k *Keys) Revoke(ctx context.Context, idOrName string) error {
	return k.update(ctx, func(all []Key) (Key, error) {
		for _, key := range all {
			if key.Revoked.IsZero() && (key.ID == idOrName || key.Name == idOrName) {
				key.Revoked = k.opt.Clock.Now().UTC()
				return key, nil
			}
		}
		return Key{}, &tactful.Error{Kind: tactful.NotFound, Detail: "no key in force has this id or name", Remedy: "run tactful keys list"}
	})
}

// List returns all keys, also revoked ones, oldest first.
func (k *Keys) List() []Key { return slices.Clone(k.live.Load().all) }

// Find returns the key, also a revoked one, with this id, or else the newest with this name.
func (k *Keys) Find(idOrName string) (Key, error) {
	all := k.live.Load().all
	for _, key := range all {
		if key.ID == idOrName {
			return key, nil
		}
	}
	for _, key := range slices.Backward(all) {
		if key.Name == idOrName {
			return key, nil
		}
	}
	return Key{}, &tactful.Error{Kind: tactful.NotFound, Detail: "no key has this id or name", Remedy: "run tactful keys list"}
}

// KnowsOrigin reports whether some browser key in force lists the origin.
// Preflight requests carry no key, so this is all that can be asked for them.
func (k *Keys) KnowsOrigin(origin string) bool {
	return k.live.Load().origins[strings.ToLower(origin)]
}

// Errors of Check. They say nothing about the key that was presented.
var (
	ErrNoKeys  = errors.New("access: no API key has been created")
	ErrMissing = errors.New("access: no API key was presented")
	ErrUnknown = errors.New("access: the API key is unknown or was revoked")
	ErrWaits   = errors.New("access: the API key waits for a second operator")
)

// Check says what a presented key may do.
func (k *Keys) Check(_ context.Context, presented string) (Grant, error) {
	live := k.live.Load()
	switch {
	case live.inForce == 0:
		return Grant{}, ErrNoKeys
	case presented == "":
		return Grant{}, ErrMissing
	case len(presented) > 128:
		return Grant{}, ErrUnknown
	}
	hash := hashOf(presented)
	key, found := live.byHash[hash]
	// The map was searched by a hash that the caller cannot steer; the
	// comparison that decides takes the same time for every outcome.
	if !found || subtle.ConstantTimeCompare([]byte(key.Hash), []byte(hash)) != 1 {
		return Grant{}, ErrUnknown
	}
	if key.Waits {
		return Grant{}, ErrWaits
	}
	return Grant{KeyID: key.ID, Name: key.Name, Kind: key.Kind, Person: key.Person, Scopes: key.Scopes, Origins: key.Origins}, nil
}

// update changes or adds one key, again if somebody else wrote in between.
func (k *Keys) update(ctx context.Context, decide func(all []Key) (Key, error)) error {
	k.change.Lock()
	defer k.change.Unlock()
	for range writeAttempts {
		all, version, err := k.load(ctx)
		if err != nil {
			return err
		}
		key, err := decide(all)
		if err != nil {
			return err
		}
		plain, err := encodeKey(key)
		if err != nil {
			return fmt.Errorf("encode an API key row: %w", err)
		}
		rowKey := []byte(key.ID)
		results, err := k.opt.Store.Write(ctx, []store.Batch{{
			Partition: home, Expect: version,
			State: []store.Row{{Family: store.State, Key: rowKey, Value: k.opt.Sealer.Seal(nil, home, store.State, rowKey, plain)}},
		}})
		if err != nil {
			return fmt.Errorf("store an API key: %w", err)
		}
		if len(results) != 1 {
			return tactful.Errorf(tactful.Internal, "the store answered %d of 1 batches", len(results))
		}
		if err := results[0].Err; errors.Is(err, store.ErrConflict) {
			continue
		} else if err != nil {
			return fmt.Errorf("store an API key: %w", err)
		}
		all, _, err = k.load(ctx)
		if err != nil {
			return err
		}
		k.publish(all)
		if k.opt.Changed == nil {
			return nil
		}
		if err := k.opt.Changed(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("the API key was changed, but copies from before it are not known for older ones until the next start: %w", err)
		}
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the API keys were changed by somebody else at the same time")
}

func (k *Keys) load(ctx context.Context) ([]Key, store.Version, error) {
	answers, err := k.opt.Store.Read(ctx, []store.Query{{Partition: home, Family: store.State, Now: k.opt.Clock.Now()}})
	if err != nil {
		return nil, 0, fmt.Errorf("read the API keys: %w", err)
	}
	if len(answers) != 1 {
		return nil, 0, tactful.Errorf(tactful.Internal, "the store answered %d of 1 queries", len(answers))
	}
	all := make([]Key, 0, len(answers[0].Rows))
	for _, row := range answers[0].Rows {
		plain, err := k.opt.Sealer.Open(nil, home, store.State, row.Key, row.Value)
		if err != nil {
			return nil, 0, fmt.Errorf("open an API key row: %w", err)
		}
		key, err := decodeKey(plain)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, key)
	}
	slices.SortStableFunc(all, func(a, b Key) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, answers[0].Version, nil
}

func (k *Keys) publish(all []Key) {
	t := &table{all: all, byHash: make(map[string]Key, len(all)), origins: map[string]bool{}}
	for _, key := range all {
		if !key.Revoked.IsZero() {
			continue
		}
		t.inForce++
		t.byHash[key.Hash] = key
		for _, origin := range key.Origins {
			t.origins[origin] = true
		}
	}
	k.live.Store(t)
}
