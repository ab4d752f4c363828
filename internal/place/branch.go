package place

import (
	"strings"

	"github.com/tactful/tactful"
)

// Branch is a place of the business's own, and how far around it people come from.
type Branch struct {
	ID     string  `yaml:"id" doc:"as items name it"`
	Lat    float64 `yaml:"lat" doc:"degrees north"`
	Lng    float64 `yaml:"lng" doc:"degrees east"`
	Metres float64 `yaml:"metres" doc:"from how far people come; 15000 is usual"`
}

// Point where the branch stands.
func (b *Branch) Point() Point { return Point{Lat: b.Lat, Lng: b.Lng} }

// Fault says what is wrong with a branch, nil for nothing.
func (b *Branch) Fault() error {
	z := Zone{Lat: b.Lat, Lng: b.Lng, Metres: b.Metres}
	if b.ID == "" || len(b.ID) > 64 || strings.ContainsAny(b.ID, ", ") || z.Fault() != nil {
		return tactful.InvalidField("branch", "is not a place with an id and a distance", "give an id without spaces and commas, lat, lng and metres up to 100000")
	}
	return nil
}

// Serves reports whether any of a cell lies within the branch's distance.
func (b *Branch) Serves(c Cell) bool { return c.Known() && c.Reaches(b.Point(), b.Metres) }

// HasBranch reports whether an item's word about its branches ("luzern, bern")
// names one of them, and which.
func HasBranch(said string, of []string) (string, bool) {
	for id := range strings.SplitSeq(said, ",") {
		id = strings.TrimSpace(id)
		for _, known := range of {
			if id != "" && id == known {
				return known, true
			}
		}
	}
	return "", false
}

// Secret reports whether a cell is of people who must not be found: any of it lies
// in barracks or a shelter, or its middle lies in any sensitive place.
func Secret(c Cell, sensitive []Zone) bool {
	for i := range sensitive {
		z := &sensitive[i]
		if (z.Kind == "barracks" || z.Kind == "shelter") && c.Reaches(z.Point(), z.Metres) || Metres(c.Centre(), z.Point()) <= z.Metres {
			return true
		}
	}
	return false
}

// In reports whether a point lies in a sensitive place.
func In(p Point, sensitive []Zone) bool {
	for i := range sensitive {
		if Metres(p, sensitive[i].Point()) <= sensitive[i].Metres {
			return true
		}
	}
	return false
}
