package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
)

// Format is the form of a copy. The zero value is refused.
type Format uint8

// Formats of a copy.
const (
	FormatUnknown  Format = iota
	FormatJSON            // everything, for machines
	FormatCSV             // everything, as one table
	FormatHTML            // everything, as a page to read
	FormatPortable        // what a person takes elsewhere (GDPR 20)
)

var formatWords = [...]string{"unknown", "json", "csv", "html", "portable"}

// String returns the wire word.
func (f Format) String() string {
	if int(f) < len(formatWords) {
		return formatWords[f]
	}
	return formatWords[0]
}

// ParseFormat reads a wire word.
func ParseFormat(word string) (Format, bool) {
	for i, name := range formatWords {
		if i > 0 && name == word {
			return Format(i), true
		}
	}
	return FormatUnknown, false
}

// ExportRequest asks for a copy of everything that is known about somebody.
type ExportRequest struct {
	Subject  tactful.Alias
	Format   Format
	Language string // of explanations; "" is the configured default
}

// Export writes a copy of all that is known about one person (GDPR 15, 20).
// Nothing is written before all of it has been read. Restriction does not stop
// it: the copy is theirs.
func (e *Engine) Export(ctx context.Context, r ExportRequest, w io.Writer) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	if r.Format == FormatUnknown || r.Format > FormatPortable {
		return tactful.InvalidField("format", "is unknown", "send json, csv, html or portable")
	}
	now := e.clock.Now()
	ref, err := e.findFor(ctx, r.Subject, now, tactful.OpenedExport)
	if err == nil {
		err = e.rationed(ctx, ref, now)
	}
	if err == nil && ref.IsZero() {
		err = tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	if err != nil {
		return err
	}
	c, err := e.copyOf(ctx, ref, now)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if r.Language == "" {
		r.Language = e.cfg.Language
	}
	if e.explain != nil {
		c.Explained = e.explain(r.Language)
	}
	var whole bytes.Buffer
	switch r.Format {
	case FormatCSV:
		err = c.WriteCSV(&whole)
	case FormatHTML:
		err = c.WriteHTML(&whole, r.Language)
	case FormatPortable:
		portable := rights.PortableOf(c)
		err = portable.Write(&whole)
	case FormatJSON, FormatUnknown:
		encoder := json.NewEncoder(&whole)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(c)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	_, err = whole.WriteTo(w)
	return err
}

// copyOf reads everything about one person. What has no words here is given as
// it is stored, so that a copy is never less than what is kept.
func (e *Engine) copyOf(ctx context.Context, ref tactful.Ref, now time.Time) (*rights.Copy, error) {
	c := &rights.Copy{Format: rights.CopyFormat, Made: now, Controller: e.cfg.Controller, Contact: e.cfg.Parties.Contact}
	subject, err := e.records.Open(ctx, ref, records.Want{Settings: true, Preferences: true, Contribution: true, Events: records.AllEvents}, now)
	if err != nil {
		return nil, err
	}
	c.Standing = []rights.Standing{standingOut(subject.Standing)}
	e.copyHistory(c, subject)
	for _, add := range []func(context.Context, *rights.Copy, tactful.Ref, time.Time) error{
		e.copyConsents, e.copyRemoved, e.copyPanel, e.copyReceipts, e.copyRequests, e.copyLooks, e.copyVisits, e.copyShowings, e.copyJoined, e.copyExposures, e.copyRest,
	} {
		if err := add(ctx, c, ref, now); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func consentOut(c *tactful.Consent) rights.Consent {
	return rights.Consent{
		ID: c.ID, Purpose: string(c.Purpose), Answer: c.Answer.String(), NoticeVersion: c.NoticeVersion, NoticeHash: c.NoticeHash,
		Language: c.Language, Method: c.Method, Jurisdiction: c.Jurisdiction, Time: c.Time, Expires: c.Expires, EnteredBy: c.EnteredBy, AgreedBy: c.AgreedBy,
	}
}

func standingOut(s *records.Standing) rights.Standing {
	out := rights.Standing{
		Consents: rights.Standings{LevelTime: s.Consents.LevelTime, GPC: s.Consents.GPC, Purposes: []rights.Consent{}},
		Minor:    s.Minor,
		Frozen:   s.Frozen, Objected: s.Objected, Paused: s.Paused, Cleared: s.Cleared, Erased: s.Erased, Held: s.Held, Created: s.Created, Changed: s.Changed,
	}
	if s.Consents.Level != tactful.LevelUnknown {
		out.Consents.Level = s.Consents.Level.String()
	}
	for _, purpose := range slices.Sorted(maps.Keys(s.Consents.Purposes)) {
		consent := s.Consents.Purposes[purpose]
		out.Consents.Purposes = append(out.Consents.Purposes, consentOut(&consent))
	}
	return out
}

func (e *Engine) copyHistory(c *rights.Copy, s *records.Subject) {
	items := e.ground.Load().items
	for i := range s.Events {
		event := &s.Events[i].Event
		out := rights.Event{
			Event: eventID(s.Events[i].Key), MessageID: event.MessageID, Action: event.Action.String(), Item: event.Item, Quantity: event.Quantity,
			Value: event.Value, Query: event.Query, Order: event.Order, Session: event.Session, Source: event.Source, Time: event.Time,
			Provenance: event.Provenance.String(), Properties: event.Properties,
		}
		if item := items.ByID(event.Item); item != nil {
			out.Title = item.Title
		}
		c.Events = append(c.Events, out)
	}
	for _, item := range slices.Sorted(maps.Keys(s.Settings)) {
		c.Settings = append(c.Settings, rights.Setting{Item: item, Setting: s.Settings[item].Setting.String(), Time: s.Settings[item].Time})
	}
	if p := s.Preferences; p != nil && !p.IsZero() {
		c.Preferences = []rights.Preferences{preferencesOut(p)}
	}
	if !s.Contribution.Empty() {
		c.Contribution = []rights.Contribution{e.contributionOut(s.Contribution)}
	}
}

func (e *Engine) contributionOut(in *linear.Contribution) rights.Contribution {
	items := e.ground.Load().items
	out := rights.Contribution{Epoch: in.Epoch, Weight: in.Weight, Items: []rights.Contributing{}}
	for _, entry := range in.Items {
		name := fmt.Sprintf("item number %d", entry.No)
		if item := items.ByNo(entry.No); item != nil {
			name = item.ID
		}
		out.Items = append(out.Items, rights.Contributing{Item: name, Quantity: entry.Quantity})
	}
	return out
}

func preferencesOut(p *tactful.Preferences) rights.Preferences {
	out := rights.Preferences{
		Needs: p.Needs, Languages: p.Languages, EasyReading: p.EasyReading, Discreet: p.Discreet, KeepOnDevice: p.KeepOnDevice, Place: p.Place.String(), Changed: p.Changed,
		Messages: rights.Messages{LessOften: p.Messages.LessOften, Zone: p.Messages.Zone, Quiet: rights.Hours{From: p.Messages.Quiet.From, Until: p.Messages.Quiet.Until}},
	}
	for topic, wish := range p.Topics {
		if out.Topics == nil {
			out.Topics = map[string]string{}
		}
		out.Topics[topic] = wish.String()
	}
	for name, days := range p.Occasions {
		if out.Occasions == nil {
			out.Occasions = map[string]rights.Occasion{}
		}
		out.Occasions[name] = rights.Occasion{From: dayOut(days.From), Until: dayOut(days.Until)}
	}
	for _, channel := range p.Messages.Only {
		out.Messages.Only = append(out.Messages.Only, string(channel))
	}
	if most, set := p.Messages.PerWeek.Most(); set {
		out.Messages.PerWeek = fmt.Sprint(most)
	}
	return out
}

func dayOut(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func (e *Engine) copyConsents(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	log, err := e.records.ConsentLog(ctx, ref, 0, now)
	if err != nil {
		return err
	}
	for i := range log {
		c.Consents = append(c.Consents, consentOut(&log[i]))
	}
	evidence, err := e.records.ConsentEvidence(ctx, ref, 0, now)
	if err != nil {
		return err
	}
	for i := range evidence {
		leaf := evidence[i].Leaf()
		c.Ledger = append(c.Ledger, rights.Proof{Consent: evidence[i].Consent.ID, Nonce: hex.EncodeToString(evidence[i].Nonce[:]), Leaf: hex.EncodeToString(leaf[:])})
	}
	return nil
}

func (e *Engine) copyRemoved(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	days, err := e.records.RemovedDays(ctx, ref, now)
	if err != nil {
		return err
	}
	for _, day := range days {
		c.Removed = append(c.Removed, rights.RemovedEvent{Day: dayOut(day)})
	}
	return nil
}

func (e *Engine) copyPanel(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	told, _, err := e.records.ReadPanel(ctx, ref, now)
	if err != nil {
		return err
	}
	if len(told) > 0 {
		c.Panel = []map[string]string{told}
	}
	return nil
}

func (e *Engine) copyReceipts(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	receipts, err := e.records.Receipts(ctx, ref, 0, now)
	if err != nil {
		return err
	}
	for _, r := range receipts {
		out := rights.Receipt{
			ID: r.ID, Time: r.Time, Placement: r.Placement.String(), Level: r.Level.String(), ModelVersion: r.ModelVersion, PolicyVersion: r.PolicyVersion,
			ConsentID: r.ConsentID, Integrity: rights.Integrity(r.Integrity),
		}
		for _, u := range r.Evidence {
			out.Evidence = append(out.Evidence, rights.Used{Item: u.Item, Action: u.Action.String(), Provenance: u.Provenance.String(), Day: dayOut(u.Day), Share: u.Share})
		}
		for _, s := range r.Shown {
			out.Shown = append(out.Shown, rights.Shown{Item: s.Item, Score: s.Score, Origin: s.Origin.String(), Reason: rights.Reason(s.Reason)})
		}
		for _, h := range r.Withheld {
			out.Withheld = append(out.Withheld, rights.Left(h))
		}
		out.Judged = e.copyJudged(r)
		out.Offer = copyOffer(r.Offer)
		c.Receipts = append(c.Receipts, out)
		for _, f := range r.Feedback {
			c.Reports = append(c.Reports, rights.Report{Receipt: r.ID, Kind: f.Kind.String(), Item: f.Item, Time: f.Time})
		}
	}
	return nil
}

func (e *Engine) copyRequests(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	said, err := e.records.AllSaid(ctx, ref, now)
	if err != nil {
		return err
	}
	list, err := e.told(ctx, ref, said, now)
	if err != nil {
		return err
	}
	at := map[string]*rights.Request{}
	for i := range list {
		at[list[i].ID] = &list[i].Request
	}
	for _, s := range said { // of all that was said, also where the request itself is gone by now
		id := s.Case.String()
		if n := len(c.Requests); n == 0 || c.Requests[n-1].Case != id {
			asked := rights.Asked{Case: id}
			if r := at[id]; r != nil {
				asked = rights.Asked{
					Case: id, Right: r.Kind.String(), State: r.State.String(), Channel: r.Channel.String(), Received: r.Received, Due: r.Due,
					Closed: r.Closed, Ground: r.Ground.String(),
				}
			}
			c.Requests = append(c.Requests, asked)
		}
		asked := &c.Requests[len(c.Requests)-1]
		if s.Detail != "" {
			asked.Detail = s.Detail
		}
		asked.Said = append(asked.Said, rights.Words{Time: s.Time, By: s.By, Text: s.Text})
	}
	return nil
}

func (e *Engine) copyLooks(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	looks, err := e.records.Looks(ctx, ref, 0, now)
	if err != nil {
		return err
	}
	for _, l := range looks {
		who := l.Name
		if l.Kind == tactful.ActorService {
			who = e.cfg.Looks.Website
		}
		c.Looks = append(c.Looks, rights.Look{Time: l.Time, Kind: l.Kind.String(), Who: who, Why: l.Reason, What: l.Opened.Words()})
	}
	return nil
}

func (e *Engine) copyVisits(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	ended, err := e.records.VisitsEnded(ctx, ref, now)
	if err == nil && !ended.IsZero() {
		c.Visits = append(c.Visits, rights.Visits{Ended: ended.UTC()})
	}
	return err
}

func (e *Engine) copyExposures(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	list, err := e.records.Exposures(ctx, ref, now)
	if err != nil {
		return err
	}
	state := e.lab.now.Load()
	for _, x := range list {
		name := hex.EncodeToString(x.Test[:])
		if t := state.byTest[x.Test]; t != nil {
			name = t.Registration.Name
		}
		c.Exposures = append(c.Exposures, rights.Exposure{Test: name, Variant: x.Arm, Time: x.Time, Left: x.Left})
	}
	return nil
}

// copyRest counts the names, which are kept as seals only, and gives every row
// that none of the others gave.
func (e *Engine) copyRest(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	rows, err := e.records.OpenRows(ctx, ref, now)
	if err != nil {
		return err
	}
	names, err := e.records.Names(ctx, ref, now)
	if err != nil {
		return err
	}
	for range names {
		c.Names = append(c.Names, rights.Name{Alias: "a sealed number"})
	}
	for i := range rows {
		if rows[i].Typed() {
			continue
		}
		place := "state " + hex.EncodeToString(rows[i].Key)
		if rows[i].Family == store.Log {
			place = "log " + hex.EncodeToString(rows[i].Key)
		}
		c.Other = append(c.Other, rights.Stored{Place: place, Value: base64.StdEncoding.EncodeToString(rows[i].Plain)})
	}
	return nil
}
