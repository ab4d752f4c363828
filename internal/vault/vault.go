package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// DefaultCacheSize is how many sealers are held when Options name no size.
// One takes about a kilobyte; 64 bare keys for each, once there are so many
// people, three more.
const DefaultCacheSize = 16 * 1024

// Options of a vault.
type Options struct {
	Entropy   io.Reader // of keys and nonces; must be a cryptographic source
	CacheSize int       // sealers held; 0: DefaultCacheSize
}

// Vault hands out the sealers of subjects. It is safe for concurrent use. The
// key table and the ring stay the caller's to close.
type Vault struct {
	table   store.Store
	ring    *Keyring
	entropy *lockedReader
	shared  *sealing
	cache   *cache
	tenant  *tenant

	rotation sync.Mutex   // one rotation at a time
	wrapping sync.RWMutex // read-held while wrapped bytes are on their way; the ring changes only when held
}

// Open reads the tenant secret, makes it on the very first start, and finishes
// a rotation that was cut short. It refuses a ring that cannot open the table.
func Open(ctx context.Context, table store.Store, ring *Keyring, opt Options) (*Vault, error) {
	if opt.Entropy == nil {
		return nil, tactful.Errorf(tactful.Internal, "the vault needs an entropy source")
	}
	if opt.CacheSize <= 0 {
		opt.CacheSize = DefaultCacheSize
	}
	entropy := &lockedReader{source: opt.Entropy}
	nonces, err := newNonceSource(entropy)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	v := &Vault{
		table: table, ring: ring, entropy: entropy,
		shared: newSealing(nonces), cache: newCache(opt.CacheSize),
	}
	secret, err := v.tenantSecret(ctx)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	if v.tenant, err = newTenant(secret, v.shared); err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	if ring.Rotating() {
		if err := v.Rotate(ctx, func(int, int) {}); err != nil {
			return nil, fmt.Errorf("open vault: finish rotation: %w", err)
		}
	}
	return v, nil
}

// Rows of the key table. The zero partition, which is no subject's, holds the
// tenant secret.
var (
	dataKeyRow   = []byte("k")
	tenantKeyRow = []byte("t")
)

func keyPartition(ref tactful.Ref) store.Partition {
	return store.Partition{Section: store.Keys, ID: ref}
}

// rowName returns the key and the associated data of a subject's row.
func rowName(ref tactful.Ref) (row, aad []byte) {
	if ref.IsZero() {
		return tenantKeyRow, []byte("tactful-tenant")
	}
	return dataKeyRow, append([]byte("tactful-dek"), ref[:]...)
}

func (v *Vault) tenantSecret(ctx context.Context) ([]byte, error) {
	secret, err := v.fetch(ctx, []tactful.Ref{{}})
	if err != nil {
		return nil, err
	}
	if secret[0] != nil {
		return secret[0], nil
	}
	// A table with keys but without its secret is damaged: a new secret would
	// orphan every alias.
	used, err := hasKeys(ctx, v.table)
	if err != nil {
		return nil, err
	}
	if used {
		return nil, tactful.Errorf(tactful.Internal, "the key table has keys but no tenant secret: restore the key table")
	}
	fresh, err := v.makeKeys(ctx, []tactful.Ref{{}})
	if tactful.KindOf(err) == tactful.Conflict { // another process was faster
		if secret, err = v.fetch(ctx, []tactful.Ref{{}}); err == nil && secret[0] != nil {
			return secret[0], nil
		}
	}
	if err != nil {
		return nil, err
	}
	return fresh[0], nil
}

// Used reports whether a key table holds any key.
func Used(ctx context.Context, table store.Store) (bool, error) { return hasKeys(ctx, table) }

func hasKeys(ctx context.Context, table store.Store) (bool, error) {
	found := errors.New("found")
	_, err := table.Scan(ctx, store.Range{Section: store.Keys, Family: store.State}, store.Cursor{},
		func(store.Partition, []store.Row) error { return found })
	if err != nil && !errors.Is(err, found) {
		return false, fmt.Errorf("look into key table: %w", err)
	}
	return err != nil, nil
}

