package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/internal/records"
)

// Question asks why a list is as it is, and what it would be if something were
// different. Nothing is written by it but the look of whoever asks.
type Question struct {
	Request   tactful.Request
	Synthetic *Synthetic // somebody made up, instead of Request.Subject
	WhatIf    *WhatIf    // nil: only as it is
}

// WhatIf is what should be different.
type WhatIf struct {
	Without []string       // items: what the person did with them, and the page's
	Level   tactful.Level  // LevelUnknown: as it is. Of a real person never above what they permit
	Rules   *[]policy.Rule // nil: as they are
}

// Synthetic is a person who does not exist.
type Synthetic struct {
	Level  tactful.Level // what they chose; they permit recommendations
	Minor  bool
	Events []SyntheticEvent
	Asked  []string // sensitive classes that they asked for
	Muted  []string // topics
}

// SyntheticEvent is something that they did.
type SyntheticEvent struct {
	Action tactful.Action
	Item   string
	Ago    time.Duration
}

// Answer explains a list as it is and, if asked, as it would be.
type Answer struct {
	Now    Explanation
	WhatIf *Explanation
}

// Explanation is one list with everything that was judged for it.
type Explanation struct {
	Level      tactful.Level
	Because    string // what bounded the level
	Model      string
	Policy     string // version of the business's own rules
	Note       string
	Evidence   []Ground
	Candidates []Explained // best first
}

// Ground is one thing that the list could rest on.
type Ground struct {
	Item       string
	Action     tactful.Action
	Provenance tactful.Provenance
	Page       bool // it came with the request
	Day        time.Time
	Weight     float64 // 0: it only keeps its item out
}

// Explained is one candidate with its fate.
type Explained struct {
	Item     string
	Title    string
	Origin   tactful.Origin
	Score    float64
	Place    int    // in the list, from 1; 0: not in it
	Guard    string // the first that stopped it; "" if none did
	Sentence string // why, for the customer: the reason it is shown, or why it is left out
	Detail   string // for the operator: the verdict of that guard
	Verdicts []Judged
}

// Judged is a verdict that is not a plain yes.
type Judged struct {
	Guard  string
	Ruling string
	Detail string
}

// Bounds of a question.
const (
	maxWithout   = 100
	maxSynthetic = 500
)

