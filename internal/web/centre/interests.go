package centre

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type interestsPage struct {
	frame
	Interests []interest
	Used      bool     // what the person did is used at all, now
	Because   string   // message key of why not
	Wishes    []wish   // topics that the person spoke about and has nothing of
	Topics    []string // others of the shop
	Idle      string   // what keeps wishes from counting, see Centre.idle
}

// interest is a topic with the things of the person's own that lie in it.
type interest struct {
	Topic string
	Share int // percent of what picks rest on now
	Wish  string
	Used  []past // that count
	Off   []past // that the person put out of use
	More  int    // things that are not listed
	Parts []interest
}

type wish struct{ Topic, Wish string }

// past is one thing somebody did.
type past struct {
	thing
	Action  string
	Day     time.Time
	Setting string
	Made    bool   // made up for a demo
	Event   string // id of the newest of it, in the history only
}

func (c *Centre) past(v *visit, e engine.HistoryEntry) past {
	return past{thing: c.thing(v, e.Item), Action: e.Action.String(), Day: e.Day, Setting: e.Setting, Made: e.Source == simulated, Event: e.Event}
}

// interests shows what the evidence stage of decisions makes of the person's
// own things: there is no profile apart from them, so that putting things out
// of use is all it takes.
func (c *Centre) interests(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "interests", "/interests")
	if err != nil {
		return err
	}
	p := interestsPage{frame: f}
	if !v.somebody() {
		return c.show(w, v, "interests", p)
	}
	found, err := c.engine.Interests(r.Context(), v.Alias)
	if err != nil {
		return fmt.Errorf("read the interests: %w", err)
	}
	p.Used, p.Because = found.Used, "because."+found.Because
	if !c.texts.Known(p.Because) {
		p.Because = "because.level"
	}
	p.Interests = c.listed(v, found.List)
	said, err := c.engine.Preferences(r.Context(), v.Alias)
	if err != nil {
		return fmt.Errorf("read what the visitor wants of topics: %w", err)
	}
	for topic, w := range said.Topics {
		if !slices.ContainsFunc(p.Interests, func(in interest) bool { return in.Topic == topic }) {
			p.Wishes = append(p.Wishes, wish{topic, w.String()})
		}
	}
	slices.SortFunc(p.Wishes, func(a, b wish) int { return compare(a.Topic, b.Topic) })
	for _, shelf := range c.engine.Categories() {
		if _, spoken := said.Topics[shelf.Name]; !spoken && !slices.ContainsFunc(p.Interests, func(in interest) bool { return in.Topic == shelf.Name }) {
			p.Topics = append(p.Topics, shelf.Name)
		}
	}
	if p.Idle, err = c.idle(r.Context(), v); err != nil {
		return err
	}
	return c.show(w, v, "interests", p)
}

func (c *Centre) listed(v *visit, list []engine.Interest) []interest {
	var all []interest
	for _, one := range list {
		if one.Topic == "" {
			continue
		}
		in := interest{Topic: one.Topic, Share: int(math.Round(100 * one.Share)), Wish: one.Wish.String(), More: one.Further, Parts: c.listed(v, one.Parts)}
		for _, piece := range one.Pieces {
			line := past{thing: c.thing(v, piece.Item), Action: piece.Action.String(), Day: piece.Day, Setting: piece.Setting}
			if piece.Setting == "none" {
				in.Used = append(in.Used, line)
			} else {
				in.Off = append(in.Off, line)
			}
		}
		all = append(all, in)
	}
	return all
}

// changeInterest takes everything within a topic out of use, or back.
func (c *Centre) changeInterest(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	topic := in.get("topic")
	setting, err := in.setting()
	if err != nil {
		return err
	}
	if !v.somebody() {
		return errNobody()
	}
	o := outcome{Key: "interest." + setting, Name: topic, Before: c.listNow(r, v)}
	change, err := c.engine.SetInterest(r.Context(), v.Alias, topic, setting, time.Time{})
	if err != nil {
		return fmt.Errorf("change an interest: %w", err)
	}
	if change.Items == 0 {
		return c.done(w, r, Root+"/interests", outcome{Key: "nohistory"})
	}
	if setting != "none" {
		o.Undo.Interest = &taken{topic, change.At.UnixMilli()}
	}
	return c.done(w, r, Root+"/interests", o)
}

// changeTopic records that more, less or nothing of a topic is wanted.
func (c *Centre) changeTopic(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	topic := in.get("topic")
	want, ok := tactful.ParseTopicWish(in.get("wish"))
	if !ok || topic == "" {
		return tactful.InvalidField("wish", "is not one that we know", "go back and try again")
	}
	return c.declare(w, r, v, Root+"/interests", outcome{Key: "wish." + want.String(), Name: topic}, tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{topic: want}})
}

// changeMany says one thing about every entry of the history that fits.
func (c *Centre) changeMany(w http.ResponseWriter, r *http.Request, v *visit, back string, o outcome, setting string, fits func(engine.HistoryEntry) bool) error {
	if !v.somebody() {
		return c.done(w, r, back, outcome{Key: "nohistory"})
	}
	entries, err := c.engine.History(r.Context(), v.Alias, historyMost)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	entries = slices.DeleteFunc(entries, func(e engine.HistoryEntry) bool { return e.Setting == setting || !fits(e) })
	if len(entries) == 0 {
		return c.done(w, r, back, outcome{Key: "nohistory"})
	}
	o.Before, o.Undo = c.listNow(r, v), before(entries)
	if err := c.setAll(r.Context(), v, entries, setting); err != nil {
		return err
	}
	return c.done(w, r, back, o)
}

func (c *Centre) setAll(ctx context.Context, v *visit, entries []engine.HistoryEntry, setting string) error {
	words := make(map[string]string, len(entries))
	for _, e := range entries {
		words[e.Item.ID] = setting
	}
	if err := c.engine.SetHistories(ctx, v.Alias, words); err != nil {
		return fmt.Errorf("change the history: %w", err)
	}
	return nil
}
