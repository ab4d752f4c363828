package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/records"
)

// maxHeeded is how many people's consent one delivery may change: each costs a
// write of its own. Events of others beyond are to be sent again.
const maxHeeded = 100

// heard is what one message says about consent.
type heard struct {
	signal decision.Signal
	again  bool // the message was stored before: its yes has been heard
}

// person is one subject that a delivery speaks of, under whatever names.
type person struct {
	alias     tactful.Alias // the first name that the delivery uses
	ref       tactful.Ref
	standing  *records.Standing // nil: nobody is known by that name
	barred    bool              // a no, or an object that nobody can read, denies this delivery
	postponed bool              // too many changes in one delivery
	heard     []heard
}

// listen collects what the delivery says about consent, person by person.
func (in *intake) listen(ctx context.Context) error {
	type question struct {
		who *person
		at  int // in who.heard
	}
	var asked []question
	var entries []records.SubjectEvents
	for i := range in.items {
		sent := &in.items[i]
		who := in.people[sent.Alias]
		if who == nil || in.foreign(sent) {
			continue
		}
		who.barred = who.barred || sent.Signal.Broken || sent.Signal.Mode.Bars()
		if !sent.Signal.Said() {
			continue
		}
		if in.trust == Trusted && sent.Task == ingest.Store && sent.Problem == nil && who.standing != nil {
			asked = append(asked, question{who, len(who.heard)})
			entries = append(entries, records.SubjectEvents{Ref: who.ref, Events: []tactful.Event{sent.Event}})
		}
		who.heard = append(who.heard, heard{signal: sent.Signal})
	}
	stored, err := in.engine.records.StoredBefore(ctx, entries, in.now)
	if err != nil {
		return fmt.Errorf("look for repeated events: %w", err)
	}
	for i, q := range asked {
		q.who.heard[q.at].again = stored[i][0]
	}
	return nil
}

// heed lets what was heard change how a person stands: in one write, whatever
// the number of messages. A subject is made only for a yes: somebody unknown
// who says no leaves no trace.
func (in *intake) heed(ctx context.Context, who *person) error {
	prev := &records.Standing{}
	if who.standing != nil {
		prev = who.standing
	}
	if in.trust != Trusted {
		return in.heedUntrusted(ctx, who, prev.Consents)
	}
	if len(who.heard) == 0 && !in.gpc {
		return nil
	}
	judge := func(prev *records.Standing) (consent.Applied, error) { return in.judge(who, prev) }
	applied, err := judge(prev)
	if err == nil && who.standing == nil && grants(applied.Appended) { // only who might be made is looked up
		if prev, err = in.engine.stranger(ctx, who.alias, in.now); err == nil {
			applied, err = judge(prev)
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("apply consent: %w", err)
	case sameStanding(prev.Consents, applied.Next), who.standing == nil && !grants(applied.Appended):
		return nil
	case in.changed >= maxHeeded:
		who.postponed = true
		return nil
	}
	in.changed++
	if who.standing == nil {
		if who.ref, err = in.engine.welcome(ctx, who.alias, in.now); err != nil {
			return fmt.Errorf("make the subject: %w", err)
		}
	}
	if _, _, err := in.engine.change(ctx, who.ref, judge, in.now); err != nil {
		return err
	}
	standings, err := in.engine.records.ReadStanding(ctx, []tactful.Ref{who.ref}, in.now)
	if err != nil {
		return fmt.Errorf("read consent: %w", err)
	}
	who.standing = standings[0]
	return nil
}

// judge applies all that was heard, in the order sent. Only what stands at the
// end is recorded: what one delivery says and takes back leaves one record.
func (in *intake) judge(who *person, prev *records.Standing) (consent.Applied, error) {
	total, stands := consent.Applied{Next: prev.Consents}, *prev
	for _, h := range who.heard {
		change := in.engine.policy.Heed(total.Next, h.signal, in.now)
		if h.again {
			change = change.Noes(total.Next)
		}
		stands.Consents = total.Next
		applied, err := in.engine.apply(&stands, change, in.now)
		if err != nil {
			return consent.Applied{Next: prev.Consents}, err
		}
		total.Next = applied.Next
		total.Appended = append(total.Appended, applied.Appended...)
		total.Refused = append(total.Refused, applied.Refused...)
	}
	total.Next.GPC = total.Next.GPC || in.gpc
	total.Appended = slices.DeleteFunc(total.Appended, func(c tactful.Consent) bool { return total.Next.Purposes[c.Purpose].ID != c.ID })
	return total, nil
}

// heedUntrusted hears only noes, and only for this delivery: nothing is
// recorded of what everybody could have sent in this person's name. Global Privacy
// Control of a browser that we know is: law binds whoever gets it, it only stops
// things, and the person can take it back.
func (in *intake) heedUntrusted(ctx context.Context, who *person, prev tactful.Consents) error {
	for _, h := range who.heard {
		noes := in.engine.policy.Heed(prev, h.signal, in.now).Noes(prev)
		who.barred = who.barred || noes.Level != tactful.LevelUnknown && noes.Level < tactful.Personal
		for i := range noes.Answers {
			purpose := noes.Answers[i].Purpose
			who.barred = who.barred || purpose == tactful.Recommendations || purpose == tactful.Improvement
		}
	}
	if !in.gpc || who.standing == nil || who.standing.Consents.GPC {
		return nil
	}
	careful := *who.standing
	careful.Consents.GPC = true
	who.standing = &careful
	if in.changed >= maxHeeded {
		return nil // it comes again with the next delivery
	}
	in.changed++
	return in.engine.keepGPC(ctx, who.ref, in.now)
}

// foreign reports whether an entry asks for what an untrusted delivery may not
// do: speak in the name of an account, or join names.
func (in *intake) foreign(sent *ingest.Sent) bool {
	return in.trust != Trusted && (sent.Task == ingest.Join || sent.Alias.ID != "" && sent.Alias.Kind != tactful.Anonymous)
}

// reasonNotPermitted is the one word for every refusal that depends on who
// somebody is, where everybody could have sent the event: two words would tell
// a stranger how a person stands.
const reasonNotPermitted = "not_permitted"

func notPermitted() *tactful.Error {
	return &tactful.Error{
		Kind: tactful.Refused, Detail: "a browser key keeps events only under an anonymousId whose permission is on record",
		Remedy: "send events of accounts, consents and joined names from your server, with a key of the scope write or rights",
	}
}

func grants(appended []tactful.Consent) bool {
	return slices.ContainsFunc(appended, func(c tactful.Consent) bool { return c.Answer == tactful.Granted })
}
