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
// itself: a banner that repeats an old yes must not undo a withdrawal. A yes
// counts as of the moment that the sender states for it, never as of now, and
// only if it is later than the answer that stands: messages come again, late
// and out of order. Of a broken object only the plain noes count; the ingest
// stage refuses its event.
func (p *Policy) Heed(prev tactful.Consents, s decision.Signal, now time.Time) Change {
	var change Change
	switch s.Form {
	case decision.SignalNative:
		if !s.Broken {
			change = Change{Level: s.Level, Time: s.Time, Answers: s.Answers}
		}
	case decision.SignalSegment, decision.SignalRudderStack:
		change = p.heedCategories(prev, s)
	}
	if s.Mode.Said {
		change = p.heedMode(prev, s, change)
	}
	return late(prev, change, now)
}

// modeOf are the signals of Google Consent Mode that a purpose needs, all of
// them: offers are advertising, so they need both that data go to it and that
// it be personal.
var modeOf = map[tactful.Purpose][]string{
	tactful.Recommendations: {decision.PersonalizationStorage},
	tactful.Offers:          {decision.AdPersonalization, decision.AdUserData},
	tactful.Improvement:     {decision.AnalyticsStorage},
}

// heedMode adds what Google Consent Mode says. An update that denies is a no.
// An update that grants is a bare yes: evidence only where the configuration
// has the banner's text under the signal's name (consent.categories), and only
// for somebody who has not answered yet, because pages repeat it at every load.
// A default is nobody's answer, and a signal that is left out says nothing.
func (p *Policy) heedMode(prev tactful.Consents, s decision.Signal, change Change) Change {
	if !s.Mode.Update {
		return change
	}
	if change.Time.IsZero() {
		change.Time = s.Time
	}
	for _, purpose := range p.purposes {
		names := modeOf[purpose]
		denied := slices.ContainsFunc(names, func(name string) bool { return slices.Contains(s.Mode.Denied, name) })
		record := tactful.Consent{Purpose: purpose, Method: "google", Time: s.Time}
		if denied {
			record.Answer, record.Time = tactful.Denied, s.NoTime
			change.Answers = append(change.Answers, record)
			continue
		}
		yes, agreed := p.agreed(purpose, names, s.Mode.Granted)
		if !agreed || yes.hash == "" || s.Broken || prev.Purposes[purpose].Answer != tactful.NoAnswer {
			continue
		}
		record.Answer = tactful.Granted
		record.NoticeVersion, record.NoticeHash, record.Language = yes.version, yes.hash, yes.language
		change.Answers = append(change.Answers, record)
		if prev.Level == tactful.LevelUnknown && yes.level > change.Level {
			change.Level = yes.level
		}
	}
	return change
}

// agreed reports whether all the signals are granted, and gives the category of
// one of them that stands for the purpose and has a text.
func (p *Policy) agreed(purpose tactful.Purpose, names, granted []string) (yes category, all bool) {
	for _, name := range names {
		if !slices.Contains(granted, name) {
			return category{}, false
		}
		if c, ok := p.categories[name]; ok && yes.hash == "" && slices.Contains(c.purposes, purpose) {
			yes = c
		}
	}
	return yes, len(names) > 0
}

// late takes out of a reported change what would undo something newer.
func late(prev tactful.Consents, reported Change, now time.Time) Change {
	change := Change{Level: reported.Level, Time: reported.Time}
	granted := false
	for _, answer := range reported.Answers {
		switch last, asked := prev.Purposes[answer.Purpose]; {
		case answer.Answer == tactful.Granted:
			if answer.Time.IsZero() || asked && !answer.Time.Truncate(time.Millisecond).After(last.Time) {
				continue
			}
			granted = true
		case answer.Time.IsZero() || answer.Time.After(now):
			answer.Time = now
		}
		change.Answers = append(change.Answers, answer)
	}
	// A level rises with a yes; alone, it is a choice of its own only while it is fresh.
	age := now.Sub(change.Time)
	alone := len(reported.Answers) == 0 && !change.Time.IsZero() && age <= Skew && age >= -Skew
	if change.Level > prev.Level && !granted && !alone {
		change.Level = tactful.LevelUnknown
	}
	return change
}

func (p *Policy) heedCategories(prev tactful.Consents, s decision.Signal) Change {
	change := Change{Time: s.Time}
	for _, purpose := range p.purposes {
		yes, no := p.poll(purpose, s)
		record := tactful.Consent{Purpose: purpose, Method: s.Form.String(), Time: s.Time}
		switch {
		case no:
			record.Answer = tactful.Denied
			record.Time = s.NoTime
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
