package decision

import "time"

// Where is the place that somebody shares, as it holds for one decision. A case
// has one only where they agreed to location and to recommendations from their
// own data; nil is no place, and everything is as if there were none.
type Where struct {
	Permit Permit    // for the purpose location
	Finest int       // level of the grid: they agreed to no cell finer than this
	Cell   uint64    // of S2's grid
	Until  time.Time // when the cell is over

	Near      []string // branches that serve the cell
	Attribute string   // of items: at which branches it is to be had
}
