package consent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// Change is what a person says now, or what is imported with its own evidence.
type Change struct {
	Level   tactful.Level     // LevelUnknown: as before
	Time    time.Time         // when the level was chosen; zero: with the answers, or now
	Answers []tactful.Consent // Time zero means now
	GPC     *bool             // nil: as before
	Since   time.Time         // no yes from up to then counts: somebody was erased under this name; zero: nobody was
}

// before reports whether something was said before somebody was erased. What is
// said now is not.
func (c *Change) before(said time.Time) bool {
	return !said.IsZero() && !said.Truncate(time.Millisecond).After(c.Since)
}

// Noes is what a change takes away from how somebody stands. A sender that may
// not grant anything can still refuse.
func (c Change) Noes(prev tactful.Consents) Change {
	if c.Level >= prev.Level {
		c.Level = tactful.LevelUnknown
	}
	c.Answers = slices.DeleteFunc(slices.Clone(c.Answers), func(a tactful.Consent) bool { return a.Answer == tactful.Granted })
	return c
}

// Applied is what a Change came to. Each answer stands on its own: a no is
// never lost because a yes beside it was refused.
type Applied struct {
	Next     tactful.Consents  // the standing afterwards; equal to the one before if nothing changed
	Appended []tactful.Consent // records to append, in order; a repeated no only moves its time in Next
	Refused  []*tactful.Error  // answers that do not count, with field and remedy
}

// coalesce is how much later a repeated no must be before the standing no moves
// its time forward, so that a banner repeating it with each event costs no row.
const coalesce = time.Minute

// maxAnswers bounds one change; there are a few purposes, not thousands.
const maxAnswers = 64

// Apply validates a change against the standing and says what to record. A
// grant needs a declared purpose and a text that counts now; a denial or
// withdrawal of a declared purpose is always accepted. Older answers are
// recorded but never override newer ones, and neither do older levels. A level
// that comes with answers rises only if one of them counts. No yes, and no higher
// level, from before an erasure counts (Change.Since). New record ids come
// from id; its error is the only one returned, and then nothing has changed.
func (p *Policy) Apply(prev tactful.Consents, change Change, now time.Time, id func() (string, error)) (Applied, error) {
	a := Applied{Next: prev}
	a.Next.Purposes = maps.Clone(prev.Purposes)
	if a.Next.Purposes == nil {
		a.Next.Purposes = make(map[tactful.Purpose]tactful.Consent)
	}
	now = now.UTC().Truncate(time.Millisecond) // as records keep it, so that what is read back compares
	if change.GPC != nil {
		a.Next.GPC = *change.GPC
	}
	if len(change.Answers) > maxAnswers {
		a.refuse("answers", fmt.Sprintf("has %d entries", len(change.Answers)), fmt.Sprintf("send at most %d; the first %d were read", maxAnswers, maxAnswers))
		change.Answers = change.Answers[:maxAnswers]
	}
	if change.before(change.Time) && change.Level > max(prev.Level, tactful.Generic) {
		change.Level = tactful.LevelUnknown
	}
	choice := choice{alone: len(change.Answers) == 0, said: change.Time.UTC().Truncate(time.Millisecond)}
	for i, answer := range change.Answers {
		if answer.Answer == tactful.Granted && change.before(answer.Time) {
			a.Refused = append(a.Refused, erasedSince(fmt.Sprintf("answers[%d].time", i)))
			continue
		}
		record, live, ok := p.read(&a, fmt.Sprintf("answers[%d].", i), answer, now)
		if !ok {
			continue
		}
		last, asked := a.Next.Purposes[record.Purpose]
		if asked && repeats(last, record) {
			if live && record.Time.After(last.Time) || record.Time.Sub(last.Time) >= coalesce {
				last.Time = record.Time
				a.Next.Purposes[record.Purpose] = last
			}
			choice.count(&record, live)
			continue
		}
		stands := !asked || overrides(record, last, live, now)
		if stands && record.Answer != tactful.Granted && last.Time.After(record.Time) {
			record.Time = last.Time // a fast clock's yes must not come back over this no
		}
		if record.Answer != tactful.Granted && asked && last.Answer == tactful.Granted {
			record.Answer = tactful.Withdrawn
		}
		var err error
		if record.ID, err = id(); err != nil {
			return Applied{Next: prev}, fmt.Errorf("name a consent record: %w", err)
		}
		a.Appended = append(a.Appended, record)
		if stands {
			a.Next.Purposes[record.Purpose] = record
			choice.count(&record, live)
		}
	}
	a.choose(change.Level, choice, now)
	return a, nil
}

// erasedSince is of a yes from before the erasure: messages come again, and an
// old yes must not bring back who has gone.
func erasedSince(field string) *tactful.Error {
	return &tactful.Error{Kind: tactful.Refused, Field: field, Detail: "it was given before the person was erased, and does not count any more",
		Remedy: "ask the person again; a yes from after the erasure counts"}
}

