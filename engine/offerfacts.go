package engine

import (
	"fmt"
	"slices"

	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/decision"
)

// facts are what copy may lean on at this moment: how many pieces the catalogue says
// are left of what it advertises, and when the campaign ends.
func (o *choice) facts(row *stallRow) *coercion.Facts {
	zone := o.c.Zone
	if zone == nil {
		zone = o.zone
	}
	facts := &coercion.Facts{Stock: -1, Ends: o.stall.set.At(row.campaign).Schedule.End, Now: o.c.Now.In(zone)}
	if row.item != nil && row.item.Stock != nil {
		facts.Stock = *row.item.Stock
	}
	return facts
}

// readNow reads the words of a creative as they are written, with the facts of this moment.
func (e *Engine) readNow(c *campaign.Campaign, v *campaign.Creative) (*coercion.Finding, error) {
	model, err := coercion.Default()
	if err != nil {
		return nil, fmt.Errorf("read the copy: %w", err)
	}
	facts := &coercion.Facts{Stock: -1, Ends: c.Schedule.End, Now: e.clock.Now().In(e.zone)}
	if item := e.ground.Load().items.ByID(v.Item); item != nil && item.Stock != nil {
		facts.Stock = *item.Stock
	}
	f := model.Read(v.Title+"\n"+v.Body, v.Language, facts)
	return &f, nil
}

// weighed is an offer whose words were read with the facts of this moment, where they
// claim anything of stock or time: when they were loaded nothing could prove them. What is
// not true is blocked and what nothing proves waits, also after a human's yes; what is true
// is judged by how it is said.
func (o *choice) weighed(row *stallRow) *decision.Offer {
	read := o.stall.set.Finding(row.campaign, row.creative)
	if len(read.Claims) == 0 {
		return &row.offer
	}
	offer := row.offer
	model, err := coercion.Default()
	if err != nil {
		offer.Pressed = decision.Pressed{} // unread: it is not shown
		return &offer
	}
	f := o.campaigns.read.Read(model, offer.Title+"\n"+offer.Body, offer.Language, o.facts(row))
	said := offer.Pressed // what a human decided is in it
	offer.Pressed = campaign.Press(&f)
	if offer.Kind == decision.KindService && said.Waits { // whatever it claims: a human reads what is owed
		offer.Pressed.Waits = true
	}
	switch {
	case said.Blocked && read.Ruling != coercion.Stop: // a human's no
		offer.Pressed.Blocked = true
	case said.Allowed && !slices.ContainsFunc(f.Claims, func(c coercion.Claim) bool { return c.Truth == coercion.Unproved }):
		offer.Pressed.Waits = false // a human's yes to how it is said; that it is true no human can promise
	}
	return &offer
}
