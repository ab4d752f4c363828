package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
)

// Worth is what a campaign did, counted from what is stored now, so that whoever is
// erased is in it no more. A number is left out where fewer than Fewest people, or all
// but so few, stand behind it: one more click, or one report, never shows by itself.
type Worth struct {
	Campaign     string
	Since, Until time.Time
	Fewest       int
	Placements   []PlacementWorth
	Shown        *WorthGroup // people who agreed to experiments, but for the holdout; nil for too few
	Holdout      *WorthGroup // those to whom it is not shown
	Lift         *WorthLift  // nil without both groups
}

// PlacementWorth is how people responded in one place. Revenue is of what the campaign
// advertises, bought from the first showing there on: who was shown it in two places
// counts in both, so the rows are no parts of a sum.
type PlacementWorth struct {
	Placement, Channel string
	Few                bool     // fewer people than may be counted: all numbers are left out
	Fewer              []string // which numbers are left out, by their names in the API
	People             int
	Showings           int
	Clicks             int
	Dismissals         int
	Creepy             int // "this feels creepy"
	Conversions        int
	OptOuts            int   // people who took back their yes to the channel within a week after the first showing
	Revenue            int64 // hundredths, to two digits
}

// WorthGroup is people and what they bought of what the campaign advertises. They
// are compared whole, whoever was really shown something: else the groups would
// differ by more than the campaign.
type WorthGroup struct {
	People, Buyers int
	Revenue        int64 // hundredths, to two digits
}

// WorthLift is how much more was bought than in the holdout.
type WorthLift struct {
	Buyers    float64 // more of a hundred people
	Low, High float64 // its 95 % interval
	Revenue   float64 // hundredths more for each person
}

const (
	optOutAfter  = 7 * 24 * time.Hour
	worthShards  = 16
	worthPupils  = 64
	worthLongest = 60 * 24 * time.Hour
)

// CampaignWorth says what a campaign is worth. It reads everybody who agreed, so it
// takes its time on many people.
func (e *Engine) CampaignWorth(ctx context.Context, id string) (*Worth, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	set := e.offered.Load()
	at, known := set.Find(id)
	if !known {
		return nil, tactful.Errorf(tactful.NotFound, "there is no such campaign")
	}
	c := set.At(at)
	since := now.Add(-min(worthLongest, e.cfg.Receipts.Keep, e.cfg.Guards.Frequency.Keep))
	if c.Schedule.Start.After(since) {
		since = c.Schedule.Start
	}
	w := &worth{Engine: e, c: c, since: since, now: now, places: map[[2]string]*spot{}}
	if err := e.eachPerson(ctx, records.Want{Showings: true, Events: records.AllEvents}, now, w.add); err != nil {
		return nil, fmt.Errorf("count a campaign's worth: %w", err)
	}
	return w.sum(), nil
}

