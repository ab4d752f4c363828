package ingest

import (
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Bounds of a consent object.
const (
	maxCategories    = 64
	maxCategoryBytes = 128
	maxAnswers       = 64
)

// broken is the problem of an event whose consent object cannot be read: it
// denies, because a guess would be a yes that nobody said.
func broken(field string) *tactful.Error {
	return &tactful.Error{
		Kind: tactful.Refused, Field: field, Detail: "cannot be read, so it counts as a no for this event",
		Remedy: "send the object as documented, or leave it out to let the last recorded choice stand",
	}
}

// contextSignal reads Segment's and RudderStack's consent objects from a
// context, and Google's beside them. If several are there, all must be readable
// and every no counts.
func contextSignal(context, google *node, at, corrected time.Time) (decision.Signal, *tactful.Error) {
	s, problem := bannerSignal(context, at, corrected)
	mode, readable := consentMode(google)
	if s.Mode = mode; !readable {
		s.Broken, s.Yes = true, nil
		if problem == nil {
			problem = broken("context.consentMode")
		}
	}
	return s, problem
}

func bannerSignal(context *node, at, corrected time.Time) (decision.Signal, *tactful.Error) {
	s := decision.Signal{Time: at, NoTime: corrected}
	if n := context.get("consent"); n.kind != absent && n.kind != null {
		s.Form = decision.SignalSegment
		preferences := n.get("categoryPreferences")
		if preferences.kind != object || len(preferences.names) > maxCategories {
			s.Broken = true
		}
		for i, name := range preferences.names {
			switch v := &preferences.list[i]; {
			case v.kind == boolean && v.text == "true" && len(name) <= maxCategoryBytes:
				s.Yes = append(s.Yes, name)
			case v.kind == boolean && v.text == "false" && len(name) <= maxCategoryBytes:
				s.No = append(s.No, name)
			default:
				s.Broken = true
			}
		}
		if s.Broken {
			s.Yes = nil // an unreadable object says yes to nothing; its plain noes stay
			return s, broken("context.consent")
		}
	}
	if n := context.get("consentManagement"); n.kind != absent && n.kind != null {
		both := s.Form != decision.SignalNone
		s.Form = decision.SignalRudderStack
		allowed, ok1 := names(n.get("allowedConsentIds"))
		denied, ok2 := names(n.get("deniedConsentIds"))
		strategy := n.get("resolutionStrategy")
		switch {
		case n.kind != object || !ok1 || !ok2 || strategy.kind != absent && strategy.kind != null && strategy.kind != text,
			strategy.kind == text && strategy.text != "" && strategy.text != "and" && strategy.text != "or":
			s.Broken, s.Yes, s.No = true, nil, append(s.No, denied...)
			return s, broken("context.consentManagement")
		}
		s.Any = strategy.text == "or" && !both
		s.Yes, s.No = append(s.Yes, allowed...), append(s.No, denied...)
	}
	return s, nil
}

// modeSignals are the signals of Google Consent Mode v2. Those that say nothing
// about our purposes are read and let go.
var modeSignals = []string{
	decision.PersonalizationStorage, decision.AnalyticsStorage, decision.AdPersonalization, decision.AdUserData,
	"ad_storage", "functionality_storage", "security_storage",
}

// consentMode reads {"type": "default" or "update", "ad_user_data": "granted",
// ...}. Without a type it is a default: nobody's answer. What a page adds for
// its own tags (region, wait_for_update) is let go. An unreadable object keeps
// its plain noes.
func consentMode(n *node) (m decision.ConsentMode, readable bool) {
	if n.kind == absent || n.kind == null {
		return m, true
	}
	m.Said, readable = true, n.kind == object && len(n.names) <= maxCategories
	if !readable {
		return m, false
	}
	for i, name := range n.names {
		v := &n.list[i]
		switch {
		case name == "region" || name == "wait_for_update":
		case name == "type" && v.kind == text && (v.text == "default" || v.text == "update"):
			m.Update = v.text == "update"
		case slices.Contains(modeSignals, name) && v.kind == text && v.text == "granted":
			m.Granted = append(m.Granted, name)
		case slices.Contains(modeSignals, name) && v.kind == text && v.text == "denied":
			m.Denied = append(m.Denied, name)
		default:
			readable = false
		}
	}
	if !readable {
		m.Granted = nil
	}
	return m, readable
}

// names reads a list of category names. A missing list is an empty one.
func names(n *node) ([]string, bool) {
	if n.kind == absent || n.kind == null {
		return nil, true
	}
	if n.kind != array || len(n.list) > maxCategories {
		return nil, false
	}
	var all []string
	for i := range n.list {
		if n.list[i].kind != text || n.list[i].text == "" || len(n.list[i].text) > maxCategoryBytes {
			return nil, false
		}
		all = append(all, n.list[i].text)
	}
	return all, true
}

// nativeSignal reads {"level": ..., "answers": [{"purpose": ..., "answer": ...,
// "noticeHash": ..., ...}]}.
func nativeSignal(n *node, at time.Time) (decision.Signal, *tactful.Error) {
	if n.kind == absent || n.kind == null {
		return decision.Signal{}, nil
	}
	s := decision.Signal{Form: decision.SignalNative, Time: at}
	fail := func() (decision.Signal, *tactful.Error) {
		return decision.Signal{Form: decision.SignalNative, Broken: true, Time: at}, broken("consent")
	}
	if n.kind != object {
		return fail()
	}
	level, answers := n.get("level"), n.get("answers")
	if level.kind != absent {
		var ok bool
		if s.Level, ok = tactful.ParseLevel(level.text); level.kind != text || !ok {
			return fail()
		}
	}
	if answers.kind != absent && answers.kind != array || len(answers.list) > maxAnswers {
		return fail()
	}
	if level.kind == absent && answers.kind == absent {
		return fail()
	}
	for i := range answers.list {
		c, ok := nativeAnswer(&answers.list[i], at)
		if !ok {
			return fail()
		}
		s.Answers = append(s.Answers, c)
	}
	return s, nil
}

func nativeAnswer(n *node, at time.Time) (tactful.Consent, bool) {
	c := tactful.Consent{Time: at}
	if n.kind != object {
		return c, false
	}
	for i, name := range n.names {
		v := &n.list[i]
		if v.kind != text || len(v.text) > maxCategoryBytes {
			return c, false
		}
		var err error
		ok := true
		switch name {
		case "purpose":
			c.Purpose = tactful.Purpose(v.text)
		case "answer":
			c.Answer, ok = tactful.ParseAnswer(v.text)
		case "noticeVersion":
			c.NoticeVersion = v.text
		case "noticeHash":
			c.NoticeHash = v.text
		case "language":
			c.Language = v.text
		case "method":
			c.Method = v.text
		case "jurisdiction":
			c.Jurisdiction = v.text
		case "time":
			c.Time, err = time.Parse(time.RFC3339, v.text)
		case "expires":
			c.Expires, err = time.Parse(time.RFC3339, v.text)
		default:
			return c, false
		}
		if err != nil || !ok {
			return c, false
		}
	}
	return c, c.Purpose != "" && c.Answer != tactful.NoAnswer
}
