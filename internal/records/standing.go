package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Standing is how a person stands with us: everything that a decision may read
// before it knows whether it may read more.
type Standing struct {
	Version  store.Version    // of the subject's State; not stored in the row
	Consents tactful.Consents // what was answered
	Minor    bool             // known or declared to be a minor: nobody profiles them, whoever agreed
	Frozen   bool             // processing is restricted: nothing else may be read
	Objected time.Time        // when the person objected to direct marketing; zero: they have not, or took it back
	Paused   time.Time        // level generic until then; zero: not paused
	Cleared  time.Time        // nothing that happened up to then is kept: the person removed it; zero: nothing was
	Erased   time.Time        // somebody was erased under a name of theirs: no yes and no event from up to then counts; zero: not remembered
	Held     string           // by whose key they came among too many newcomers: the model does not learn from them; "": it may
	Created  time.Time        // when the reference was made
	Changed  time.Time        // when the standing last changed
}

// Forgets reports whether something that happened then is not to be kept: the
// person removed it, or was erased since.
func (s *Standing) Forgets(then time.Time) bool {
	then = then.Truncate(time.Millisecond) // as rows keep it
	return !then.After(s.Cleared) || !then.After(s.Erased)
}

func standingRow(sealer *vault.Sealer, ref tactful.Ref, s *Standing) store.Row {
	return sealedRow(sealer, subjectPartition(ref), store.State, standingKey, appendStanding(nil, s), time.Time{})
}

// ReadStanding reads the standing of each subject and nothing else, with one
// read; nil where there is no such subject.
func (r *Records) ReadStanding(ctx context.Context, refs []tactful.Ref, now time.Time) ([]*Standing, error) {
	subjects, err := r.OpenAll(ctx, refs, Want{}, now)
	if err != nil {
		return nil, err
	}
	out := make([]*Standing, len(subjects))
	for i, s := range subjects {
		if s != nil {
			out[i] = s.Standing
		}
	}
	return out, nil
}

// ReadNobody reads as often as ReadStanding does for so many people, and finds
// nobody: who measures the time of an answer learns less about who is known.
func (r *Records) ReadNobody(ctx context.Context, people int, now time.Time) error {
	if people == 0 {
		return nil
	}
	queries := make([]store.Query, people)
	for i := range queries {
		queries[i] = stateQuery(tactful.Ref{}, standingKey, after(standingKey), now)
	}
	if _, err := r.data.Read(ctx, queries); err != nil {
		return kindly(err)
	}
	return nil
}

// WriteStanding replaces the standing if the subject's State still has the
// expected version, and appends the consent records that led to it, each with the
// nonce of its leaf, in the same atomic write. Somebody else's change in between is a Conflict.
func (r *Records) WriteStanding(
	ctx context.Context, ref tactful.Ref, expect store.Version, s Standing, appended []tactful.Consent, now time.Time,
) (store.Version, error) {
	for purpose, consent := range s.Consents.Purposes {
		if consent.Purpose != purpose {
			return 0, tactful.Errorf(tactful.Internal, "a consent stands under another purpose than its own")
		}
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("write standing: %w", err)
	}
	s.Changed = now
	batch := store.Batch{Partition: subjectPartition(ref), Expect: expect, State: []store.Row{standingRow(sealer, ref, &s)}}
	withdrawn(&batch, &s)
	unplaced(&batch, &s)
	for i := range appended {
		key, err := r.consentKey(&appended[i])
		if err != nil {
			return 0, err
		}
		nonce, err := r.nonceRow(sealer, batch.Partition, key)
		if err != nil {
			return 0, fmt.Errorf("write standing: %w", err)
		}
		batch.Log = append(batch.Log, sealedRow(sealer, batch.Partition, store.Log, key, appendConsent(nil, &appended[i]), time.Time{}), nonce)
	}
	noted := latest{key: r.stopKey(expect), kind: standingStop, over: !forbids(&s)}
	if stopsSomething(&s, appended) {
		said, err := r.saidBefore(ctx, sealer, ref, &s, appended, now)
		if err == nil {
			noted.key, err = r.noteStop(ctx, sealer, ref, expect, &stop{Standing: &s, Said: said}, now)
		}
		if err != nil {
			return 0, fmt.Errorf("write standing: %w", err)
		}
		resume := r.stopping.exclude(ref)
		defer resume()
	}
	version, err := r.writeMarked(ctx, ref, batch, pendingMarks(ref, batch.Log)...)
	r.tidyStops(ctx, sealer, ref, noted, err, now)
	if err != nil {
		return 0, fmt.Errorf("write standing: %w", err)
	}
	return version, nil
}

// writeMarked applies a conditional batch that the learner must hear of.
func (r *Records) writeMarked(ctx context.Context, ref tactful.Ref, batch store.Batch, along ...store.Batch) (store.Version, error) {
	if batch.Expect == store.Absent || batch.Expect == store.Blind {
		return 0, errNoSubject() // only Create makes subjects
	}
	marks, err := r.marks([]tactful.Ref{ref})
	if err != nil {
		return 0, err
	}
	return r.write(ctx, batch, append(marks, along...)...)
}

// consentKey places a record by its time and id.
func (r *Records) consentKey(c *tactful.Consent) ([]byte, error) {
	if c.ID == "" {
		return nil, tactful.Errorf(tactful.Internal, "a consent record has no id")
	}
	key, ok := appendMilli([]byte{consentType}, c.Time)
	if !ok {
		return nil, tactful.InvalidField("time", "is out of range", "send a time since 1970")
	}
	hash := r.vault.MessageID(c.ID)
	return append(key, hash[:8]...), nil
}

// ConsentLog returns the newest consent records of a subject, newest first.
// Limit 0 means all.
func (r *Records) ConsentLog(ctx context.Context, ref tactful.Ref, limit int, now time.Time) ([]tactful.Consent, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	p := subjectPartition(ref)
	answers, err := r.data.Read(ctx, []store.Query{logQuery(p, consentType, limit, now)})
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", kindly(err))
	}
	out := make([]tactful.Consent, len(answers[0].Rows))
	for i, row := range answers[0].Rows {
		plain, err := sealer.Open(nil, p, store.Log, row.Key, row.Value)
		if err == nil {
			out[i], err = decodeConsent(plain)
		}
		if err != nil {
			return nil, unreadable("consent record", err)
		}
	}
	return out, nil
}