// Explain answers a question. About a real person only an operator asks, with a
// name and a reason, and that is on record with the person as a look; the person
// themself may too. It writes no receipt, counts as no exposure and teaches
// nothing.
func (e *Engine) Explain(ctx context.Context, q *Question) (*Answer, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	if err := e.checkQuestion(q, now); err != nil {
		return nil, err
	}
	if err := e.openedToExplain(ctx, q.Request.Subject, now); err != nil {
		return nil, err
	}
	answer := new(Answer)
	is, err := e.explained(ctx, q, nil, now)
	if err != nil {
		return nil, err
	}
	answer.Now = *is
	if q.WhatIf != nil {
		if answer.WhatIf, err = e.explained(ctx, q, q.WhatIf, now); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

func (e *Engine) checkQuestion(q *Question, now time.Time) error {
	if err := q.Request.Validate(); err != nil {
		return err
	}
	if err := ownTerms(&q.Request); err != nil {
		return err
	}
	if w := q.WhatIf; w != nil {
		if len(w.Without) > maxWithout {
			return tactful.InvalidField("whatIf.without", "has too many entries", fmt.Sprintf("name at most %d", maxWithout))
		}
		if w.Level > tactful.Full {
			return tactful.InvalidField("whatIf.level", "is unknown", "send generic, context, personal or full")
		}
		if w.Rules != nil {
			set := policy.Settings{Rules: *w.Rules, Changed: policy.Change{By: "a question", Why: "nothing is changed by this"}}
			if err := set.Validate(); err != nil {
				return under("whatIf.", err)
			}
		}
	}
	s := q.Synthetic
	if s == nil {
		return nil
	}
	if q.Request.Subject != (tactful.Alias{}) {
		return tactful.InvalidField("synthetic", "stands beside a real person", "send one of them")
	}
	if len(s.Events) > maxSynthetic || len(s.Asked)+len(s.Muted) > maxSynthetic {
		return tactful.InvalidField("synthetic", "has too many entries", fmt.Sprintf("send at most %d", maxSynthetic))
	}
	for i, did := range s.Events {
		if did.Ago < 0 || did.Ago > 100*366*24*time.Hour {
			return tactful.InvalidField(fmt.Sprintf("synthetic.events[%d].daysAgo", i), "is out of range", "send 0 to 36600")
		}
		if did.Action == tactful.ActionUnknown || did.Action == tactful.Searched || int(did.Action) >= tactful.Actions {
			return tactful.InvalidField(fmt.Sprintf("synthetic.events[%d].action", i), "is nothing that somebody does with an item", "send viewed, added, purchased and the like")
		}
	}
	return nil
}

// openedToExplain admits who may see why a list is as it is: one that is about
// nobody or somebody made up to everybody, as fast as they may ask.
func (e *Engine) openedToExplain(ctx context.Context, a tactful.Alias, now time.Time) error {
	if a == (tactful.Alias{}) {
		return e.rationed(ctx, tactful.Ref{}, now)
	}
	if err := explainable(ctx); err != nil {
		return err
	}
	kind := tactful.ActorOf(ctx).Kind
	ref, err := e.resolve(ctx, a, now)
	if err == nil {
		err = e.rationed(ctx, ref, now)
	}
	if err == nil && kind == tactful.ActorOperator {
		ref, err = e.findFor(ctx, a, now, tactful.OpenedSuggestions|tactful.OpenedHistory)
	}
	if err == nil && ref.IsZero() {
		err = tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	return err
}

// explainable refuses programs: why a real person's list is as it is tells more
// than the list.
func explainable(ctx context.Context) error {
	switch tactful.ActorOf(ctx).Kind {
	case tactful.ActorPerson, tactful.ActorEngine, tactful.ActorOperator:
		return nil
	case tactful.ActorService, tactful.ActorUnknown:
	}
	return &tactful.Error{Kind: tactful.Refused, Detail: "a list of a real person is explained to an operator with a name and a reason, not to a program",
		Remedy: `make a key of your own (tactful keys create --operator "YOUR NAME"), or send a synthetic person`}
}

// explained makes one list without writing anything.
func (e *Engine) explained(ctx context.Context, q *Question, other *WhatIf, now time.Time) (*Explanation, error) {
	work := new(bench) // of its own: nothing of it may stay
	r := q.Request
	guards, rules := e.guards, e.cfg.Guards.Policy.Rules
	if other != nil {
		if other.Level != tactful.LevelUnknown && (r.Level == tactful.LevelUnknown || other.Level < r.Level || q.Synthetic != nil) {
			r.Level = other.Level
		}
		r.Items = slices.DeleteFunc(slices.Clone(r.Items), func(id string) bool { return slices.Contains(other.Without, id) })
		if err := r.Validate(); err != nil { // a page of nothing
			return nil, err
		}
		if other.Rules != nil {
			set := e.cfg.Guards
			set.Policy = policy.Settings{Rules: *other.Rules, Changed: policy.Change{By: "a question", Why: "nothing is changed by this"}}
			guards, rules = guard.All(&set), *other.Rules
		}
	}
	ground := e.ground.Load()
	work.deeds.Number = ground.items.NumberOf
	subject, permit, err := e.consulted(ctx, work, q, other, &r, now)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	if subject != nil && other != nil && len(other.Without) > 0 {
		without := *subject
		without.Deeds = slices.DeleteFunc(slices.Clone(subject.Deeds), func(d decision.Deed) bool {
			return d.No != 0 && slices.ContainsFunc(other.Without, func(id string) bool { return ground.items.Number(id) == d.No })
		})
		subject = &without
	}
	c, _ := e.situation(work, ground, &r, subject, permit, now)
	candidates, order, err := e.choose(work, guards, ground, &c)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	out := &Explanation{Level: c.Permit.Level, Because: c.Permit.Because.String(), Model: ground.version(), Policy: RulesVersion(rules)}
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		if p.Listed == nil {
			continue
		}
		out.Evidence = append(out.Evidence, Ground{Item: p.Listed.ID, Action: p.Action, Provenance: p.Provenance, Page: p.Origin == decision.FromRequest,
			Day: p.Time.UTC().Truncate(24 * time.Hour), Weight: p.Weight})
	}
	places := make(map[int]int, len(order))
	for place, i := range order {
		places[i] = place + 1
	}
	for i := range candidates {
		out.Candidates = append(out.Candidates, e.fate(work, &c, guards, candidates, i, places[i]))
	}
	return out, nil
}

// consulted finds what is known of whom the question is about, and what of it may
// be used.
func (e *Engine) consulted(ctx context.Context, work *bench, q *Question, other *WhatIf, r *tactful.Request, now time.Time) (*records.Subject, decision.Permit, error) {
	if q.Synthetic == nil {
		_, subject, permit, err := e.admit(ctx, work, r, now)
		return subject, permit, err
	}
	subject := e.invent(q.Synthetic, work.deeds.Number, now)
	if other != nil && other.Level != tactful.LevelUnknown { // they choose it
		subject.Standing.Consents.Level = other.Level
	}
	want := r.Level
	if r.Placement == tactful.Popular {
		want = tactful.Generic
	}
	permit := e.policy.Permit(e.standing(subject.Standing, now), consent.Ask{Purpose: tactful.Recommendations, Want: want, GPC: r.GPC, Region: r.Region}, now)
	if permit.Level < tactful.Personal || !permit.Allowed {
		return nil, permit, nil // as of a real person, nothing more is looked at
	}
	return subject, permit, nil
}

// invent makes a person of a description, with the yes that it says they gave.
func (e *Engine) invent(s *Synthetic, number func([]byte) tactful.ItemNo, now time.Time) *records.Subject {
	consents := tactful.Consents{Level: s.Level, LevelTime: now, Purposes: map[tactful.Purpose]tactful.Consent{}}
	purposes := []tactful.Purpose{tactful.Recommendations}
	for _, class := range s.Asked {
		purposes = append(purposes, label.PurposeOf(class))
	}
	for _, purpose := range purposes {
		if notice, known := e.policy.Notice(purpose, e.cfg.Language); known {
			consents.Purposes[purpose] = tactful.Consent{ID: "synthetic", Purpose: purpose, Answer: tactful.Granted, NoticeVersion: notice.Version,
				NoticeHash: notice.Hash, Language: notice.Language, Method: "form", Time: now}
		}
	}
	subject := &records.Subject{Standing: &records.Standing{Consents: consents, Minor: s.Minor}}
	if len(s.Muted) > 0 {
		subject.Preferences = &tactful.Preferences{Topics: map[string]tactful.TopicWish{}}
		for _, topic := range s.Muted {
			subject.Preferences.Topics[topic] = tactful.WishMuted
		}
	}
	for i, did := range s.Events {
		key := decision.EventKey{}
		key[2], key[3] = byte(i>>8), byte(i)
		subject.Deeds = append(subject.Deeds, decision.Deed{Key: key, No: number([]byte(did.Item)), Action: did.Action, Provenance: tactful.Observed, Time: now.Add(-did.Ago)})
	}
	slices.SortStableFunc(subject.Deeds, func(a, b decision.Deed) int { return b.Time.Compare(a.Time) })
	return subject
}

// fate says what became of one candidate.
func (e *Engine) fate(work *bench, c *decision.Case, guards []guard.Guard, candidates []decision.Candidate, i, place int) Explained {
	x := &candidates[i]
	out := Explained{Origin: x.Origin, Score: x.Score, Place: place}
	if x.Item != nil {
		out.Item, out.Title = x.Item.ID, x.Item.Title
	}
	for g, judge := range guards {
		if v := work.rulings.Verdict(g, i); v.Ruling != decision.Allow {
			out.Verdicts = append(out.Verdicts, Judged{Guard: judge.Name(), Ruling: v.Ruling.String(), Detail: judge.Detail(v.Detail)})
		}
	}
	if by, v := work.rulings.Stopped(i); by != nil {
		out.Guard, out.Detail = by.Name(), by.Detail(v.Detail)
		out.Sentence = e.explainer.LeftOut(by.Name(), v.Detail, c.Request.Language)
		return out
	}
	if place > 0 {
		out.Sentence = e.reason(work, c, candidates, i).Sentence
	}
	return out
}
