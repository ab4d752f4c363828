package centre

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/place"
)

// shared is how exactly somebody lets us place them, and what is kept of it.
type shared struct {
	Choices []string
	Choice  string // "" where they have not said
	Size    string // of what is kept: town or quarter; "" for nothing
	Cell    string
	Day     time.Time
	Until   time.Time
}

// shared reads it for who said yes to location; nil for everybody else.
func (c *Centre) shared(ctx context.Context, v *visit, standing tactful.Consents) (*shared, error) {
	if standing.Purposes[tactful.LocationUse].Answer != tactful.Granted {
		return nil, nil
	}
	said, err := c.engine.Preferences(ctx, v.Alias)
	if err != nil {
		return nil, fmt.Errorf("read what was declared: %w", err)
	}
	kept, err := c.engine.Whereabouts(ctx, v.Alias)
	if err != nil {
		return nil, fmt.Errorf("read what is kept of a place: %w", err)
	}
	s := &shared{Choices: []string{tactful.PlaceOff.String(), tactful.PlaceTown.String(), tactful.PlaceQuarter.String()}, Choice: said.Place.String()}
	if kept.Precision != place.Off {
		if s.Choice == "" {
			s.Choice = kept.Precision.String()
		}
		if kept.Cell != "" {
			s.Size, s.Cell, s.Day, s.Until = kept.Precision.String(), kept.Cell, kept.Hour, kept.Until
		}
	}
	return s, nil
}

// changePlace sets how exactly somebody may be placed, or removes what is kept.
func (c *Centre) changePlace(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	if !v.somebody() {
		return errNobody()
	}
	if in.get("do") == "remove" {
		o := outcome{Key: "place.removed", Before: c.listNow(r, v)}
		if _, err := c.engine.Locate(r.Context(), v.Alias, place.Off, nil); err != nil {
			return fmt.Errorf("remove a place: %w", err)
		}
		return c.done(w, r, Root+"/uses", o)
	}
	limit, ok := tactful.ParsePlaceLimit(in.get("place"))
	if !ok || limit == tactful.PlaceUnset {
		return tactful.InvalidField("place", "is none of the choices", "go back and try again")
	}
	return c.declare(w, r, v, Root+"/uses", outcome{Key: "place." + limit.String()}, tactful.PreferencesPatch{Place: &limit})
}
