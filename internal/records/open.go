package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Want says what to read of a subject besides its standing.
type Want struct {
	Settings     bool
	Contribution bool
	Events       int // the newest so many; AllEvents for every one
}

// AllEvents asks for every stored event.
const AllEvents = -1

// Subject is what one read found of one person.
type Subject struct {
	Ref          tactful.Ref
	Standing     *Standing            // never nil; its Version is the State's
	Settings     map[string]Setting   // by item id; nil if not asked for or never set
	Contribution *linear.Contribution // nil if not asked for or none
	Events       []StoredEvent        // newest first
}

// StoredEvent is an event with its name in the subject's partition.
type StoredEvent struct {
	Key   decision.EventKey
	Event tactful.Event
}

// Open reads everything that a personal decision needs at one moment. A
// subject that is not there is NotFound.
func (r *Records) Open(ctx context.Context, ref tactful.Ref, want Want, now time.Time) (*Subject, error) {
	subjects, err := r.OpenAll(ctx, []tactful.Ref{ref}, want, now)
	if err != nil {
		return nil, err
	}
	if subjects[0] == nil {
		return nil, errNoSubject()
	}
	return subjects[0], nil
}

// OpenAll opens many subjects with one read; nil where there is no such
// subject. Only where the newest events end in the middle of a day is the rest
// of that day read too, since rows of one day are in no order.
func (r *Records) OpenAll(ctx context.Context, refs []tactful.Ref, want Want, now time.Time) ([]*Subject, error) {
	sealers, err := r.vault.Sealers(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("open subjects: %w", err)
	}
	return r.open(ctx, refs, sealers, want, now)
}

func (r *Records) open(ctx context.Context, refs []tactful.Ref, sealers []*vault.Sealer, want Want, now time.Time) ([]*Subject, error) {
	queries := make([]store.Query, 0, 3*len(refs))
	for i, ref := range refs {
		if sealers[i] != nil {
			queries = append(queries, want.queries(ref, now)...)
		}
	}
	if len(queries) == 0 {
		return make([]*Subject, len(refs)), nil
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("open subjects: %w", kindly(err))
	}
	out := make([]*Subject, len(refs))
	for i, ref := range refs {
		if sealers[i] == nil {
			continue
		}
		n := want.count()
		if out[i], err = r.assemble(ctx, ref, sealers[i], want, answers[:n], now); err != nil {
			return nil, fmt.Errorf("open subjects: %w", err)
		}
		answers = answers[n:]
	}
	return out, nil
}

// count is how many queries one subject takes.
func (w Want) count() int {
	n := 1
	if w.Contribution {
		n++
	}
	if w.Events != 0 {
		n++
	}
	return n
}

func (w Want) queries(ref tactful.Ref, now time.Time) []store.Query {
	to := after(standingKey)
	if w.Settings {
		to = after(settingsKey)
	}
	queries := make([]store.Query, 1, 3)
	queries[0] = stateQuery(ref, standingKey, to, now)
	if w.Contribution {
		queries = append(queries, stateQuery(ref, contributionKey, after(contributionKey), now))
	}
	if w.Events != 0 {
		limit := 0
		if w.Events > 0 {
			limit = w.Events + daySlack
		}
		queries = append(queries, logQuery(subjectPartition(ref), eventType, limit, now))
	}
	return queries
}

// assemble opens the rows of one subject; nil if it has no standing.
func (r *Records) assemble(ctx context.Context, ref tactful.Ref, sealer *vault.Sealer, want Want, answers []store.Answer, now time.Time) (*Subject, error) {
	s := &Subject{Ref: ref}
	p := subjectPartition(ref)
	var plain []byte
	open := func(row store.Row) error {
		var err error
		if plain, err = sealer.Open(plain[:0], p, store.State, row.Key, row.Value); err != nil {
			return unreadable("row of a subject", err)
		}
		return nil
	}
	for _, row := range answers[0].Rows {
		if err := open(row); err != nil {
			return nil, err
		}
		var err error
		switch {
		case slices.Equal(row.Key, standingKey):
			s.Standing, err = decodeStanding(plain)
		case slices.Equal(row.Key, settingsKey):
			s.Settings, err = decodeSettings(plain)
		}
		if err != nil {
			return nil, unreadable("row of a subject", err)
		}
	}
	if s.Standing == nil {
		return nil, nil
	}
	s.Standing.Version = answers[0].Version
	answers = answers[1:]
	if want.Contribution {
		for _, row := range answers[0].Rows {
			err := open(row)
			if err == nil {
				s.Contribution, err = decodeContribution(plain)
			}
			if err != nil {
				return nil, unreadable("contribution", err)
			}
		}
		answers = answers[1:]
	}
	if want.Events != 0 {
		var err error
		if s.Events, err = r.newest(ctx, ref, sealer, want.Events, answers[0], now); err != nil {
			return nil, err
		}
	}
	return s, nil
}
