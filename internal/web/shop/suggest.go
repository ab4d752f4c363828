package shop

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

const listLength = 8

// wish is what a page wants a list for.
type wish struct {
	key       string // message key
	arg       string
	placement tactful.Placement
	items     []string
	query     string
	count     int
}

// suggest asks the engine for a list and makes it ready to be shown.
func (s *shop) suggest(ctx context.Context, v *visitor, f *frame, want wish) (*list, error) {
	d, err := s.decide(ctx, v, want)
	if err != nil {
		return nil, err
	}
	l := &list{
		ID: want.key, Key: "list." + want.key, Arg: want.arg, Decision: d.ID, Level: d.Level.String(), Note: d.Note,
		Withheld: d.Withheld, Back: f.Back,
	}
	left := 0
	for _, w := range d.Withheld {
		left += w.Count
	}
	var past map[string]engine.HistoryEntry
	for _, sg := range d.Suggestions {
		if len(sg.Reason.Items) > 0 && past == nil {
			if past, err = s.past(ctx, v); err != nil {
				return nil, err
			}
		}
		c := card{
			Item: sg.Item, Origin: sg.Origin.String(), Reason: sg.Reason, Decision: d.ID, Back: f.Back,
			Somebody: v.somebody(), Left: left,
			Used: d.Level >= tactful.Personal && (sg.Origin == tactful.Ranked || sg.Origin == tactful.Boosted),
		}
		for _, id := range sg.Reason.Items {
			it, err := s.engine.Item(id)
			if err != nil {
				continue // no longer listed
			}
			entry, mine := past[id]
			c.Behind = append(c.Behind, behind{it, entry.Action.String(), entry.Source == simulated, mine, f.Back})
		}
		l.Cards = append(l.Cards, c)
	}
	return l, nil
}

func (s *shop) decide(ctx context.Context, v *visitor, want wish) (*tactful.Decision, error) {
	r := &tactful.Request{
		Subject: v.alias, Placement: want.placement, Items: want.items, Query: want.query,
		Count: want.count, Level: v.level, Language: v.lang, GPC: v.gpc,
	}
	if want.placement == tactful.Popular { // the page says that it is the same for everyone, so nobody is named
		r.Subject, r.Level = tactful.Alias{}, tactful.Generic
	}
	d, err := s.engine.Decide(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("ask for the list %s: %w", want.key, err)
	}
	return d, nil
}

// historyLength bounds what is read of a visitor's past for one page.
const historyLength = 500

// past returns the visitor's history by item.
func (s *shop) past(ctx context.Context, v *visitor) (map[string]engine.HistoryEntry, error) {
	past := map[string]engine.HistoryEntry{}
	if !v.somebody() {
		return past, nil
	}
	entries, err := s.engine.History(ctx, v.alias, historyLength)
	if err != nil {
		return nil, fmt.Errorf("read the visitor's history: %w", err)
	}
	for _, e := range entries {
		past[e.Item.ID] = e
	}
	return past, nil
}

// show renders a page.
func (s *shop) show(w http.ResponseWriter, v *visitor, name string, data any) error {
	return s.pages.Write(w, v.lang, name, http.StatusOK, data)
}
