package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
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
	Untaken  map[string]int // records that were not taken, by reason word
	Events   int            // kept
	Refused  map[string]int // events that were not, by reason word
	Settings int
	Beside   bool              // they are known here by other answers, which stand; what they did elsewhere came beside it
	Asks     []tactful.Purpose // uses that the file says yes to and that nobody answered here: a yes is theirs to say here
}

// ImportRequest says whose data comes, and what shows that they brought it.
type ImportRequest struct {
	Subject tactful.Alias
	Proof   string // a link's or a signed token of the person, "" if none; it is redeemed by the import
	Request string // the request by which another operator entered this file, "" if none; the import agrees to it
	GPC     bool   // their browser signals Global Privacy Control as they bring it
}

// ImportSubject takes what a person brought from elsewhere (GDPR 20): what
// Export wrote as FormatPortable. The person must not be known here yet, or by
// the very same records only, so that repeating an import that was cut short
// completes it. Nothing in the file is believed: each answer passes the policy
// as if it was reported now, so a yes counts as far as the same text is in force
// here, and no longer than here; how the person stands is made from the answers
// anew. A yes is taken only with a proof of the person: what they bring by hand in
// their own session offers its yeses (Asks), and takes none. Over somebody who is
// known an import only ever restricts; but the person themself may put what they
// did elsewhere beside what they said here, which stands. Events pass the same door as all others: what this
// house does not keep, it does not keep of them either.
func (e *Engine) ImportSubject(ctx context.Context, req ImportRequest, r io.Reader) (Imported, error) {
	if err := e.enter(); err != nil {
		return Imported{}, err
	}
	defer e.leave()
	text, err := io.ReadAll(io.LimitReader(r, rights.MaxPortableBytes+1))
	if err != nil {
		return Imported{}, fmt.Errorf("read a portable copy: %w", err)
	}
	p, err := rights.ReadPortable(bytes.NewReader(text))
	if err != nil {
		return Imported{}, err
	}
	now := e.clock.Now()
	brought, err := readBrought(&p, now)
	if err != nil {
		return Imported{}, err
	}
	preferences, err := e.preferencesIn(p.Preferences)
	if err != nil {
		return Imported{}, err
	}
	if req.Request == "" {
		return e.importOne(ctx, req, &p, brought, preferences, now)
	}
	name, err := e.agreeToImport(ctx, req.Request, req.Subject, documentHash(text), now)
	if err != nil {
		return Imported{}, err
	}
	done, err := e.importOne(ctx, req, &p, brought, preferences, now)
	return done, errors.Join(err, e.endImport(ctx, name, err))
}

func (e *Engine) importOne(ctx context.Context, req ImportRequest, p *rights.Portable, brought *brought, preferences tactful.Preferences, now time.Time) (Imported, error) {
	who, err := e.broughtBy(ctx, req, brought)
	if err != nil {
		return Imported{}, err
	}
	ref, err := e.findToChange(ctx, req.Subject, now, 0)
	if err != nil {
		return Imported{}, err
	}
	if ref.IsZero() {
		if who == byAnybody && !brought.restricts() && !p.Standing.Frozen { // nobody is made of what does not count
			return Imported{Untaken: map[string]int{"unproved": len(p.Consents) + saidIn(p)}, Refused: map[string]int{"unproved": len(p.Events)}}, nil
		}
		if err := e.worthMaking(ctx, req.Subject, p, now); err != nil {
			return Imported{}, err
		}
		if who == byHand && !brought.restricts() && !brought.minor && !p.Standing.Frozen && p.Standing.Paused.IsZero() && saidIn(p) == 0 { // nor of what waits for their yes
			return e.waiting(brought, p), nil
		}
		if ref, err = e.welcome(ctx, req.Subject, now); err != nil {
			return Imported{}, fmt.Errorf("make the subject: %w", err)
		}
	}
	done := Imported{Untaken: map[string]int{}, Refused: map[string]int{}}
	brought.gpc = brought.gpc || req.GPC
	if err := e.importStanding(ctx, ref, brought, who, &done, now); err != nil {
		return done, fmt.Errorf("import: %w", err)
	}
	if err := e.importEvents(ctx, ref, p, &done, now); err != nil {
		return done, fmt.Errorf("import: %w", err)
	}
	if who > byAnybody {
		err = e.importSaid(ctx, ref, p, preferences, &done, now)
	} else if n := saidIn(p); n > 0 { // only the person says what they like, need and are
		done.Untaken["unproved"] += n
	}
	if err == nil && !done.Beside {
		err = e.importPause(ctx, ref, p, now)
	}
	if err != nil {
		return done, fmt.Errorf("import: %w", err)
	}
	if p.Standing.Frozen && !done.Beside {
		return done, e.restrict(ctx, ref, now) // last: nothing can be kept of somebody whose data rests
	}
	return done, nil
}

