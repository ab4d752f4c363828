package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/explain"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/records"
)

// Why a campaign is not even a candidate, beside the names of guards.
const (
	notNow      = "schedule"
	notInBudget = "budget"
	notAudience = "audience"
	notLanguage = "language"
	notListed   = "stock"
	heldOut     = "holdout"
	notWorded   = "wording"
	noWayOut    = "unsubscribe"
)

// Offer decides which offers somebody may be shown or sent on a channel, or none.
// The path is that of Decide: subject, permit for the channel's purpose, evidence,
// candidates (the creatives whose audience fits), guards judge all of them, choose by
// priority, reserve and keep the receipt in one write, answer. Whoever is not known,
// or did not agree, is shown at most one creative that is the same for everybody.
func (e *Engine) Offer(ctx context.Context, r *tactful.OfferRequest) (*tactful.OfferDecision, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	channel, err := offerChannel(r)
	if err != nil {
		return nil, err
	}
	if err := e.AdoptPolicy(ctx); err != nil {
		return nil, err
	}
	work := e.benches.Get().(*bench)
	var d *tactful.OfferDecision
	err = error(errDecideAgain)
	for n := 0; n < writeTries && errors.Is(err, errDecideAgain); n++ {
		d, err = e.offer(ctx, work, r, channel, e.clock.Now())
		work.forget()
	}
	e.benches.Put(work) // not deferred: after a panic nobody uses this memory again
	return d, err
}

func offerChannel(r *tactful.OfferRequest) (decision.Channel, error) {
	if err := r.Validate(); err != nil {
		return decision.ChannelNone, err
	}
	if about := decision.OwnTerms(r.Placement); about != "" {
		return decision.ChannelNone, tactful.RefuseSignificant("placement", about)
	}
	channel, known := decision.ParseChannel(r.Channel)
	if !known {
		return channel, tactful.InvalidField("channel", "is missing or unknown", "send site, mail, push, sms, ad or letter")
	}
	return channel, nil
}

// choice is one decision about offers in the making.
type choice struct {
	*Engine
	work       *bench
	stall      *stall
	request    *tactful.OfferRequest
	channel    decision.Channel
	c          decision.Case
	ref        tactful.Ref
	subject    *records.Subject
	known      bool // their data may be used for the channel
	tests      bool // they agreed to experiments
	candidates []decision.Candidate
	rows       []int // beside candidates: places in the stall
	left       []tactful.Unoffered
	counts     map[string]int
	draw       string
	shown      []tactful.OfferShown // beside what is shown
}

func (e *Engine) offer(ctx context.Context, work *bench, r *tactful.OfferRequest, channel decision.Channel, now time.Time) (*tactful.OfferDecision, error) {
	ground := e.ground.Load()
	work.deeds.Number = ground.items.NumberOf
	o := &choice{Engine: e, work: work, stall: e.stallOf(ground), request: r, channel: channel, counts: map[string]int{}}
	permit, err := o.admit(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("decide on offers: %w", err)
	}
	if err := e.openedList(ctx, r.Subject, o.ref, now); err != nil {
		return nil, err
	}
	o.situation(ground, permit, now)
	o.gather()
	if err := guard.Run(e.guards, &o.c, o.candidates, &work.rulings); err != nil {
		return nil, fmt.Errorf("decide on offers: %w", err)
	}
	for _, failure := range work.rulings.Failures() {
		e.log.Error("a guard failed and refused everything", "guard", failure.Guard, "err", failure.Err)
	}
	order, err := o.choose()
	if err != nil {
		return nil, fmt.Errorf("decide on offers: %w", err)
	}
	order = guard.Arrange(&o.c, o.candidates, order, nil, &work.rulings)
	listed := slices.DeleteFunc(slices.Clone(order), func(i int) bool { return o.candidates[i].Item == nil })
	if err := e.spend(ctx, &o.c, o.ref, o.subject, o.candidates, listed); err != nil {
		return nil, err
	}
	if o.told(listed) {
		return nil, errDecideAgain // what it tells is written down; the reservation needs what is there now
	}
	return o.keep(ctx, order, permit, now)
}

