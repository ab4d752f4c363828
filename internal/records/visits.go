package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// VisitsEnded returns when somebody last ended all of their visits to the
// centre; zero if they did not, or so long ago that every such visit is over
// anyway. Nothing but the centre reads it.
func (r *Records) VisitsEnded(ctx context.Context, ref tactful.Ref, now time.Time) (time.Time, error) {
	at, _, err := r.visitsEnded(ctx, ref, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("read when visits ended: %w", err)
	}
	return at, nil
}

func (r *Records) visitsEnded(ctx context.Context, ref tactful.Ref, now time.Time) (time.Time, store.Version, error) {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return time.Time{}, store.Absent, err
	}
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, visitsKey, after(visitsKey), now)})
	if err != nil {
		return time.Time{}, 0, kindly(err)
	}
	if len(answers[0].Rows) == 0 {
		return time.Time{}, answers[0].Version, nil
	}
	plain, err := sealers[0].Open(nil, subjectPartition(ref), store.State, visitsKey, answers[0].Rows[0].Value)
	if err != nil {
		return time.Time{}, 0, unreadable("end of visits", err)
	}
	if len(plain) != 8 {
		return time.Time{}, 0, unreadable("end of visits", fmt.Errorf("it has %d bytes", len(plain)))
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(plain))), answers[0].Version, nil
}

// EndVisits notes that all visits that began at this time or before are over.
// The note goes at expires, when the last of them would have ended by itself.
func (r *Records) EndVisits(ctx context.Context, ref tactful.Ref, at, expires, now time.Time) error {
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return fmt.Errorf("end visits: %w", err)
	}
	return retry("end visits", func() error {
		last, version, err := r.visitsEnded(ctx, ref, now)
		switch {
		case err != nil:
			return err
		case version == store.Absent:
			return errNoSubject()
		case !last.Before(at):
			return nil
		}
		p := subjectPartition(ref)
		plain := binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano()))
		_, err = r.write(ctx, store.Batch{Partition: p, Expect: version, State: []store.Row{sealedRow(sealer, p, store.State, visitsKey, plain, expires)}})
		return err
	})
}
