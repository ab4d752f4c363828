package records

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// A stop is what somebody told us not to do: a no, a lower level, an objection, a
// lock, a pause, "don't use this", a removal. It is written down beside the keys
// before it takes effect in the data. A copy of the data from before it does not
// know it; the engine finds it here and carries it out again before it serves. Only
// what restricts is carried out: a yes that the copy does not know is asked for
// again. Rows are sealed under the person's key and end with the copies, or when a
// newer one of the same kind has taken effect (latest.go).
type stop struct {
	Standing *Standing          // as it was to be, nil: not changed
	Said     []tactful.Consent  // records that came with it
	Settings map[string]Setting // all that was said of items; nil: not changed
	Wishes   []byte             // all preferences as their row; nil: not changed, empty: none left
	Removed  []decision.EventKey
}

// stopWire is the version of the row; the parts follow, each with its length.
const stopWire = 1

const removedInStop = 4096 // names of events in one row

// KeepStops says for how long stops are kept: as long as copies of the data are.
func (r *Records) KeepStops(term time.Duration) { r.stops = term }

func stopPartition(ref tactful.Ref) store.Partition {
	return store.Partition{Section: store.Stops, ID: ref}
}

// noteStop writes a stop down, durably, before the State of that version is
// changed, and returns its key: the beat, that version and some random bytes, so
// that stops stand in the order in which they took effect, whatever the clock said.
func (r *Records) noteStop(ctx context.Context, sealer *vault.Sealer, ref tactful.Ref, version store.Version, s *stop, now time.Time) ([]byte, error) {
	key := r.stopKey(version)
	if _, err := io.ReadFull(r.entropy, key[len(key)-stopSalt:]); err != nil {
		return nil, fmt.Errorf("draw a name: %w", err)
	}
	expires := time.Time{}
	if r.stops > 0 {
		expires = now.Add(r.stops)
	}
	p := stopPartition(ref)
	row := sealedRow(sealer, p, store.Log, key, appendStop(nil, s), expires)
	results, err := r.vault.Table().Write(ctx, []store.Batch{{Partition: p, Expect: store.Blind, Log: []store.Row{row}}})
	if err == nil {
		err = firstError(results)
	}
	if err != nil {
		return nil, fmt.Errorf("note a stop beside the keys: %w", kindly(err))
	}
	return key, nil
}

const stopSalt = 8 // random bytes at the end of a key

// stopKey is the first key of stops of that version.
func (r *Records) stopKey(version store.Version) []byte {
	key := binary.BigEndian.AppendUint64(nil, r.beats.Load())
	key = binary.BigEndian.AppendUint64(key, uint64(version))
	return append(key, make([]byte, stopSalt)...)
}

// stopsSomething reports whether a standing that is about to be written, with the
// records that led to it, holds anything that an older copy must not undo.
func stopsSomething(s *Standing, appended []tactful.Consent) bool {
	return len(appended) == 0 || forbids(s) || slices.ContainsFunc(appended, func(c tactful.Consent) bool { return c.Answer != tactful.Granted })
}

// forbids reports whether a standing holds anything that restrict would take into
// one of an older copy.
func forbids(s *Standing) bool {
	if s.Frozen || s.Minor || s.Held != "" || s.Consents.GPC || s.Consents.Level < tactful.Personal ||
		!s.Objected.IsZero() || !s.Paused.IsZero() || !s.Cleared.IsZero() || !s.Erased.IsZero() {
		return true
	}
	for _, c := range s.Consents.Purposes {
		if c.Answer != tactful.Granted {
			return true
		}
	}
	return false
}

func appendStop(dst []byte, s *stop) []byte {
	part := func(there bool, body []byte) {
		if !there {
			dst = append(dst, 0)
			return
		}
		dst = append(binary.AppendUvarint(append(dst, 1), uint64(len(body))), body...)
	}
	dst = append(dst, stopWire)
	var standing, settings []byte
	if s.Standing != nil {
		standing = appendStanding(nil, s.Standing)
	}
	if s.Settings != nil {
		settings = appendSettings(nil, s.Settings)
	}
	part(s.Standing != nil, standing)
	part(s.Settings != nil, settings)
	part(s.Wishes != nil, s.Wishes)
	dst = binary.AppendUvarint(dst, uint64(len(s.Said)))
	for i := range s.Said {
		body := appendConsent(nil, &s.Said[i])
		dst = append(binary.AppendUvarint(dst, uint64(len(body))), body...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Removed)))
	for _, key := range s.Removed {
		dst = append(dst, key[:]...)
	}
	return dst
}

var errStop = errors.New("a stop does not read as one")

func decodeStop(plain []byte) (*stop, error) {
	s := &stop{}
	if len(plain) == 0 || plain[0] != stopWire {
		return nil, errStop
	}
	rest := plain[1:]
	failed := false
	length := func() int {
		n, used := binary.Uvarint(rest)
		if used <= 0 || n > uint64(len(rest)-used) {
			failed, rest = true, nil
			return 0
		}
		rest = rest[used:]
		return int(n)
	}
	take := func(n int) []byte {
		if failed || n > len(rest) {
			failed, rest = true, nil
			return nil
		}
		b := rest[:n:n]
		rest = rest[n:]
		return b
	}
	part := func() []byte {
		there := take(1)
		if failed || there[0] == 0 {
			return nil
		}
		if body := take(length()); body != nil {
			return body
		}
		return []byte{}
	}
	var err error
	if b := part(); b != nil {
		if s.Standing, err = decodeStanding(b); err != nil {
			return nil, err
		}
	}
	if b := part(); b != nil {
		if s.Settings, err = decodeSettings(b); err != nil {
			return nil, err
		}
	}
	if s.Wishes = part(); len(s.Wishes) > 0 {
		if _, err = decodePreferences(s.Wishes); err != nil {
			return nil, err
		}
	}
	for range length() {
		c, err := decodeConsent(take(length()))
		if err != nil || failed {
			return nil, errStop
		}
		s.Said = append(s.Said, c)
	}
	for range length() {
		b := take(len(decision.EventKey{}))
		if failed {
			return nil, errStop
		}
		s.Removed = append(s.Removed, decision.EventKey(b))
	}
	if failed || len(rest) > 0 {
		return nil, errStop
	}
	return s, nil
}
