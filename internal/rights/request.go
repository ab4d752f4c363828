package rights

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// Due says until when a request must be dealt with.
type Due struct {
	Confirm  time.Time // that it has come; zero: the law asks for no such thing
	Answer   time.Time
	Extended time.Time // if the person is told why before Answer; zero: never
	Law      string    // the row of the law that says so
}

// Clock is the law's: until when, where the person lives.
type Clock func(kind Kind, region string, received time.Time) Due

// By is who did something to a request.
type By struct {
	Kind tactful.ActorKind
	Name string // of an operator
	Key  string // id of the API key, "" if none was used
}

// Of is who acts.
func Of(a tactful.Actor) By { return By{Kind: a.Kind, Name: strings.TrimSpace(a.Name), Key: a.Key} }

// named reports whether a human of the business stands behind it.
func (b By) named() bool { return b.Kind == tactful.ActorOperator && b.Name != "" }

// same reports whether two operators may be one human: the same name, however
// written, or the same key.
func (b By) same(c By) bool {
	return access.PersonID(b.Name) == access.PersonID(c.Name) || b.Key != "" && b.Key == c.Key
}

// Made is who made the two keys of a release, nearest first.
type Made struct {
	Opener, Releaser []access.Maker
	Since            time.Time // when the releaser's key was made, to the second
}

func (m Made) oneHand(r *Request, by By) bool {
	among := func(who By, makers []access.Maker) bool {
		return slices.ContainsFunc(makers, func(m access.Maker) bool { return who.same(By{Name: m.Name, Key: m.Key}) })
	}
	if among(r.Opened, m.Releaser) || among(by, m.Opener) {
		return true
	}
	return !m.Since.Before(r.Received.Truncate(time.Second)) && slices.ContainsFunc(m.Releaser, func(a access.Maker) bool { return among(By{Name: a.Name, Key: a.Key}, m.Opener) })
}

// Request is one request as the business works on it. It holds nothing of the
// person: who it is about stands beside it as a reference, what was said stands
// with the person.
type Request struct {
	Kind     Kind
	Channel  Channel
	State    State
	Why      Why    // a second operator is needed, or was
	Region   string // where the person lives, "" if unknown
	Law      string // the row that sets the clock
	Received time.Time
	Since    time.Time // when its state last changed, zero: never since Received
	Confirm  time.Time // until when the person must hear that it has come, zero: the law asks for no such thing
	Heard    time.Time // when they heard, zero: not yet
	Due      time.Time
	Latest   time.Time // to which Due may be moved, zero: it may not
	Moved    bool      // Due was moved there, and the person was told why
	Closed   time.Time
	Ground   Ground // of a refusal
	Opened   By
	Told     By // who told them that it has come
	Taken    By // the operator who works on it, zero: none, it is the engine's
	Released By
	Ended    By
}

// Opening is how a request begins.
type Opening struct {
	Kind    Kind
	Channel Channel
	Region  string
	By      By
	Proved  bool // that it is them: by a session, by the business's server, or in the operator's own words
	Held    bool // too many of the kind came with one key
}