func (a *Applied) refuse(field, detail, remedy string) {
	a.Refused = append(a.Refused, tactful.InvalidField(field, detail, remedy))
}

// read checks one answer and completes it. live tells that it is said now, and
// not reported from earlier.
func (p *Policy) read(a *Applied, at string, c tactful.Consent, now time.Time) (record tactful.Consent, live, ok bool) {
	t, declared := p.terms[c.Purpose]
	if !declared {
		a.refuse(at+"purpose", "is not declared", "send one of the configured purposes")
		return c, false, false
	}
	live = c.Time.IsZero()
	ancient := !live && c.Time.Before(time.Unix(0, 0))
	future := c.Time.After(now.Add(Skew))
	if live || (ancient || c.Time.After(now)) && c.Answer != tactful.Granted {
		c.Time = now
	}
	c.Time = c.Time.UTC().Truncate(time.Millisecond)
	c.ID = ""
	c.NoticeHash = strings.ToLower(c.NoticeHash)
	tidy := func(s *string, form interface{ MatchString(string) bool }, field string) bool {
		if *s == "" || form.MatchString(*s) {
			return true
		}
		*s = "" // on a no, a malformed label is dropped rather than argued about
		if c.Answer == tactful.Granted {
			a.refuse(at+field, "is malformed", "send a version as configured, a SHA-256 in hex, a language tag, an ISO 3166 code, a method of those configured")
			return false
		}
		return true
	}
	if !tidy(&c.NoticeVersion, versionForm, "noticeVersion") || !tidy(&c.NoticeHash, sha256Hex, "noticeHash") ||
		!tidy(&c.Language, languageTag, "language") || !tidy(&c.Method, known(p.methods), "method") ||
		!tidy(&c.Jurisdiction, regionCode, "jurisdiction") {
		return c, live, false
	}
	// Only labels that the configuration knows are kept: a record has no room
	// for anything else that a sender might put there.
	version, current := t.current[c.NoticeHash]
	if !p.speaks(t, c.Language) {
		c.Language = ""
	}
	switch c.Answer {
	case tactful.Denied, tactful.Withdrawn:
		c.Expires = time.Time{} // a no does not run out
		if !current || c.NoticeVersion != version {
			c.NoticeVersion, c.NoticeHash = "", ""
		}
		return c, live, true
	case tactful.Granted:
	default:
		a.refuse(at+"answer", "is missing or unknown", "send granted, denied or withdrawn")
		return c, live, false
	}
	switch {
	case future:
		a.refuse(at+"time", "lies in the future, or is not a time", "send when it was said as RFC 3339; a clock may run five minutes ahead")
	case ancient:
		a.refuse(at+"time", "lies before 1970", "send when it was said")
	case c.NoticeHash == "":
		a.refuse(at+"noticeHash", "is missing", "send the SHA-256 of the text that was shown; GET the notice to learn it")
	case !current:
		a.refuse(at+"noticeHash", "is not the hash of a text in force for this purpose", "show the current text and ask again, or list the older text under accepts if it said the same")
	case c.NoticeVersion != "" && c.NoticeVersion != version:
		a.refuse(at+"noticeVersion", "does not belong to the text with this hash", "send the version that stands beside the hash")
	case c.Method == "":
		a.refuse(at+"method", "is missing", `say how the answer was given, for example "form", "phone" or "import"`)
	case !c.Expires.IsZero() && !c.Expires.After(c.Time):
		a.refuse(at+"expires", "is not a time after the answer's own", "leave it out, or send a later time")
	default:
		c.NoticeVersion = version
		c.Expires = expiry(c, t).UTC()
		return c, live, true
	}
	return c, live, false
}

// known matches the words of a list.
type known []string

func (k known) MatchString(s string) bool { return slices.Contains(k, s) }

// speaks reports whether a text of the purpose, or of a banner, is in this language.
func (p *Policy) speaks(t terms, language string) bool {
	if _, ok := t.text[language]; ok {
		return true
	}
	for _, c := range p.categories {
		if c.language == language {
			return true
		}
	}
	return false
}

// repeats reports whether an answer only says again what stands: another no,
// or the same yes of the same moment.
func repeats(last, record tactful.Consent) bool {
	if record.Answer != tactful.Granted {
		return last.Answer == tactful.Denied || last.Answer == tactful.Withdrawn
	}
	return last.Answer == tactful.Granted && last.NoticeHash == record.NoticeHash && last.Time.Equal(record.Time)
}

// overrides reports whether a record becomes the standing one. What is said
// now always does; among reported answers the later one, and the no on a tie.
func overrides(record, last tactful.Consent, live bool, now time.Time) bool {
	if live {
		return true
	}
	lastTime := last.Time
	if lastTime.After(now) {
		lastTime = now
	}
	if record.Time.Equal(lastTime) {
		return record.Answer != tactful.Granted
	}
	return record.Time.After(lastTime)
}
