package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/records"
)

// Ingest takes one delivery and says the fate of each event. The path is:
// decode, validate, minimise, consent (at collection), append, acknowledge. The
// error is for deliveries that cannot be read at all, and for operators; then nothing was stored.
func (e *Engine) Ingest(ctx context.Context, d Delivery) ([]Outcome, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if err := noCollector(ctx); err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	return e.ingest(ctx, d, nil)
}

// ingest is Ingest for whoever may; run is not nil for an import.
func (e *Engine) ingest(ctx context.Context, d Delivery, run *EventImport) ([]Outcome, error) {
	now := e.clock.Now()
	read, err := e.read(d, now)
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	intake := &intake{engine: e, now: now, items: read.Items, fates: make([]Outcome, len(read.Items)), people: map[tactful.Alias]*person{}, trust: d.Trust, gpc: d.GPC, run: run}
	for i := range intake.items {
		intake.fates[i] = Outcome{Index: intake.items[i].Index, MessageID: intake.items[i].MessageID}
	}
	if err := intake.meet(ctx); err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	if err := intake.settle(ctx); err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	outcomes := merge(intake.fates)
	e.tally.took(outcomes)
	return outcomes, nil
}

// read decodes, validates and minimises.
func (e *Engine) read(d Delivery, now time.Time) (ingest.Delivery, error) {
	switch d.Form {
	case Native:
		return e.rules.Native(d.Body, now)
	case SegmentBatch:
		return e.rules.Segment(d.Body, ingest.Batch, now)
	case SegmentIdentify:
		return e.rules.Segment(d.Body, ingest.Identify, now)
	case SegmentTrack:
		return e.rules.Segment(d.Body, ingest.Track, now)
	case SegmentPage:
		return e.rules.Segment(d.Body, ingest.Page, now)
	case SegmentScreen:
		return e.rules.Segment(d.Body, ingest.ScreenCall, now)
	case SegmentGroup:
		return e.rules.Segment(d.Body, ingest.Group, now)
	case SegmentAlias:
		return e.rules.Segment(d.Body, ingest.AliasCall, now)
	case FormUnknown:
	}
	return ingest.Delivery{}, tactful.Errorf(tactful.Internal, "a delivery of unknown form")
}

// intake is one delivery on its way through consent into the store.
type intake struct {
	engine  *Engine
	now     time.Time
	items   []ingest.Sent
	fates   []Outcome
	trust   Trust
	gpc     bool
	people  map[tactful.Alias]*person // one value for all names of one subject
	order   []tactful.Alias
	changed int          // people whose standing has been changed
	merged  int          // people whose history was joined to another's
	run     *EventImport // nil: no import
}

// meet finds the people of the delivery and heeds what it says about consent.
func (in *intake) meet(ctx context.Context) error {
	for i := range in.items {
		if in.foreign(&in.items[i]) {
			continue // nobody is looked up for it, so nothing can be told about them
		}
		for _, alias := range []tactful.Alias{in.items[i].Alias, in.items[i].Other} {
			if _, met := in.people[alias]; alias.ID != "" && !met {
				in.people[alias] = &person{alias: alias}
				in.order = append(in.order, alias)
			}
		}
	}
	refs, err := in.engine.records.Lookup(ctx, in.order, in.now)
	if err != nil {
		return fmt.Errorf("find the subjects: %w", err)
	}
	if err := in.stand(ctx, refs); err != nil {
		return err
	}
	if in.run != nil { // a file says nothing in anybody's name
		return in.announce(ctx)
	}
	if err := in.listen(ctx); err != nil {
		return err
	}
	for _, alias := range in.order {
		who := in.people[alias]
		if who.alias != alias {
			continue // another name of somebody who has been asked
		}
		if err := in.heed(ctx, who); err != nil {
			return err
		}
	}
	return nil
}

// stand reads the standings of everybody found, in one read. Whose history is joined
// to another's at this moment is found there.
func (in *intake) stand(ctx context.Context, refs []tactful.Ref) error {
	missing, err := in.standOnce(ctx, refs)
	if err != nil || !missing {
		return err
	}
	if refs, err = in.engine.records.Lookup(ctx, in.order, in.now); err != nil {
		return fmt.Errorf("find the subjects: %w", err)
	}
	_, err = in.standOnce(ctx, refs)
	return err
}

