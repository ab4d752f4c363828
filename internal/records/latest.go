package records

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Every stop of a kind holds all that its kind still says: the whole standing
// with the records that its noes rest on, all settings, all wishes. So as soon as
// one has taken effect in the data, the older ones of its kind say nothing any
// more and go, and one that never took effect goes as well. What is left beside
// the keys is what a person still says, not how often they changed it. Removals
// are not of this kind: each stands for itself.
type stopKind uint8

const (
	removedStop stopKind = iota
	standingStop
	settingsStop
	wishesStop
)

func kindOf(s *stop) stopKind {
	switch {
	case s.Standing != nil:
		return standingStop
	case s.Settings != nil:
		return settingsStop
	case s.Wishes != nil:
		return wishesStop
	}
	return removedStop
}

// latest is a stop that was written down before a change, or where one would
// have stood if the change had needed one.
type latest struct {
	key  []byte
	kind stopKind
	over bool // nothing of its kind is forbidden any more
}

// stopRow is one stop as it is stored.
type stopRow struct {
	*stop
	key   []byte
	order stopOrder
}

// stopRows reads somebody's stops, newest first, and the version that removing
// any must expect. Where to is not nil it bounds them by key.
func (r *Records) stopRows(ctx context.Context, sealer *vault.Sealer, ref tactful.Ref, to []byte, now time.Time) ([]stopRow, store.Version, error) {
	p := stopPartition(ref)
	answers, err := r.vault.Table().Read(ctx, []store.Query{{Partition: p, Family: store.Log, To: to, Reverse: true, Now: now}})
	if err != nil {
		return nil, 0, kindly(err)
	}
	rows := make([]stopRow, len(answers[0].Rows))
	for i, row := range answers[0].Rows {
		rows[i].key = row.Key
		plain, err := sealer.Open(nil, p, store.Log, row.Key, row.Value)
		if err == nil {
			rows[i].stop, err = decodeStop(plain)
		}
		if err == nil {
			rows[i].order, err = orderOf(row.Key)
		}
		if err != nil {
			return nil, 0, unreadable("stop", err)
		}
	}
	return rows, answers[0].Version, nil
}

// saidBefore adds to the records that come with a standing those of earlier stops
// that its noes rest on: the earlier ones will be gone.
func (r *Records) saidBefore(ctx context.Context, sealer *vault.Sealer, ref tactful.Ref, s *Standing, appended []tactful.Consent, now time.Time) ([]tactful.Consent, error) {
	missing := map[string]bool{}
	for _, c := range s.Consents.Purposes {
		if c.Answer != tactful.Granted && !slices.ContainsFunc(appended, func(a tactful.Consent) bool { return a.ID == c.ID }) {
			missing[c.ID] = true
		}
	}
	if len(missing) == 0 {
		return appended, nil
	}
	rows, _, err := r.stopRows(ctx, sealer, ref, nil, now)
	if err != nil {
		return nil, err
	}
	said := slices.Clone(appended)
	for _, row := range rows {
		for _, c := range row.Said {
			if missing[c.ID] {
				said = append(said, c)
				delete(missing, c.ID)
			}
		}
	}
	return said, nil
}

// tidyStops removes the stops that say nothing any more after a change that
// ended with took. The change is done or refused by then: what cannot be removed
// now does no harm, and goes with the next change of its kind or with its term.
func (r *Records) tidyStops(ctx context.Context, sealer *vault.Sealer, ref tactful.Ref, l latest, took error, now time.Time) {
	conflict := tactful.KindOf(took) == tactful.Conflict
	if took != nil && !conflict { // nobody knows which one holds
		return
	}
	// Others of the same version are among them: they lost to this one.
	end := append(bytes.Clone(l.key[:len(l.key)-stopSalt]), bytes.Repeat([]byte{0xff}, stopSalt)...)
	rows, version, err := r.stopRows(ctx, sealer, ref, after(end), now)
	if err != nil {
		return
	}
	p := stopPartition(ref)
	batch := store.Batch{Partition: p, Expect: version}
	for _, row := range rows {
		own := bytes.Equal(row.key, l.key)
		if own && (conflict || l.over) || !own && !conflict && kindOf(row.stop) == l.kind {
			batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.Log, Key: row.key})
		}
	}
	if len(batch.Delete) > 0 {
		_, _ = r.vault.Table().Write(ctx, []store.Batch{batch})
	}
}