// worthMaking refuses a file that is wholly from before somebody was erased
// under the name: nothing in it would count.
func (e *Engine) worthMaking(ctx context.Context, a tactful.Alias, p *rights.Portable, now time.Time) error {
	nobody, err := e.stranger(ctx, a, now)
	if err != nil || nobody.Erased.IsZero() {
		return err
	}
	for i := range p.Consents {
		if !nobody.Forgets(p.Consents[i].Time) {
			return nil
		}
	}
	for i := range p.Events {
		if !nobody.Forgets(p.Events[i].Time) {
			return nil
		}
	}
	return &tactful.Error{Kind: tactful.Refused, Field: "body", Detail: "it is from before the person was erased, and does not count any more", Remedy: "ask the person again; what they say from now on counts"}
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
		!nameForm(c.EnteredBy), !nameForm(c.AgreedBy), c.Time.IsZero(), c.Time.Before(time.Unix(0, 0)), c.Time.After(now.Add(time.Minute)):
		return tactful.Consent{}, tactful.InvalidField(field, "holds a record that cannot be one", "send the file unchanged")
	}
	return tactful.Consent{
		ID: c.ID, Purpose: tactful.Purpose(c.Purpose), Answer: answer, NoticeVersion: c.NoticeVersion, NoticeHash: c.NoticeHash, Language: c.Language,
		Method: c.Method, Jurisdiction: c.Jurisdiction, Time: c.Time.UTC().Truncate(time.Millisecond), Expires: c.Expires.UTC().Truncate(time.Millisecond),
		EnteredBy: c.EnteredBy, AgreedBy: c.AgreedBy,
	}, nil
}

// nameForm is the form of an operator's name, or none.
func nameForm(name string) bool { return len(name) <= tactful.MaxActorName && tactful.PlainLine(name) }

// importEvents lets events in through the same door as all others.
func (e *Engine) importEvents(ctx context.Context, ref tactful.Ref, p *rights.Portable, done *Imported, now time.Time) error {
	for part := p.Events; len(part) > 0; {
		n := min(len(part), importEach)
		events, err := e.eventsIn(part[:n], done, now)
		if err != nil {
			return err
		}
		part = part[n:]
		fates, because, err := e.keepOf(ctx, ref, events, now)
		if err != nil {
			return err
		}
		switch {
		case because != decision.BecauseAllowed:
			done.Refused[because.String()] += len(events)
		case len(fates) < len(events):
			done.Refused["removed"] += len(events) - len(fates)
		}
		for _, fate := range fates {
			switch fate {
			case records.Stored, records.Duplicate:
				done.Events++
			case records.TooOld, records.NoSubject, records.Unstored, records.Overtaken:
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

// importSaid takes over what the person said about items and about themselves.
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
		here, version, err := e.records.ReadSettings(ctx, ref, now)
		if err == nil {
			if n := dropOldest(settings, here); n > 0 {
				done.Untaken["full"] += n
			}
			done.Settings = len(settings)
			maps.Copy(settings, here) // what they said here stands
			_, err = e.records.WriteSettings(ctx, ref, version, settings, now)
		}
		if err != nil {
			return err
		}
	}
	if !preferences.IsZero() {
		preferences.Changed = now
		here, version, err := e.records.ReadPreferences(ctx, ref, now)
		if err == nil && here.IsZero() {
			_, err = e.records.WritePreferences(ctx, ref, version, &preferences, now)
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
	return nil
}

// dropOldest leaves out as many settings as do not fit beside those of here, the
// oldest first, and returns how many.
func dropOldest(settings, here map[string]records.Setting) int {
	var fresh []string
	for item := range settings {
		if _, said := here[item]; !said {
			fresh = append(fresh, item)
		}
	}
	room := max(0, records.MaxSettings-len(here))
	if len(fresh) <= room {
		return 0
	}
	slices.SortFunc(fresh, func(a, b string) int {
		return cmp.Or(settings[b].Time.Compare(settings[a].Time), cmp.Compare(a, b))
	})
	for _, item := range fresh[room:] {
		delete(settings, item)
	}
	return len(fresh) - room
}

// saidIn counts what only the person may bring beside their answers.
func saidIn(p *rights.Portable) int {
	n := len(p.Settings) + len(p.Panel)
	if p.Preferences != nil {
		n++
	}
	return n
}

func (e *Engine) importPause(ctx context.Context, ref tactful.Ref, p *rights.Portable, now time.Time) error {
	if !p.Standing.Paused.IsZero() && p.Standing.Paused.Before(now.Add(MaxPause)) {
		return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
			due := s.Paused.Before(p.Standing.Paused)
			if due {
				s.Paused = p.Standing.Paused.UTC()
			}
			return due, nil
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
		Messages: tactful.MessageLimits{LessOften: in.Messages.LessOften, Zone: in.Messages.Zone, Quiet: tactful.Quiet{From: in.Messages.Quiet.From, Until: in.Messages.Quiet.Until}},
	}
	limit, ok := tactful.ParsePlaceLimit(in.Place)
	if !ok {
		return p, bad
	}
	p.Place = limit
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
			if _, said := panel[attribute]; !said {
				panel[attribute] = value
			}
		}
	}
	_, err = e.records.WritePanel(ctx, ref, standing.Version, panel, standing.Consents.Purposes[tactful.Protection].Expires)
	return err
}
