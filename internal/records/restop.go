package records

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
)

// The beat is a number that the data and the store of the keys agree on. It grows
// at each start, after each copy of either, and with each change of the API keys, the
// keys first: what is behind the other is a copy from before something.
var (
	beatKey       = []byte{'b'} // State, in both stores
	dataBeat      = store.Partition{Section: store.Duties, ID: [16]byte{'b', 'e', 'a', 't'}}
	keysBeat      = store.Partition{Section: store.Stops, ID: [16]byte{'b', 'e', 'a', 't'}}
	errBeatFormat = fmt.Errorf("the beat is no number")
)

// Behind compares the beats: below 0 the data is a copy from before the last one,
// above 0 the keys are.
func (r *Records) Behind(ctx context.Context) (int, error) {
	data, _, err := r.beat(ctx, r.data, dataBeat)
	if err != nil {
		return 0, err
	}
	keys, _, err := r.beat(ctx, r.vault.Table(), keysBeat)
	if err != nil {
		return 0, err
	}
	r.beats.Store(max(data, keys))
	return cmp.Compare(data, keys), nil
}

// Beat lets both stores agree on a new number.
func (r *Records) Beat(ctx context.Context) error {
	r.beating.Lock() // two that overlap could leave the lower number to stops
	defer r.beating.Unlock()
	return retry("count a beat", func() error {
		data, dataVersion, err := r.beat(ctx, r.data, dataBeat)
		if err != nil {
			return err
		}
		keys, keysVersion, err := r.beat(ctx, r.vault.Table(), keysBeat)
		if err != nil {
			return err
		}
		number := max(data, keys) + 1
		next := binary.BigEndian.AppendUint64(nil, number)
		write := func(to store.Store, p store.Partition, version store.Version) error {
			row := sealedRow(r.vault.Tenant(), p, store.State, beatKey, next, time.Time{})
			results, err := to.Write(ctx, []store.Batch{{Partition: p, Expect: version, State: []store.Row{row}}})
			if err == nil {
				err = firstError(results)
			}
			return kindly(err)
		}
		if err := write(r.vault.Table(), keysBeat, keysVersion); err != nil {
			return err
		}
		r.beats.Store(number) // before the data has it: a stop too many does no harm
		return write(r.data, dataBeat, dataVersion)
	})
}

func (r *Records) beat(ctx context.Context, in store.Store, p store.Partition) (uint64, store.Version, error) {
	answers, err := in.Read(ctx, []store.Query{{Partition: p, Family: store.State, Now: time.Unix(0, 0)}})
	if err != nil {
		return 0, 0, fmt.Errorf("read the beat: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return 0, answers[0].Version, nil
	}
	plain, err := r.vault.Tenant().Open(nil, p, store.State, beatKey, answers[0].Rows[0].Value)
	if err == nil && len(plain) != 8 {
		err = errBeatFormat
	}
	if err != nil {
		return 0, 0, unreadable("beat", err)
	}
	return binary.BigEndian.Uint64(plain), answers[0].Version, nil
}

// StopAgain carries out everybody's stops that the data does not know, and
// returns how many people it changed. It may be repeated. Of those in whole, whose
// histories were joined anew, everything that is still said counts: their version
// tells nothing.
func (r *Records) StopAgain(ctx context.Context, whole map[tactful.Ref]bool, now time.Time) (people int, err error) {
	var refs []tactful.Ref
	_, err = r.vault.Table().Scan(ctx, store.Range{Section: store.Stops, Family: store.Log, Shards: 1, Now: now}, store.Cursor{}, func(p store.Partition, _ []store.Row) error {
		refs = append(refs, tactful.Ref(p.ID))
		return ctx.Err()
	})
	if err != nil {
		return 0, fmt.Errorf("find stops: %w", kindly(err))
	}
	beat, _, err := r.beat(ctx, r.data, dataBeat)
	if err != nil {
		return 0, err
	}
	for _, ref := range refs {
		changed, err := r.stopAgain(ctx, ref, beat, whole[ref], now)
		if err != nil && tactful.KindOf(err) != tactful.NotFound { // nobody in this copy
			return people, fmt.Errorf("carry out stops again: %w", err)
		}
		if changed {
			people++
		}
	}
	return people, nil
}

// StopOneAgain is StopAgain for one person.
func (r *Records) StopOneAgain(ctx context.Context, ref tactful.Ref, now time.Time) error {
	beat, _, err := r.beat(ctx, r.data, dataBeat)
	if err != nil {
		return err
	}
	_, err = r.stopAgain(ctx, ref, beat, false, now)
	return err
}

// stopAgain adds up what one person said after the data's beat, or in it and of a
// later version than the data has, and applies it.
func (r *Records) stopAgain(ctx context.Context, ref tactful.Ref, beat uint64, whole bool, now time.Time) (bool, error) {
	before, err := r.Open(ctx, ref, Want{}, now)
	if err != nil {
		return false, err
	}
	since := stopOrder{beat, before.Standing.Version}
	if whole {
		since = stopOrder{}
	}
	all, standings, err := r.stopsOf(ctx, ref, since, now)
	if err != nil || all == nil {
		return false, err
	}
	cleared := time.Time{}
	changed := false
	err = retry("carry out stops again", func() error {
		subject, err := r.Open(ctx, ref, Want{Settings: true, Preferences: true}, now)
		if err != nil {
			return err
		}
		version := subject.Standing.Version
		next, said := *subject.Standing, []tactful.Consent(nil)
		for _, newer := range standings {
			said = append(said, restrict(&next, &stop{Standing: newer, Said: all.Said})...)
			if newer.Cleared.After(cleared) {
				cleared = newer.Cleared
			}
		}
		if !sameStanding(&next, subject.Standing) || len(said) > 0 {
			changed = true
			if version, err = r.WriteStanding(ctx, ref, version, next, said, now); err != nil {
				return err
			}
		}
		if settings, more := joined(subject.Settings, all.Settings); more {
			changed = true
			if version, err = r.WriteSettings(ctx, ref, version, settings, now); err != nil {
				return err
			}
		}
		var had []byte
		if subject.Preferences != nil {
			had = appendPreferences(nil, subject.Preferences)
		}
		if all.Wishes == nil || string(had) == string(all.Wishes) {
			return nil
		}
		wishes := &tactful.Preferences{}
		if len(all.Wishes) > 0 {
			if wishes, err = decodePreferences(all.Wishes); err != nil {
				return unreadable("stop", err)
			}
		}
		changed = true
		_, err = r.WritePreferences(ctx, ref, version, wishes, now)
		return err
	})
	if err != nil {
		return false, err
	}
	n, err := r.RemoveEvents(ctx, ref, all.Removed, now)
	if err == nil && !cleared.IsZero() {
		m, err := r.clearUntil(ctx, ref, cleared, now)
		return changed || n+m > 0, err
	}
	return changed || n > 0, err
}

// stopOrder is when a stop took effect.
type stopOrder struct {
	beat    uint64
	version store.Version // of the State before it
}

func (o stopOrder) before(other stopOrder) bool {
	return o.beat < other.beat || o.beat == other.beat && o.version < other.version
}

func orderOf(key []byte) (stopOrder, error) {
	if len(key) != 24 {
		return stopOrder{}, errStop
	}
	return stopOrder{binary.BigEndian.Uint64(key), store.Version(binary.BigEndian.Uint64(key[8:]))}, nil
}

// stopsOf adds up what one person's rows say since: standings, the oldest first,
// every record, what was said of each item, the newest wishes; and every removed
// name there is. Nil where there is nothing. There are several rows of a kind where
// a change was cut short: nobody knows whether it took effect, so the noes of all
// of them count.
func (r *Records) stopsOf(ctx context.Context, ref tactful.Ref, since stopOrder, now time.Time) (all *stop, standings []*Standing, err error) {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return nil, nil, err // erased
	}
	rows, _, err := r.stopRows(ctx, sealers[0], ref, nil, now)
	if err != nil || len(rows) == 0 {
		return nil, nil, err
	}
	all = &stop{}
	for _, row := range rows { // newest first
		all.Removed = append(all.Removed, row.Removed...)
		if row.order.before(since) {
			continue // the data knows it, and what was said after it
		}
		if row.Standing != nil {
			standings = append(standings, row.Standing)
		}
		for item, said := range row.Settings {
			if _, newer := all.Settings[item]; !newer {
				if all.Settings == nil {
					all.Settings = map[string]Setting{}
				}
				all.Settings[item] = said
			}
		}
		if all.Wishes == nil {
			all.Wishes = row.Wishes
		}
		all.Said = append(all.Said, row.Said...)
	}
	slices.Reverse(standings)
	return all, standings, nil
}

