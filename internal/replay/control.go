package replay

import (
	"context"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/rights"
)

// control is one thing that people can do about their lists.
type control struct {
	name string
	// use does it for somebody, and returns how to take it back. nil: everybody
	// does it together, at the end.
	use func(ctx context.Context, e *engine.Engine, who tactful.Alias, t *target) (undo func() error, err error)
	// left says whether the list after it still has something of what was to go.
	left func(t *target, after *outlook) bool
	// plain says the same of a plain recommender that hides what was clicked on
	// and knows no more of controls.
	plain func(t *target) bool
	final bool // cannot be taken back
}

// target is what somebody takes out: chosen from their own list and its receipt.
type target struct {
	before   *outlook
	evidence string                   // an item with one of the largest shares in the list
	topic    string                   // the general category of the first suggestion
	interest string                   // that of the evidence
	items    map[string]*tactful.Item // the catalogue
	shared   []string                 // the list that is the same for everybody
	unused   *outlook                 // the list after "don't use this"
}

// outlook is a list with its receipt.
type outlook struct {
	decision *tactful.Decision
	receipt  *tactful.Receipt
}

// listed is how long a list is that people look at; one more is asked for, to
// see what a plain recommender puts in the place of what it hides.
const listed = 10

// rests reports whether the list rests on what somebody did with an item.
func (o *outlook) rests(on func(item string) bool) bool {
	for _, used := range o.receipt.Evidence {
		if on(used.Item) {
			return true
		}
	}
	for i := range o.decision.Suggestions {
		if slices.ContainsFunc(o.decision.Suggestions[i].Reason.Items, on) {
			return true
		}
	}
	return false
}

func (o *outlook) shows(of func(*tactful.Item) bool) bool {
	return slices.ContainsFunc(o.decision.Suggestions, func(s tactful.Suggestion) bool { return of(&s.Item) })
}

// personal reports whether anything of the person went into the list.
func (o *outlook) personal() bool {
	return o.decision.Level >= tactful.Personal || len(o.receipt.Evidence) > 0 || o.receipt.ConsentID != "" ||
		slices.ContainsFunc(o.decision.Suggestions, func(s tactful.Suggestion) bool { return s.Origin != tactful.Filler })
}

func (t *target) inInterest(item string) bool {
	it := t.items[item]
	return it != nil && len(it.Categories) > 0 && it.Categories[0] == t.interest
}

func (t *target) inTopic(item *tactful.Item) bool {
	return len(item.Categories) > 0 && item.Categories[0] == t.topic
}