func (in *intake) standOnce(ctx context.Context, refs []tactful.Ref) (missing bool, err error) {
	var known []tactful.Ref
	for _, ref := range refs {
		if !ref.IsZero() {
			known = append(known, ref)
		}
	}
	standings, err := in.engine.records.ReadStanding(ctx, known, in.now)
	if err == nil && in.trust != Trusted { // a page must not learn from the time who is known
		err = in.engine.records.ReadNobody(ctx, len(refs)-len(known), in.now)
	}
	if err != nil {
		return false, fmt.Errorf("read consent: %w", err)
	}
	next := 0
	byRef := make(map[tactful.Ref]*person, len(known))
	for i, alias := range in.order {
		ref := refs[i]
		if ref.IsZero() {
			continue
		}
		if same := byRef[ref]; same != nil {
			in.people[alias] = same // what is said under one name holds for the others
		} else {
			who := in.people[alias]
			who.ref, who.standing, byRef[ref] = ref, standings[next], who
			missing = missing || who.standing == nil
		}
		next++
	}
	return missing, nil
}

// settle gives every event its fate and stores those that may be stored, durably.
func (in *intake) settle(ctx context.Context) error {
	var keep []int
	for i := range in.items {
		sent, fate := &in.items[i], &in.fates[i]
		who := in.people[sent.Alias]
		switch {
		case in.foreign(sent):
			fate.refuse(reasonNotPermitted, notPermitted())
			continue
		case in.run != nil && (sent.Task == ingest.Join || sent.Signal.Said()):
			fate.refuse(reasonNotPermitted, notInAFile())
			continue
		case who != nil && who.postponed:
			fate.refuse(reasonUnavailable, &tactful.Error{Detail: fmt.Sprintf("the delivery changes the consent of more than %d people", maxHeeded), Remedy: "send it again with the same messageId"})
			continue
		}
		if sent.Problem != nil {
			fate.refuse("invalid", sent.Problem)
			if sent.Problem.Kind == tactful.Refused {
				fate.Reason = "screened"
			}
			continue
		}
		switch sent.Task {
		case ingest.Ignore:
			fate.Status, fate.Reason = OutcomeIgnored, sent.Word
		case ingest.Join:
			if err := in.join(ctx, sent, fate); err != nil {
				return err
			}
		case ingest.Store:
			keep = append(keep, i)
		}
	}
	return in.keep(ctx, keep)
}

// keep stores these events of the delivery, if they may be. Whose standing
// changed after it was read is read and judged again: nothing is kept by a
// permission that ended before it was.
func (in *intake) keep(ctx context.Context, events []int) error {
	people := 0
	for try := range writeTries {
		if try > 0 {
			if err := in.standAgain(ctx, events); err != nil {
				return err
			}
		}
		entries, places := in.permitted(events)
		if len(entries) == 0 {
			return nil
		}
		fates, err := in.engine.records.AppendEvents(ctx, entries, in.engine.rules.Expires, in.now)
		if err != nil {
			return err
		}
		events = nil
		for n, list := range fates {
			for j, fate := range list {
				at := &in.fates[places[n][j]]
				switch {
				case fate == records.Overtaken, fate == records.NoSubject && try == 0: // perhaps another's by now
					events = append(events, places[n][j])
					continue
				case fate == records.NoSubject, fate == records.TooOld && in.trust != Trusted:
					// Only of somebody with a permission is it known that the retention is over.
					in.withhold(at, decision.BecauseNoSubject)
					continue
				}
				at.take(fate)
			}
		}
		people = max(people, len(entries))
		if len(events) == 0 {
			break
		}
	}
	for _, i := range events {
		in.fates[i].take(records.Overtaken)
	}
	in.engine.school.note(people)
	return nil
}