// Create makes the key of a new subject. A subject that has one is a Conflict:
// references are never reused.
func (v *Vault) Create(ctx context.Context, ref tactful.Ref) (*Sealer, error) {
	sealers, err := v.CreateAll(ctx, []tactful.Ref{ref})
	if err != nil {
		return nil, err
	}
	return sealers[0], nil
}

// CreateAll makes the keys of many new subjects with one write. After an error
// some of the keys may exist; Shred removes them.
func (v *Vault) CreateAll(ctx context.Context, refs []tactful.Ref) ([]*Sealer, error) {
	generations := make([]uint64, len(refs))
	for i, ref := range refs {
		if ref.IsZero() {
			return nil, tactful.Errorf(tactful.Internal, "the zero reference has no key")
		}
		_, generations[i] = v.cache.get(ref)
	}
	keys, err := v.makeKeys(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("create keys: %w", err)
	}
	sealers := make([]*Sealer, len(refs))
	for i, key := range keys {
		if sealers[i], err = v.shared.sealer(key); err != nil {
			return nil, fmt.Errorf("create keys: %w", err)
		}
		clear(key)
		v.cache.put(refs[i], sealers[i], generations[i])
	}
	return sealers, nil
}

// makeKeys draws, wraps and stores one key per reference.
func (v *Vault) makeKeys(ctx context.Context, refs []tactful.Ref) ([][]byte, error) {
	drawn := make([]byte, keyBytes*len(refs))
	if _, err := io.ReadFull(v.entropy, drawn); err != nil {
		return nil, fmt.Errorf("draw keys: %w", err)
	}
	v.wrapping.RLock() // so that nothing wrapped by an old key is stored after its rotation looked
	defer v.wrapping.RUnlock()
	keys := make([][]byte, len(refs))
	batches := make([]store.Batch, len(refs))
	for i, ref := range refs {
		keys[i] = drawn[i*keyBytes : (i+1)*keyBytes : (i+1)*keyBytes]
		row, aad := rowName(ref)
		wrapped, err := v.ring.Wrap(keys[i], aad)
		if err != nil {
			return nil, fmt.Errorf("wrap key: %w", err)
		}
		batches[i] = store.Batch{
			Partition: keyPartition(ref), Expect: store.Absent,
			State: []store.Row{{Family: store.State, Key: row, Value: wrapped}},
		}
	}
	results, err := v.table.Write(ctx, batches)
	if err != nil {
		return nil, fmt.Errorf("store keys: %w", err)
	}
	for _, result := range results {
		switch {
		case errors.Is(result.Err, store.ErrConflict):
			return nil, &tactful.Error{Kind: tactful.Conflict, Detail: "this subject has a key already", Err: result.Err}
		case result.Err != nil:
			return nil, &tactful.Error{Kind: tactful.Unavailable, Detail: "the key could not be stored", Err: result.Err}
		}
	}
	return keys, nil
}

// Sealers returns the sealer of each subject, nil where there is no key: never
// made, or shredded. What the cache lacks is fetched with one read.
func (v *Vault) Sealers(ctx context.Context, refs []tactful.Ref) ([]*Sealer, error) {
	return v.sealers(ctx, refs, func(ref tactful.Ref, sealer *Sealer, key []byte, generation uint64) {
		v.cache.put(ref, sealer, generation)
		v.cache.putKey(ref, key, generation)
	})
}

// Passing is Sealers for scans: it uses the cache but does not fill it, so that
// a pass over everybody does not push out those who are here.
func (v *Vault) Passing(ctx context.Context, refs []tactful.Ref) ([]*Sealer, error) {
	return v.sealers(ctx, refs, func(tactful.Ref, *Sealer, []byte, uint64) {})
}