// eachPerson opens everybody whose data is not restricted, some at a time.
func (e *Engine) eachPerson(ctx context.Context, want records.Want, now time.Time, do func(ctx context.Context, s *records.Subject) error) error {
	for shard := range worthShards {
		var refs []tactful.Ref
		flush := func() error {
			subjects, err := e.records.OpenAll(ctx, refs, want, now)
			refs = refs[:0]
			if err != nil {
				return err
			}
			for _, s := range subjects {
				if s != nil {
					if err := do(ctx, s); err != nil {
						return err
					}
				}
			}
			return nil
		}
		var all []tactful.Ref
		err := e.records.ScanSubjects(ctx, shard, worthShards, now, func(ref tactful.Ref, s *records.Standing) error {
			if !s.Frozen && !s.Minor {
				all = append(all, ref)
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		for len(all) > 0 {
			n := min(worthPupils, len(all))
			refs, all = append(refs, all[:n]...), all[n:]
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// worth counts one campaign.
type worth struct {
	*Engine
	c          *campaign.Campaign
	since, now time.Time
	places     map[[2]string]*spot
	groups     [2]WorthGroup // shown, holdout
}

// spot is a row while it is counted: its numbers, and how many people are behind each.
type spot struct {
	PlacementWorth
	by map[string]int
}

// deed is what one person did in a place.
type deed struct {
	first time.Time // when it was shown first
	did   map[string]bool
}

func (w *worth) add(ctx context.Context, s *records.Subject) error {
	w.group(s)
	mine := slices.ContainsFunc(s.Showings.Past, func(p decision.Showing) bool { return p.Campaign == w.c.ID && p.Fate.Counts() })
	if !mine {
		return nil
	}
	receipts, err := w.records.Receipts(ctx, s.Ref, 0, w.now)
	if tactful.KindOf(err) == tactful.NotFound && err != nil {
		return nil // erased meanwhile
	}
	if err != nil {
		return err
	}
	here := map[[2]string]*deed{}
	for _, r := range receipts {
		if r.Offer == nil || r.Time.Before(w.since) {
			continue
		}
		for i, shown := range r.Offer.Shown {
			if shown.Campaign != w.c.ID || i >= len(r.Shown) {
				continue
			}
			at := slices.IndexFunc(s.Showings.Past, func(p decision.Showing) bool {
				return p.Campaign == shown.Campaign && p.Creative == shown.Creative && p.At.UnixMilli() == r.Time.UnixMilli()
			})
			if at < 0 || !s.Showings.Past[at].Fate.Counts() {
				continue // given back, or not counted any more
			}
			key := [2]string{r.Offer.Placement, r.Offer.Channel}
			p := w.places[key]
			if p == nil {
				p = &spot{PlacementWorth{Placement: key[0], Channel: key[1]}, map[string]int{}}
				w.places[key] = p
			}
			p.Showings++
			d := here[key]
			if d == nil {
				d = &deed{first: s.Showings.Past[at].At, did: map[string]bool{}}
				here[key] = d
			}
			if s.Showings.Past[at].At.Before(d.first) {
				d.first = s.Showings.Past[at].At
			}
			for _, f := range r.Feedback {
				if f.Item == "" || f.Item == r.Shown[i].Item {
					p.respond(d, f.Kind)
				}
			}
		}
	}
	for key, d := range here {
		p := w.places[key]
		p.People++
		if w.optedOut(s.Standing, key[1], d.first) {
			p.OptOuts++
			d.did["optOuts"] = true
		}
		revenue, bought := w.bought(s, d.first)
		p.Revenue += revenue
		d.did["revenue"] = bought
		for name, did := range d.did {
			if did {
				p.by[name]++
			}
		}
	}
	return nil
}

// respond counts one response.
func (p *spot) respond(d *deed, kind tactful.FeedbackKind) {
	switch kind {
	case tactful.FeedbackClicked:
		p.Clicks++
		d.did["clicks"] = true
	case tactful.FeedbackDismissed:
		p.Dismissals++
		d.did["dismissals"] = true
	case tactful.FeedbackCreepy:
		p.Creepy++
		d.did["creepy"] = true
	case tactful.FeedbackConverted:
		p.Conversions++
		d.did["conversions"] = true
	case tactful.FeedbackUnknown, tactful.FeedbackShown, tactful.FeedbackWrong:
	}
}

// told returns the row with what may be told of it.
func (p *spot) told() PlacementWorth {
	out := p.PlacementWorth
	if out.People < fewest {
		return PlacementWorth{Placement: out.Placement, Channel: out.Channel, Few: true}
	}
	for _, n := range []struct {
		name  string
		count *int
	}{{"clicks", &out.Clicks}, {"dismissals", &out.Dismissals}, {"creepy", &out.Creepy}, {"conversions", &out.Conversions}, {"optOuts", &out.OptOuts}} {
		if tooFew(p.by[n.name], out.People) {
			*n.count, out.Fewer = 0, append(out.Fewer, n.name)
		}
	}
	out.Revenue = rounded(out.Revenue)
	if tooFew(p.by["revenue"], out.People) {
		out.Revenue, out.Fewer = 0, append(out.Fewer, "revenue")
	}
	return out
}

// tooFew reports whether n of all people are too few to be told, or all but too few.
// None are too few as well: else the first one would show.
func tooFew(n, all int) bool {
	rest := all - n
	return n < fewest || rest > 0 && rest < fewest
}

// rounded keeps two digits, so that one purchase seldom shows.
func rounded(sum int64) int64 {
	unit := int64(1)
	for sum/unit >= 100 {
		unit *= 10
	}
	return (sum + unit/2) / unit * unit
}

// optedOut reports whether somebody took back their yes to a channel soon after.
func (w *worth) optedOut(s *records.Standing, channel string, shown time.Time) bool {
	of, _ := decision.ParseChannel(channel)
	c, said := s.Consents.Purposes[of.Purpose()]
	return said && c.Answer == tactful.Withdrawn && c.Time.After(shown) && c.Time.Before(shown.Add(optOutAfter))
}

// group adds somebody to the comparison, who must have agreed to experiments and to
// the campaign's channel.
func (w *worth) group(s *records.Subject) {
	standing := w.standing(s.Standing, w.now)
	allowed := func(p tactful.Purpose) bool {
		return w.policy.Permit(standing, consent.Ask{Purpose: p}, w.now).Allowed
	}
	if !allowed(tactful.Experiments) || !slices.ContainsFunc(w.c.Creatives, func(v campaign.Creative) bool { return allowed(v.Channel.Purpose()) }) {
		return
	}
	g := &w.groups[0]
	if w.held(s.Ref, w.c.ID) {
		g = &w.groups[1]
	}
	g.People++
	revenue, bought := w.bought(s, w.since)
	g.Revenue += revenue
	if bought {
		g.Buyers++
	}
}

// bought sums what somebody bought of what the campaign advertises from a moment on.
func (w *worth) bought(s *records.Subject, from time.Time) (revenue int64, some bool) {
	items := w.ground.Load().items
	for i := range s.Events {
		event := &s.Events[i].Event
		if event.Action != tactful.Purchased || event.Time.Before(from) {
			continue
		}
		if item := items.ByID(event.Item); item != nil && w.advertises(item) {
			some = true
			revenue += event.Value * int64(max(event.Quantity, 1))
		}
	}
	return revenue, some
}

// advertises reports whether a purchase counts for the campaign; of one that
// advertises nothing in particular, any does.
func (w *worth) advertises(item *tactful.Item) bool {
	any := true
	for i := range w.c.Creatives {
		v := &w.c.Creatives[i]
		if v.Item == "" && v.Category == "" {
			continue
		}
		any = false
		if v.Item == item.ID || v.Category != "" && decision.Covers(v.Category, item) {
			return true
		}
	}
	return any
}

func (w *worth) sum() *Worth {
	out := &Worth{Campaign: w.c.ID, Since: w.since, Until: w.now, Fewest: fewest, Placements: []PlacementWorth{}}
	for _, p := range w.places {
		out.Placements = append(out.Placements, p.told())
	}
	slices.SortFunc(out.Placements, func(a, b PlacementWorth) int {
		if a.Placement != b.Placement {
			return compareText(a.Placement, b.Placement)
		}
		return compareText(a.Channel, b.Channel)
	})
	for k, into := range []**WorthGroup{&out.Shown, &out.Holdout} {
		if g := &w.groups[k]; !tooFew(g.Buyers, g.People) {
			g.Revenue = rounded(g.Revenue)
			*into = g
		}
	}
	if out.Shown != nil && out.Holdout != nil {
		out.Lift = lift(out.Shown, out.Holdout)
	}
	return out
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// lift compares two shares (Newcombe 1998, from Wilson's intervals).
func lift(shown, held *WorthGroup) *WorthLift {
	share := func(g *WorthGroup) (p, low, high float64) {
		const z = 1.959964
		n, x := float64(g.People), float64(g.Buyers)
		p = x / n
		middle, half := (p+z*z/(2*n))/(1+z*z/n), z/(1+z*z/n)*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
		return p, middle - half, middle + half
	}
	a, la, ha := share(shown)
	b, lb, hb := share(held)
	d := a - b
	return &WorthLift{
		Buyers: 100 * d, Low: 100 * (d - math.Sqrt((a-la)*(a-la)+(hb-b)*(hb-b))), High: 100 * (d + math.Sqrt((ha-a)*(ha-a)+(b-lb)*(b-lb))),
		Revenue: float64(shown.Revenue)/float64(shown.People) - float64(held.Revenue)/float64(held.People),
	}
}

// countArms counts how people who agree to experiments now responded to creatives.
func (e *Engine) countArms(ctx context.Context, now time.Time) error {
	if e.cfg.Campaigns.Choice == choiceFixed || e.offered.Load().Len() == 0 {
		return nil
	}
	a := &arms{counts: map[[2]string]campaign.Arm{}}
	err := e.eachPerson(ctx, records.Want{Showings: true}, now, func(_ context.Context, s *records.Subject) error {
		if len(s.Showings.Past) == 0 || !e.policy.Permit(e.standing(s.Standing, now), consent.Ask{Purpose: tactful.Experiments}, now).Allowed {
			return nil
		}
		for i := range s.Showings.Past {
			p := &s.Showings.Past[i]
			if !p.Fate.Counts() {
				continue
			}
			arm := a.counts[[2]string{p.Campaign, p.Creative}]
			arm.Shown++
			if p.Fate == decision.Clicked || p.Fate == decision.Converted {
				arm.Clicked++
			}
			a.counts[[2]string{p.Campaign, p.Creative}] = arm
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("count responses: %w", err)
	}
	e.arms.Store(a)
	return nil
}
