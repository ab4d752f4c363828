package centre

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/rights"
)

type correctPage struct {
	frame
	Thing thing
	Deeds []deed
}

// deed is one thing that somebody did, with what can be wrong about it.
type deed struct {
	ID       string
	Action   string
	Day      time.Time
	Quantity int32
	Counted  bool // there is a number that can be wrong
	Made     bool // made up for a demo
}

// correct shows all that was done with the item of one event, each with a way
// to put it right. The address names the event, since an item's code would tell
// what somebody looks at.
func (c *Centre) correct(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return tactful.Errorf(tactful.NotFound, "there is no such page")
	}
	found, all, err := c.event(r, v, r.PathValue("event"))
	if err != nil {
		return err
	}
	f, err := c.begin(w, r, v, "correct", "/history/"+found.ID)
	if err != nil {
		return err
	}
	p := correctPage{frame: f, Thing: c.named(v, found.Event.Item)}
	for _, e := range all {
		if e.Event.Item == found.Event.Item {
			p.Deeds = append(p.Deeds, deed{
				ID: e.ID, Action: e.Event.Action.String(), Day: e.Event.Time, Quantity: number(e.Event), Counted: hasNumber(e.Event.Action), Made: e.Event.Source == simulated,
			})
		}
	}
	return c.show(w, v, "correct", p)
}

// hasNumber tells what people do with a number of things.
func hasNumber(a tactful.Action) bool {
	switch a {
	case tactful.Added, tactful.Removed, tactful.Purchased, tactful.Returned:
		return true
	}
	return false
}

// number is how many it was; an event without a number is about one thing.
func number(e tactful.Event) int32 { return max(1, e.Quantity) }

// event finds one event of the visitor's own, and all of them.
func (c *Centre) event(r *http.Request, v *visit, id string) (engine.PersonEvent, []engine.PersonEvent, error) {
	all, err := c.engine.Events(r.Context(), v.Alias, historyMost)
	if err != nil {
		return engine.PersonEvent{}, nil, fmt.Errorf("read the history: %w", err)
	}
	for _, e := range all {
		if e.ID == id && e.Event.Item != "" {
			return e, all, nil
		}
	}
	return engine.PersonEvent{}, nil, tactful.Errorf(tactful.NotFound, "there is no such event")
}

// rectify puts one event right: another number, or that it was somebody else.
// That is a right, and on record as a request. Whatever else is wrong is said
// in words, for a person to read.
func (c *Centre) rectify(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return errNobody()
	}
	found, all, err := c.event(r, v, r.PathValue("event"))
	if err != nil {
		return err
	}
	in := form(r.PostForm)
	switch do := in.get("do"); do {
	case "count":
		n, err := in.number()
		if err != nil {
			return err
		}
		if !hasNumber(found.Event.Action) || n == number(found.Event) {
			return c.done(w, r, Root+"/history", outcome{Key: "nohistory"})
		}
		o := outcome{Key: "correct.count", Item: found.Event.Item, Before: c.listNow(r, v)}
		if err := c.recount(r, v, found.ID, n); err != nil {
			return err
		}
		if o.Undo.Count, err = c.countBack(r, v, found, all); err != nil {
			return err
		}
		return c.done(w, r, Root+"/history", o)
	case "notmine":
		o := outcome{Key: "correct.notmine", Item: found.Event.Item, Before: c.listNow(r, v)}
		if err := c.putRight(r, v, rights.Detail{Correction: &rights.Correction{Event: found.ID, NotMine: true}}, ""); err != nil {
			return err
		}
		return c.done(w, r, Root+"/history", o)
	case "say":
		text := strings.TrimSpace(in.get("text"))
		if text == "" {
			return tactful.InvalidField("text", "is empty", "say what is wrong")
		}
		// The item's code goes before the words: whoever reads them must know what they are about.
		if err := c.putRight(r, v, rights.Detail{}, found.Event.Item+": "+text); err != nil {
			return err
		}
		return c.done(w, r, Root+"/data", outcome{Key: "review"})
	}
	return tactful.InvalidField("do", "is not one of ours", "go back and try again")
}

// sayWrong takes in words what is wrong, where no event can be pointed at: data
// is locked, and that is what people do while they say that it is wrong.
func (c *Centre) sayWrong(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return errNobody()
	}
	text := strings.TrimSpace(form(r.PostForm).get("text"))
	if text == "" {
		return tactful.InvalidField("text", "is empty", "say what is wrong")
	}
	if err := c.putRight(r, v, rights.Detail{}, text); err != nil {
		return err
	}
	return c.done(w, r, Root+"/data", outcome{Key: "review"})
}

// putRight asks for a rectification, which the engine carries out at once
// unless it is in words only.
func (c *Centre) putRight(r *http.Request, v *visit, what rights.Detail, text string) error {
	right, err := c.engine.OpenRight(r.Context(), engine.RightRequest{Subject: v.Alias, Kind: rights.Rectification, Channel: rights.Centre, Region: c.settings.Region, Text: text, Detail: what})
	if err != nil {
		return fmt.Errorf("put an event right: %w", err)
	}
	if what.Correction != nil && right.State != rights.Done {
		return tactful.Errorf(tactful.Conflict, "the event was gone before it could be put right")
	}
	return nil
}

func (c *Centre) recount(r *http.Request, v *visit, id string, n int32) error {
	return c.putRight(r, v, rights.Detail{Correction: &rights.Correction{Event: id, Quantity: n}}, "")
}

// recounted is the event whose number was changed, and the number before.
type recounted struct {
	Event string
	Was   int32
}

// countBack is what takes a changed number back. A corrected event has another
// id: it is the one that was not there before.
func (c *Centre) countBack(r *http.Request, v *visit, was engine.PersonEvent, before []engine.PersonEvent) (*recounted, error) {
	known := make(map[string]bool, len(before))
	for _, e := range before {
		known[e.ID] = true
	}
	now, err := c.engine.Events(r.Context(), v.Alias, historyMost)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	for _, e := range now {
		if !known[e.ID] && e.Event.Item == was.Event.Item && e.Event.Provenance == tactful.Declared && e.Event.Time.Equal(was.Event.Time) {
			return &recounted{Event: e.ID, Was: number(was.Event)}, nil
		}
	}
	return nil, nil // it has gone since: there is nothing to take back
}

// restoreCount says the number of before again. That too is a rectification.
func (c *Centre) restoreCount(r *http.Request, v *visit, u *restore) error {
	if u.Count == nil {
		return nil
	}
	if _, _, err := c.event(r, v, u.Count.Event); err != nil {
		return err
	}
	return c.recount(r, v, u.Count.Event, u.Count.Was)
}

// number returns how many it was.
func (f form) number() (int32, error) {
	n, err := strconv.ParseInt(f.get("number"), 10, 32)
	if err != nil || n < 1 || n > rights.MaxQuantity {
		return 0, tactful.InvalidField("number", "is out of range", "send 1 to 100000")
	}
	return int32(n), nil
}
