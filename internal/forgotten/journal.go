package forgotten

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Journal keeps erasures in the store of the keys. It is safe for concurrent use.
type Journal struct {
	store store.Store
	vault *vault.Vault
}

// New makes a journal; the store and the vault stay the caller's to close.
func New(keys store.Store, v *vault.Vault) *Journal { return &Journal{store: keys, vault: v} }

// One partition holds the erasures under way and the list of all; each erasure
// that is done has a partition of its own, named by its id.
var journal = store.Partition{Section: store.Forgotten, ID: [16]byte{'j', 'o', 'u', 'r', 'n', 'a', 'l'}}

// Keys of the journal.
var (
	headKey  = []byte{'h'} // State: the number of the last erasure
	dirtyKey = []byte{'c'} // State: there are bytes to be purged
	ownKey   = []byte{'e'} // State, in an erasure's own partition
)

// First bytes of the journal's other keys.
const (
	openType    = 'o' // State: an erasure under way, by id
	waitingType = 't' // State: one that is done, but of which somebody is still to be told
	listType    = 'n' // Log: id and tombstone, by number
)

const tries = 16 // at a change that others may get in between of

func own(id ID) store.Partition { return store.Partition{Section: store.Forgotten, ID: id} }

func keyOf(kind byte, id ID) []byte { return append([]byte{kind}, id[:]...) }

func listKey(no uint64) []byte { return binary.BigEndian.AppendUint64([]byte{listType}, no) }

func (j *Journal) seal(p store.Partition, f store.Family, key, plain []byte, expires time.Time) store.Row {
	return store.Row{Family: f, Key: key, Value: j.vault.Tenant().Seal(nil, p, f, key, plain), Expires: expires}
}

func (j *Journal) unseal(p store.Partition, f store.Family, row store.Row) ([]byte, error) {
	plain, err := j.vault.Tenant().Open(nil, p, f, row.Key, row.Value)
	if err != nil {
		return nil, damaged(err)
	}
	return plain, nil
}

func damaged(err error) error {
	return &tactful.Error{Kind: tactful.Internal, Detail: "the journal of erasures is damaged", Remedy: "restore key_dir from the newest copy", Err: err}
}

// ledger is the journal's State as it was read.
type ledger struct {
	version store.Version
	last    uint64
	open    []*Erasure // in the order of their numbers
	waiting []ID
	dirty   bool
}

func (j *Journal) read(ctx context.Context) (*ledger, error) {
	answers, err := j.store.Read(ctx, []store.Query{{Partition: journal, Family: store.State, Now: time.Unix(0, 0)}})
	if err != nil {
		return nil, fmt.Errorf("read the journal of erasures: %w", err)
	}
	l := &ledger{version: answers[0].Version}
	for _, row := range answers[0].Rows {
		plain, err := j.unseal(journal, store.State, row)
		if err != nil {
			return nil, err
		}
		switch row.Key[0] {
		case headKey[0]:
			if len(plain) != 8 {
				return nil, damaged(errUnreadable)
			}
			l.last = binary.BigEndian.Uint64(plain)
		case dirtyKey[0]:
			l.dirty = true
		case openType:
			e, err := decode(plain)
			if err != nil {
				return nil, damaged(err)
			}
			l.open = append(l.open, e)
		case waitingType:
			if len(row.Key) != 17 {
				return nil, damaged(errUnreadable)
			}
			l.waiting = append(l.waiting, ID(row.Key[1:]))
		}
	}
	slices.SortFunc(l.open, func(a, b *Erasure) int {
		if a.No < b.No {
			return -1
		}
		return 1
	})
	return l, nil
}

// write applies one conditional batch to one partition.
func (j *Journal) write(ctx context.Context, batch store.Batch) error {
	results, err := j.store.Write(ctx, []store.Batch{batch})
	if err == nil {
		err = results[0].Err
	}
	return err
}

