package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
)

// Interests are what a decision for this person would rest on now, by topic. The
// evidence stage that decisions use computes them: there is no other profile.
type Interests struct {
	Used    bool   // decisions use what the person did; if not, Because says why
	Because string // the word of why not, "" if they do
	List    []Interest
}

// Interest is one topic with the evidence for it.
type Interest struct {
	Topic   string            // a category's path, "" for items without one
	Share   float64           // of all that speaks for something, 0..1; 0 if all of it is taken out
	Wish    tactful.TopicWish // what the person said about this very topic
	Pieces  []InterestPiece   // the newest first, at most MaxInterestPieces
	Further int               // pieces that are not listed
	Parts   []Interest        // the topics inside, if there are several; their pieces are those of the whole
}

// InterestPiece is one item with what the person did with it.
type InterestPiece struct {
	Item    tactful.Item
	Action  tactful.Action
	Day     time.Time // the day only
	Share   float64   // of all that speaks for something; 0 if it is taken out; below 0: it speaks against
	Setting string    // none, unused, gift, wrong
}

// MaxInterestPieces bounds the evidence listed for one topic.
const MaxInterestPieces = 50

// Interests returns a person's interests, the largest first.
func (e *Engine) Interests(ctx context.Context, a tactful.Alias) (Interests, error) {
	if err := e.enter(); err != nil {
		return Interests{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedHistory)
	if err == nil {
		err = e.rationed(ctx, ref, now)
	}
	if err != nil {
		return Interests{}, err
	}
	if ref.IsZero() {
		return Interests{Because: decision.BecauseNoSubject.String()}, nil
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return Interests{}, fmt.Errorf("read consent: %w", err)
	}
	if standings[0] == nil {
		return Interests{Because: decision.BecauseNoSubject.String()}, nil
	}
	ask := consent.Ask{Purpose: tactful.Recommendations}
	permit := e.policy.Permit(e.standing(standings[0], now), ask, now)
	if !permit.Allowed || permit.Level < tactful.Personal {
		return Interests{Because: permit.Because.String()}, nil
	}
	work, ground := new(bench), e.ground.Load()
	work.deeds.Number = ground.items.NumberOf
	subject, err := e.records.OpenSince(ctx, ref, standings[0], records.Want{Settings: true, Preferences: true, Events: historyRead, Deeds: &work.deeds}, now)
	if err != nil {
		return Interests{}, fmt.Errorf("read the history: %w", err)
	}
	c := decision.Case{
		Now: now, Permit: e.policy.Permit(e.standing(subject.Standing, now), ask, now),
		Request: &tactful.Request{Subject: a, Placement: tactful.ForYou, Count: 1},
	}
	var said map[string]tactful.TopicWish
	if subject.Preferences != nil {
		said = subject.Preferences.Topics
		subject = e.obey(&c, subject)
	}
	if subject == nil || !c.Permit.Allowed || c.Permit.Level < tactful.Personal {
		return Interests{Because: c.Permit.Because.String()}, nil
	}
	e.classify(&c, ground, subject) // what is not used is no interest
	found := e.gather(work, ground.items, &c, subject)
	return Interests{Used: true, List: interestsOf(found.Pieces, said)}, nil
}

// interestsOf groups what counts, or would if the person had not taken it out.
func interestsOf(pieces []decision.Piece, said map[string]tactful.TopicWish) []Interest {
	total := 0.0
	var counts []*decision.Piece
	for i := range pieces {
		p := &pieces[i]
		if p.Listed == nil || p.Weight == 0 && p.Setting == decision.SettingNone {
			continue
		}
		counts = append(counts, p)
		total += math.Max(p.Weight, 0)
	}
	return grouped(counts, 1, total, said)
}

// grouped makes an interest of each path of so many categories.
func grouped(pieces []*decision.Piece, depth int, total float64, said map[string]tactful.TopicWish) []Interest {
	by := map[string][]*decision.Piece{}
	for _, p := range pieces {
		topic := strings.Join(p.Listed.Categories[:min(depth, len(p.Listed.Categories))], tactful.TopicSeparator)
		by[topic] = append(by[topic], p)
	}
	list := make([]Interest, 0, len(by))
	for topic, inside := range by {
		one := Interest{Topic: topic, Wish: said[topic]}
		for _, p := range inside {
			share := 0.0
			if total > 0 {
				share = p.Weight / total
			}
			one.Share += math.Max(share, 0)
			if len(one.Pieces) == MaxInterestPieces {
				one.Further++
				continue
			}
			one.Pieces = append(one.Pieces, InterestPiece{
				Item: *p.Listed, Action: p.Action, Day: p.Time.Truncate(24 * time.Hour), Share: share, Setting: p.Setting.String(),
			})
		}
		if depth == 1 {
			if parts := grouped(inside, math.MaxInt, total, said); len(parts) > 1 {
				one.Parts = parts
			}
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Interest) int {
		if c := cmp.Compare(b.Share, a.Share); c != 0 {
			return c
		}
		return cmp.Compare(a.Topic, b.Topic)
	})
	return list
}

// InterestChange is what taking an interest out, or back, did. To undo it, set
// "none" for the same topic At the same time.
type InterestChange struct {
	Items int       // of the history that changed
	At    time.Time // when
}

// SetInterest takes all that a person did within a topic out of use ("unused"
// for remove it, "wrong" for that's wrong), or takes that back ("none"): what was
// taken out at a given time, or with a zero time all of it. What the person said
// about single items before stays as it is. What they do afterwards counts
// again: to see nothing of a topic, mute it. The next decision obeys; the model
// forgets it at its next fit.
func (e *Engine) SetInterest(ctx context.Context, a tactful.Alias, topic, word string, at time.Time) (InterestChange, error) {
	if err := e.enter(); err != nil {
		return InterestChange{}, err
	}
	defer e.leave()
	setting, ok := decision.ParseSetting(word)
	if !ok || setting == decision.SettingGift {
		return InterestChange{}, tactful.InvalidField("setting", "is unknown", "send none, unused or wrong")
	}
	if setting == decision.SettingNone {
		if err := theirsOnly(ctx, "let count again what somebody put aside", asTheyDoIt); err != nil {
			return InterestChange{}, err
		}
	}
	if topic == "" || len(topic) > tactful.MaxTopicBytes {
		return InterestChange{}, tactful.InvalidField("topic", "is empty or too long", "send a topic of the list")
	}
	now := e.clock.Now()
	ref, err := e.findToChange(ctx, a, now, tactful.OpenedHistory) // how many things change is an answer
	if err != nil {
		return InterestChange{}, err
	}
	if ref.IsZero() {
		return InterestChange{}, tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	items := e.ground.Load().items
	for range writeTries {
		subject, err := e.records.Open(ctx, ref, records.Want{Settings: true, Events: records.AllEvents}, now)
		if err != nil {
			return InterestChange{}, fmt.Errorf("read the history: %w", err)
		}
		settings := subject.Settings
		if settings == nil {
			settings = map[string]records.Setting{}
		}
		change := InterestChange{At: now.Truncate(time.Millisecond)} // as it is stored
		for i := range subject.Events {
			id := subject.Events[i].Event.Item
			item := items.ByID(id)
			if item == nil || !decision.Covers(topic, item) {
				continue
			}
			was, said := settings[id]
			switch {
			case setting != decision.SettingNone && !said:
				settings[id] = records.Setting{Setting: setting, Time: change.At}
			case setting == decision.SettingNone && said && was.Setting != decision.SettingGift && (at.IsZero() || was.Time.Equal(at)):
				delete(settings, id)
			default:
				continue
			}
			change.Items++
		}
		if change.Items == 0 {
			return change, nil
		}
		_, err = e.records.WriteSettings(ctx, ref, subject.Standing.Version, settings, now)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return InterestChange{}, fmt.Errorf("write the settings: %w", err)
		}
		e.school.note(1)
		return change, nil
	}
	return InterestChange{}, tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}
