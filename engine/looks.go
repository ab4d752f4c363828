package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/records"
)

// Looks sets up what happens when somebody of the business opens one person's
// data: people see it, and nobody opens many.
type Looks struct {
	Website              string        `yaml:"website" doc:"how people read that one of your own servers opened their data to show it to them"`
	PeoplePerHour        int           `yaml:"people_per_hour" doc:"people whose data one operator may open within an hour; beyond it they are told to wait, and an alert goes to log and metrics"`
	ServicePeoplePerHour int           `yaml:"service_people_per_hour" doc:"the same for a key of your servers; set it above what your busiest hour needs"`
	AnswersPerPerson     int           `yaml:"answers_per_person" doc:"receipts, interests, consent proofs and copies of one person that may be asked for within a minute, whoever asks; beyond it: wait"`
	AnswersPerKey        int           `yaml:"answers_per_key" doc:"the same for one key, whoever they are about"`
	Keep                 time.Duration `yaml:"keep" doc:"how long people can see who looked"`
}

// Defaults fills what is not set.
func (l *Looks) Defaults() {
	set(&l.Website, "our website")
	set(&l.PeoplePerHour, 30)
	set(&l.ServicePeoplePerHour, 10_000)
	set(&l.AnswersPerPerson, 120)
	set(&l.AnswersPerKey, 3000)
	set(&l.Keep, 365*24*time.Hour)
}

// Validate returns all faults.
func (l *Looks) Validate() (faults []error) {
	between := func(field string, value, low, high float64) {
		if !(value >= low && value <= high) {
			faults = append(faults, tactful.InvalidField("engine.looks."+field, "is out of range", fmt.Sprintf("between %g and %g", low, high)))
		}
	}
	between("people_per_hour", float64(l.PeoplePerHour), 1, 1e5)
	between("service_people_per_hour", float64(l.ServicePeoplePerHour), 1, 1e6)
	between("answers_per_person", float64(l.AnswersPerPerson), 1, 1e5)
	between("answers_per_key", float64(l.AnswersPerKey), 1, 1e6)
	between("keep (hours)", l.Keep.Hours(), 24, 24*365*10)
	if len(l.Website) > tactful.MaxActorName || !tactful.PlainLine(l.Website) {
		faults = append(faults, tactful.InvalidField("engine.looks.website", "is too long or no plain line of text", "write a few words"))
	}
	return faults
}

// sameLook is how long an operator who goes on reading the same kind of one
// person's data for the same reason is still at the same look.
const sameLook = time.Minute

// findFor resolves an alias for somebody who is about to be shown that kind of
// the person's data. The look is on record when it returns; an error means that
// nothing may be shown.
func (e *Engine) findFor(ctx context.Context, a tactful.Alias, now time.Time, what tactful.Opened) (tactful.Ref, error) {
	ref, err := e.resolve(ctx, a, now)
	if err != nil {
		return tactful.Ref{}, err
	}
	if ref.IsZero() {
		return ref, e.probed(ctx, a, now)
	}
	err = e.opened(ctx, ref, what, now)
	if tactful.KindOf(err) == tactful.NotFound { // erased in between
		return tactful.Ref{}, nil
	}
	return ref, err
}

// findToChange resolves an alias for a change, which may show something too. An
// operator who changes something for somebody has a reason, and it is on
// record; a service only passes on what the person does, and what it is answered
// is a look like any other.
func (e *Engine) findToChange(ctx context.Context, a tactful.Alias, now time.Time, shows tactful.Opened) (tactful.Ref, error) {
	if tactful.ActorOf(ctx).Kind == tactful.ActorOperator {
		return e.findFor(ctx, a, now, tactful.OpenedToChange|shows)
	}
	if shows != 0 {
		return e.findFor(ctx, a, now, shows)
	}
	return e.resolve(ctx, a, now)
}

