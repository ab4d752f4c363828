package centre

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
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
	Allowed   bool // what the person did is used at all, now
}

// interest is a category with the things of the person's own that lie in it.
type interest struct {
	Name  string
	Used  []past // that may be used
	Off   []past // that the person put out of use
	Share int    // percent of the current picks that rest on it
}

// past is one thing somebody did.
type past struct {
	thing
	Action  string
	Day     time.Time
	Setting string
	Made    bool // made up for a demo
}

func (c *Centre) past(e engine.HistoryEntry) past {
	return past{thing: c.thing(e.Item), Action: e.Action.String(), Day: e.Day, Setting: e.Setting, Made: e.Source == simulated}
}

// interests derives categories from the person's own things: there is no
// profile apart from them, so that putting a thing out of use is all it takes.
func (c *Centre) interests(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "interests", "/interests")
	if err != nil {
		return err
	}
	p := interestsPage{frame: f}
	if !v.somebody() {
		return c.show(w, v, "interests", p)
	}
	entries, err := c.engine.History(r.Context(), v.Alias, historyMost)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	shares, level := c.shares(r, v)
	p.Allowed = level >= tactful.Personal
	at := map[string]int{}
	for _, e := range entries {
		name := categoryOf(e.Item)
		if name == "" {
			continue
		}
		i, seen := at[name]
		if !seen {
			i = len(p.Interests)
			at[name] = i
			p.Interests = append(p.Interests, interest{Name: name, Share: int(math.Round(100 * shares[name]))})
		}
		if e.Setting == "none" {
			p.Interests[i].Used = append(p.Interests[i].Used, c.past(e))
		} else {
			p.Interests[i].Off = append(p.Interests[i].Off, c.past(e))
		}
	}
	slices.SortStableFunc(p.Interests, func(a, b interest) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(len(b.Used), len(a.Used)), cmp.Compare(a.Name, b.Name))
	})
	return c.show(w, v, "interests", p)
}

func categoryOf(it tactful.Item) string {
	if len(it.Categories) == 0 {
		return ""
	}
	return it.Categories[0]
}

// shares returns how much of the current picks rests on each category, from
// the receipt of a list made now, and the level it was made at.
func (c *Centre) shares(r *http.Request, v *visit) (map[string]float64, tactful.Level) {
	by := map[string]float64{}
	d, err := c.list(r, v)
	if err == nil {
		var rc *tactful.Receipt
		if rc, err = c.engine.Receipt(r.Context(), d.ID); err == nil {
			for _, u := range rc.Evidence {
				if it, err := c.engine.Item(u.Item); err == nil {
					by[categoryOf(it)] += u.Share
				}
			}
			return by, d.Level
		}
	}
	c.log.LogAttrs(r.Context(), slog.LevelWarn, "no list to read shares from", slog.String("kind", tactful.KindOf(err).String()))
	return by, tactful.LevelUnknown
}

// changeInterest says one thing about everything of a category.
func (c *Centre) changeInterest(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	name := in.get("category")
	setting, err := in.setting()
	if err != nil {
		return err
	}
	return c.changeMany(w, r, v, Root+"/interests", outcome{Key: "interest." + setting, Name: name}, setting, func(e engine.HistoryEntry) bool {
		return categoryOf(e.Item) == name
	})
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
	for _, e := range entries {
		if err := c.engine.SetHistory(ctx, v.Alias, e.Item.ID, setting); err != nil {
			return fmt.Errorf("change the history: %w", err)
		}
	}
	return nil
}