// controls are those of the privacy centre.
func controls() []control {
	is := func(id string) func(string) bool { return func(item string) bool { return item == id } }
	always := func(*target) bool { return true } // it goes on from the same history
	history := func(word string) control {
		return control{
			use: func(ctx context.Context, e *engine.Engine, who tactful.Alias, t *target) (func() error, error) {
				return func() error { return e.SetHistory(ctx, who, t.evidence, "none") }, e.SetHistory(ctx, who, t.evidence, word)
			},
			left: func(t *target, after *outlook) bool {
				return after.rests(is(t.evidence)) || word != "gift" && after.shows(func(i *tactful.Item) bool { return i.ID == t.evidence })
			},
			plain: always,
		}
	}
	unused, gift, wrong := history("unused"), history("gift"), history("wrong")
	unused.name, gift.name, wrong.name = dontUse, "it was a gift", "that's wrong"
	patch := func(name string, change func(*target) tactful.PreferencesPatch, left func(*target, *outlook) bool, plain func(*target) bool) control {
		return control{
			name: name, left: left, plain: plain,
			use: func(ctx context.Context, e *engine.Engine, who tactful.Alias, t *target) (func() error, error) {
				done, err := e.PatchPreferences(ctx, who, change(t))
				return func() error { _, err := e.PatchPreferences(ctx, who, done.Undo); return err }, err
			},
		}
	}
	wish := func(w tactful.TopicWish) func(*target) tactful.PreferencesPatch {
		return func(t *target) tactful.PreferencesPatch {
			return tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{t.topic: w}}
		}
	}
	hidden := func(t *target) bool { // the first is gone, what stood behind it moves up
		return slices.ContainsFunc(t.before.decision.Suggestions[1:], func(s tactful.Suggestion) bool { return t.inTopic(&s.Item) })
	}
	impersonal := func(t *target, after *outlook) bool { return after.personal() }
	shared := func(t *target, after *outlook) bool { return after.personal() || !slices.Equal(ids(after), t.shared) }
	consents := func(name string, change func(*engine.Engine) engine.ConsentChange, left func(*target, *outlook) bool) control {
		return control{
			name: name, left: left, plain: always,
			use: func(ctx context.Context, e *engine.Engine, who tactful.Alias, _ *target) (func() error, error) {
				was, err := e.Consents(ctx, who)
				if err == nil {
					_, err = e.SetConsents(ctx, who, change(e))
				}
				return func() error { return agreeAgain(ctx, e, who, was.Level) }, err
			},
		}
	}
	no := true
	return []control{
		unused, gift, wrong,
		{
			name: "remove an interest",
			use: func(ctx context.Context, e *engine.Engine, who tactful.Alias, t *target) (func() error, error) {
				done, err := e.SetInterest(ctx, who, t.interest, "unused", time.Time{})
				return func() error { _, err := e.SetInterest(ctx, who, t.interest, "none", done.At); return err }, err
			},
			left:  func(t *target, after *outlook) bool { return after.rests(t.inInterest) },
			plain: always,
		},
		patch("mute a topic", wish(tactful.WishMuted), func(t *target, after *outlook) bool { return after.shows(t.inTopic) }, hidden),
		patch("less of a topic", wish(tactful.WishLess), undiminished, hidden),
		patch("keep it on this device", func(*target) tactful.PreferencesPatch { return tactful.PreferencesPatch{KeepOnDevice: &no} }, impersonal, always),
		consents("withdraw consent", func(e *engine.Engine) engine.ConsentChange {
			return engine.ConsentChange{Answers: answers(e, tactful.Withdrawn)}
		}, impersonal),
		consents("level generic", func(*engine.Engine) engine.ConsentChange { return engine.ConsentChange{Level: tactful.Generic} }, shared),
		consents("turn everything off", func(e *engine.Engine) engine.ConsentChange {
			return engine.ConsentChange{Level: tactful.Generic, Answers: answers(e, tactful.Withdrawn)}
		}, shared),
		{
			name: "pause",
			use: func(ctx context.Context, e *engine.Engine, who tactful.Alias, t *target) (func() error, error) {
				until := t.before.decision.Time.Add(30 * 24 * time.Hour)
				return func() error { return e.Pause(ctx, who, time.Time{}) }, e.Pause(ctx, who, until)
			},
			left: shared, plain: always,
		},
		{
			name: "restrict",
			use: func(ctx context.Context, e *engine.Engine, who tactful.Alias, _ *target) (func() error, error) {
				return func() error { return e.Unrestrict(ctx, who) }, e.Restrict(ctx, who)
			},
			left: shared, plain: always,
		},
		{
			name: "delete what I did with it", final: true,
			use: func(ctx context.Context, e *engine.Engine, who tactful.Alias, t *target) (func() error, error) {
				events, err := e.Events(ctx, who, eventsRead)
				for _, p := range events {
					if err == nil && p.Event.Item == t.evidence {
						_, err = e.WithdrawEvents(ctx, who, rights.Selection{Event: p.ID})
					}
				}
				return nil, err
			},
			left:  func(t *target, after *outlook) bool { return after.rests(is(t.evidence)) },
			plain: always,
		},
		{
			name: "erase", // with one fit for all
			left: shared, plain: always,
		},
	}
}

const dontUse = "don't use this"

// undiminished reports whether something of the topic is not lower than before.
func undiminished(t *target, after *outlook) bool {
	was := map[string]float64{}
	for _, s := range t.before.decision.Suggestions {
		was[s.Item.ID] = s.Score
	}
	for _, s := range after.decision.Suggestions {
		if score, met := was[s.Item.ID]; met && s.Origin == tactful.Ranked && t.inTopic(&s.Item) && s.Score != score/2 {
			return true
		}
	}
	return false
}

func ids(o *outlook) []string {
	all := make([]string, len(o.decision.Suggestions))
	for i := range o.decision.Suggestions {
		all[i] = o.decision.Suggestions[i].Item.ID
	}
	return all
}

// answers are the same answer to suggestions and to learning.
func answers(e *engine.Engine, answer tactful.Answer) []tactful.Consent {
	var all []tactful.Consent
	for _, n := range e.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			all = append(all, tactful.Consent{Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	return all
}

func agreeAgain(ctx context.Context, e *engine.Engine, who tactful.Alias, level tactful.Level) error {
	_, err := e.SetConsents(ctx, who, engine.ConsentChange{Level: level, Answers: answers(e, tactful.Granted)})
	return err
}