// retry repeats a change that met somebody else's.
func retry(what string, change func() error) error {
	var err error
	for range tries {
		if err = change(); !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrConflict):
		return &tactful.Error{Kind: tactful.Conflict, Detail: "the journal of erasures is changing too fast", Remedy: "repeat it", Err: err}
	case tactful.KindOf(err) == tactful.Internal && !errors.Is(err, errUnreadable):
		return &tactful.Error{Kind: tactful.Unavailable, Detail: what + ": the journal of erasures could not be written", Remedy: "repeat it", Err: err}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Begin writes down erasures before anything else is done for them, and gives
// each its number. Somebody whose erasure is under way already gets no second
// one: the one that is there is returned in its place.
func (j *Journal) Begin(ctx context.Context, list []*Erasure) ([]*Erasure, error) {
	var out []*Erasure
	err := retry("begin an erasure", func() error {
		l, err := j.read(ctx)
		if err != nil {
			return err
		}
		out = make([]*Erasure, len(list))
		batch := store.Batch{Partition: journal, Expect: l.version}
		last := l.last
		for i, e := range list {
			if at := slices.IndexFunc(l.open, func(o *Erasure) bool { return o.Ref == e.Ref }); at >= 0 {
				out[i] = l.open[at]
				continue
			}
			begun := *e
			last++
			begun.No, begun.Changed, begun.Tombstone = last, e.Begun, j.vault.Tombstone(e.Ref)
			plain, err := encode(&begun)
			if err != nil {
				return err
			}
			batch.State = append(batch.State, j.seal(journal, store.State, keyOf(openType, begun.ID), plain, time.Time{}))
			out[i] = &begun
		}
		if last == l.last {
			return nil
		}
		batch.State = append(batch.State, j.seal(journal, store.State, headKey, binary.BigEndian.AppendUint64(nil, last), time.Time{}))
		return j.write(ctx, batch)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Open returns the erasures that are under way, in the order of their numbers.
func (j *Journal) Open(ctx context.Context) ([]*Erasure, error) {
	l, err := j.read(ctx)
	if err != nil {
		return nil, err
	}
	return l.open, nil
}

// Advance changes erasures under way and writes them down with one write. One
// that somebody else has finished meanwhile is passed over. It returns those
// that are still under way, as they now stand.
func (j *Journal) Advance(ctx context.Context, ids []ID, change func(*Erasure)) ([]*Erasure, error) {
	var out []*Erasure
	err := retry("note a step of an erasure", func() error {
		l, err := j.read(ctx)
		if err != nil {
			return err
		}
		out = out[:0]
		batch := store.Batch{Partition: journal, Expect: l.version}
		for _, e := range l.open {
			if !slices.Contains(ids, e.ID) {
				continue
			}
			change(e)
			plain, err := encode(e)
			if err != nil {
				return err
			}
			batch.State = append(batch.State, j.seal(journal, store.State, keyOf(openType, e.ID), plain, time.Time{}))
			out = append(out, e)
		}
		if len(out) == 0 {
			return nil
		}
		return j.write(ctx, batch)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Unsettled returns the number up to which all erasures are done, where those
// named are taken as done, and the number of the last one.
func (j *Journal) Unsettled(ctx context.Context, done []ID) (settled, last uint64, err error) {
	l, err := j.read(ctx)
	if err != nil {
		return 0, 0, err
	}
	settled = l.last
	for _, e := range l.open {
		if !slices.Contains(done, e.ID) {
			settled = min(settled, e.No-1)
		}
	}
	return settled, l.last, nil
}

// Finish makes erasures ones that are done: what could lead to the person goes,
// the rest is kept until keep. The bytes of what went are purged by Clean.
func (j *Journal) Finish(ctx context.Context, ids []ID, now, keep time.Time) error {
	return retry("finish an erasure", func() error {
		l, err := j.read(ctx)
		if err != nil {
			return err
		}
		batch := store.Batch{Partition: journal, Expect: l.version}
		for _, e := range l.open {
			if !slices.Contains(ids, e.ID) {
				continue
			}
			e.Ref, e.Names = tactful.Ref{}, nil
			e.Finished, e.Changed = now, now
			if err := j.put(ctx, e, keep); err != nil {
				return err
			}
			batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.State, Key: keyOf(openType, e.ID)})
			entry := append(append([]byte{version}, e.ID[:]...), e.Tombstone[:]...)
			batch.Log = append(batch.Log, j.seal(journal, store.Log, listKey(e.No), entry, keep))
			if e.Waiting() {
				batch.State = append(batch.State, j.seal(journal, store.State, keyOf(waitingType, e.ID), []byte{version}, keep))
			}
		}
		if len(batch.Delete) == 0 {
			return nil
		}
		batch.State = append(batch.State, j.seal(journal, store.State, dirtyKey, []byte{version}, time.Time{}))
		return j.write(ctx, batch)
	})
}

// put writes an erasure that is done to its own partition, whatever is there.
func (j *Journal) put(ctx context.Context, e *Erasure, keep time.Time) error {
	plain, err := encode(e)
	if err != nil {
		return err
	}
	p := own(e.ID)
	answers, err := j.store.Read(ctx, []store.Query{{Partition: p, Family: store.State, Limit: 1, Now: time.Unix(0, 0)}})
	if err != nil {
		return err
	}
	return j.write(ctx, store.Batch{Partition: p, Expect: answers[0].Version, State: []store.Row{j.seal(p, store.State, ownKey, plain, keep)}})
}

// Clean makes unreadable on the medium what the journal has let go: references,
// names, and what recipients called people.
func (j *Journal) Clean(ctx context.Context) error {
	l, err := j.read(ctx)
	if err != nil || !l.dirty {
		return err
	}
	if purger, ok := j.store.(store.Purger); ok {
		if err := purger.Purge(ctx, []store.Partition{journal}); err != nil {
			return fmt.Errorf("purge the journal of erasures: %w", err)
		}
	}
	return retry("purge the journal of erasures", func() error {
		now, err := j.read(ctx)
		if err != nil || !now.dirty || now.version != l.version { // what was let go since is the next one's
			return err
		}
		return j.write(ctx, store.Batch{Partition: journal, Expect: now.version, Delete: []store.FamilyKey{{Family: store.State, Key: dirtyKey}}})
	})
}

// Read returns one erasure, under way or done.
func (j *Journal) Read(ctx context.Context, id ID, now time.Time) (*Erasure, error) {
	answers, err := j.store.Read(ctx, []store.Query{
		{Partition: journal, Family: store.State, From: keyOf(openType, id), Limit: 1, Now: now},
		{Partition: own(id), Family: store.State, From: ownKey, Limit: 1, Now: now},
	})
	if err != nil {
		return nil, fmt.Errorf("read an erasure: %w", err)
	}
	for i, p := range []store.Partition{journal, own(id)} {
		if rows := answers[i].Rows; len(rows) == 1 && (i == 1 || string(rows[0].Key) == string(keyOf(openType, id))) {
			plain, err := j.unseal(p, store.State, rows[0])
			if err != nil {
				return nil, err
			}
			e, err := decode(plain)
			if err != nil {
				return nil, damaged(err)
			}
			return e, nil
		}
	}
	return nil, tactful.Errorf(tactful.NotFound, "there is no such erasure")
}

// entries reads the list, newest first; a limit of 0 is none.
func (j *Journal) entries(ctx context.Context, from, to []byte, limit int, now time.Time) (ids []ID, tombstones [][16]byte, err error) {
	answers, err := j.store.Read(ctx, []store.Query{{Partition: journal, Family: store.Log, From: from, To: to, Limit: limit, Reverse: true, Now: now}})
	if err != nil {
		return nil, nil, fmt.Errorf("read the list of erasures: %w", err)
	}
	for _, row := range answers[0].Rows {
		plain, err := j.unseal(journal, store.Log, row)
		if err != nil {
			return nil, nil, err
		}
		if len(plain) != 33 || plain[0] != version {
			return nil, nil, damaged(errUnreadable)
		}
		ids, tombstones = append(ids, ID(plain[1:17])), append(tombstones, [16]byte(plain[17:]))
	}
	return ids, tombstones, nil
}

// List returns the newest erasures that are done, newest first, before the
// number given; 0 is no bound.
func (j *Journal) List(ctx context.Context, before uint64, limit int, now time.Time) ([]*Erasure, error) {
	to := []byte{listType + 1}
	if before > 0 {
		to = listKey(before)
	}
	ids, _, err := j.entries(ctx, []byte{listType}, to, limit, now)
	if err != nil {
		return nil, err
	}
	var out []*Erasure
	for _, id := range ids {
		e, err := j.Read(ctx, id, now)
		if tactful.KindOf(err) == tactful.NotFound {
			continue // its term is over, a moment before its place in the list
		}
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Since returns the tombstones of the erasures that are done with numbers above
// no. It refuses where the list does not reach back that far any more.
func (j *Journal) Since(ctx context.Context, no, last uint64, now time.Time) (map[[16]byte]bool, error) {
	_, tombstones, err := j.entries(ctx, listKey(no+1), []byte{listType + 1}, 0, now)
	if err != nil {
		return nil, err
	}
	open, err := j.Open(ctx)
	if err != nil {
		return nil, err
	}
	if uint64(len(tombstones)+len(open)) < last-no {
		return nil, &tactful.Error{Kind: tactful.Refused, Field: "data_dir",
			Detail: "this copy of the data is from before erasures of which no record is kept any more, so it cannot be said who in it has been erased",
			Remedy: "restore a newer backup, or begin with an empty data_dir"}
	}
	set := make(map[[16]byte]bool, len(tombstones))
	for _, tombstone := range tombstones {
		set[tombstone] = true
	}
	for _, e := range open {
		set[e.Tombstone] = true
	}
	return set, nil
}