// findAllToChange is findToChange for many at once.
func (e *Engine) findAllToChange(ctx context.Context, aliases []tactful.Alias, now time.Time) ([]tactful.Ref, error) {
	if tactful.ActorOf(ctx).Kind != tactful.ActorOperator {
		return e.records.Lookup(ctx, aliases, now) // at one go
	}
	refs := make([]tactful.Ref, len(aliases))
	for i, a := range aliases {
		var err error
		if refs[i], err = e.findToChange(ctx, a, now, 0); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

// openedList records that an operator asked for a list made for somebody: its
// reasons name what they did. For a service the receipt of the list is the record.
func (e *Engine) openedList(ctx context.Context, a tactful.Alias, ref tactful.Ref, now time.Time) error {
	switch {
	case tactful.ActorOf(ctx).Kind != tactful.ActorOperator || a == (tactful.Alias{}):
		return nil
	case ref.IsZero():
		return e.probed(ctx, a, now)
	}
	return e.opened(ctx, ref, tactful.OpenedSuggestions, now)
}

func (e *Engine) resolve(ctx context.Context, a tactful.Alias, now time.Time) (tactful.Ref, error) {
	if err := a.Validate("subject"); err != nil {
		return tactful.Ref{}, err
	}
	refs, err := e.records.Lookup(ctx, []tactful.Alias{a}, now)
	if err != nil {
		return tactful.Ref{}, fmt.Errorf("find the subject: %w", err)
	}
	if err := e.bound(ctx, a, refs[0], now); err != nil {
		return tactful.Ref{}, err
	}
	return refs[0], nil
}

// opened records that whoever acts opens this person's data, before anything of
// it is answered. It refuses operators without a name or a reason, and keys
// that open too many people. The person's own looks and the engine's work are
// no looks. A caller who did not say who acts counts as one of the business's
// own programs.
func (e *Engine) opened(ctx context.Context, ref tactful.Ref, what tactful.Opened, now time.Time) error {
	a := tactful.ActorOf(ctx)
	switch a.Kind {
	case tactful.ActorPerson, tactful.ActorEngine:
		return nil
	case tactful.ActorOperator:
		return e.openedByOperator(ctx, a, ref, what, now)
	case tactful.ActorService, tactful.ActorUnknown:
	}
	a.Kind = tactful.ActorService
	return e.openedByService(ctx, a, ref, what, now)
}

// commandKey stands, with the name that was typed, for the key of operators who
// open the stores themselves.
const commandKey = "command"

// named refuses an operator who does not say who they are and why.
func named(a *tactful.Actor) error {
	if a.Name == "" || len(a.Name) > tactful.MaxActorName || !tactful.PlainLine(a.Name) {
		return tactful.InvalidField("--as", "is missing, too long or no plain line of text", "say who you are with --as NAME, or take a key that was made with --operator NAME; the person will see it")
	}
	if a.Key == "" {
		a.Key = commandKey + " " + access.PersonID(a.Name)
	}
	return tactful.CheckReason(a.Reason)
}

func (e *Engine) openedByOperator(ctx context.Context, a tactful.Actor, ref tactful.Ref, what tactful.Opened, now time.Time) error {
	if err := named(&a); err != nil {
		e.pace.count("refused", "no_reason")
		return err
	}
	p, err := e.paced(ctx, a, now)
	if err != nil {
		return err
	}
	if err := e.admitLook(p, a, ref, e.cfg.Looks.PeoplePerHour, now); err != nil {
		return err
	}
	missing := p.missing(ref, what, func(s *seen) bool { return s.reason == a.Reason && !passed(s.wrote, now, sameLook) })
	if missing == 0 {
		return nil
	}
	look := records.StoredLook{Key: a.Key, Look: tactful.Look{Time: now, Kind: a.Kind, Name: a.Name, Reason: a.Reason, Opened: missing}}
	if err := e.keepLook(ctx, ref, look); err != nil {
		return err
	}
	p.wrote(ref, a.Reason, what, now)
	e.pace.count("looks", a.Kind.String())
	return nil
}

func (e *Engine) openedByService(ctx context.Context, a tactful.Actor, ref tactful.Ref, what tactful.Opened, now time.Time) error {
	p, err := e.paced(ctx, a, now)
	if err != nil {
		return err
	}
	if a.Key != "" { // a program that embeds the engine has no key that could leak
		if err := e.admitLook(p, a, ref, e.cfg.Looks.ServicePeoplePerHour, now); err != nil {
			return err
		}
	}
	p.read(dayOf(now))
	e.pace.count("looks", a.Kind.String())
	missing := p.missing(ref, what, func(s *seen) bool { return dayOf(s.wrote) == dayOf(now) })
	if missing == 0 {
		return nil
	}
	for kind := tactful.Opened(1); kind <= missing && kind != 0; kind <<= 1 {
		if missing&kind == 0 {
			continue
		}
		look := records.StoredLook{Key: a.Key, Look: tactful.Look{Time: now, Kind: a.Kind, Name: a.Name, Opened: kind}}
		there, err := e.records.LookedToday(ctx, ref, look, now)
		if err == nil && !there {
			err = e.keepLook(ctx, ref, look)
		}
		if err != nil {
			return err
		}
	}
	p.wrote(ref, "", what, now)
	return nil
}

// keepLook writes a look; without it nothing is answered.
func (e *Engine) keepLook(ctx context.Context, ref tactful.Ref, look records.StoredLook) error {
	err := e.records.AppendLook(ctx, ref, look, e.latest.see(look.Time).Add(e.cfg.Looks.Keep))
	if err != nil {
		return fmt.Errorf("record the look: %w", err)
	}
	return nil
}

// probed counts an operator's question for somebody who is not known: trying out
// names is looking for people too.
func (e *Engine) probed(ctx context.Context, alias tactful.Alias, now time.Time) error {
	a := tactful.ActorOf(ctx)
	if a.Kind != tactful.ActorOperator {
		return nil
	}
	if err := named(&a); err != nil {
		e.pace.count("refused", "no_reason")
		return err
	}
	p, err := e.paced(ctx, a, now)
	if err != nil {
		return err
	}
	return e.admitLook(p, a, tactful.Ref(e.vault.AliasID(alias)), e.cfg.Looks.PeoplePerHour, now)
}

// sameVisit joins looks for one reason, so close to each other, into one entry.
const sameVisit = 10 * time.Minute

// Looks returns who opened a person's data, newest first, for the person to see.
// Looks of one operator for one reason within ten minutes are one entry, and so
// are those of one service on one day.
func (e *Engine) Looks(ctx context.Context, a tactful.Alias, limit int) ([]tactful.Look, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedLooks)
	if err != nil || ref.IsZero() {
		return nil, err
	}
	limit = min(max(limit, 1), maxListed)
	stored, err := e.records.Looks(ctx, ref, 4*limit, now)
	if err != nil {
		return nil, fmt.Errorf("read the looks: %w", err)
	}
	return e.entries(stored, limit), nil
}

func (e *Engine) entries(stored []records.StoredLook, limit int) []tactful.Look {
	type visit struct {
		kind      tactful.ActorKind
		key, name string
		reason    string
		day       int64 // of services
	}
	at := map[visit]int{}
	var list []tactful.Look
	for _, s := range stored {
		v := visit{kind: s.Kind, key: s.Key, name: s.Name, reason: s.Reason}
		if s.Kind == tactful.ActorService {
			v.day = dayOf(s.Time)
			s.Time, s.Name = time.Unix(v.day*24*60*60, 0).UTC(), e.cfg.Looks.Website
		}
		if i, ok := at[v]; ok && (s.Kind == tactful.ActorService || list[i].Time.Sub(s.Time) < sameVisit) {
			list[i].Opened |= s.Opened
			continue
		}
		at[v] = len(list)
		list = append(list, s.Look)
	}
	slices.SortStableFunc(list, func(a, b tactful.Look) int { return b.Time.Compare(a.Time) })
	return list[:min(len(list), limit)]
}

// saveReads writes how often services read, for `tactful breach`.
func (e *Engine) saveReads(ctx context.Context) error {
	var faults []error
	for _, r := range e.pace.takeReads() {
		expires := time.Unix((r.day+1)*24*60*60, 0).Add(e.cfg.Looks.Keep)
		if err := e.records.AddReads(ctx, r.key, r.day, r.reads, expires); err != nil {
			e.pace.giveBack(r)
			faults = append(faults, fmt.Errorf("write the counts of looks: %w", err))
		}
	}
	return errors.Join(faults...)
}

func dayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }
