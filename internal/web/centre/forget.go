package centre

import (
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// forget removes what somebody did for good: all with one item, or all of a
// stretch of time. The page asks once more before its button can be reached,
// since this cannot be taken back.
func (c *Centre) forget(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	back := in.back(Root + "/history")
	if !v.somebody() {
		return errNobody()
	}
	now := c.clock.Now()
	o := outcome{Key: "forgot", Before: c.listNow(r, v)}
	var which rights.Selection
	switch stretch := in.get("range"); stretch {
	case "hour":
		which = rights.Selection{From: now.Add(-time.Hour), To: now.Add(time.Minute)}
	case "day":
		which = rights.Selection{From: now.UTC().Truncate(day), To: now.Add(time.Minute)}
	case "all":
		which = rights.Selection{All: true}
	case "":
		code, err := in.item()
		if err != nil {
			return err
		}
		which = rights.Selection{Item: code}
	default:
		return tactful.InvalidField("range", "is not one of ours", "go back and try again")
	}
	gone, err := c.engine.WithdrawEvents(r.Context(), v.Alias, which)
	if err != nil {
		return fmt.Errorf("forget what was done: %w", err)
	}
	if gone.Removed == 0 {
		return c.done(w, r, back, outcome{Key: "nohistory"})
	}
	return c.done(w, r, back, o)
}
