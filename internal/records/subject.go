package records

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Create makes the subject of an external id that is nobody's yet. Where
// several try at once, all get the same reference. Whoever is made under a name
// under which somebody was erased has the time of that in their standing, so
// that nothing from before is believed or kept, whatever made them known again.
func (r *Records) Create(ctx context.Context, a tactful.Alias, now time.Time) (tactful.Ref, error) {
	ref, _, err := r.CreateHeld(ctx, a, "", now)
	return ref, err
}

// CreateHeld is Create for somebody from whom the model does not learn until
// they are released; held says because of whom. It reports whether this call made
// them, and not another that was faster.
func (r *Records) CreateHeld(ctx context.Context, a tactful.Alias, held string, now time.Time) (ref tactful.Ref, made bool, err error) {
	refs, first, err := r.createAll(ctx, []tactful.Alias{a}, held, now)
	if err != nil {
		return tactful.Ref{}, false, err
	}
	return refs[0], first[0], nil
}

// CreateAll is Create for many ids with three writes in all. An id that has a
// subject keeps it. The same id twice is one subject.
func (r *Records) CreateAll(ctx context.Context, aliases []tactful.Alias, now time.Time) ([]tactful.Ref, error) {
	refs, _, err := r.createAll(ctx, aliases, "", now)
	return refs, err
}

func (r *Records) createAll(ctx context.Context, aliases []tactful.Alias, held string, now time.Time) (refs []tactful.Ref, first []bool, err error) {
	place := make(map[tactful.Alias]int, len(aliases)) // of each distinct id
	var distinct []tactful.Alias
	for _, a := range aliases {
		if err := a.Validate("alias"); err != nil {
			return nil, nil, err
		}
		if _, seen := place[a]; !seen {
			place[a] = len(distinct)
			distinct = append(distinct, a)
		}
	}
	drawn := make([]tactful.Ref, len(distinct))
	for i := range drawn {
		if err := r.draw(drawn[i][:]); err != nil {
			return nil, nil, err
		}
	}
	made, err := r.createDistinct(ctx, distinct, slices.Clone(drawn), held, now)
	if err != nil {
		return nil, nil, fmt.Errorf("create subjects: %w", err)
	}
	refs, first = make([]tactful.Ref, len(aliases)), make([]bool, len(aliases))
	for i, a := range aliases {
		refs[i] = made[place[a]]
		first[i] = refs[i] == drawn[place[a]]
	}
	return refs, first, nil
}

// createDistinct makes subjects with these references, and returns those that the
// ids have now.
func (r *Records) createDistinct(ctx context.Context, aliases []tactful.Alias, refs []tactful.Ref, held string, now time.Time) ([]tactful.Ref, error) {
	erased, err := r.erasedUnder(ctx, aliases, now)
	if err != nil {
		return nil, err
	}
	sealers, err := r.vault.CreateAll(ctx, refs)
	if err != nil {
		return nil, err
	}
	// The subject comes before its alias: an alias never points at nothing.
	subjects, pointers := make([]store.Batch, len(refs)), make([]store.Batch, len(refs))
	for i, ref := range refs {
		p := r.aliasPartition(aliases[i])
		subjects[i] = store.Batch{
			Partition: subjectPartition(ref), Expect: store.Absent,
			State: []store.Row{
				standingRow(sealers[i], ref, &Standing{Erased: erased[i], Held: held, Created: now, Changed: now}),
				aliasesRow(sealers[i], ref, [][16]byte{p.ID}),
			},
		}
		pointers[i] = r.aliasBatch(p, ref)
	}
	if results, err := r.data.Write(ctx, subjects); err != nil {
		return nil, kindly(err)
	} else if err := firstError(results); err != nil {
		return nil, kindly(err)
	}
	results, err := r.data.Write(ctx, pointers)
	if err != nil {
		return nil, kindly(err)
	}
	return r.adopt(ctx, aliases, refs, results, now)
}

func (r *Records) erasedUnder(ctx context.Context, names []tactful.Alias, now time.Time) ([]time.Time, error) {
	if r.erased == nil {
		return make([]time.Time, len(names)), nil
	}
	return r.erased(ctx, names, now)
}

