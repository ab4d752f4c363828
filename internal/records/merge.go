package records

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

const mergeChunk = 256 // rows moved with one write

// Merge moves the events, consent records, settings, preferences and external
// ids of one subject to another and drops the first. The caller has checked that the
// person wants their identities joined, and has unlearned the contribution of
// from, which ends here. The standing of into stays as it is, and what it says
// about an item wins. Receipts of from end with it: their ids name it. Merge
// returns the partitions that it emptied, for Purge, and may be repeated after
// an error: what has been moved lands on itself.
func (r *Records) Merge(ctx context.Context, from, into tactful.Ref, now time.Time) ([]store.Partition, error) {
	if from == into || from.IsZero() || into.IsZero() {
		return nil, tactful.Errorf(tactful.Internal, "a merge needs two subjects")
	}
	release := r.holds.excludeAndHold(from, into)
	defer release()
	sealers, err := r.vault.Sealers(ctx, []tactful.Ref{from, into})
	if err != nil {
		return nil, fmt.Errorf("merge subjects: %w", err)
	}
	if sealers[1] == nil {
		return nil, errNoSubject()
	}
	if sealers[0] != nil { // else an earlier attempt came as far as the drop
		m := merging{Records: r, from: from, into: into, old: sealers[0], new: sealers[1], now: now}
		if err := m.move(ctx); err != nil {
			return nil, fmt.Errorf("merge subjects: %w", err)
		}
	}
	return r.drop(ctx, from)
}

// merging is one merge under way.
type merging struct {
	*Records
	from, into tactful.Ref
	old, new   *vault.Sealer
	now        time.Time
}

func (m *merging) move(ctx context.Context) error {
	p := subjectPartition(m.from)
	answers, err := m.data.Read(ctx, []store.Query{
		logQuery(p, consentType, 0, m.now),
		logQuery(p, eventType, 0, m.now),
		logQuery(p, nonceType, 0, m.now),
		stateQuery(m.from, aliasesKey, after(aliasesKey), m.now),
		stateQuery(m.from, settingsKey, after(preferencesKey), m.now),
		logQuery(p, lookType, 0, m.now),
	})
	if err != nil {
		return kindly(err)
	}
	marks, err := m.marks([]tactful.Ref{m.into})
	if err != nil {
		return err
	}
	marks = append(marks, pendingMarks(m.into, answers[0].Rows)...) // leaves without an index get it where they are now
	if results, err := m.data.Write(ctx, marks); err != nil {
		return kindly(err)
	} else if err := firstError(results); err != nil {
		return kindly(err)
	}
	if err := m.rows(ctx, slices.Concat(answers[2].Rows, answers[0].Rows, answers[1].Rows, answers[5].Rows)); err != nil {
		return err
	}
	ids, err := openAliases(m.old, m.from, answers[3])
	if err != nil {
		return err
	}
	told, err := m.told(m.old, p, answers[4])
	if err != nil {
		return err
	}
	if err := retry("move state", func() error { return m.state(ctx, ids, told) }); err != nil {
		return err
	}
	return m.repoint(ctx, ids)
}

// rows seals Log rows anew for their new partition.
func (m *merging) rows(ctx context.Context, rows []store.Row) error {
	here, there := subjectPartition(m.from), subjectPartition(m.into)
	var plain []byte
	for chunk := range slices.Chunk(rows, mergeChunk) {
		batch := store.Batch{Partition: there, Expect: store.Blind}
		for _, row := range chunk {
			var err error
			if plain, err = m.old.Open(plain[:0], here, store.Log, row.Key, row.Value); err != nil {
				return unreadable("row of a subject", err)
			}
			batch.Log = append(batch.Log, sealedRow(m.new, there, store.Log, row.Key, plain, row.Expires))
		}
		results, err := m.data.Write(ctx, []store.Batch{batch})
		if err != nil {
			return kindly(err)
		}
		if err := firstError(results); err != nil {
			return kindly(err)
		}
	}
	return nil
}

// told is what a person said: about items, and of themselves.
type told struct {
	settings    map[string]Setting
	preferences *tactful.Preferences // nil: nothing
}

func (m *merging) told(s *vault.Sealer, p store.Partition, answer store.Answer) (told, error) {
	var said told
	for _, row := range answer.Rows {
		plain, err := s.Open(nil, p, store.State, row.Key, row.Value)
		switch {
		case err != nil:
		case slices.Equal(row.Key, settingsKey):
			said.settings, err = decodeSettings(plain)
		case slices.Equal(row.Key, preferencesKey):
			said.preferences, err = decodePreferences(plain)
		}
		if err != nil {
			return told{}, unreadable("setting", err)
		}
	}
	return said, nil
}

// state adds ids, settings and preferences to what the other subject has.
func (m *merging) state(ctx context.Context, ids [][16]byte, from told) error {
	p := subjectPartition(m.into)
	answers, err := m.data.Read(ctx, []store.Query{
		stateQuery(m.into, aliasesKey, after(aliasesKey), m.now),
		stateQuery(m.into, settingsKey, after(preferencesKey), m.now),
	})
	if err != nil {
		return kindly(err)
	}
	if answers[0].Version == store.Absent {
		return errNoSubject()
	}
	all, err := openAliases(m.new, m.into, answers[0])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	if len(all) > MaxAliases {
		return tactful.Errorf(tactful.Refused, "together they have more than %d ids", MaxAliases)
	}
	batch := store.Batch{Partition: p, Expect: answers[0].Version, State: []store.Row{aliasesRow(m.new, m.into, all)}}
	own, err := m.told(m.new, p, answers[1])
	if err != nil {
		return err
	}
	settings := make(map[string]Setting, len(from.settings)+len(own.settings))
	maps.Copy(settings, from.settings)
	maps.Copy(settings, own.settings) // what is said of the other subject wins
	if len(settings) > MaxSettings {
		return tactful.Errorf(tactful.Refused, "together they have settings for more than %d items", MaxSettings)
	}
	if len(settings) > 0 {
		batch.State = append(batch.State, sealedRow(m.new, p, store.State, settingsKey, appendSettings(nil, settings), time.Time{}))
	}
	if from.preferences != nil {
		joined := *from.preferences
		if own.preferences != nil {
			joined = joined.Joined(own.preferences)
		}
		if err := joined.Validate(); err != nil {
			return tactful.Errorf(tactful.Refused, "together they have more preferences than one person may have")
		}
		batch.State = append(batch.State, sealedRow(m.new, p, store.State, preferencesKey, appendPreferences(nil, &joined), time.Time{}))
	}
	_, err = m.write(ctx, batch)
	return err
}

// repoint makes alias partitions lead to the other subject.
func (m *merging) repoint(ctx context.Context, ids [][16]byte) error {
	for _, id := range ids {
		p := store.Partition{Section: store.Aliases, ID: id}
		err := retry("repoint alias", func() error {
			answers, err := m.data.Read(ctx, []store.Query{aliasQuery(p, m.now)})
			if err != nil {
				return kindly(err)
			}
			there, err := m.target(p, answers[0])
			if err != nil || there != m.from { // done before, or somebody else's
				return err
			}
			batch := m.aliasBatch(p, m.into)
			batch.Expect = answers[0].Version
			_, err = m.write(ctx, batch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
