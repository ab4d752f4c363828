package replay

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/evidence"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/retail"
)

// Sizes of the row.
const (
	followedPeople = 120
	followedDays   = 30
	followedGoal   = 2 // of the same creative within a week
	followedLeast  = 2 // offers that somebody is shown all the same, on average
)

// measureFollowed plays reference/creepiness.md, replay 9: customers of the demo
// shop look at things on two devices, put some into the basket, leave, buy one of
// them and come back. Wherever they are, on the shop's pages, on pages of others
// and in their mail, somebody asks for an offer.
func measureFollowed(ctx context.Context, opt Options) (Row, error) {
	var cfg engine.Config
	cfg.Defaults()
	return followedBy(ctx, opt, guard.All(&cfg.Guards), &cfg)
}

func followedBy(ctx context.Context, opt Options, guards []guard.Guard, cfg *engine.Config) (Row, error) {
	n := opt.N
	if n == 0 {
		n = followedPeople
	}
	data, err := retail.Load()
	if err != nil {
		return Row{}, fmt.Errorf("read the shipped data: %w", err)
	}
	items := data.Items()
	listed := make(shelf, len(items)+1)
	byID := map[string]*tactful.Item{}
	for i := range items {
		items[i].No = tactful.ItemNo(i + 1)
		listed[i+1], byID[items[i].ID] = &items[i], &items[i]
	}
	all, err := data.Customers(retail.Setting{Now: opt.Clock.Now(), Seed: seedBytes(opt.Seed)})
	if err != nil {
		return Row{}, err
	}
	var plain, tact []float64
	var sum pursuit
	people := 0
	for customer := range all {
		if people == n {
			break
		}
		var wares []*tactful.Item
		for i := range customer.Events {
			if it := byID[customer.Events[i].Item]; it != nil && customer.Events[i].Action == tactful.Purchased && !slices.Contains(wares, it) {
				wares = append(wares, it)
			}
		}
		if len(wares) < 4 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return Row{}, err
		}
		people++
		h := &hunted{cfg: cfg, guards: guards, listed: listed, labels: &decision.Labels{Of: make([]decision.Classes, len(listed))},
			rng: rand.New(rand.NewPCG(opt.Seed, uint64(customer.Number))), wares: wares, start: opt.Clock.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -followedDays)}
		if err := h.month(); err != nil {
			return Row{}, err
		}
		tact = append(tact, float64(mostInAWeek(h.shown)))
		plain = append(plain, float64(mostInAWeek(h.plain)))
		sum.add(h)
		opt.report("followed", people, n)
	}
	if people == 0 {
		return Row{}, tactful.Errorf(tactful.Internal, "there are no customers to follow")
	}
	row := Row{
		Attack: "abandon, buy, come back by a second device; site, foreign pages and mail (demo customers, simulated visits)", Metric: "the same creative to one person within 7 days, p99",
		Plain: percentile(plain, 0.99), Tactful: percentile(tact, 0.99), Goal: fmt.Sprintf("at most %d", followedGoal), Bound: followedGoal, N: people, Seeds: []uint64{opt.Seed},
	}
	row.Interval = [2]float64{percentile(tact, 0.95), percentile(tact, 1)}
	row.Beside = []Figure{
		{Name: fmt.Sprintf("offers for what was bought, after buying it (a plain engine: %d)", sum.plainAfter), Value: float64(sum.after), Goal: "0", Met: sum.after == 0},
		{Name: fmt.Sprintf("most messages to one person on a day (a plain engine: %d)", sum.plainDaily), Value: float64(sum.daily), Goal: "at most 1", Met: sum.daily <= 1},
		figure("offers shown to a person all the same", float64(sum.shown)/float64(people), fmt.Sprintf("at least %d", followedLeast), followedLeast),
	}
	row.Met = row.Tactful <= followedGoal
	for _, f := range row.Beside {
		row.Met = row.Met && f.Met
	}
	return row, nil
}

// pursuit is what came of all of them.
type pursuit struct{ after, plainAfter, daily, plainDaily, shown int }