// told reports whether spend has just changed the row.
func (o *choice) told(order []int) bool {
	if o.c.Cues == nil || len(o.c.Cues.Classes) == 0 || o.subject == nil || o.c.Permit.Level < tactful.Personal {
		return false
	}
	items := make([]tactful.ItemNo, len(order))
	for k, i := range order {
		items[k] = o.candidates[i].Item.No
	}
	_, more := o.c.Told.With(o.c.Cues, week(o.c.Now), items)
	return more
}

// admit finds the person and asks consent for the channel's purpose. What they were
// shown is read with the version that a reservation needs.
func (o *choice) admit(ctx context.Context, now time.Time) (decision.Permit, error) {
	e, r := o.Engine, o.request
	ask := consent.Ask{Purpose: o.channel.Purpose(), GPC: r.GPC, Region: r.Region}
	nobody := e.policy.Permit(consent.Standing{}, ask, now)
	if r.Subject == (tactful.Alias{}) {
		return nobody, nil
	}
	refs, err := e.records.Lookup(ctx, []tactful.Alias{r.Subject}, now)
	if err != nil {
		return nobody, fmt.Errorf("find the subject: %w", err)
	}
	if refs[0].IsZero() {
		return nobody, nil
	}
	standings, err := e.records.ReadStanding(ctx, refs, now)
	if err != nil {
		return nobody, fmt.Errorf("read consent: %w", err)
	}
	if standings[0] == nil {
		return nobody, nil
	}
	o.ref = refs[0]
	permit := e.policy.Permit(e.standing(standings[0], now), ask, now)
	want := records.Want{Settings: true, Preferences: true, Told: true, Showings: true}
	switch permitted := permit.Allowed && permit.Level >= tactful.Personal; {
	case permitted:
		want.Events, want.Deeds = historyRead, &o.work.deeds
	case permit.Frozen || !o.serves(): // nothing of them is needed, so nothing is read
		return permit, nil
	}
	subject, err := e.records.OpenSince(ctx, o.ref, standings[0], want, now)
	if tactful.KindOf(err) == tactful.NotFound {
		o.ref = tactful.Ref{}
		return nobody, nil
	}
	if err != nil {
		return nobody, fmt.Errorf("read the history: %w", err)
	}
	o.subject = subject
	standing := e.standing(subject.Standing, now)
	o.tests = e.policy.Permit(standing, consent.Ask{Purpose: tactful.Experiments, GPC: r.GPC, Region: r.Region}, now).Allowed
	return e.policy.Permit(standing, ask, now), nil
}

// serves reports whether there is a service campaign for the place: what a customer
// has to know, whatever they agreed to.
func (o *choice) serves() bool {
	for i := range o.stall.set.Len() {
		if c := o.stall.set.At(i); c.Kind == decision.KindService && c.On(o.request.Placement, o.channel) {
			return true
		}
	}
	return false
}

// surface is who else may see what goes out on a channel; of a mail, its subject.
func surface(channel decision.Channel) tactful.Surface {
	switch channel {
	case decision.ChannelSite:
		return tactful.SurfacePage
	case decision.ChannelMail:
		return tactful.SurfaceEmailSubject
	case decision.ChannelPush:
		return tactful.SurfacePush
	case decision.ChannelSMS:
		return tactful.SurfaceSMS
	case decision.ChannelLetter:
		return tactful.SurfaceLetter
	case decision.ChannelAd, decision.ChannelNone:
	}
	return tactful.SurfaceHousehold // a page of somebody else: whoever stands beside sees it
}