// permitted asks consent about each event, and gathers by person those that may
// be stored, with their places in the delivery.
func (in *intake) permitted(events []int) ([]records.SubjectEvents, [][]int) {
	var entries []records.SubjectEvents
	var places [][]int
	at := map[tactful.Ref]int{}
	for _, i := range events {
		sent, fate := &in.items[i], &in.fates[i]
		who := in.people[sent.Alias]
		because, purposes := in.collect(who)
		if because != decision.BecauseAllowed {
			in.withhold(fate, because)
			continue
		}
		if who.standing.Forgets(sent.Event.Time) {
			in.withholdRemoved(fate)
			continue
		}
		in.engine.rules.Keep(&sent.Event, purposes)
		n, ok := at[who.ref]
		if !ok {
			n = len(entries)
			at[who.ref] = n
			entries, places = append(entries, records.SubjectEvents{Ref: who.ref, Judged: who.standing.Version}), append(places, nil)
		}
		entries[n].Events, places[n] = append(entries[n].Events, sent.Event), append(places[n], i)
	}
	return entries, places
}

// standAgain reads once more who the people of these events are, and how they stand.
func (in *intake) standAgain(ctx context.Context, events []int) error {
	names := make([]tactful.Alias, len(events))
	for n, i := range events {
		names[n] = in.items[i].Alias
	}
	found, err := in.engine.records.Lookup(ctx, names, in.now)
	if err != nil {
		return fmt.Errorf("find the subjects: %w", err)
	}
	var refs []tactful.Ref
	for n, i := range events {
		if !found[n].IsZero() {
			in.people[names[n]].ref = found[n]
		}
		if ref := in.people[in.items[i].Alias].ref; !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	standings, err := in.engine.records.ReadStanding(ctx, refs, in.now)
	if err != nil {
		return fmt.Errorf("read consent: %w", err)
	}
	for _, i := range events {
		who := in.people[in.items[i].Alias]
		who.standing = standings[slices.Index(refs, who.ref)]
	}
	return nil
}

// withhold refuses an event for want of consent.
func (in *intake) withhold(fate *Outcome, because decision.Because) {
	if in.trust != Trusted {
		fate.refuse(reasonNotPermitted, notPermitted())
		return
	}
	fate.refuse(because.String(), noConsent(because))
}

// withholdRemoved refuses an event from before the person cleared their history,
// or was erased.
func (in *intake) withholdRemoved(fate *Outcome) {
	if in.trust != Trusted {
		fate.refuse(reasonNotPermitted, notPermitted())
		return
	}
	fate.refuse("removed", &tactful.Error{Kind: tactful.Refused, Detail: "the person removed their history up to a later time, or was erased since", Remedy: "send what happened since"})
}

// collect asks consent whether this person's events may be stored now.
func (in *intake) collect(who *person) (decision.Because, []tactful.Purpose) {
	switch {
	case who == nil || who.standing == nil:
		return decision.BecauseNoSubject, nil
	case who.barred:
		return decision.BecauseNoRecord, nil
	}
	c := in.engine.policy.Collect(in.engine.standing(who.standing, in.now), in.now)
	return c.Because, c.Purposes
}

// join makes two names one person. It needs the level full, of both where both have
// a history of their own: then the history of the second name is moved.
func (in *intake) join(ctx context.Context, sent *ingest.Sent, fate *Outcome) error {
	who, other, name := in.people[sent.Alias], in.people[sent.Other], sent.Other
	if who != nil && who.standing == nil && other != nil && other.standing != nil {
		who, other, name = other, who, sent.Alias
	}
	switch {
	case who == nil || who.standing == nil:
		fate.refuse(decision.BecauseNoSubject.String(), noConsent(decision.BecauseNoSubject))
	case in.engine.policy.Permit(in.engine.standing(who.standing, in.now), consent.Ask{Purpose: tactful.Recommendations}, in.now).Level != tactful.Full:
		fate.refuse("level", &tactful.Error{Kind: tactful.Refused, Detail: "joining names needs the level full", Remedy: "ask the person for the level full first"})
	case other != nil && other.ref == who.ref && !other.ref.IsZero():
		fate.Status = OutcomeDuplicate
	case other != nil && !other.ref.IsZero():
		return in.joinHistories(ctx, who, other, fate)
	default:
		if err := in.engine.inherit(ctx, who.ref, name, in.now); err != nil {
			return fmt.Errorf("join names: %w", err)
		}
		if err := in.engine.records.Link(ctx, name, who.ref, in.now); err != nil {
			return fmt.Errorf("join names: %w", err)
		}
		fate.Status = OutcomeAccepted
	}
	return nil
}

func noConsent(because decision.Because) *tactful.Error {
	return &tactful.Error{Kind: tactful.Refused, Detail: "there is no live permission to keep this event", Remedy: remedies[because.String()]}
}

// reasonUnavailable is of events that must be sent again.
const reasonUnavailable = "unavailable"

func (o *Outcome) refuse(reason string, err *tactful.Error) {
	o.Status, o.Reason, o.Field, o.Detail, o.Remedy = OutcomeRefused, reason, err.Field, err.Detail, err.Remedy
}

func (o *Outcome) take(fate records.Outcome) {
	switch fate {
	case records.Stored:
		o.Status = OutcomeAccepted
	case records.Duplicate:
		o.Status = OutcomeDuplicate
	case records.TooOld:
		o.refuse("too_old", &tactful.Error{Detail: "its retention is over already", Remedy: "send newer events, or keep them longer (ingest.retention)"})
	case records.NoSubject:
		o.refuse(decision.BecauseNoSubject.String(), noConsent(decision.BecauseNoSubject))
	case records.Unstored, records.Overtaken:
		o.refuse(reasonUnavailable, &tactful.Error{Detail: "it was not stored", Remedy: "send it again with the same messageId"})
	}
}

// merge makes one outcome of the lines of one order: what must be sent again
// stands above all, then accepted if any line was stored, a duplicate if any
// was there, else the first refusal. So a retry of an order that was accepted
// is a duplicate, also where one of its lines was refused.
func merge(fates []Outcome) []Outcome {
	var out []Outcome
	for _, fate := range fates {
		if n := len(out); n == 0 || out[n-1].Index != fate.Index {
			out = append(out, fate)
			continue
		}
		if last := &out[len(out)-1]; fate.rank() > last.rank() {
			*last = fate
		}
	}
	return out
}

func (o *Outcome) rank() int {
	switch o.Status {
	case OutcomeAccepted:
		return 3
	case OutcomeDuplicate:
		return 2
	case OutcomeRefused:
		if o.Reason == reasonUnavailable {
			return 4
		}
		return 1
	case OutcomeIgnored:
	}
	return 0
}

// dismiss keeps a dismissal as an event, if the person's consent covers events,
// so that the item is not pushed again.
func (e *Engine) dismiss(ctx context.Context, ref tactful.Ref, item, decisionID string, now time.Time) error {
	event := tactful.Event{
		MessageID: "dismissed-" + decisionID + "-" + item, Action: tactful.Dismissed, Item: item,
		Source: "web", Time: now, Provenance: tactful.Observed,
	}
	if _, _, err := e.keepOf(ctx, ref, []tactful.Event{event}, now); err != nil {
		return fmt.Errorf("keep a dismissal: %w", err)
	}
	e.school.note(1)
	return nil
}

// keepOf stores events of one person as far as how they stand allows it, which is
// judged again if it changed before they were stored. What the person removed up to
// a later time has no fate here; where nothing is allowed there are none, and why.
func (e *Engine) keepOf(ctx context.Context, ref tactful.Ref, events []tactful.Event, now time.Time) ([]records.Outcome, decision.Because, error) {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return nil, 0, fmt.Errorf("read consent: %w", err)
		}
		s := standings[0]
		if s == nil {
			return nil, decision.BecauseNoSubject, nil
		}
		collection := e.policy.Collect(e.standing(s, now), now)
		if !collection.Allowed() {
			return nil, collection.Because, nil
		}
		entry := records.SubjectEvents{Ref: ref, Judged: s.Version}
		for i := range events {
			if !s.Forgets(events[i].Time) {
				e.rules.Keep(&events[i], collection.Purposes)
				entry.Events = append(entry.Events, events[i])
			}
		}
		fates, err := e.records.AppendEvents(ctx, []records.SubjectEvents{entry}, e.rules.Expires, now)
		if err != nil {
			return nil, 0, err
		}
		if !slices.Contains(fates[0], records.Overtaken) {
			return fates[0], decision.BecauseAllowed, nil
		}
	}
	return nil, 0, tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}
