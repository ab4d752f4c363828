package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// Imported is what became of somebody's data from elsewhere.
type Imported struct {
	Consents int            // records with their evidence
	Events   int            // kept
	Refused  map[string]int // events that were not, by reason word
	Settings int
}

// ImportSubject takes what a person brought from elsewhere (GDPR 20): what
// Export wrote as FormatPortable. The person must not be known here yet, or by
// the very same records only, so that repeating an import that was cut short
// completes it. Consents keep their evidence, and count here as far as the same
// texts are in force here. Events pass the same door as all others: what this
// house does not keep, it does not keep of them either.
func (e *Engine) ImportSubject(ctx context.Context, a tactful.Alias, r io.Reader) (Imported, error) {
	if err := e.enter(); err != nil {
		return Imported{}, err
	}
	defer e.leave()
	p, err := rights.ReadPortable(r)
	if err != nil {
		return Imported{}, err
	}
	now := e.clock.Now()
	consents, log, err := consentsIn(&p, now)
	if err != nil {
		return Imported{}, err
	}
	preferences, err := e.preferencesIn(p.Preferences)
	if err != nil {
		return Imported{}, err
	}
	ref, err := e.findToChange(ctx, a, now, 0)
	if err != nil {
		return Imported{}, err
	}
	if ref.IsZero() {
		if ref, err = e.records.Create(ctx, a, now); err != nil {
			return Imported{}, fmt.Errorf("make the subject: %w", err)
		}
	} else if err := e.sameRecords(ctx, ref, log, now); err != nil {
		return Imported{}, err
	}
	done := Imported{Consents: len(log), Refused: map[string]int{}}
	if err := e.importStanding(ctx, ref, &p, consents, log, now); err != nil {
		return done, fmt.Errorf("import: %w", err)
	}
	if err := e.importEvents(ctx, ref, &p, &done, now); err != nil {
		return done, fmt.Errorf("import: %w", err)
	}
	if err := e.importSaid(ctx, ref, &p, preferences, &done, now); err != nil {
		return done, fmt.Errorf("import: %w", err)
	}
	if p.Standing.Frozen {
		return done, e.restrict(ctx, ref, now) // last: nothing can be kept of somebody whose data rests
	}
	return done, nil
}

// sameRecords refuses an import into somebody who is known by more than what
// is imported: two people would be made one.
func (e *Engine) sameRecords(ctx context.Context, ref tactful.Ref, log []tactful.Consent, now time.Time) error {
	known, err := e.records.ConsentLog(ctx, ref, 0, now)
	if err != nil {
		return err
	}
	brought := make(map[string]bool, len(log))
	for _, c := range log {
		brought[c.ID] = true
	}
	for _, c := range known {
		if !brought[c.ID] {
			return &tactful.Error{Kind: tactful.Conflict, Detail: "somebody is known by that name already", Remedy: "import under a name that is nobody's yet, or erase first"}
		}
	}
	return nil
}