func (p *pursuit) add(h *hunted) {
	p.after += h.after(h.shown)
	p.plainAfter += h.after(h.plain)
	p.daily = max(p.daily, mostMessages(h.shown))
	p.plainDaily = max(p.plainDaily, mostMessages(h.plain))
	p.shown += len(h.shown)
}

// shelf is items by number.
type shelf []*tactful.Item

// ByNo returns an item.
func (s shelf) ByNo(no tactful.ItemNo) *tactful.Item {
	if int(no) < len(s) {
		return s[no]
	}
	return nil
}

// hunted is one customer over a month.
type hunted struct {
	cfg    *engine.Config
	guards []guard.Guard
	listed shelf
	labels *decision.Labels
	rng    *rand.Rand
	wares  []*tactful.Item
	start  time.Time

	deeds        []decision.Deed // newest first
	shown, plain []decision.Showing
	bought       *tactful.Item
	boughtAt     time.Time
	rulings      guard.Rulings
}

func (h *hunted) did(action tactful.Action, item *tactful.Item, at time.Time) {
	d := decision.Deed{Action: action, Provenance: tactful.Observed, No: item.No, Time: at}
	d.Key[0], d.Key[1] = byte(len(h.deeds)>>8), byte(len(h.deeds))
	h.deeds = slices.Insert(h.deeds, 0, d)
}