// situation lays down what this decision may know.
func (o *choice) situation(ground *ground, permit decision.Permit, now time.Time) {
	r := o.request
	request := &tactful.Request{Subject: r.Subject, Placement: tactful.ForYou, Items: r.Items, Count: r.Count, Language: r.Language, Region: r.Region, GPC: r.GPC, Surface: surface(o.channel)}
	known := permit.Allowed && permit.Level >= tactful.Personal
	subject := o.subject
	if !known {
		subject = nil // a service message says the same to everybody; only what was sent is counted
	}
	c, used := o.Engine.situation(o.work, ground, request, subject, permit, now)
	o.c = c
	o.known = known && used != nil
	o.c.Zone = o.zone
	if o.subject == nil {
		return
	}
	o.c.Showings = o.subject.Showings
	if o.c.Showings != nil && o.c.Showings.Limits != nil && o.c.Showings.Limits.Zone != "" {
		if zone, err := time.LoadLocation(o.c.Showings.Limits.Zone); err == nil {
			o.c.Zone = zone
		}
	}
}

// skip notes why a creative is not a candidate.
func (o *choice) skip(row *stallRow, why, detail string) {
	o.counts[why]++
	if len(o.left) < tactful.MaxUnoffered {
		o.left = append(o.left, tactful.Unoffered{Campaign: row.offer.Campaign, Creative: row.offer.Creative, Guard: why, Detail: detail})
	}
}

// gather makes the candidates: creatives of live campaigns for this place, channel
// and language whose audience the person is in.
func (o *choice) gather() {
	s := o.stall
	for at := 0; at < len(s.rows); {
		i := s.rows[at].campaign
		from := at
		for at < len(s.rows) && s.rows[at].campaign == i {
			at++
		}
		rows := s.rows[from:at]
		c := s.set.At(i)
		if !c.On(o.request.Placement, o.channel) {
			continue
		}
		o.consider(c, rows, from)
	}
}

func (o *choice) consider(c *campaign.Campaign, rows []stallRow, from int) {
	e := o.Engine
	none := func(why, detail string) {
		for k := range rows {
			if rows[k].offer.Channel == o.channel {
				o.skip(&rows[k], why, detail)
			}
		}
	}
	service := c.Kind == decision.KindService
	switch {
	case !c.Schedule.Open(o.c.Now):
		none(notNow, "the campaign does not run now")
		return
	case !e.campaigns.budgets.spendable(c, o.c.Now):
		none(notInBudget, "the campaign's budget is used up")
		return
	case o.channel == decision.ChannelMail && !service && e.cfg.Campaigns.Unsubscribe == "":
		none(noWayOut, "no address is configured at which people can unsubscribe (engine.campaigns.unsubscribe)")
		return
	}
	if service && o.channel.Sent() && o.subject == nil {
		none(notAudience, "there is nobody to whom it could be sent")
		return
	}
	fit, in := c.Audience.Fits(&o.c)
	if !in {
		none(notAudience, "the person is not in the audience")
		return
	}
	if o.tests && o.known && !service && e.held(o.ref, c.ID) {
		none(heldOut, "the person is one of those to whom it is not shown, to measure what it is worth")
		return
	}
	tag := o.language(rows)
	for k := range rows {
		row := &rows[k]
		switch {
		case row.offer.Channel != o.channel:
		case !strings.EqualFold(row.offer.Language, tag):
			o.skip(row, notLanguage, "another language fits better")
		case row.missing != "":
			o.skip(row, notListed, row.missing)
		case row.item != nil && (!row.item.Shown(o.c.Now) || len(row.item.Regions) > 0 && !slices.Contains(row.item.Regions, o.request.Region)):
			o.skip(row, notListed, "what it advertises cannot be had")
		default:
			o.candidates = append(o.candidates, campaign.Candidate(&o.c, &row.offer, row.item, &fit))
			o.rows = append(o.rows, from+k)
		}
	}
}

