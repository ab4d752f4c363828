package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// ReadPreferences returns what a person declared, and the version that a
// change must expect.
func (r *Records) ReadPreferences(ctx context.Context, ref tactful.Ref, now time.Time) (tactful.Preferences, store.Version, error) {
	s, err := r.Open(ctx, ref, Want{Preferences: true}, now)
	if err != nil {
		return tactful.Preferences{}, 0, err
	}
	if s.Preferences == nil {
		return tactful.Preferences{}, s.Standing.Version, nil
	}
	return *s.Preferences, s.Standing.Version, nil
}

// WritePreferences replaces what a person declared; nothing declared removes
// the row. Nothing is learned from it, so the learner is not told. Somebody
// else's change in between is a Conflict: read again and repeat.
func (r *Records) WritePreferences(ctx context.Context, ref tactful.Ref, expect store.Version, p *tactful.Preferences, now time.Time) (store.Version, error) {
	if err := p.Validate(); err != nil {
		return 0, fmt.Errorf("write preferences: %w", err)
	}
	if expect == store.Absent || expect == store.Blind {
		return 0, errNoSubject() // only Create makes subjects
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("write preferences: %w", err)
	}
	wishes := []byte{}
	if !p.IsZero() {
		wishes = appendPreferences(wishes, p)
	}
	noted, err := r.noteStop(ctx, sealer, ref, expect, &stop{Wishes: wishes}, now)
	if err != nil {
		return 0, fmt.Errorf("write preferences: %w", err)
	}
	batch := store.Batch{Partition: subjectPartition(ref), Expect: expect}
	if p.IsZero() {
		batch.Delete = []store.FamilyKey{{Family: store.State, Key: preferencesKey}}
	} else {
		batch.State = []store.Row{sealedRow(sealer, batch.Partition, store.State, preferencesKey, appendPreferences(nil, p), time.Time{})}
	}
	version, err := r.write(ctx, batch)
	r.tidyStops(ctx, sealer, ref, latest{key: noted, kind: wishesStop}, err, now)
	if err != nil {
		return 0, fmt.Errorf("write preferences: %w", err)
	}
	return version, nil
}

const (
	flagEasyReading byte = 1 << iota
	flagDiscreet
	flagKeepOnDevice
	flagPlace // and the one above: tactful.PlaceLimit
	_
	flagLessOften
	flagsKnown
)

func appendPreferences(dst []byte, p *tactful.Preferences) []byte {
	dst = append(dst, wireVersion)
	dst = binary.AppendUvarint(dst, uint64(len(p.Topics)))
	for _, topic := range slices.Sorted(maps.Keys(p.Topics)) {
		dst = append(appendText(dst, topic), byte(p.Topics[topic]))
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.Needs)))
	for _, need := range slices.Sorted(maps.Keys(p.Needs)) {
		dst = appendText(appendText(dst, need), p.Needs[need])
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.Occasions)))
	for _, occasion := range slices.Sorted(maps.Keys(p.Occasions)) {
		days := p.Occasions[occasion]
		dst = appendTime(appendTime(appendText(dst, occasion), days.From), days.Until)
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.Languages)))
	for _, tag := range p.Languages {
		dst = appendText(dst, tag)
	}
	var flags byte
	for flag, set := range map[byte]bool{flagEasyReading: p.EasyReading, flagDiscreet: p.Discreet, flagKeepOnDevice: p.KeepOnDevice, flagLessOften: p.Messages.LessOften} {
		if set {
			flags |= flag
		}
	}
	flags |= byte(p.Place) * flagPlace
	dst = append(dst, flags, byte(p.Messages.PerWeek))
	dst = binary.AppendUvarint(dst, uint64(len(p.Messages.Only)))
	for _, channel := range p.Messages.Only {
		dst = appendText(dst, string(channel))
	}
	for _, word := range []string{p.Messages.Quiet.From, p.Messages.Quiet.Until, p.Messages.Zone} {
		dst = appendText(dst, word)
	}
	return appendTime(dst, p.Changed)
}

func decodePreferences(plain []byte) (*tactful.Preferences, error) {
	r := read(plain)
	p := &tactful.Preferences{
		Topics: named(&r, 2, func() tactful.TopicWish {
			w := tactful.TopicWish(r.below(byte(tactful.WishMuted) + 1))
			if w == tactful.WishNone {
				r.fail()
			}
			return w
		}),
		Needs: named(&r, 2, r.text),
		Occasions: named(&r, 3, func() tactful.Days {
			from := r.time()
			return tactful.Days{From: from, Until: r.time()}
		}),
	}
	for range r.count(1) {
		p.Languages = append(p.Languages, r.text())
	}
	flags := r.below(flagsKnown)
	p.EasyReading, p.Discreet, p.KeepOnDevice = flags&flagEasyReading != 0, flags&flagDiscreet != 0, flags&flagKeepOnDevice != 0
	p.Place, p.Messages.LessOften = tactful.PlaceLimit(flags/flagPlace&3), flags&flagLessOften != 0
	p.Messages.PerWeek = tactful.WeeklyLimit(r.below(byte(tactful.WeeklyThree) + 1))
	for range r.count(1) {
		p.Messages.Only = append(p.Messages.Only, tactful.Channel(r.text()))
	}
	p.Messages.Quiet.From, p.Messages.Quiet.Until, p.Messages.Zone = r.text(), r.text(), r.text()
	p.Changed = r.time()
	if err := r.end(); err != nil {
		return nil, err
	}
	return p, nil
}

// named reads a map whose names are in order; nil if it is empty.
func named[V any](r *reader, size int, value func() V) map[string]V {
	n := r.count(size)
	if n == 0 {
		return nil
	}
	all := make(map[string]V, n)
	last := ""
	for i := range n {
		name := r.text()
		if i > 0 && name <= last {
			r.fail()
		}
		all[name] = value()
		last = name
	}
	return all
}
