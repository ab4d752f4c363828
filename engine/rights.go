package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// RightRequest is what somebody asks for, by which way, and in what words.
// Who asks is the context's actor.
type RightRequest struct {
	Subject tactful.Alias
	Kind    rights.Kind
	Channel rights.Channel
	Region  string // where the person lives (ISO 3166), "" if unknown
	Text    string // what they said, in words
	Detail  rights.Detail
}

// Right is one request as whoever may read the person's words sees it.
type Right struct {
	ID string
	rights.Request
	Text    string        // what was asked, in words
	Detail  rights.Detail // what exactly
	Answers []Answered    // what the business said, oldest first
}

// Answered is what an operator said to a request.
type Answered struct {
	Time time.Time
	By   string
	Text string
}

// How many open requests there are of one person at most: those they made
// themself, and those that each operator or key made of them. They are counted
// apart, so that nobody uses up what the person may ask.
const (
	maxRights       = 100
	maxRightsOfThem = 20
)

// OpenRight takes a request and, where a machine can do it and nobody else must
// look first, carries it out before it answers. Requests never block each
// other: the same may be asked twice, by different ways, and each goes its own way.
func (e *Engine) OpenRight(ctx context.Context, r RightRequest) (Right, error) {
	if err := e.enter(); err != nil {
		return Right{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	if err := r.Detail.Validate(r.Kind); err != nil {
		return Right{}, err
	}
	if err := rights.ValidText("text", r.Text); err != nil {
		return Right{}, err
	}
	ref, err := e.findToChange(ctx, r.Subject, now, 0)
	if err == nil && ref.IsZero() && !r.Kind.Frees() {
		err = tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	if err != nil {
		return Right{}, err
	}
	if r.Kind == rights.Review {
		if err := e.ownsReceipt(ctx, ref, r.Detail.Receipt, now); err != nil {
			return Right{}, err
		}
	}
	by := rights.Of(tactful.ActorOf(ctx))
	opening := rights.Opening{
		Kind: r.Kind, Channel: r.Channel, Region: r.Region, By: by,
		Proved: !r.Channel.OnBehalf() || r.Detail.Proof != "",
	}
	if r.Kind.Frees() {
		if ref, err = e.enterFor(ctx, ref, &r, opening, now); err != nil {
			return Right{}, err
		}
	}
	whole := r.Kind == rights.Erasure || r.Kind == rights.Withdrawal && r.Detail.Selection != nil && r.Detail.Selection.Whole()
	if whole && !r.Channel.OnBehalf() { // what is entered for somebody waits anyway
		if opening.Held, err = e.tooManyErasures(ctx, by, 1, now); err != nil {
			return Right{}, err
		}
	}
	return e.open1(ctx, ref, opening, r, now)
}

// open1 opens one request of somebody known.
func (e *Engine) open1(ctx context.Context, ref tactful.Ref, opening rights.Opening, r RightRequest, now time.Time) (Right, error) {
	request, err := rights.Open(opening, e.cfg.Rights.lawClock, now)
	if err != nil {
		return Right{}, err
	}
	most := maxRights
	if opening.By.Kind != tactful.ActorPerson {
		most = maxRightsOfThem
	}
	if n, err := e.openRights(ctx, ref, opening.By, now); err != nil {
		return Right{}, err
	} else if n >= most && opening.Kind != rights.Objection && opening.Kind != rights.Restriction { // a stop is never one too many
		return Right{}, &tactful.Error{Kind: tactful.Refused, Detail: fmt.Sprintf("there are %d open requests of this person", n), Remedy: "answer or cancel some of them first"}
	}
	detail, err := r.Detail.Encode()
	if err != nil {
		return Right{}, fmt.Errorf("open a request: %w", err)
	}
	c := &records.Case{Ref: ref}
	if c.ID, err = e.records.NewCaseID(); err != nil {
		return Right{}, fmt.Errorf("open a request: %w", err)
	}
	author := opening.By.Name
	if !opening.Channel.OnBehalf() {
		author = tactful.ActorPerson.String()
	}
	// The words first: a request is never in the queue without them.
	said := records.Said{Case: c.ID, Time: now, By: author, Text: r.Text, Detail: detail}
	if err := e.records.AppendSaid(ctx, ref, &said, now); err != nil {
		return Right{}, fmt.Errorf("open a request: %w", err)
	}
	if err := e.keepCase(ctx, c, &request); err != nil {
		return Right{}, fmt.Errorf("open a request: %w", err)
	}
	e.log.Info("a request was opened", "request", c.ID.String(), "kind", request.Kind.String(), "channel", request.Channel.String(), "state", request.State.String(), "due", request.Due)
	if request.State == rights.InProgress {
		if request, err = e.perform(ctx, c.ID, r.Detail, now); err != nil {
			return Right{}, err
		}
	}
	return Right{ID: c.ID.String(), Request: request, Text: r.Text, Detail: r.Detail}, nil
}

// ownsReceipt refuses a review of a decision about somebody else, as if there
// were none.
func (e *Engine) ownsReceipt(ctx context.Context, ref tactful.Ref, id string, now time.Time) error {
	_, whose, err := e.records.Receipt(ctx, id, now)
	if err == nil && whose != ref {
		err = tactful.Errorf(tactful.NotFound, "there is no such receipt")
	}
	return err
}

// keepCase writes a request; closed ones are forgotten after the configured time.
func (e *Engine) keepCase(ctx context.Context, c *records.Case, r *rights.Request) error {
	body, err := r.Encode()
	if err != nil {
		return err
	}
	c.Body = body
	var expires time.Time
	if r.State.Closed() {
		expires = r.Closed.Add(e.cfg.Rights.Keep)
	}
	return e.records.WriteCase(ctx, c, expires)
}

// step reads a request, lets it be changed, and writes it, again if somebody
// else was faster.
func (e *Engine) step(ctx context.Context, id records.CaseID, now time.Time, change func(*records.Case, *rights.Request) error) (*records.Case, rights.Request, error) {
	for range writeTries {
		found, err := e.records.ReadCases(ctx, []records.CaseID{id}, now)
		if err != nil {
			return nil, rights.Request{}, err
		}
		c := found[0]
		if c == nil {
			return nil, rights.Request{}, tactful.Errorf(tactful.NotFound, "there is no such request")
		}
		r, err := rights.Decode(c.Body)
		if err != nil {
			return nil, rights.Request{}, fmt.Errorf("read a request: %w", err)
		}
		before := r.State
		if err := change(c, &r); err != nil {
			return nil, rights.Request{}, err
		}
		if r.State != before {
			r.Since = e.clock.Now()
		}
		err = e.keepCase(ctx, c, &r)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		return c, r, err
	}
	return nil, rights.Request{}, tactful.Errorf(tactful.Conflict, "the request is changing too fast; try again")
}

// openRights counts the open requests of a person that the same one opened: the
// person, or the operator or key.
func (e *Engine) openRights(ctx context.Context, ref tactful.Ref, by rights.By, now time.Time) (int, error) {
	list, err := e.rightsOf(ctx, ref, now)
	n := 0
	for i := range list {
		opened := list[i].Opened
		same := opened.Kind == by.Kind && (by.Kind == tactful.ActorPerson || opened.Name == by.Name && opened.Key == by.Key)
		if same && !list[i].State.Closed() {
			n++
		}
	}
	return n, err
}

// Rights returns a person's requests, newest first, with every word said in
// them; none for nobody. Restriction does not hide them.
func (e *Engine) Rights(ctx context.Context, a tactful.Alias) ([]Right, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedRequests)
	if err != nil || ref.IsZero() {
		return nil, err
	}
	return e.rightsOf(ctx, ref, now)
}

func (e *Engine) rightsOf(ctx context.Context, ref tactful.Ref, now time.Time) ([]Right, error) {
	said, err := e.records.AllSaid(ctx, ref, now)
	if err != nil {
		return nil, err
	}
	return e.told(ctx, ref, said, now)
}

// told joins what was said with how the requests stand. Words whose request
// was never stored, since the process ended between the two, count as unsaid.
func (e *Engine) told(ctx context.Context, ref tactful.Ref, said []records.Said, now time.Time) ([]Right, error) {
	var ids []records.CaseID
	for _, s := range said {
		if len(ids) == 0 || ids[len(ids)-1] != s.Case { // they come request by request
			ids = append(ids, s.Case)
		}
	}
	cases, err := e.records.ReadCases(ctx, ids, now)
	if err != nil {
		return nil, err
	}
	var list []Right
	for i, id := range ids {
		if cases[i] == nil || cases[i].Ref != ref {
			continue
		}
		right := Right{ID: id.String()}
		if right.Request, err = rights.Decode(cases[i].Body); err != nil {
			return nil, fmt.Errorf("read a request: %w", err)
		}
		for _, s := range said {
			switch {
			case s.Case != id:
			case s.Entry == [8]byte{}:
				right.Text = s.Text
				if right.Detail, err = rights.DecodeDetail(s.Detail); err != nil {
					return nil, fmt.Errorf("read a request: %w", err)
				}
			default:
				right.Answers = append(right.Answers, Answered{Time: s.Time, By: s.By, Text: s.Text})
			}
		}
		slices.SortStableFunc(right.Answers, func(a, b Answered) int { return a.Time.Compare(b.Time) })
		list = append(list, right)
	}
	slices.SortStableFunc(list, func(a, b Right) int { return b.Received.Compare(a.Received) })
	return list, nil
}

// workingOn gives an operator who works on a request a reason to open the
// person's words, where they have not said another.
func workingOn(ctx context.Context, id string) context.Context {
	a := tactful.ActorOf(ctx)
	if a.Reason == "" {
		a.Reason = "working on request " + id
	}
	return tactful.WithActor(ctx, a)
}

// Right returns one request with the person's words: it opens one person's
// data. Of somebody erased only the request itself is left.
func (e *Engine) Right(ctx context.Context, id string) (Right, error) {
	if err := e.enter(); err != nil {
		return Right{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	name, err := records.ParseCaseID(id)
	if err != nil {
		return Right{}, err
	}
	found, err := e.records.ReadCases(ctx, []records.CaseID{name}, now)
	if err != nil {
		return Right{}, err
	}
	if found[0] == nil {
		return Right{}, tactful.Errorf(tactful.NotFound, "there is no such request")
	}
	right := Right{ID: id}
	if right.Request, err = rights.Decode(found[0].Body); err != nil {
		return Right{}, fmt.Errorf("read a request: %w", err)
	}
	if found[0].Ref.IsZero() {
		return right, nil
	}
	err = e.opened(workingOn(ctx, id), found[0].Ref, tactful.OpenedRequests, now)
	if tactful.KindOf(err) == tactful.NotFound && err != nil { // erased
		return right, nil
	}
	if err != nil {
		return Right{}, err
	}
	said, err := e.records.AllSaid(ctx, found[0].Ref, now)
	if tactful.KindOf(err) == tactful.NotFound { // erased
		return right, nil
	}
	if err != nil {
		return Right{}, err
	}
	said = slices.DeleteFunc(said, func(s records.Said) bool { return s.Case != name })
	list, err := e.told(ctx, found[0].Ref, said, now)
	if err == nil && len(list) == 1 {
		right = list[0]
	}
	return right, err
}