// adopt takes over the references of those who were faster, and removes what
// was made in vain.
func (r *Records) adopt(ctx context.Context, aliases []tactful.Alias, refs []tactful.Ref, results []store.Result, now time.Time) ([]tactful.Ref, error) {
	var lost []int
	var lostAliases []tactful.Alias
	for i, result := range results {
		switch {
		case errors.Is(result.Err, store.ErrConflict):
			lost, lostAliases = append(lost, i), append(lostAliases, aliases[i])
		case result.Err != nil:
			return nil, kindly(result.Err)
		}
	}
	if len(lost) == 0 {
		return refs, nil
	}
	winners, err := r.Lookup(ctx, lostAliases, now)
	if err != nil {
		return nil, err
	}
	for n, i := range lost {
		if _, err := r.Drop(ctx, refs[i]); err != nil {
			return nil, err
		}
		if winners[n].IsZero() { // taken and given up again in between
			return nil, tactful.Errorf(tactful.Conflict, "an id changed hands in between")
		}
		refs[i] = winners[n]
	}
	return refs, nil
}

func firstError(results []store.Result) error {
	for _, result := range results {
		if result.Err != nil {
			return result.Err
		}
	}
	return nil
}

// Drop removes a subject from the store: its alias partitions, its key, its
// partition and its marks. Writers under way are waited for, so that nothing of
// the subject can be written afterwards. It returns the partitions that it
// emptied, for Purge, and is idempotent: repeat it after an error.
func (r *Records) Drop(ctx context.Context, ref tactful.Ref) ([]store.Partition, error) {
	release := r.holds.exclude(ref)
	defer release()
	if err := r.releaseLeaves(ctx, ref); err != nil {
		return nil, fmt.Errorf("drop subject: %w", err)
	}
	return r.drop(ctx, ref)
}

// drop is Drop for callers that keep the subject's writers out themselves.
func (r *Records) drop(ctx context.Context, ref tactful.Ref) ([]store.Partition, error) {
	emptied, err := r.dropAliases(ctx, ref, nil)
	if err != nil {
		return nil, fmt.Errorf("drop subject: %w", err)
	}
	// From here on the alias list cannot be read again; its work is done.
	if err := r.vault.Shred(ctx, ref); err != nil {
		return nil, fmt.Errorf("drop subject: %w", err)
	}
	if err := r.data.Drop(ctx, subjectPartition(ref)); err != nil {
		return nil, fmt.Errorf("drop subject: %w", kindly(err))
	}
	if err := r.dropMarks(ctx, ref); err != nil {
		return nil, fmt.Errorf("drop subject: %w", err)
	}
	if err := r.dropPending(ctx, ref); err != nil {
		return nil, fmt.Errorf("drop subject: %w", err)
	}
	return append(emptied, subjectPartition(ref), markPartition(ref), pendingPartition(ref)), nil
}

// dropAliases drops the external ids that the subject lists and those that are
// named, where they still lead to it.
func (r *Records) dropAliases(ctx context.Context, ref tactful.Ref, named [][16]byte) ([]store.Partition, error) {
	ids, err := r.AliasIDs(ctx, ref)
	if err != nil {
		return nil, err
	}
	for _, id := range named {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	now := time.Unix(0, 0) // alias rows do not expire
	partitions := make([]store.Partition, len(ids))
	queries := make([]store.Query, len(ids))
	for i, id := range ids {
		partitions[i] = store.Partition{Section: store.Aliases, ID: id}
		queries[i] = aliasQuery(partitions[i], now)
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, kindly(err)
	}
	for i, answer := range answers {
		there, err := r.target(partitions[i], answer)
		if err != nil {
			return nil, err
		}
		if there != ref { // listed, but another was faster: it is theirs
			continue
		}
		if err := r.data.Drop(ctx, partitions[i]); err != nil {
			return nil, kindly(err)
		}
	}
	return partitions, nil
}

// Purge makes what was removed from these partitions unreadable on the medium,
// where the driver can.
func (r *Records) Purge(ctx context.Context, partitions []store.Partition) error {
	purger, ok := r.data.(store.Purger)
	if !ok {
		return nil
	}
	if err := purger.Purge(ctx, partitions); err != nil {
		return fmt.Errorf("purge: %w", kindly(err))
	}
	return nil
}
