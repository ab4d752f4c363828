package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
	grid "github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
)

// Location sets up what is kept of where people are. The zero value keeps
// nothing of nobody who did not agree, for thirty days.
type Location struct {
	Keep      time.Duration `yaml:"keep" doc:"how long the last cell of a person is kept"`
	Sensitive []grid.Zone   `yaml:"sensitive" doc:"clinics, places of worship, shelters, barracks, schools: no point in them is kept, and no map has a cell that touches one of kind barracks or shelter"`
	Branches  []grid.Branch `yaml:"branches" doc:"your own shops: what is to be had near people who share their place is lifted in their lists; none: no list uses a place"`
	Attribute string        `yaml:"attribute" doc:"of items: ids of the branches that have it, with commas between"`
	Heat      report.Heat   `yaml:"heat" doc:"maps of where the crowd is"`
}

const (
	maxPoints = 2000 // of one call
	maxZones  = 20_000

	maxBranches = 1000
)

func (l *Location) defaults() {
	set(&l.Keep, 30*24*time.Hour)
	set(&l.Attribute, "branch")
	l.Heat.Defaults()
}

func (l *Location) validate() (faults []error) {
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.location."+field, detail, remedy))
	}
	if l.Keep < time.Hour || l.Keep > 400*24*time.Hour {
		fault("keep", "is out of range", "use 1 hour to 400 days")
	}
	if l.Heat.K < 50 || l.Heat.K > 1e6 {
		fault("heat.k", "is out of range", "use 50 or more")
	}
	if l.Heat.Settled < 2*l.Heat.K || l.Heat.Settled > 1e7 {
		fault("heat.settled", "is out of range", "use at least twice k")
	}
	for name, zones := range map[string][]grid.Zone{"sensitive": l.Sensitive, "heat.places": l.Heat.Places, "heat.exclude": l.Heat.Exclude} {
		if len(zones) > maxZones {
			fault(name, "are too many", fmt.Sprintf("list at most %d", maxZones))
		}
		for i := range zones {
			if err := zones[i].Fault(); err != nil {
				fault(fmt.Sprintf("%s[%d]", name, i), "is not a place with a radius", "give lat, lng and metres up to 100000")
			}
			if name == "sensitive" && !slices.Contains(grid.Kinds(), zones[i].Kind) {
				fault(fmt.Sprintf("%s[%d].kind", name, i), "is unknown", "use clinic, worship, shelter, barracks, school or other")
			}
		}
	}
	if len(l.Branches) > maxBranches {
		fault("branches", "are too many", fmt.Sprintf("list at most %d", maxBranches))
	}
	ids := map[string]bool{}
	for i := range l.Branches {
		b := &l.Branches[i]
		switch {
		case b.Fault() != nil:
			fault(fmt.Sprintf("branches[%d]", i), "is not a place with an id and a distance", "give an id without spaces and commas, lat, lng and metres up to 100000")
		case ids[b.ID]:
			fault(fmt.Sprintf("branches[%d].id", i), "is there twice", "give each branch an id of its own")
		case grid.In(b.Point(), l.Sensitive):
			fault(fmt.Sprintf("branches[%d]", i), "stands in a sensitive place", "leave it out: a list that knows who is near it would tell who goes there")
		}
		ids[b.ID] = true
	}
	return faults
}

// Located is what was kept of a call.
type Located struct {
	Precision grid.Precision
	Cell      string // "" where nothing may be known
	Hour      time.Time
	Until     time.Time // when it ends by itself
}

