package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// MaxAliases is how many external ids one subject may have.
const MaxAliases = 256

func (r *Records) aliasPartition(a tactful.Alias) store.Partition {
	return store.Partition{Section: store.Aliases, ID: r.vault.AliasID(a)}
}

func aliasQuery(p store.Partition, now time.Time) store.Query {
	return store.Query{Partition: p, Family: store.State, From: aliasRefKey, To: after(aliasRefKey), Now: now}
}

// aliasBatch makes an alias partition that points at ref.
func (r *Records) aliasBatch(p store.Partition, ref tactful.Ref) store.Batch {
	plain := append([]byte{wireVersion}, ref[:]...)
	return store.Batch{
		Partition: p, Expect: store.Absent,
		State: []store.Row{sealedRow(r.vault.Tenant(), p, store.State, aliasRefKey, plain, time.Time{})},
	}
}

// target reads where an alias partition points; the zero Ref if nowhere.
func (r *Records) target(p store.Partition, answer store.Answer) (tactful.Ref, error) {
	if len(answer.Rows) == 0 {
		return tactful.Ref{}, nil
	}
	plain, err := r.vault.Tenant().Open(nil, p, store.State, aliasRefKey, answer.Rows[0].Value)
	if err == nil && (len(plain) != 1+len(tactful.Ref{}) || plain[0] != wireVersion) {
		err = errWire
	}
	if err != nil {
		return tactful.Ref{}, unreadable("alias", err)
	}
	return tactful.Ref(plain[1:]), nil
}

// Lookup finds the subjects of external ids with one read; the zero Ref where
// an id is nobody's.
func (r *Records) Lookup(ctx context.Context, aliases []tactful.Alias, now time.Time) ([]tactful.Ref, error) {
	queries := make([]store.Query, len(aliases))
	for i, a := range aliases {
		queries[i] = aliasQuery(r.aliasPartition(a), now)
	}
	refs := make([]tactful.Ref, len(aliases))
	look := func() error {
		return r.readOver(ctx, queries, func(answers []store.Answer) (err error) {
			for i, answer := range answers {
				if refs[i], err = r.target(queries[i].Partition, answer); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := look()
	if err == nil && r.awaitMoves(refs) { // some of them lead elsewhere by now
		err = look()
	}
	if err != nil {
		return nil, fmt.Errorf("look up aliases: %w", err)
	}
	return refs, nil
}

// Link gives a subject one more external id. The caller has checked that the
// person wants their identities joined. An id of somebody else is a Conflict.
func (r *Records) Link(ctx context.Context, a tactful.Alias, ref tactful.Ref, now time.Time) error {
	if err := a.Validate("alias"); err != nil {
		return err
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return fmt.Errorf("link alias: %w", err)
	}
	return retry("link alias", func() error { return r.link(ctx, sealer, r.aliasPartition(a), ref, now) })
}

// errTaken is not a Conflict of versions, but one that repeating cannot heal.
func errTaken() error {
	return &tactful.Error{Kind: tactful.Refused, Detail: "this id belongs to another subject", Remedy: "merge the subjects, or use another id"}
}

func (r *Records) link(ctx context.Context, sealer *vault.Sealer, p store.Partition, ref tactful.Ref, now time.Time) error {
	answers, err := r.data.Read(ctx, []store.Query{
		aliasQuery(p, now), stateQuery(ref, aliasesKey, after(aliasesKey), now),
	})
	if err != nil {
		return kindly(err)
	}
	there, err := r.target(p, answers[0])
	switch {
	case err != nil:
		return err
	case there == ref:
		return nil
	case !there.IsZero():
		return errTaken()
	case answers[1].Version == store.Absent:
		return errNoSubject()
	}
	ids, err := openAliases(sealer, ref, answers[1])
	if err != nil {
		return err
	}
	if !slices.Contains(ids, p.ID) { // the list first: erasure must find every alias there is
		if len(ids) >= MaxAliases {
			return tactful.Errorf(tactful.Refused, "this subject has %d ids already", len(ids))
		}
		batch := store.Batch{
			Partition: subjectPartition(ref), Expect: answers[1].Version,
			State: []store.Row{aliasesRow(sealer, ref, append(ids, p.ID))},
		}
		if _, err := r.write(ctx, batch); err != nil {
			return err
		}
	}
	_, err = r.write(ctx, r.aliasBatch(p, ref)) // a conflict means that somebody took it: look again
	return err
}

func aliasesRow(sealer *vault.Sealer, ref tactful.Ref, ids [][16]byte) store.Row {
	plain := binary.AppendUvarint([]byte{wireVersion}, uint64(len(ids)))
	for _, id := range ids {
		plain = append(plain, id[:]...)
	}
	return sealedRow(sealer, subjectPartition(ref), store.State, aliasesKey, plain, time.Time{})
}

func openAliases(sealer *vault.Sealer, ref tactful.Ref, answer store.Answer) ([][16]byte, error) {
	if len(answer.Rows) == 0 {
		return nil, nil
	}
	plain, err := sealer.Open(nil, subjectPartition(ref), store.State, aliasesKey, answer.Rows[0].Value)
	if err != nil {
		return nil, unreadable("alias list", err)
	}
	ids, err := decodeAliases(plain)
	if err != nil {
		return nil, unreadable("alias list", err)
	}
	return ids, nil
}

func decodeAliases(plain []byte) ([][16]byte, error) {
	r := read(plain)
	ids := make([][16]byte, r.count(16))
	for i := range ids {
		copy(ids[i][:], r.take(16))
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return ids, nil
}
