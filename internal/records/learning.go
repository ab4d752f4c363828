package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// MaxSettings is how many items one person may have said something about.
const MaxSettings = 2000

// ReadSettings returns what a person said about items, and the version that a
// change must expect.
func (r *Records) ReadSettings(ctx context.Context, ref tactful.Ref, now time.Time) (map[string]Setting, store.Version, error) {
	s, err := r.Open(ctx, ref, Want{Settings: true}, now)
	if err != nil {
		return nil, 0, err
	}
	return s.Settings, s.Standing.Version, nil
}

// WriteSettings replaces what a person said about items. Somebody else's change
// in between is a Conflict: read again and repeat.
func (r *Records) WriteSettings(ctx context.Context, ref tactful.Ref, expect store.Version, settings map[string]Setting) (store.Version, error) {
	if len(settings) > MaxSettings {
		return 0, &tactful.Error{
			Kind: tactful.Refused, Detail: fmt.Sprintf("there are settings for %d items already", MaxSettings),
			Remedy: "take some of them back, or turn personalization off",
		}
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("write settings: %w", err)
	}
	p := subjectPartition(ref)
	version, err := r.writeMarked(ctx, ref, store.Batch{
		Partition: p, Expect: expect,
		State: []store.Row{sealedRow(sealer, p, store.State, settingsKey, appendSettings(nil, settings), time.Time{})},
	})
	if err != nil {
		return 0, fmt.Errorf("write settings: %w", err)
	}
	return version, nil
}

// ContributionChange replaces a subject's contribution; nil removes it.
type ContributionChange struct {
	Ref          tactful.Ref
	Expect       store.Version // Standing.Version as it was when the contribution was computed
	Contribution *Contribution
}

// WriteContributions applies changes with one write. Each change has its own
// fate: nil, a Conflict if the subject changed since, or NotFound if it is gone.
func (r *Records) WriteContributions(ctx context.Context, changes []ContributionChange) ([]error, error) {
	refs := make([]tactful.Ref, len(changes))
	for i, c := range changes {
		if c.Contribution != nil && !c.Contribution.ordered() {
			return nil, tactful.Errorf(tactful.Internal, "the items of a contribution do not ascend")
		}
		refs[i] = c.Ref
	}
	release := r.holds.hold(refs...)
	defer release()
	sealers, err := r.vault.Passing(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("write contributions: %w", err)
	}
	fates := make([]error, len(changes))
	var batches []store.Batch
	var places []int
	for i, c := range changes {
		if sealers[i] == nil || c.Expect == store.Absent || c.Expect == store.Blind {
			fates[i] = errNoSubject()
			continue
		}
		batch := store.Batch{Partition: subjectPartition(c.Ref), Expect: c.Expect}
		if c.Contribution == nil {
			batch.Delete = []store.FamilyKey{{Family: store.State, Key: contributionKey}}
		} else {
			plain := appendContribution(nil, c.Contribution)
			batch.State = []store.Row{sealedRow(sealers[i], batch.Partition, store.State, contributionKey, plain, time.Time{})}
		}
		batches, places = append(batches, batch), append(places, i)
	}
	results, err := r.data.Write(ctx, batches)
	if err != nil {
		return nil, fmt.Errorf("write contributions: %w", kindly(err))
	}
	for n, result := range results {
		fates[places[n]] = kindly(result.Err)
	}
	return fates, nil
}

// ScanContributions visits the contribution of every subject of a shard that
// has one. Shards is a power of two up to 256.
func (r *Records) ScanContributions(ctx context.Context, shard, shards int, now time.Time, visit func(tactful.Ref, *Contribution) error) error {
	return r.scan(ctx, contributionKey, shard, shards, now, func(ref tactful.Ref, plain []byte) error {
		c, err := decodeContribution(plain)
		if err != nil {
			return unreadable("contribution", err)
		}
		return visit(ref, c)
	})
}

// ScanSubjects visits the standing of every subject of a shard. The Version of
// these standings is not known.
func (r *Records) ScanSubjects(ctx context.Context, shard, shards int, now time.Time, visit func(tactful.Ref, *Standing) error) error {
	return r.scan(ctx, standingKey, shard, shards, now, func(ref tactful.Ref, plain []byte) error {
		s, err := decodeStanding(plain)
		if err != nil {
			return unreadable("standing", err)
		}
		return visit(ref, s)
	})
}

const scanChunk = 256 // subjects whose keys are fetched at once

// scan opens one State row of every subject. It fetches keys in chunks and
// leaves the sealer cache to those who are here.
func (r *Records) scan(ctx context.Context, key []byte, shard, shards int, now time.Time, visit func(tactful.Ref, []byte) error) error {
	refs := make([]tactful.Ref, 0, scanChunk)
	values := make([][]byte, 0, scanChunk)
	var plain []byte
	flush := func() error {
		sealers, err := r.vault.Passing(ctx, refs)
		if err != nil {
			return err
		}
		for i, ref := range refs {
			if sealers[i] == nil { // shredded since
				continue
			}
			if plain, err = sealers[i].Open(plain[:0], subjectPartition(ref), store.State, key, values[i]); err != nil {
				return unreadable("row of a subject", err)
			}
			if err := visit(ref, plain); err != nil {
				return err
			}
		}
		refs, values = refs[:0], values[:0]
		return nil
	}
	span := store.Range{Section: store.Subjects, Family: store.State, From: key, To: after(key), Shard: shard, Shards: shards, Now: now}
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			refs, values = append(refs, p.ID), append(values, rows[0].Value)
			if len(refs) == scanChunk {
				return flush()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("scan subjects: %w", kindly(err))
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("scan subjects: %w", err)
	}
	return nil
}