// Locate takes where somebody was and keeps one cell, as large as they agreed to:
// nothing of sensitive places and of the ends of journeys, nothing of before. The
// points live as long as the call. It needs their yes to location; off ends it.
func (e *Engine) Locate(ctx context.Context, a tactful.Alias, precision grid.Precision, points []grid.Point) (Located, error) {
	if err := e.enter(); err != nil {
		return Located{}, err
	}
	defer e.leave()
	if len(points) > maxPoints {
		return Located{}, tactful.InvalidField("points", "are too many", fmt.Sprintf("send at most %d", maxPoints))
	}
	now := e.clock.Now()
	for i := range points {
		if !points[i].Valid() || points[i].Time.IsZero() || points[i].Time.After(now.Add(time.Hour)) {
			return Located{}, tactful.InvalidField(fmt.Sprintf("points[%d]", i), "is not on the earth, or not of the past", "send degrees north and east, and the time")
		}
	}
	ref, err := e.findToChange(ctx, a, now, 0)
	if err != nil {
		return Located{}, err
	}
	if ref.IsZero() {
		return Located{}, tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	points = slices.Clone(points)
	defer clear(points)
	slices.SortStableFunc(points, func(a, b grid.Point) int { return a.Time.Compare(b.Time) })
	door := grid.Door{Sensitive: e.cfg.Location.Sensitive}
	for range writeTries {
		subject, err := e.records.Open(ctx, ref, records.Want{Preferences: true, Place: true}, now)
		if err != nil {
			return Located{}, err
		}
		standing, was, until := subject.Standing, records.Whereabouts{}, now.Add(e.cfg.Location.Keep)
		if subject.Place != nil {
			was, until = *subject.Place, subject.PlaceUntil
		}
		precision := limited(precision, subject.Preferences)
		next := records.Whereabouts{Precision: uint8(precision), Cell: was.Cell, Hour: was.Hour}
		if precision == grid.Off {
			next = records.Whereabouts{}
		} else if !e.mayPlace(standing, now) {
			return Located{}, &tactful.Error{Kind: tactful.Refused, Detail: "there is no live yes to location", Remedy: "ask the person, and record the answer first"}
		}
		if cell, at := door.Last(points, precision); cell != 0 && !at.Before(was.Hour) && !standing.Forgets(at) {
			next.Cell, next.Hour, until = uint64(cell), at.UTC().Truncate(time.Hour), now.Add(e.cfg.Location.Keep)
		}
		if c := grid.Cell(next.Cell); precision == grid.Town && c != 0 { // they have agreed to less than before
			next.Cell = uint64(c.Parent(grid.TownLevel))
		}
		err = e.records.WritePlace(ctx, ref, standing.Version, next, until)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return Located{}, err
		}
		return located(next, until), nil
	}
	return Located{}, tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// mayPlace asks consent whether where this person is may be kept and counted now.
func (e *Engine) mayPlace(s *records.Standing, now time.Time) bool {
	return e.placePermit(s, now).Allowed
}

// drawPlaces counts where people are who agreed to location and to improvement,
// and makes the map.
func (e *Engine) drawPlaces(ctx context.Context, q report.Question, f report.Family, now time.Time) (*report.Answer, error) {
	var cells []grid.Cell
	for shard := range surveyShards {
		may := map[tactful.Ref]bool{}
		err := e.records.ScanSubjects(ctx, shard, surveyShards, now, func(ref tactful.Ref, s *records.Standing) error {
			if e.mayPlace(s, now) && e.mayLearn(s, now) {
				may[ref] = true
			}
			return ctx.Err()
		})
		if err == nil {
			err = e.records.ScanPlaces(ctx, shard, surveyShards, now, func(ref tactful.Ref, w records.Whereabouts) error {
				if may[ref] && w.Cell != 0 {
					cells = append(cells, grid.Cell(w.Cell))
				}
				return ctx.Err()
			})
		}
		if err != nil {
			return nil, fmt.Errorf("count places: %w", err)
		}
	}
	heat := e.cfg.Location.Heat
	for _, z := range e.cfg.Location.Sensitive {
		if z.Kind == "barracks" || z.Kind == "shelter" {
			heat.Exclude = append(slices.Clip(heat.Exclude), z)
		}
	}
	cost := e.cfg.Reports.Each(report.Places)
	m, err := heat.Draw(cells, cost, noise.NewSource(e.entropy))
	if err != nil {
		return nil, err
	}
	return m.Answer(q, f, &e.cfg.Reports, now), nil
}

// errMapsOff refuses maps that nobody switched on.
func errMapsOff() error {
	return &tactful.Error{Kind: tactful.Refused, Field: "engine.location.heat.on", Detail: "maps of where people are are off", Remedy: "switch them on in the configuration, if your people know of it"}
}