// language chooses among the languages of a campaign's creatives: the one asked
// for, else one it is a part of, else the house's, else none.
func (o *choice) language(rows []stallRow) string {
	for _, want := range [...]string{o.c.Request.Language, o.cfg.Language} {
		for want != "" {
			for k := range rows {
				if rows[k].offer.Channel == o.channel && strings.EqualFold(rows[k].offer.Language, want) {
					return rows[k].offer.Language
				}
			}
			cut := strings.LastIndexByte(want, '-')
			want = want[:max(cut, 0)]
		}
	}
	return ""
}

// choose picks one creative of each campaign, in the fixed order; what is demoted
// comes last. Of those that say the same to everybody, one is enough.
func (o *choice) choose() (order []int, err error) {
	overall := o.work.rulings.Overall()
	var later []int
	for at := 0; at < len(o.candidates); {
		from := at
		row := &o.stall.rows[o.rows[at]]
		var options, demoted []int
		for at < len(o.candidates) && o.stall.rows[o.rows[at]].campaign == row.campaign {
			switch overall[at] {
			case decision.Allow, decision.Coarsen:
				options = append(options, at)
			case decision.Demote:
				demoted = append(demoted, at)
			case decision.Unruled, decision.Withhold:
			}
			at++
		}
		o.refused(from, at)
		switch {
		case len(options) > 0:
			i, err := o.pick(row.offer.Campaign, options)
			if err != nil {
				return nil, err
			}
			order = append(order, i)
		case len(demoted) > 0:
			later = append(later, demoted[0])
		}
	}
	order = append(order, later...)
	if !o.known {
		house := 0
		order = slices.DeleteFunc(order, func(i int) bool {
			if o.candidates[i].Offer.Kind == decision.KindService {
				return false
			}
			house++
			return house > 1
		})
	}
	return order, nil
}

// refused notes why the guards stopped candidates: the first one in the receipt's
// order, but copy that presses before all else, since that is nobody's doing but ours.
func (o *choice) refused(from, to int) {
	for i := from; i < to && len(o.left) < tactful.MaxUnoffered; i++ {
		stopped := -1
		for g, one := range o.guards {
			if !o.work.rulings.Verdict(g, i).Stops() {
				continue
			}
			if _, presses := one.(guard.Coercive); stopped < 0 || presses {
				stopped = g
			}
		}
		if stopped < 0 {
			continue
		}
		one, v := o.guards[stopped], o.work.rulings.Verdict(stopped, i)
		o.left = append(o.left, tactful.Unoffered{Campaign: o.candidates[i].Offer.Campaign, Creative: o.candidates[i].Offer.Creative, Guard: one.Name(),
			Detail: one.Detail(v.Detail), Sentence: o.explainer.LeftOut(one.Name(), v.Detail, o.c.Request.Language)})
	}
}

// pick chooses among a campaign's creatives that may be shown.
func (o *choice) pick(id string, options []int) (int, error) {
	shown := tactful.OfferShown{Campaign: id, Choice: choiceFixed}
	chosen := options[0]
	if o.tests && o.known && len(options) > 1 && o.cfg.Campaigns.Choice != choiceFixed {
		chances := campaign.Chances(o.arms.Load().of(id, options, o.candidates), o.cfg.Campaigns.Explore)
		if o.cfg.Campaigns.Choice == choiceThompson {
			if o.draw == "" {
				var err error
				if o.draw, err = o.newID(); err != nil {
					return 0, err
				}
			}
			chosen = options[campaign.Draw(o.draw, id, chances)]
			shown.Choice, shown.Draw = choiceThompson, o.draw
		} else {
			shown.Apprentice = o.candidates[options[campaign.Likeliest(chances)]].Offer.Creative
		}
		for k, i := range options {
			shown.Options = append(shown.Options, tactful.OfferOption{Creative: o.candidates[i].Offer.Creative, Propensity: chances[k]})
		}
	}
	shown.Creative = o.candidates[chosen].Offer.Creative
	o.shown = append(o.shown, shown)
	return chosen, nil
}

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
	return r
}