// restrict takes into a standing what a newer one forbids, and returns the
// records that this rests on. What the newer one permits is left as it is.
func restrict(s *Standing, all *stop) (said []tactful.Consent) {
	newer := all.Standing
	records := map[string]tactful.Consent{}
	for _, c := range all.Said {
		records[c.ID] = c
	}
	purposes := maps.Clone(s.Consents.Purposes)
	if purposes == nil {
		purposes = map[tactful.Purpose]tactful.Consent{}
	}
	for purpose, answer := range newer.Consents.Purposes {
		before, had := purposes[purpose]
		record, here := records[answer.ID]
		if answer.Answer == tactful.Granted || had && before.ID == answer.ID || !here && (!had || before.Answer != tactful.Granted) {
			continue
		}
		purposes[purpose] = answer
		if here {
			said = append(said, record)
		}
	}
	s.Consents.Purposes = purposes
	if newer.Consents.Level < s.Consents.Level {
		s.Consents.Level, s.Consents.LevelTime = newer.Consents.Level, newer.Consents.LevelTime
	}
	s.Consents.GPC = s.Consents.GPC || newer.Consents.GPC
	s.Frozen = s.Frozen || newer.Frozen
	s.Minor = s.Minor || newer.Minor
	s.Held = cmp.Or(s.Held, newer.Held)
	for _, t := range []struct {
		to   *time.Time
		from time.Time
	}{{&s.Objected, newer.Objected}, {&s.Paused, newer.Paused}, {&s.Cleared, newer.Cleared}, {&s.Erased, newer.Erased}} {
		if t.from.After(*t.to) {
			*t.to = t.from
		}
	}
	return said
}

func sameStanding(a, b *Standing) bool {
	return string(appendStanding(nil, a)) == string(appendStanding(nil, b))
}

// joined adds to what was said of items what an older copy does not know of.
func joined(had, newer map[string]Setting) (map[string]Setting, bool) {
	out, more := maps.Clone(had), false
	if out == nil {
		out = map[string]Setting{}
	}
	for item, s := range newer {
		if s.Setting == decision.SettingNone || out[item] == s {
			continue
		}
		out[item], more = s, true
	}
	return out, more
}

// clearUntil removes what happened up to the time that the person said.
func (r *Records) clearUntil(ctx context.Context, ref tactful.Ref, cleared, now time.Time) (int, error) {
	subject, err := r.Open(ctx, ref, Want{Events: AllEvents}, now)
	if err != nil {
		return 0, err
	}
	var gone []decision.EventKey
	for i := range subject.Events {
		if !subject.Events[i].Event.Time.After(cleared) {
			gone = append(gone, subject.Events[i].Key)
		}
	}
	return r.RemoveEvents(ctx, ref, gone, now)
}
