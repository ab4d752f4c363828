package consent

import (
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// maxHeaders bounds how many Sec-GPC values are looked at.
const maxHeaders = 16

// GPC reads the values of all Sec-GPC headers: any that is exactly "1" counts,
// and nothing else does (W3C Global Privacy Control).
func GPC(values []string) bool {
	return slices.Contains(values[:min(len(values), maxHeaders)], "1")
}

// Heed turns what a delivery says about consent into a Change. A no always
// counts, also a missing one in an object that is there. A yes counts as
// evidence only where the configuration holds the banner's text, and only for
// somebody who has not answered yet, unless the message is the act of choosing
// itself: a banner that repeats an old yes must not undo a withdrawal. Of a
// broken object only the plain noes count; the ingest stage refuses its event.
func (p *Policy) Heed(prev tactful.Consents, s decision.Signal, now time.Time) Change {
	switch s.Form {
	case decision.SignalNative:
		if s.Broken {
			return Change{}
		}
		return Change{Level: s.Level, Answers: s.Answers}
	case decision.SignalSegment, decision.SignalRudderStack:
		return p.heedCategories(prev, s, now)
	default:
		return Change{}
	}
}

func (p *Policy) heedCategories(prev tactful.Consents, s decision.Signal, now time.Time) Change {
	said := s.Time
	if said.IsZero() || said.After(now) {
		said = now
	}
	var change Change
	for _, purpose := range p.purposes {
		yes, no := p.poll(purpose, s)
		record := tactful.Consent{Purpose: purpose, Method: s.Form.String(), Time: said}
		switch {
		case no:
			record.Answer = tactful.Denied
			change.Answers = append(change.Answers, record)
		case yes != nil && yes.hash != "" && (s.Chosen || prev.Purposes[purpose].Answer == tactful.NoAnswer):
			record.Answer = tactful.Granted
			record.NoticeVersion, record.NoticeHash, record.Language = yes.version, yes.hash, yes.language
			change.Answers = append(change.Answers, record)
			if prev.Level == tactful.LevelUnknown && yes.level > change.Level {
				change.Level = yes.level
			}
		}
	}
	return change
}

// poll asks a purpose's categories. It is a no when the object answers no
// ("and": any of them, "or": all of them); a category that the object leaves
// out is a no, as Segment reads it, and so is an object without any yes. It is
// a yes with evidence when a category that agreed has a text.
func (p *Policy) poll(purpose tactful.Purpose, s decision.Signal) (yes *category, no bool) {
	if s.Broken {
		// Only what is plainly refused in it is known.
		for _, name := range append(slices.Clone(p.covers[purpose]), string(purpose)) {
			no = no || slices.Contains(s.No, name)
		}
		return nil, no
	}
	if len(s.Yes) == 0 {
		return nil, true
	}
	names := p.covers[purpose]
	if len(names) == 0 {
		return nil, slices.Contains(s.No, string(purpose))
	}
	agreed := 0
	for _, name := range names {
		if !slices.Contains(s.Yes, name) || slices.Contains(s.No, name) {
			continue
		}
		agreed++
		if c := p.categories[name]; yes == nil || yes.hash == "" {
			yes = &c
		}
	}
	if agreed == len(names) || (s.Any && agreed > 0) {
		return yes, false
	}
	return nil, true
}
