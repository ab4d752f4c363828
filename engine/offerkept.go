package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/explain"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/records"
)

// recordOf returns what was noted of the choice of a candidate.
func (o *choice) recordOf(x *decision.Offer) tactful.OfferShown {
	for _, s := range o.shown {
		if s.Campaign == x.Campaign && s.Creative == x.Creative {
			return s
		}
	}
	return tactful.OfferShown{Campaign: x.Campaign, Creative: x.Creative, Choice: choiceFixed}
}

// keep takes from the budgets, reserves what is shown with the receipt in one write,
// and answers.
func (o *choice) keep(ctx context.Context, order []int, permit decision.Permit, now time.Time) (*tactful.OfferDecision, error) {
	e := o.Engine
	d := &tactful.OfferDecision{
		Time: now, Placement: o.request.Placement, Channel: o.channel.String(), Level: o.c.Permit.Level, Offers: []tactful.Offered{},
		GPC: permit.GPC, GPCKept: permit.GPCKept,
	}
	booking := records.Booking{Expires: e.latest.see(now).Add(e.cfg.Receipts.Keep), Term: e.cfg.Guards.Frequency.Keep}
	record := &tactful.OfferRecord{Channel: d.Channel, Placement: d.Placement}
	var taken []*campaign.Campaign
	fail := func(err error) (*tactful.OfferDecision, error) {
		for _, c := range taken {
			e.giveBack(c, now)
		}
		return nil, err
	}
	var kept []int
	var shown []tactful.Shown
	for _, i := range order {
		x := &o.candidates[i]
		row := &o.stall.rows[o.rows[i]]
		c := o.stall.set.At(row.campaign)
		title, body, ok := o.words(x, row)
		if !ok {
			o.skip(row, notWorded, "a merge field has nothing to say, or what it says presses")
			continue
		}
		has, err := e.take(ctx, c, now)
		if err != nil {
			return fail(fmt.Errorf("lease a budget: %w", err))
		}
		if !has {
			o.skip(row, notInBudget, "the campaign's budget is used up")
			continue
		}
		taken, kept = append(taken, c), append(kept, i)
		v := &c.Creatives[row.creative]
		one := tactful.Offered{
			Campaign: c.ID, Creative: v.ID, Kind: c.Kind.String(), Title: title, Body: body, URL: v.URL, Item: v.Item, Category: guard.ShowingOf(x, now).Category,
			Language: v.Language, House: v.House, Reason: o.reason(i),
		}
		if one.URL == "" && row.item != nil {
			one.URL = row.item.URL
		}
		d.Offers = append(d.Offers, one)
		of := o.recordOf(x.Offer)
		of.Item = v.Item
		record.Shown = append(record.Shown, of)
		shown = append(shown, tactful.Shown{Item: offerName(c.ID, v.ID), Score: x.Score, Origin: x.Origin, Reason: one.Reason})
		if o.counted(x) {
			s := guard.ShowingOf(x, now)
			booking.Showings = append(booking.Showings, s)
		}
	}
	if o.message != nil && len(booking.Showings) > 0 {
		o.message.State, o.message.Decided, o.message.Why = records.MessageSending, now.UTC(), ""
		o.message.Campaign, o.message.Creative = record.Shown[0].Campaign, record.Shown[0].Creative
		booking.Message, booking.Outbox = o.message, o.subject.Outbox
	}
	d.Withheld, d.Reasons = o.withheld(), o.left
	booking.Receipt = o.receipt(d, kept, shown, record)
	var err error
	if len(booking.Showings) > 0 {
		err = e.records.Reserve(ctx, o.ref, o.subject.Standing.Version, o.subject.Showings, &booking, now)
	} else {
		err = e.records.AppendReceipt(ctx, o.ref, booking.Receipt, booking.Expires)
	}
	if kind := tactful.KindOf(err); kind == tactful.Conflict || kind == tactful.NotFound { // changed, or erased, in between
		return fail(errDecideAgain)
	}
	if err != nil {
		return fail(fmt.Errorf("decide on offers: keep the receipt: %w", err))
	}
	d.ID = booking.Receipt.ID
	if err := o.headers(d, now); err != nil {
		return nil, err
	}
	e.tally.offered(d)
	return d, nil
}

// counted reports whether a showing is counted: always where the person's data is
// read, which what is the same for everybody does not need.
func (o *choice) counted(x *decision.Candidate) bool {
	return o.subject != nil && (o.known || x.Offer.Kind == decision.KindService)
}

// offerName is how receipts and reports name an offer.
func offerName(campaign, creative string) string { return campaign + "/" + creative }

// reason says why an offer is made. What others may see names a kind of thing at
// most, never what the person did.
func (o *choice) reason(i int) tactful.Reason {
	x := &o.candidates[i]
	category, coarse := o.work.rulings.Coarse(&o.c, o.candidates, i)
	precision := explain.Precision{Coarse: coarse, Category: category, Noted: o.work.rulings.Noted(i)}
	if o.channel != decision.ChannelSite && !coarse {
		precision.Coarse = true
		if len(x.Contributions) > 0 {
			precision.Category = o.crowded(&o.c.Evidence.Pieces[x.Contributions[0].Piece])
		}
	}
	return o.explainer.Reason(&o.c, x, discreet(&o.c, x, precision))
}

// crowded is the most special category of a piece that enough people touched.
func (o *choice) crowded(p *decision.Piece) string {
	if p.Listed == nil {
		return ""
	}
	for _, name := range slices.Backward(p.Listed.Categories) {
		if o.c.Crowds[name] >= o.cfg.Guards.Support {
			return name
		}
	}
	return ""
}

// withheld counts what was stopped: by the guards in their order, then by what kept
// creatives from being candidates. Creatives are named as offerName does.
func (o *choice) withheld() []tactful.Withheld {
	var all []tactful.Withheld
	for g, guard := range o.guards {
		w := tactful.Withheld{Guard: guard.Name()}
		for i := range o.candidates {
			if o.work.rulings.Verdict(g, i).Stops() {
				w.Count++
				if len(w.Items) < 5 {
					w.Items = append(w.Items, offerName(o.candidates[i].Offer.Campaign, o.candidates[i].Offer.Creative))
				}
			}
		}
		if w.Count > 0 {
			all = append(all, w)
		}
	}
	for _, why := range [...]string{notNow, notInBudget, notAudience, heldOut, notLanguage, notListed, notWorded, noWayOut} {
		if n := o.counts[why]; n > 0 {
			all = append(all, tactful.Withheld{Guard: why, Count: n})
		}
	}
	return all
}

// receipt writes the decision down, the evidence among it that chose the audience.
func (o *choice) receipt(d *tactful.OfferDecision, kept []int, shown []tactful.Shown, record *tactful.OfferRecord) *tactful.Receipt {
	list := tactful.Decision{Time: d.Time, Placement: tactful.ForYou, Level: d.Level, Withheld: d.Withheld}
	r := o.Engine.receipt(&o.c, o.stall.ground, &list, o.candidates, kept)
	r.Shown, r.Offer = shown, record
	r.Judged = o.work.rulings.Judged(o.candidates)
	return r
}
