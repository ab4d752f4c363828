package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	grid "github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/records"
)

// limited is a precision within what the person said.
func limited(p grid.Precision, said *tactful.Preferences) grid.Precision {
	if said == nil {
		return p
	}
	switch said.Place {
	case tactful.PlaceOff:
		return grid.Off
	case tactful.PlaceTown:
		return min(p, grid.Town)
	case tactful.PlaceUnset, tactful.PlaceQuarter:
	}
	return min(p, grid.Quarter)
}

func located(w records.Whereabouts, until time.Time) Located {
	out := Located{Precision: grid.Precision(w.Precision), Hour: w.Hour, Until: until}
	if w.Cell != 0 {
		out.Cell = grid.Cell(w.Cell).Token()
	}
	return out
}

// Whereabouts returns what is kept of where somebody is; the zero value for
// nothing and nobody. It is shown to them whatever they agreed to.
func (e *Engine) Whereabouts(ctx context.Context, a tactful.Alias) (Located, error) {
	if err := e.enter(); err != nil {
		return Located{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedPreferences)
	if err != nil || ref.IsZero() {
		return Located{}, err
	}
	subject, err := e.records.Open(ctx, ref, records.Want{Place: true}, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return Located{}, nil
	}
	if err != nil {
		return Located{}, fmt.Errorf("read a place: %w", err)
	}
	if subject.Place == nil {
		return Located{}, nil
	}
	return located(*subject.Place, subject.PlaceUntil), nil
}

// coarsen makes what is kept of a place as coarse as the person wants it now. A
// decision holds to their limit anyway; this keeps nothing finer on disk. The term
// stays.
func (e *Engine) coarsen(ctx context.Context, ref tactful.Ref, now time.Time) error {
	for range writeTries {
		subject, err := e.records.Open(ctx, ref, records.Want{Preferences: true, Place: true}, now)
		if tactful.KindOf(err) == tactful.NotFound {
			return nil // gone, and the place with them
		}
		if err != nil {
			return err
		}
		if subject.Place == nil {
			return nil
		}
		was := *subject.Place
		next, precision := was, limited(grid.Precision(was.Precision), subject.Preferences)
		next.Precision = uint8(precision)
		switch cell := grid.Cell(was.Cell); {
		case precision == grid.Off:
			next = records.Whereabouts{}
		case cell != 0:
			next.Cell = uint64(cell.Parent(precision.Level()))
		}
		if next == was {
			return nil
		}
		err = e.records.WritePlace(ctx, ref, subject.Standing.Version, next, subject.PlaceUntil)
		if tactful.KindOf(err) != tactful.Conflict {
			return err
		}
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}
