package shop

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type historyPage struct {
	frame
	Somebody bool
	Entries  []engine.HistoryEntry
	More     bool
	Change   *change // nil unless something was changed by the last click
}

// change shows a list before and after a click.
type change struct {
	Item          tactful.Item
	Before, After []changed
	Receipt       string // of the list after
	Rested, Rests int    // suggestions that named the item as a reason, before and after
	Same          bool   // the same things are in both lists
	Undo          bool   // the item was put out of use, so it can be put back
}

// changed is an item of a list with what became of it.
type changed struct {
	Item tactful.Item
	Gone bool // was there before and is not there any more
	New  bool // was not there before
}

const historyShown = 24

func (s *shop) history(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := s.frame(w, r, v, "title.history")
	if err != nil {
		return err
	}
	f.Back = "/history"
	p := historyPage{frame: f, Somebody: v.somebody()}
	if !p.Somebody {
		return s.show(w, v, "history", p)
	}
	limit := historyShown
	if r.URL.Query().Get("all") == "1" {
		limit, f.Back = historyLength, "/history?all=1"
	}
	if p.Entries, err = s.engine.History(r.Context(), v.alias, limit+1); err != nil {
		return fmt.Errorf("read the visitor's history: %w", err)
	}
	if p.More = len(p.Entries) > limit; p.More {
		p.Entries = p.Entries[:limit]
	}
	if v.said.before != "" {
		if p.Change, err = s.compare(r, v); err != nil {
			return err
		}
	}
	return s.show(w, v, "history", p)
}

// compare sets the list of before the last click beside the one of now.
func (s *shop) compare(r *http.Request, v *visitor) (*change, error) {
	before, err := s.engine.Receipt(r.Context(), v.said.before)
	if tactful.KindOf(err) == tactful.NotFound && err != nil {
		return nil, nil // too old, or not ours: nothing to compare
	}
	if err != nil {
		return nil, fmt.Errorf("read the list before: %w", err)
	}
	now, err := s.decide(r.Context(), v, wish{key: "foryou", placement: tactful.ForYou, count: listLength})
	if err != nil {
		return nil, err
	}
	var was, is []string
	c := &change{Receipt: now.ID}
	for _, sh := range before.Shown {
		was = append(was, sh.Item)
		if slices.Contains(sh.Reason.Items, v.said.item) {
			c.Rested++
		}
	}
	for _, sg := range now.Suggestions {
		is = append(is, sg.Item.ID)
		if slices.Contains(sg.Reason.Items, v.said.item) {
			c.Rests++
		}
	}
	if it, err := s.engine.Item(v.said.item); err == nil {
		c.Item, c.Undo = it, v.said.key != "setting.none"
	}
	c.Same = true
	for _, it := range s.listed(was) {
		gone := !slices.Contains(is, it.ID)
		c.Before, c.Same = append(c.Before, changed{Item: it, Gone: gone}), c.Same && !gone
	}
	for _, sg := range now.Suggestions {
		c.After = append(c.After, changed{Item: sg.Item, New: !slices.Contains(was, sg.Item.ID)})
	}
	return c, nil
}

// changeHistory records what the visitor says about an item of their history.
// The list is made once more before, so that the page can show what the click did.
func (s *shop) changeHistory(w http.ResponseWriter, r *http.Request, v *visitor) error {
	in := form(r.PostForm)
	code, err := in.item()
	if err != nil {
		return err
	}
	setting, err := in.setting()
	if err != nil {
		return err
	}
	if !v.somebody() {
		return s.done(w, r, "/history", notice{key: "nohistory"})
	}
	before, err := s.decide(r.Context(), v, wish{key: "foryou", placement: tactful.ForYou, count: listLength})
	if err != nil {
		return err
	}
	if err := s.engine.SetHistory(r.Context(), v.alias, code, setting); err != nil {
		return fmt.Errorf("change the history: %w", err)
	}
	return s.done(w, r, "/history", notice{key: "setting." + setting, item: code, before: before.ID})
}

// report records what the visitor says about a suggestion.
func (s *shop) report(w http.ResponseWriter, r *http.Request, v *visitor) error {
	in := form(r.PostForm)
	code, err := in.item()
	if err != nil {
		return err
	}
	kind, err := in.feedback()
	if err != nil {
		return err
	}
	if err := s.engine.Report(r.Context(), in.get("decision"), kind, code); err != nil {
		return fmt.Errorf("record the report: %w", err)
	}
	return s.done(w, r, in.back(), notice{key: "report." + kind.String(), item: code})
}