// What a consent record from elsewhere may hold: words of closed forms only, so
// that nothing else can be brought in by them.
var (
	recordForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	wordForm   = regexp.MustCompile(`^[A-Za-z0-9._-]{0,64}$`)
	printForm  = regexp.MustCompile(`^([0-9a-f]{64})?$`)
	purposeOf  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

func consentIn(c *rights.Consent, field string, now time.Time) (tactful.Consent, error) {
	answer, ok := tactful.ParseAnswer(c.Answer)
	switch {
	case !ok, !recordForm.MatchString(c.ID), !purposeOf.MatchString(c.Purpose), !printForm.MatchString(c.NoticeHash), !wordForm.MatchString(c.NoticeVersion),
		!wordForm.MatchString(c.Language), !wordForm.MatchString(c.Method), !wordForm.MatchString(c.Jurisdiction),
		c.Time.IsZero(), c.Time.Before(time.Unix(0, 0)), c.Time.After(now.Add(time.Minute)):
		return tactful.Consent{}, tactful.InvalidField(field, "holds a record that cannot be one", "send the file unchanged")
	}
	return tactful.Consent{
		ID: c.ID, Purpose: tactful.Purpose(c.Purpose), Answer: answer, NoticeVersion: c.NoticeVersion, NoticeHash: c.NoticeHash, Language: c.Language,
		Method: c.Method, Jurisdiction: c.Jurisdiction, Time: c.Time.UTC(), Expires: c.Expires.UTC(),
	}, nil
}

// consentsIn reads the standing answers and the log. Every standing answer must
// be in the log: a yes without its record is none.
func consentsIn(p *rights.Portable, now time.Time) (tactful.Consents, []tactful.Consent, error) {
	s := p.Standing.Consents
	out := tactful.Consents{LevelTime: s.LevelTime.UTC(), GPC: s.GPC}
	if s.Level != "" {
		level, ok := tactful.ParseLevel(s.Level)
		if !ok || s.LevelTime.After(now.Add(time.Minute)) {
			return out, nil, tactful.InvalidField("standing.consents.level", "is unknown, or of the future", "send the file unchanged")
		}
		out.Level = level
	}
	if s.LevelTime.IsZero() {
		out.LevelTime = time.Time{}
	}
	log := make([]tactful.Consent, len(p.Consents))
	known := map[string]bool{}
	for i := range p.Consents {
		var err error
		if log[i], err = consentIn(&p.Consents[i], fmt.Sprintf("consent[%d]", i), now); err != nil {
			return out, nil, err
		}
		known[log[i].ID] = true
	}
	for i := range s.Purposes {
		field := fmt.Sprintf("standing.consents.purposes[%d]", i)
		c, err := consentIn(&s.Purposes[i], field, now)
		if err != nil {
			return out, nil, err
		}
		if !known[c.ID] {
			return out, nil, tactful.InvalidField(field, "is an answer without its record", "send the file unchanged")
		}
		if out.Purposes == nil {
			out.Purposes = map[tactful.Purpose]tactful.Consent{}
		}
		out.Purposes[c.Purpose] = c
	}
	return out, log, nil
}

func (e *Engine) importStanding(ctx context.Context, ref tactful.Ref, p *rights.Portable, consents tactful.Consents, log []tactful.Consent, now time.Time) error {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return err
		}
		if standings[0] == nil {
			return tactful.Errorf(tactful.NotFound, "the subject is not there any more")
		}
		next := *standings[0]
		next.Consents = consents
		next.Objected, next.Cleared = p.Standing.Objected.UTC(), p.Standing.Cleared.UTC()
		if p.Standing.Objected.IsZero() {
			next.Objected = time.Time{}
		}
		if p.Standing.Cleared.IsZero() {
			next.Cleared = time.Time{}
		}
		_, err = e.records.WriteStanding(ctx, ref, next.Version, next, log, now)
		if tactful.KindOf(err) == tactful.Conflict && err != nil {
			continue
		}
		e.school.note(1)
		return err
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// importEvents lets events in through the same door as all others.
func (e *Engine) importEvents(ctx context.Context, ref tactful.Ref, p *rights.Portable, done *Imported, now time.Time) error {
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return err
	}
	collection := e.policy.Collect(standing(standings[0]), now)
	if !collection.Allowed() {
		if len(p.Events) > 0 {
			done.Refused[collection.Because.String()] = len(p.Events)
		}
		return nil
	}
	for part := p.Events; len(part) > 0; {
		n := min(len(part), importEach)
		events, err := e.eventsIn(part[:n], done, now)
		if err != nil {
			return err
		}
		part = part[n:]
		for i := range events {
			e.rules.Keep(&events[i], collection.Purposes)
		}
		fates, err := e.records.AppendEvents(ctx, []records.SubjectEvents{{Ref: ref, Events: events}}, e.rules.Expires, now)
		if err != nil {
			return err
		}
		for _, fate := range fates[0] {
			switch fate {
			case records.Stored, records.Duplicate:
				done.Events++
			case records.TooOld, records.NoSubject, records.Unstored:
				done.Refused[fate.String()]++
			}
		}
	}
	e.school.note(1)
	return nil
}

const importEach = 500 // events judged at once

// eventsIn judges events as if they came by the API, and keeps their own names.
func (e *Engine) eventsIn(part []rights.Event, done *Imported, now time.Time) ([]tactful.Event, error) {
	type wireEvent struct {
		MessageID  string         `json:"messageId"`
		UserID     string         `json:"userId"`
		Action     string         `json:"action"`
		Item       string         `json:"item,omitempty"`
		Query      string         `json:"query,omitempty"`
		Order      string         `json:"order,omitempty"`
		Session    string         `json:"session,omitempty"`
		Source     string         `json:"source"`
		Time       time.Time      `json:"time"`
		Provenance string         `json:"provenance"`
		Properties map[string]any `json:"properties,omitempty"`
	}
	list := make([]wireEvent, len(part))
	for i := range part {
		in := &part[i]
		list[i] = wireEvent{MessageID: "m", UserID: "u", Action: in.Action, Item: in.Item, Query: in.Query, Order: in.Order, Session: in.Session,
			Source: in.Source, Time: in.Time.UTC(), Provenance: in.Provenance, Properties: e.typed(in.Properties)}
	}
	body, err := json.Marshal(map[string]any{"events": list})
	if err != nil {
		return nil, tactful.InvalidField("event", "cannot be read", "send the file unchanged")
	}
	read, err := e.rules.Native(body, now)
	if err != nil {
		return nil, err
	}
	var events []tactful.Event
	for i := range read.Items {
		sent := &read.Items[i]
		in := &part[sent.Index]
		if sent.Problem != nil || sent.Task != ingest.Store || !messageForm.MatchString(in.MessageID) || in.Quantity < 0 || in.Quantity > rights.MaxQuantity || in.Value < 0 || in.Value > maxImportPrice {
			done.Refused["invalid"]++
			continue
		}
		event := sent.Event
		event.MessageID, event.Quantity, event.Value = in.MessageID, in.Quantity, in.Value
		events = append(events, event)
	}
	return events, nil
}

var messageForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,512}$`)

const maxImportPrice = 100_000_000_000 // hundredths

// typed gives properties the JSON form that the configuration declares.
func (e *Engine) typed(properties map[string]string) map[string]any {
	if len(properties) == 0 {
		return nil
	}
	out := make(map[string]any, len(properties))
	for name, value := range properties {
		out[name] = value
		switch e.cfg.Ingest.Properties[name].Form {
		case ingest.Number:
			out[name] = json.Number(value)
		case ingest.Flag:
			out[name] = value == "true"
		}
	}
	return out
}

// importSaid takes over what the person said about items, about themselves, and
// their pause.
func (e *Engine) importSaid(ctx context.Context, ref tactful.Ref, p *rights.Portable, preferences tactful.Preferences, done *Imported, now time.Time) error {
	settings := map[string]records.Setting{}
	for i, s := range p.Settings {
		setting, ok := decision.ParseSetting(s.Setting)
		if !ok || setting == decision.SettingNone || s.Item == "" || len(s.Item) > 128 {
			return tactful.InvalidField(fmt.Sprintf("setting[%d]", i), "is unknown", "send the file unchanged")
		}
		settings[s.Item] = records.Setting{Setting: setting, Time: s.Time.UTC()}
	}
	if len(settings) > 0 {
		_, version, err := e.records.ReadSettings(ctx, ref, now)
		if err == nil {
			_, err = e.records.WriteSettings(ctx, ref, version, settings)
		}
		if err != nil {
			return err
		}
		done.Settings = len(settings)
	}
	if !preferences.IsZero() {
		preferences.Changed = now
		_, version, err := e.records.ReadPreferences(ctx, ref, now)
		if err == nil {
			_, err = e.records.WritePreferences(ctx, ref, version, &preferences)
		}
		if err != nil {
			return err
		}
	}
	for _, told := range p.Panel {
		if err := e.importPanel(ctx, ref, told, now); err != nil {
			return err
		}
	}
	if !p.Standing.Paused.IsZero() && p.Standing.Paused.Before(now.Add(MaxPause)) {
		return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
			s.Paused = p.Standing.Paused.UTC()
			return true, nil
		})
	}
	return nil
}

// preferencesIn reads what the person declared; what this shop does not declare
// is left out.
func (e *Engine) preferencesIn(in *rights.Preferences) (tactful.Preferences, error) {
	if in == nil {
		return tactful.Preferences{}, nil
	}
	bad := tactful.InvalidField("preferences", "cannot be read", "send the file unchanged")
	p := tactful.Preferences{
		Languages: in.Languages, EasyReading: in.EasyReading, Discreet: in.Discreet, KeepOnDevice: in.KeepOnDevice,
		Messages: tactful.MessageLimits{Zone: in.Messages.Zone, Quiet: tactful.Quiet{From: in.Messages.Quiet.From, Until: in.Messages.Quiet.Until}},
	}
	for _, topic := range slices.Sorted(maps.Keys(in.Topics)) {
		wish, ok := tactful.ParseTopicWish(in.Topics[topic])
		if !ok {
			return p, bad
		}
		if p.Topics == nil {
			p.Topics = map[string]tactful.TopicWish{}
		}
		p.Topics[topic] = wish
	}
	for _, name := range slices.Sorted(maps.Keys(in.Needs)) {
		if e.cfg.Preferences.need(name) == nil {
			continue
		}
		if p.Needs == nil {
			p.Needs = map[string]string{}
		}
		p.Needs[name] = in.Needs[name]
	}
	for _, name := range slices.Sorted(maps.Keys(in.Occasions)) {
		if e.cfg.Preferences.occasion(name) == nil {
			continue
		}
		from, ok := dayIn(in.Occasions[name].From)
		until, ok2 := dayIn(in.Occasions[name].Until)
		if !ok || !ok2 {
			return p, bad
		}
		if p.Occasions == nil {
			p.Occasions = map[string]tactful.Days{}
		}
		p.Occasions[name] = tactful.Days{From: from, Until: until}
	}
	for _, channel := range in.Messages.Only {
		p.Messages.Only = append(p.Messages.Only, tactful.Channel(channel))
	}
	if in.Messages.PerWeek != "" {
		most, err := strconv.Atoi(in.Messages.PerWeek)
		weekly, ok := tactful.ParseWeeklyLimit(most)
		if err != nil || !ok {
			return p, bad
		}
		p.Messages.PerWeek = weekly
	}
	return p, e.declarable(&p)
}

func dayIn(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// importPanel takes over what the person told for the panel, as far as it is
// declared here and their yes to it is live here.
func (e *Engine) importPanel(ctx context.Context, ref tactful.Ref, told map[string]string, now time.Time) error {
	panel, standing, err := e.records.ReadPanel(ctx, ref, now)
	if err != nil {
		return err
	}
	if !e.mayProtect(standing, now) {
		return nil
	}
	for attribute, value := range told {
		if declared := e.cfg.Protection.find(attribute); declared != nil && slices.Contains(declared.Values, value) {
			panel[attribute] = value
		}
	}
	_, err = e.records.WritePanel(ctx, ref, standing.Version, panel, standing.Consents.Purposes[tactful.Protection].Expires)
	return err
}