func (v *Vault) sealers(ctx context.Context, refs []tactful.Ref, keep func(tactful.Ref, *Sealer, []byte, uint64)) ([]*Sealer, error) {
	out := make([]*Sealer, len(refs))
	var missing []tactful.Ref
	var places []int
	var generations []uint64
	for i, ref := range refs {
		if ref.IsZero() { // the tenant secret is nobody's data key
			continue
		}
		sealer, generation := v.cache.get(ref)
		if sealer == nil {
			var err error
			if sealer, err = v.remembered(ref, generation, keep); err != nil {
				return nil, fmt.Errorf("make a sealer: %w", err)
			}
		}
		if out[i] = sealer; sealer == nil {
			missing, places, generations = append(missing, ref), append(places, i), append(generations, generation)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	keys, err := v.fetch(ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	for i, key := range keys {
		if key == nil {
			continue
		}
		sealer, err := v.shared.sealer(key)
		if err != nil {
			return nil, fmt.Errorf("fetch keys: %w", err)
		}
		out[places[i]] = sealer
		keep(missing[i], sealer, key, generations[i])
		clear(key)
	}
	return out, nil
}

// remembered makes a sealer of a key that is still known; nil if there is none.
func (v *Vault) remembered(ref tactful.Ref, generation uint64, keep func(tactful.Ref, *Sealer, []byte, uint64)) (*Sealer, error) {
	var key [keyBytes]byte
	if !v.cache.key(ref, &key) {
		return nil, nil
	}
	defer clear(key[:])
	sealer, err := v.shared.sealer(key[:])
	if err != nil {
		return nil, err
	}
	keep(ref, sealer, key[:], generation)
	return sealer, nil
}

// fetch reads and unwraps keys; nil where there is none.
func (v *Vault) fetch(ctx context.Context, refs []tactful.Ref) ([][]byte, error) {
	queries := make([]store.Query, len(refs))
	for i, ref := range refs {
		queries[i] = keyQuery(ref)
	}
	v.wrapping.RLock() // so that no ring key is retired between reading and unwrapping
	defer v.wrapping.RUnlock()
	answers, err := v.table.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("read key table: %w", err)
	}
	keys := make([][]byte, len(refs))
	for i, answer := range answers {
		if len(answer.Rows) == 0 {
			continue
		}
		_, aad := rowName(refs[i])
		if keys[i], err = v.ring.Unwrap(answer.Rows[0].Value, aad); err != nil {
			return nil, &tactful.Error{
				Kind: tactful.Internal, Detail: "the key ring does not open the key table",
				Remedy: "use the ring that belongs to this table; a ring from before the last rotation opens nothing",
			}
		}
	}
	return keys, nil
}

func keyQuery(ref tactful.Ref) store.Query {
	row, _ := rowName(ref)
	return store.Query{
		Partition: keyPartition(ref), Family: store.State,
		From: row, To: append(row[:1:1], 0), Limit: 1, Now: time.Unix(0, 0),
	}
}

// Shred destroys the keys of these subjects: deleted from the table, purged
// from its medium where the driver can, evicted from memory. It is idempotent;
// after an error call it again.
func (v *Vault) Shred(ctx context.Context, refs ...tactful.Ref) error {
	stops, keys := make([]store.Partition, len(refs)), make([]store.Partition, len(refs))
	for i, ref := range refs {
		if ref.IsZero() {
			return tactful.Errorf(tactful.Internal, "the tenant secret cannot be shredded")
		}
		stops[i], keys[i] = store.Partition{Section: store.Stops, ID: ref}, keyPartition(ref)
	}
	var failed error
	for i, ref := range refs {
		failed = errors.Join(failed, v.table.Drop(ctx, stops[i]), v.table.Drop(ctx, keys[i]))
		v.cache.evict(ref) // after the row is gone: whoever read it before may not keep it
	}
	if purger, ok := v.table.(store.Purger); ok && failed == nil {
		failed = purger.Purge(ctx, keys)
		if failed == nil { // apart: the two lie far from each other in the files
			failed = purger.Purge(ctx, stops)
		}
	}
	if failed != nil {
		return &tactful.Error{Kind: tactful.Unavailable, Detail: "shredding did not finish", Remedy: "repeat it", Err: failed}
	}
	return nil
}
