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
	Preferences  bool // with it the settings are read too: they are neighbours; not where the standing is known
	Told         bool // with it the preferences are read too
	Showings     bool // with it what was told is read too
	Outbox       bool // with it showings are read too
	Contribution bool
	Place        bool
	Events       int // the newest so many; AllEvents for every one

	// Deeds is where the events are put, as far as a decision needs them, if it is
	// given: into Subject.Deeds instead of Subject.Events. They are then only good
	// until its next use, or until Forget.
	Deeds *Deeds

	known bool // the standing row was read before
}

// AllEvents asks for every stored event.
const AllEvents = -1

// Subject is what one read found of one person.
type Subject struct {
	Ref          tactful.Ref
	Standing     *Standing            // never nil; its Version is the State's
	Settings     map[string]Setting   // by item id; nil if not asked for or never set
	Preferences  *tactful.Preferences // nil if not asked for or nothing declared
	Told         *decision.Told       // nil if not asked for or nothing told
	Showings     *decision.Showings   // nil only if not asked for
	Outbox       []Message            // nil if not asked for or none
	Contribution *linear.Contribution // nil if not asked for or none
	Place        *Whereabouts         // nil if not asked for or not known
	PlaceUntil   time.Time            // when it ends by itself
	Events       []StoredEvent        // newest first
	Deeds        []decision.Deed      // instead of Events where Want.Deeds was given; newest first
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

// OpenSince is Open for a caller who has read the standing. Where the subject's
// State has not changed since, which its version tells, the standing row is not
// read again; else everything is read anew, as of one moment.
func (r *Records) OpenSince(ctx context.Context, ref tactful.Ref, standing *Standing, want Want, now time.Time) (*Subject, error) {
	want.known = true
	sealers, err := r.vault.Sealers(ctx, []tactful.Ref{ref})
	if err != nil {
		return nil, fmt.Errorf("open subjects: %w", err)
	}
	if sealers[0] == nil {
		return nil, errNoSubject()
	}
	s, changed := &Subject{Ref: ref, Standing: standing}, false
	err = r.readOver(ctx, want.queries(ref, now), func(answers []store.Answer) error {
		if changed = answers[0].Version != standing.Version || standing.Version == store.Absent; changed {
			return nil
		}
		return r.assemble(ctx, s, sealers[0], want, answers, now)
	})
	if err != nil {
		return nil, fmt.Errorf("open subjects: %w", err)
	}
	if changed {
		want.known = false
		return r.Open(ctx, ref, want, now)
	}
	return s, nil
}

// fewQueries is up to how many rows are opened where they lie: the memory for
// more would not be kept.
const fewQueries = 16

// readOver reads for who has copied what is to be kept when use returns.
func (r *Records) readOver(ctx context.Context, queries []store.Query, use func([]store.Answer) error) error {
	lender, lends := r.data.(store.Lender)
	if !lends || len(queries) > fewQueries {
		answers, err := r.data.Read(ctx, queries)
		if err != nil {
			return kindly(err)
		}
		return use(answers)
	}
	return kindly(lender.ReadOver(ctx, queries, use))
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
	out := make([]*Subject, len(refs))
	err := r.readOver(ctx, queries, func(answers []store.Answer) error {
		for i, ref := range refs {
			if sealers[i] == nil {
				continue
			}
			n := want.count()
			s := &Subject{Ref: ref}
			if err := r.assemble(ctx, s, sealers[i], want, answers[:n], now); err != nil {
				return err
			}
			if s.Standing != nil {
				out[i] = s
			}
			answers = answers[n:]
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open subjects: %w", err)
	}
	return out, nil
}

// count is how many queries one subject takes.
func (w Want) count() int {
	n := 1
	if w.Contribution {
		n++
	}
	if w.Place {
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
	if w.Preferences {
		to = after(preferencesKey)
	}
	if w.Told {
		to = after(toldKey)
	}
	if w.Showings {
		to = after(showingsKey)
	}
	if w.Outbox {
		to = after(outboxKey)
	}
	queries := make([]store.Query, 1, w.count())
	from := standingKey
	if w.known { // at least the version is read
		from = after(standingKey)
		if w.Preferences && !w.Settings {
			from = after(settingsKey)
		}
	}
	queries[0] = stateQuery(ref, from, to, now)
	if w.Contribution {
		queries = append(queries, stateQuery(ref, contributionKey, after(contributionKey), now))
	}
	if w.Place {
		queries = append(queries, stateQuery(ref, placeKey, after(placeKey), now))
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

// assemble opens the rows of one subject; one without a standing stays empty.
func (r *Records) assemble(ctx context.Context, s *Subject, sealer *vault.Sealer, want Want, answers []store.Answer, now time.Time) error {
	p := subjectPartition(s.Ref)
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
			return err
		}
		var err error
		switch {
		case slices.Equal(row.Key, standingKey):
			s.Standing, err = decodeStanding(plain)
		case slices.Equal(row.Key, settingsKey):
			s.Settings, err = decodeSettings(plain)
		case slices.Equal(row.Key, preferencesKey):
			s.Preferences, err = decodePreferences(plain)
		case slices.Equal(row.Key, toldKey):
			s.Told, err = decodeTold(plain)
		case slices.Equal(row.Key, showingsKey):
			s.Showings, err = decodeShowings(plain)
		case slices.Equal(row.Key, outboxKey):
			s.Outbox, err = decodeMessages(plain)
		}
		if err != nil {
			return unreadable("row of a subject", err)
		}
	}
	if s.Standing == nil {
		return nil
	}
	s.Standing.Version = answers[0].Version
	if want.Showings || want.Outbox {
		s.countFor()
	}
	answers = answers[1:]
	if want.Contribution {
		for _, row := range answers[0].Rows {
			err := open(row)
			if err == nil {
				s.Contribution, err = decodeContribution(plain)
			}
			if err != nil {
				return unreadable("contribution", err)
			}
		}
		answers = answers[1:]
	}
	if want.Place {
		for _, row := range answers[0].Rows {
			err := open(row)
			if err == nil {
				var where Whereabouts
				where, err = decodePlace(plain)
				s.Place, s.PlaceUntil = &where, row.Expires
			}
			if err != nil {
				return unreadable("place", err)
			}
		}
		answers = answers[1:]
	}
	if want.Events != 0 {
		return r.newest(ctx, s, sealer, want, answers[0], now)
	}
	return nil
}
