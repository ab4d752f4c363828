package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// A retired key is that of somebody who turned out to be somebody else: their rows
// were moved, and nobody gets a sealer of them any more, as if the key were gone. It
// is kept all the same, wrapped and rotated like the others, since an older copy of
// the data holds the rows once more, and who puts that copy back must open them to
// move them again. Shred destroys it with the other.
var retiredKeyRow = []byte("o")

// Retire takes a key out of use. One that is retired, or gone, is left as it is.
func (v *Vault) Retire(ctx context.Context, ref tactful.Ref) error {
	return v.rename(ctx, ref, dataKeyRow, retiredKeyRow)
}

// Revive takes a retired key into use again.
func (v *Vault) Revive(ctx context.Context, ref tactful.Ref) error {
	return v.rename(ctx, ref, retiredKeyRow, dataKeyRow)
}

const renameTries = 8 // against a rotation that wraps the same key

func (v *Vault) rename(ctx context.Context, ref tactful.Ref, from, to []byte) error {
	if ref.IsZero() {
		return tactful.Errorf(tactful.Internal, "the tenant secret is nobody's")
	}
	v.wrapping.RLock() // the wrapped bytes are on their way
	defer v.wrapping.RUnlock()
	for range renameTries {
		answers, err := v.table.Read(ctx, []store.Query{namedKeyQuery(ref, from)})
		if err != nil {
			return fmt.Errorf("retire a key: %w", err)
		}
		if len(answers[0].Rows) == 0 {
			v.cache.evict(ref)
			return nil
		}
		results, err := v.table.Write(ctx, []store.Batch{{
			Partition: keyPartition(ref), Expect: answers[0].Version,
			State:  []store.Row{{Family: store.State, Key: to, Value: answers[0].Rows[0].Value}},
			Delete: []store.FamilyKey{{Family: store.State, Key: from}},
		}})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		v.cache.evict(ref) // after the row has moved: whoever read it before may not keep it
		if err != nil {
			return &tactful.Error{Kind: tactful.Unavailable, Detail: "the key could not be stored", Remedy: "repeat it", Err: err}
		}
		return nil
	}
	return &tactful.Error{Kind: tactful.Conflict, Detail: "the key is changing too fast", Remedy: "repeat it"}
}

// Retired returns the sealer of a retired key, for whoever moves what it sealed;
// nil where there is none.
func (v *Vault) Retired(ctx context.Context, ref tactful.Ref) (*Sealer, error) {
	if ref.IsZero() {
		return nil, nil
	}
	v.wrapping.RLock()
	defer v.wrapping.RUnlock()
	answers, err := v.table.Read(ctx, []store.Query{namedKeyQuery(ref, retiredKeyRow)})
	if err != nil {
		return nil, fmt.Errorf("read a retired key: %w", err)
	}
	if len(answers[0].Rows) == 0 {
		return nil, nil
	}
	_, aad := rowName(ref)
	key, err := v.ring.Unwrap(answers[0].Rows[0].Value, aad)
	if err != nil {
		return nil, tactful.Errorf(tactful.Internal, "the key ring does not open a retired key")
	}
	defer clear(key)
	return v.shared.sealer(key)
}

func namedKeyQuery(ref tactful.Ref, row []byte) store.Query {
	return store.Query{Partition: keyPartition(ref), Family: store.State, From: row, To: append(row[:1:1], 0), Limit: 1, Now: time.Unix(0, 0)}
}