// Open begins a request. What an operator enters for somebody needs the
// operator's name; what the person does in their centre is proved by being there.
func Open(o Opening, clock Clock, now time.Time) (Request, error) {
	switch {
	case kindWords.of(int(o.Kind)) == kindWords[0]:
		return Request{}, tactful.InvalidField("kind", "is missing or unknown", "send "+strings.Join(kindWords[1:], ", "))
	case channelWords.of(int(o.Channel)) == channelWords[0]:
		return Request{}, tactful.InvalidField("channel", "is missing or unknown", "send "+strings.Join(channelWords[1:], ", "))
	case o.Channel.OnBehalf() && !o.By.named():
		return Request{}, needsName("what is entered on somebody's behalf")
	}
	if o.Channel == Centre && o.By.Kind != tactful.ActorPerson {
		return Request{}, &tactful.Error{Kind: tactful.Refused, Field: "channel", Detail: "only the person asks by their centre", Remedy: "send api for what they do on your pages"}
	}
	if o.By.Kind == tactful.ActorOperator && !o.Channel.OnBehalf() {
		return Request{}, &tactful.Error{Kind: tactful.Refused, Field: "channel", Detail: "an operator speaks for somebody, and a second one must agree", Remedy: "say how it came: phone, letter or representative"}
	}
	if o.Kind.Frees() && !o.Channel.OnBehalf() {
		return Request{}, tactful.InvalidField("right", "is only for what an operator enters for somebody", "whoever may do it does it at once: PUT consents, DELETE restriction, objection or pause, POST import")
	}
	due := clock(o.Kind, o.Region, now)
	r := Request{
		Kind: o.Kind, Channel: o.Channel, Region: o.Region, Law: due.Law,
		Received: now, Confirm: due.Confirm, Due: due.Answer, Latest: due.Extended, Opened: o.By,
	}
	if o.Channel == Centre { // the page that answers says so
		r.Heard, r.Told = now, By{Kind: tactful.ActorEngine}
	}
	if o.Channel.OnBehalf() {
		r.Why = ForSomebody
	}
	if o.Held {
		r.Why = ManyErasures
	}
	r.State = Proving
	if o.Proved {
		r.State = r.proved()
	}
	return r, nil
}

func needsName(what string) error {
	return &tactful.Error{Kind: tactful.Refused, Detail: what + " needs a named operator", Remedy: "act under your own name"}
}

// proved is the state of a request that is known to be the person's.
func (r *Request) proved() State {
	switch {
	case r.Why != NoReason && r.Released == (By{}):
		return Waiting
	case r.Kind == Review:
		return Received
	}
	return InProgress
}

func (r *Request) must(states ...State) error {
	for _, s := range states {
		if r.State == s {
			return nil
		}
	}
	return &tactful.Error{Kind: tactful.Conflict, Detail: fmt.Sprintf("the request is %s", strings.ReplaceAll(r.State.String(), "_", " ")), Remedy: "read it again"}
}

// Prove notes that the person has shown that it is them.
func (r *Request) Prove() error {
	if err := r.must(Proving); err != nil {
		return err
	}
	r.State = r.proved()
	return nil
}

// Release is the second pair of eyes: another named operator than the one who
// entered it, and never the key that asked. Two keys of which one was made with
// the other are one pair of eyes, and so are two of one maker if the second is
// younger than the request: the makers of both keys say so.
func (r *Request) Release(by By, made Made) error {
	if err := r.must(Waiting); err != nil {
		return err
	}
	if !by.named() {
		return needsName("a release")
	}
	if by.same(r.Opened) || made.oneHand(r, by) {
		return &tactful.Error{Kind: tactful.Refused, Detail: "a request is never released by who entered it", Remedy: "ask another operator to look at it, with a key of their own"}
	}
	r.Released = by
	r.State = r.proved()
	return nil
}

// ConfirmReceipt notes that the person was told that the request has come, and how it
// goes on (11 CCR 7021(a)): by a named operator. Telling it twice changes nothing.
func (r *Request) ConfirmReceipt(by By, now time.Time) error {
	switch err := r.must(Received, Proving, Waiting, InProgress); {
	case err != nil:
		return err
	case !by.named():
		return needsName("a confirmation")
	case r.Heard.IsZero():
		r.Heard, r.Told = now, by
	}
	return nil
}

// Unconfirmed reports whether the person must still hear that it has come.
func (r *Request) Unconfirmed() bool {
	return !r.State.Closed() && !r.Confirm.IsZero() && r.Heard.IsZero()
}

// Next is the next date by which something is due: the confirmation, then the answer.
func (r *Request) Next() time.Time {
	if r.Unconfirmed() && r.Confirm.Before(r.Due) {
		return r.Confirm
	}
	return r.Due
}

// Hold sends a request that needs more than a machine can do to the operators.
func (r *Request) Hold() error {
	if err := r.must(InProgress); err != nil {
		return err
	}
	r.State = Received
	return nil
}

// Return sends a request that was cut short, and cannot be carried out without
// the one who released it, back to before its release.
func (r *Request) Return() error {
	if err := r.must(InProgress); err != nil {
		return err
	}
	r.Released = By{}
	r.State = r.proved()
	return nil
}

