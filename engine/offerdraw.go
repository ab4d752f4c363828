package engine

import (
	"encoding/hex"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
)

// drawing is what one decision about offers has drawn so far. It outlives a try that
// is decided again: a creative that was drawn stays drawn while it may be shown, so
// that the propensities in the receipt are those by which it was chosen.
type drawing struct {
	draw  string
	picks map[string]tactful.OfferShown // by campaign, of a choice by thompson
}

// drawingOf is the drawing of a message's decision, an empty one where there is no
// message. It is made of the message's own random name: a later try, in another
// process even, draws the same.
func drawingOf(m *records.Message) *drawing {
	if m == nil {
		return &drawing{}
	}
	return &drawing{draw: hex.EncodeToString(m.ID[:])}
}

// picked returns which of the options was drawn in an earlier try, if it may still be shown.
func (o *choice) picked(id string, options []int) (shown tactful.OfferShown, chosen int, ok bool) {
	shown, ok = o.drawn.picks[id]
	if !ok {
		return shown, 0, false
	}
	for _, i := range options {
		if o.candidates[i].Offer.Creative == shown.Creative {
			return shown, i, true
		}
	}
	return shown, 0, false
}

func (d *drawing) keep(s tactful.OfferShown) {
	if d.picks == nil {
		d.picks = map[string]tactful.OfferShown{}
	}
	d.picks[s.Campaign] = s
}
