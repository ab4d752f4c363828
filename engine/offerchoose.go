package engine

import (
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
)

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
			o.candidates = append(o.candidates, campaign.Candidate(&o.c, o.weighed(row), row.item, &fit))
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
			if before, i, ok := o.picked(id, options); ok {
				o.shown = append(o.shown, before)
				return i, nil
			}
			if o.drawn.draw == "" {
				var err error
				if o.drawn.draw, err = o.newID(); err != nil {
					return 0, err
				}
			}
			chosen = options[campaign.Draw(o.drawn.draw, id, chances)]
			shown.Choice, shown.Draw = choiceThompson, o.drawn.draw
		} else {
			shown.Apprentice = o.candidates[options[campaign.Likeliest(chances)]].Offer.Creative
		}
		for k, i := range options {
			shown.Options = append(shown.Options, tactful.OfferOption{Creative: o.candidates[i].Offer.Creative, Propensity: chances[k]})
		}
	}
	shown.Creative = o.candidates[chosen].Offer.Creative
	if shown.Choice == choiceThompson {
		o.drawn.keep(shown)
	}
	o.shown = append(o.shown, shown)
	return chosen, nil
}
