package centre

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/tactful/tactful"
)

const listLength = 6

// change shows a real list before and after a click.
type change struct {
	Before, After []changed
	Receipt       string // of the list after
	BeforeAt, Now string // level words
	Rested, Rests int    // suggestions that rested on the person's own past, before and after
	About         bool   // one item was changed, and the two numbers are about it
	Same          bool   // the same things are in both lists
}

// changed is an item of a list with what became of it.
type changed struct {
	thing
	Gone bool // was there before and is not there any more
	New  bool // was not there before
}

// list asks for the list that the person would see now.
func (c *Centre) list(r *http.Request, v *visit) (*tactful.Decision, error) {
	d, err := c.engine.Decide(r.Context(), &tactful.Request{
		Subject: v.Alias, Placement: tactful.ForYou, Count: listLength, Level: v.Level, Language: v.lang, GPC: v.gpc,
	})
	if err != nil {
		return nil, fmt.Errorf("ask for a list: %w", err)
	}
	return d, nil
}

// listNow makes the list before a click and returns its receipt. A control
// works whether or not there is a list to compare: then it returns "".
func (c *Centre) listNow(r *http.Request, v *visit) string {
	if !v.somebody() {
		return ""
	}
	d, err := c.list(r, v)
	if err != nil {
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "no list to compare with", slog.String("kind", tactful.KindOf(err).String()))
		return ""
	}
	return d.ID
}

// compare sets the list of before the last click beside the one of now; nil if
// there is nothing to compare.
func (c *Centre) compare(r *http.Request, v *visit) (*change, error) {
	was, err := c.own(r, v, v.said.Before)
	if err != nil {
		if tactful.KindOf(err) == tactful.NotFound {
			return nil, nil
		}
		return nil, err
	}
	now, err := c.list(r, v)
	if err != nil {
		return nil, err
	}
	ch := &change{Receipt: now.ID, BeforeAt: was.Level.String(), Now: now.Level.String(), About: v.said.Item != "", Same: len(was.Shown) == len(now.Suggestions)}
	rests := func(items []string) int {
		if ch.About && slices.Contains(items, v.said.Item) || !ch.About && len(items) > 0 {
			return 1
		}
		return 0
	}
	var before, after []string
	for _, s := range was.Shown {
		before = append(before, s.Item)
		ch.Rested += rests(s.Reason.Items)
	}
	for _, s := range now.Suggestions {
		after = append(after, s.Item.ID)
		ch.Rests += rests(s.Reason.Items)
	}
	for _, id := range before {
		gone := !slices.Contains(after, id)
		ch.Before, ch.Same = append(ch.Before, changed{thing: c.named(v, id), Gone: gone}), ch.Same && !gone
	}
	for _, s := range now.Suggestions {
		ch.After = append(ch.After, changed{thing: c.thing(v, s.Item), New: !slices.Contains(before, s.Item.ID)})
	}
	return ch, nil
}
