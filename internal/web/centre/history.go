package centre

import (
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

const (
	historyMost  = 20_000 // as the engine: nothing counts that cannot be seen here
	historyShown = 30
)

type historyPage struct {
	frame
	Entries []past
	Total   int
	More    bool
	Locked  bool // the data is restricted: it is there, and not read for this page
}

func (c *Centre) history(w http.ResponseWriter, r *http.Request, v *visit) error {
	all := r.URL.Query().Get("all") == "1"
	path := "/history"
	if all {
		path += "?all=1"
	}
	f, err := c.begin(w, r, v, "history", path)
	if err != nil {
		return err
	}
	p := historyPage{frame: f}
	if !v.somebody() {
		return c.show(w, v, "history", p)
	}
	control, err := c.engine.Control(r.Context(), v.Alias)
	if err != nil {
		return fmt.Errorf("read what is switched on: %w", err)
	}
	if p.Locked = control.Restricted; p.Locked {
		return c.show(w, v, "history", p)
	}
	entries, err := c.engine.History(r.Context(), v.Alias, historyMost)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	p.Total = len(entries)
	if p.More = !all && len(entries) > historyShown; p.More {
		entries = entries[:historyShown]
	}
	for _, e := range entries {
		p.Entries = append(p.Entries, c.past(v, e))
	}
	return c.show(w, v, "history", p)
}

const day = 24 * time.Hour

// ranges are the stretches of time that one click can speak about.
var ranges = map[string]time.Duration{"day": day, "week": 7 * day, "all": 1 << 62}

// changeHistory records what the visitor says about an item of their history,
// or about all of a stretch of time.
func (c *Centre) changeHistory(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	setting, err := in.setting()
	if err != nil {
		return err
	}
	if setting == "wrong" { // of an interest; that somebody else did a thing is a correction
		return tactful.InvalidField("setting", "is not said of a thing", "go back and press Correct")
	}
	back := in.back(Root + "/history")
	if stretch := in.get("range"); stretch != "" {
		lasts, ok := ranges[stretch]
		if !ok {
			return tactful.InvalidField("range", "is not one of ours", "go back and try again")
		}
		today := c.clock.Now().UTC().Truncate(day)
		return c.changeMany(w, r, v, back, outcome{Key: "range." + setting}, setting, func(e engine.HistoryEntry) bool {
			return today.Sub(e.Day) < lasts && (setting == "none" || e.Setting == "none")
		})
	}
	code, err := in.item()
	if err != nil {
		return err
	}
	return c.changeMany(w, r, v, back, outcome{Key: "setting." + setting, Item: code}, setting, func(e engine.HistoryEntry) bool { return e.Item.ID == code })
}
