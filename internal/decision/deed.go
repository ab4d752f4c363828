package decision

import (
	"time"

	"github.com/tactful/tactful"
)

// Deed is what a decision wants to know of a stored event: what the person did
// with which item, when, and who says so. Nothing else of the event is read.
type Deed struct {
	Key        EventKey
	Action     tactful.Action
	Provenance tactful.Provenance
	No         tactful.ItemNo // 0: never listed, or about no item
	Time       time.Time
}

// Newer orders deeds as a history is read: the newest first, of one moment the
// larger name.
func (d *Deed) Newer(than *Deed) bool {
	if !d.Time.Equal(than.Time) {
		return d.Time.After(than.Time)
	}
	return string(d.Key[:]) > string(than.Key[:])
}