// Take says that an operator works on it now.
func (r *Request) Take(by By) error {
	if err := r.must(Received); err != nil {
		return err
	}
	if !by.named() {
		return needsName("taking a request")
	}
	r.State, r.Taken = InProgress, by
	return nil
}

// Finish ends a request that was carried out or answered.
func (r *Request) Finish(by By, now time.Time) error {
	if err := r.must(Received, InProgress); err != nil {
		return err
	}
	r.State, r.Ended, r.Closed = Done, by, now
	return nil
}

// Refuse ends a request with a reason, under a name.
func (r *Request) Refuse(by By, ground Ground, now time.Time) error {
	switch err := r.must(Received, Proving, Waiting, InProgress); {
	case err != nil:
		return err
	case groundWords.of(int(ground)) == "":
		return tactful.InvalidField("ground", "is missing or unknown", "send "+strings.Join(groundWords[1:], ", "))
	case !by.named():
		return needsName("a refusal")
	}
	r.State, r.Ground, r.Ended, r.Closed = Refused, ground, by, now
	return nil
}

// MayCancel reports whether a request can still be taken back. An erasure that
// has begun goes on.
func (r *Request) MayCancel() bool {
	return !r.State.Closed() && (r.Kind != Erasure || r.State != InProgress)
}

// Cancel takes a request back: the person theirs, whatever way it came; a named
// operator only what an operator entered, and a service only what a service
// sent. What the person asked for themself the business can refuse, with a
// ground, and never cancel. Time does neither.
func (r *Request) Cancel(by By, now time.Time) error {
	if !r.MayCancel() {
		return r.must()
	}
	switch {
	case by.Kind == tactful.ActorPerson:
	case by.named() && r.Channel.OnBehalf():
	case by.Kind == tactful.ActorService && r.Channel == API && r.Opened.Kind == tactful.ActorService:
	default:
		return &tactful.Error{Kind: tactful.Refused, Detail: "it is not yours to cancel", Remedy: "answer or refuse it; only the person cancels what they asked for"}
	}
	r.State, r.Ended, r.Closed = Cancelled, by, now
	return nil
}

// Extend moves the date on which the answer is due to the latest that the law
// allows; the person must be told why before.
func (r *Request) Extend(by By, now time.Time) error {
	switch err := r.must(Received, Proving, Waiting, InProgress); {
	case err != nil:
		return err
	case !by.named():
		return needsName("an extension")
	case r.Moved || r.Latest.IsZero():
		return tactful.Errorf(tactful.Refused, "the law allows no later date")
	case now.After(r.Due):
		return tactful.Errorf(tactful.Refused, "the date has passed: it can no longer be moved")
	}
	r.Due, r.Moved = r.Latest, true
	if r.Heard.IsZero() { // who hears why it takes longer has heard that it came
		r.Heard, r.Told = now, by
	}
	return nil
}

// Overdue reports whether the answer, or the word that the request has come, is late.
func (r *Request) Overdue(now time.Time) bool { return !r.State.Closed() && now.After(r.Next()) }

// Soon is how long before its date a request is brought to mind.
const Soon = 7 * 24 * time.Hour

// DueSoon reports whether the answer, or the word that it has come, is due within Soon.
func (r *Request) DueSoon(now time.Time) bool {
	next := r.Next()
	return !r.State.Closed() && !now.After(next) && next.Sub(now) <= Soon
}

// Overtaken ends a request of somebody who has been erased. An erasure is done by
// that, whatever way it came; of all else there is nothing left to answer with.
func (r *Request) Overtaken(now time.Time) {
	if r.State.Closed() {
		return
	}
	r.State, r.Ended, r.Closed = Done, By{Kind: tactful.ActorEngine}, now
	if r.Kind != Erasure {
		r.State, r.Ground = Refused, NothingThere
	}
}

// Stranded reports whether the engine began to carry a request out so long ago
// that it must have been cut short. What an operator has taken is theirs.
func (r *Request) Stranded(after time.Duration, now time.Time) bool {
	begun := r.Received
	if r.Since.After(begun) {
		begun = r.Since
	}
	past := now.Sub(begun)
	return r.State == InProgress && r.Taken == (By{}) && (past > after || past < -after) // or the clock was wrong when it began
}
