package records

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
)

const (
	standingGPC    = 1
	standingFrozen = 2
	standingTimed  = 4 // the time of the level's choice follows
	standingObject = 8 // then the time of the objection
	standingPause  = 16
	standingClear  = 32
	standingErased = 64
	standingHeld   = 128 // who held them follows the times
)

// standingMinor stands in the byte of the level: the byte of flags is full.
const standingMinor = 0x80

// marks are the times that few standings have, each behind a flag of its own.
func (s *Standing) marks() [4]mark {
	return [...]mark{{standingObject, &s.Objected}, {standingPause, &s.Paused}, {standingClear, &s.Cleared}, {standingErased, &s.Erased}}
}

type mark struct {
	flag byte
	time *time.Time
}

// impliedLevelTime is the time of a level whose row states none: rows written
// before there was one, and those in which it is the time of the last change.
// So the level of an old row is taken to be as new as it can be.
func impliedLevelTime(s *Standing) time.Time {
	if s.Consents.Level == tactful.LevelUnknown {
		return time.Time{}
	}
	return s.Changed
}

func appendStanding(dst []byte, s *Standing) []byte {
	flags := byte(0)
	if s.Consents.GPC {
		flags |= standingGPC
	}
	if s.Frozen {
		flags |= standingFrozen
	}
	timed := !sameMilli(s.Consents.LevelTime, impliedLevelTime(s))
	if timed {
		flags |= standingTimed
	}
	for _, m := range s.marks() {
		if !m.time.IsZero() {
			flags |= m.flag
		}
	}
	if s.Held != "" {
		flags |= standingHeld
	}
	level := byte(s.Consents.Level)
	if s.Minor {
		level |= standingMinor
	}
	dst = append(dst, wireVersion, flags, level)
	dst = appendTime(appendTime(dst, s.Created), s.Changed)
	if timed {
		dst = appendTime(dst, s.Consents.LevelTime)
	}
	for _, m := range s.marks() {
		if !m.time.IsZero() {
			dst = appendTime(dst, *m.time)
		}
	}
	if s.Held != "" {
		dst = appendHexText(dst, s.Held)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Consents.Purposes)))
	for _, purpose := range slices.Sorted(maps.Keys(s.Consents.Purposes)) {
		consent := s.Consents.Purposes[purpose]
		dst = appendConsentBody(dst, &consent)
	}
	return dst
}

func decodeStanding(plain []byte) (*Standing, error) {
	r := read(plain)
	flags := r.byte() // each bit has its meaning
	s := &Standing{Frozen: flags&standingFrozen != 0}
	s.Consents.GPC = flags&standingGPC != 0
	level := r.below(standingMinor | byte(tactful.Full) + 1)
	s.Minor, s.Consents.Level = level&standingMinor != 0, tactful.Level(level&^standingMinor)
	if s.Consents.Level > tactful.Full {
		r.fail()
	}
	s.Created, s.Changed = r.time(), r.time()
	implied := impliedLevelTime(s)
	s.Consents.LevelTime = implied
	if flags&standingTimed != 0 {
		if s.Consents.LevelTime = r.time(); s.Consents.LevelTime.Equal(implied) {
			r.fail() // one spelling only
		}
	}
	for _, m := range s.marks() {
		if flags&m.flag == 0 {
			continue
		}
		if *m.time = r.time(); m.time.IsZero() {
			r.fail() // one spelling only
		}
	}
	if flags&standingHeld != 0 {
		if s.Held = r.hexText(); s.Held == "" {
			r.fail() // one spelling only
		}
	}
	if n := r.count(consentMinBytes); n > 0 {
		s.Consents.Purposes = make(map[tactful.Purpose]tactful.Consent, n)
		var last tactful.Purpose
		for i := range n {
			consent := r.consentBody()
			if i > 0 && consent.Purpose <= last {
				r.fail()
			}
			s.Consents.Purposes[consent.Purpose], last = consent, consent.Purpose
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return s, nil
}

// sameMilli compares times as rows keep them.
func sameMilli(a, b time.Time) bool {
	return a.IsZero() == b.IsZero() && a.UnixMilli() == b.UnixMilli()
}

func appendConsent(dst []byte, c *tactful.Consent) []byte {
	return appendConsentBody(append(dst, wireVersion), c)
}

func decodeConsent(plain []byte) (tactful.Consent, error) {
	r := read(plain)
	c := r.consentBody()
	if err := r.end(); err != nil {
		return tactful.Consent{}, err
	}
	return c, nil
}

const consentMinBytes = 10 // ten fields of at least a byte

// consentEntered marks an answer that operators entered: their names follow.
const consentEntered = 0x80

func appendConsentBody(dst []byte, c *tactful.Consent) []byte {
	entered := c.EnteredBy != "" || c.AgreedBy != ""
	first := byte(c.Answer)
	if entered {
		first |= consentEntered
	}
	dst = append(dst, first)
	for _, s := range [...]string{string(c.Purpose), c.ID, c.NoticeVersion, c.NoticeHash, c.Language, c.Method, c.Jurisdiction} {
		dst = appendHexText(dst, s)
	}
	dst = appendTime(appendTime(dst, c.Time), c.Expires)
	if entered {
		dst = appendHexText(appendHexText(dst, c.EnteredBy), c.AgreedBy)
	}
	return dst
}

func (r *reader) consentBody() tactful.Consent {
	first := r.below(consentEntered | byte(tactful.Withdrawn) + 1)
	c := tactful.Consent{Answer: tactful.Answer(first &^ consentEntered)}
	if c.Answer > tactful.Withdrawn {
		r.fail()
	}
	c.Purpose = tactful.Purpose(r.hexText())
	for _, s := range [...]*string{&c.ID, &c.NoticeVersion, &c.NoticeHash, &c.Language, &c.Method, &c.Jurisdiction} {
		*s = r.hexText()
	}
	c.Time, c.Expires = r.time(), r.time()
	if first&consentEntered != 0 {
		if c.EnteredBy, c.AgreedBy = r.hexText(), r.hexText(); c.EnteredBy == "" && c.AgreedBy == "" {
			r.fail() // one spelling only
		}
	}
	return c
}
