package engine

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	grid "github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/records"
)

// usesPlaces reports whether any list could rest on a place: only of a business
// that has branches.
func (e *Engine) usesPlaces() bool { return len(e.cfg.Location.Branches) > 0 }

// where lays down the place that somebody shares, as coarse as they want it, with
// the branches around it; nil where none may be used.
func (e *Engine) where(c *decision.Case, subject *records.Subject) *decision.Where {
	if subject == nil || subject.Place == nil || !c.Permit.Allowed || c.Permit.Level < tactful.Personal {
		return nil
	}
	permit := e.placePermit(subject.Standing, c.Now)
	shared := limited(grid.Precision(subject.Place.Precision), subject.Preferences)
	if !permit.Allowed || shared == grid.Off {
		return nil
	}
	cell := grid.Cell(subject.Place.Cell)
	if !cell.Known() {
		return nil
	}
	cell = cell.Parent(shared.Level())
	if grid.Secret(cell, e.cfg.Location.Sensitive) { // said after the cell was kept
		return nil
	}
	w := &decision.Where{Permit: permit, Finest: shared.Level(), Cell: uint64(cell), Until: subject.PlaceUntil, Attribute: e.cfg.Location.Attribute}
	for i := range e.cfg.Location.Branches {
		if b := &e.cfg.Location.Branches[i]; b.Serves(cell) {
			w.Near = append(w.Near, b.ID)
		}
	}
	return w
}

func (e *Engine) placePermit(s *records.Standing, now time.Time) decision.Permit {
	return e.policy.Permit(e.standing(s, now), consent.Ask{Purpose: tactful.LocationUse}, now)
}