// month lets somebody look, put aside, buy and be asked about at every step.
func (h *hunted) month() error {
	wanted := h.wares[:3]
	buys := 5 + h.rng.IntN(15)
	for day := range followedDays {
		at := h.start.AddDate(0, 0, day).Add(time.Duration(9+h.rng.IntN(9)) * time.Hour)
		if day == buys {
			h.did(tactful.Purchased, wanted[0], at)
			h.bought, h.boughtAt = wanted[0], at
		}
		for range h.rng.IntN(4) { // a visit, by phone or by laptop: the person is one
			item := wanted[h.rng.IntN(3)]
			if h.rng.IntN(4) == 0 {
				item = h.wares[h.rng.IntN(len(h.wares))]
			}
			if item != h.bought {
				action := tactful.Viewed
				if h.rng.IntN(8) == 0 {
					action = tactful.Added
				}
				h.did(action, item, at)
			}
			for _, channel := range []decision.Channel{decision.ChannelSite, decision.ChannelAd, decision.ChannelAd} {
				if err := h.ask(channel, at); err != nil {
					return err
				}
			}
			at = at.Add(time.Duration(1+h.rng.IntN(40)) * time.Minute)
		}
		for range 3 { // what is triggered and what is planned, all to the same inbox
			if err := h.ask(decision.ChannelMail, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask is one decision, by the guards and by a plain engine that comes back to
// what was looked at last.
func (h *hunted) ask(channel decision.Channel, now time.Time) error {
	if len(h.deeds) == 0 {
		return nil
	}
	last := h.listed.ByNo(h.lastLooked())
	if last != nil {
		h.plain = slices.Insert(h.plain, 0, decision.Showing{At: now, Campaign: "back", Creative: last.ID, Category: lastOf(last), Item: last.No, Channel: channel})
	}
	c := decision.Case{
		Now: now, Request: &tactful.Request{Placement: tactful.ForYou, Count: 1}, Labels: h.labels, Zone: time.UTC, Showings: &decision.Showings{Past: h.shown},
		Permit: decision.Permit{Level: tactful.Full, Purpose: channel.Purpose(), Allowed: true, ConsentID: "replay", Because: decision.BecauseAllowed},
	}
	c.Evidence = evidence.Gather(&h.cfg.Evidence, &evidence.Input{Permit: c.Permit, Placement: tactful.ForYou, Stored: h.deeds, Items: h.listed, Now: now})
	list := h.offers(channel)
	if err := guard.Run(h.guards, &c, list, &h.rulings); err != nil {
		return err
	}
	var order, later []int
	for i, ruling := range h.rulings.Overall() {
		switch ruling {
		case decision.Allow, decision.Coarsen:
			order = append(order, i)
		case decision.Demote:
			later = append(later, i)
		case decision.Unruled, decision.Withhold:
		}
	}
	order = guard.Arrange(&c, list, append(order, later...), nil, &h.rulings)
	if failed := h.rulings.Failures(); len(failed) > 0 {
		return fmt.Errorf("guard %s: %w", failed[0].Guard, failed[0].Err)
	}
	if len(order) == 0 {
		return nil
	}
	s := guard.ShowingOf(&list[order[0]], now)
	switch h.rng.IntN(20) {
	case 0:
		s.Fate, s.Heard = decision.Clicked, now
	case 1:
		s.Fate, s.Heard = decision.Dismissed, now
	}
	h.shown = slices.Insert(h.shown, 0, s)
	return nil
}

// lastLooked is the item that was looked at last.
func (h *hunted) lastLooked() tactful.ItemNo {
	for i := range h.deeds {
		if a := h.deeds[i].Action; a == tactful.Viewed || a == tactful.Added {
			return h.deeds[i].No
		}
	}
	return 0
}

// offers are campaigns that come back to each thing that was looked at, by item
// on the shop's own pages and by category elsewhere, and three that do not.
func (h *hunted) offers(channel decision.Channel) (list []decision.Candidate) {
	add := func(campaign, creative, category string, kind decision.CampaignKind, item *tactful.Item) {
		list = append(list, decision.Candidate{Item: item, Origin: tactful.Pinned, Offer: &decision.Offer{
			Campaign: campaign, Creative: creative, Category: category, Kind: kind, Channel: channel, Language: "en", Title: "From our range", Body: "Made to last.",
			Looked: true, Pressed: decision.Pressed{Read: true},
		}})
	}
	seen := map[tactful.ItemNo]bool{}
	for i := range h.deeds {
		item := h.listed.ByNo(h.deeds[i].No)
		if seen[item.No] || len(seen) == 8 {
			continue
		}
		seen[item.No] = true
		if channel == decision.ChannelSite {
			add("back", item.ID, "", decision.KindRetargeting, item)
		} else {
			add("back", lastOf(item), lastOf(item), decision.KindRetargeting, nil)
		}
	}
	for i, name := range []string{"spring", "cards", "tins"} {
		add(name, "a", fmt.Sprint("range ", i), decision.KindMarketing, nil)
		add(name, "b", fmt.Sprint("range ", i), decision.KindMarketing, nil)
	}
	return list
}

// lastOf is the most exact category of an item.
func lastOf(item *tactful.Item) string {
	if len(item.Categories) == 0 {
		return "other"
	}
	return item.Categories[len(item.Categories)-1]
}

// after counts the showings that come back to what was bought, by item or by
// category, in the two weeks after it was.
func (h *hunted) after(list []decision.Showing) (n int) {
	if h.bought == nil {
		return 0
	}
	for i := range list {
		s := &list[i]
		if s.Campaign == "back" && s.At.After(h.boughtAt) && s.At.Before(h.boughtAt.AddDate(0, 0, 14)) &&
			(s.Item == h.bought.No || s.Category == lastOf(h.bought)) {
			n++
		}
	}
	return n
}

// mostInAWeek is how often the same creative came within seven days, at most.
func mostInAWeek(list []decision.Showing) (most int) {
	for i := range list {
		n := 0
		for j := i; j < len(list) && list[i].At.Sub(list[j].At) < 7*24*time.Hour; j++ {
			if list[j].Campaign == list[i].Campaign && list[j].Creative == list[i].Creative {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// mostMessages is how many messages came on one calendar day, at most.
func mostMessages(list []decision.Showing) (most int) {
	days := map[string]int{}
	for i := range list {
		if list[i].Channel.Sent() {
			day := list[i].At.UTC().Format(time.DateOnly)
			days[day]++
			most = max(most, days[day])
		}
	}
	return most
}

// percentile is the value that a share of all is at most.
func percentile(values []float64, share float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := int(share * float64(len(sorted)))
	return sorted[min(at, len(sorted)-1)]
}
