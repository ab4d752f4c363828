package main

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/chart"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/evidence"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/retail"
)

//go:embed campaigns/demo.yaml
var demoCampaigns []byte

type campaignSimulateCommand struct {
	Files  []string `arg:"" optional:"" help:"Files of campaigns, or directories; those of the demo shop if left out."`
	Days   int      `default:"30" help:"How many of the last days of the data are played, 1 to 90."`
	People int      `default:"1000" help:"How many customers take part."`
	Seed   uint64   `default:"20111209" help:"Seed of the simulated visits."`
	SVG    string   `name:"svg" placeholder:"FILE" help:"Draw showings by day as SVG."`
	JSON   bool     `name:"json" help:"Print as JSON."`
	campaignFlags
}

// Help adds examples to --help.
func (campaignSimulateCommand) Help() string {
	return `Plays the last days of the demo data in memory, twice: with all guards, and without caps, rotation and what was bought. Purchases are
real, visits are simulated: on each day with an event, and on one other day in seven. Each visit asks for one offer of each placement, and
at ten each morning one message is asked for on each channel. Everybody who said yes to lists is taken to have agreed to offers and messages.
Nobody clicks, nobody sends anything away. Budgets and holdouts do not count here.

Examples:
  tactful campaign simulate --days 30
  tactful campaign simulate campaigns/ --svg caps.svg --json`
}

// simulated is what one run gave.
type simulated struct {
	Run          string         `json:"run"`
	People       int            `json:"people"`
	Asked        int            `json:"asked"`
	Made         int            `json:"made"`
	Reached      int            `json:"reached"`         // people with at least one
	PerReached   float64        `json:"per_reached"`     // showings of each of them, on average
	Most         int            `json:"most"`            // of one person
	SameInWeek   int            `json:"same_in_week"`    // most showings of one creative to one person in seven days
	BeyondTwo    int            `json:"beyond_two"`      // people who saw a creative more than twice in seven days
	AfterBuying  int            `json:"after_buying"`    // retargeting of a category in which the person bought within the 14 days before
	MessagesWeek int            `json:"messages_week"`   // most messages to one person in seven days
	Suppressed   map[string]int `json:"suppressed"`      // creatives stopped, by guard
	ByCampaign   map[string]int `json:"by_campaign"`     // showings
	Days         []int          `json:"showings_by_day"` // all people together
}

// Run simulates.
func (c *campaignSimulateCommand) Run(a *app) error {
	a = a.work()
	if c.Days < 1 || c.Days > 90 {
		return tactful.InvalidField("--days", "is out of range", "give 1 to 90")
	}
	if c.People < 1 {
		return tactful.InvalidField("--people", "is out of range", "give 1 or more")
	}
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	set, err := c.set(&cfg.Engine)
	if err != nil {
		return err
	}
	bar := a.progress()
	defer bar.End()
	s, err := newSimulation(a.ctx, &cfg.Engine, set, c.Days, c.People, c.Seed)
	if err != nil {
		return err
	}
	guards := guard.All(&cfg.Engine.Guards)
	loose := slices.DeleteFunc(slices.Clone(guards), func(g guard.Guard) bool {
		return slices.Contains([]string{"frequency", "diverse", "purchased", "quiet"}, g.Name())
	})
	var runs []simulated
	for _, one := range []struct {
		name   string
		guards []guard.Guard
	}{{"with the caps", guards}, {"without", loose}} {
		out, err := s.play(a.ctx, one.guards, func(done, of int) { bar.Report(one.name, done, of) })
		if err != nil {
			return err
		}
		out.Run = one.name
		runs = append(runs, out)
	}
	bar.End()
	if c.SVG != "" {
		if err := drawSimulation(c.SVG, runs); err != nil {
			return err
		}
	}
	if c.JSON {
		return showJSON(a.out, runs)
	}
	rows := [][]string{{"", "ASKED", "MADE", "REACHED", "EACH", "MOST", "SAME IN 7 DAYS", "PEOPLE BEYOND 2", "AFTER BUYING", "MESSAGES IN 7 DAYS"}}
	for _, r := range runs {
		rows = append(rows, []string{r.Run, strconv.Itoa(r.Asked), strconv.Itoa(r.Made), fmt.Sprintf("%d of %d", r.Reached, r.People), fmt.Sprintf("%.1f", r.PerReached), strconv.Itoa(r.Most),
			strconv.Itoa(r.SameInWeek), strconv.Itoa(r.BeyondTwo), strconv.Itoa(r.AfterBuying), strconv.Itoa(r.MessagesWeek)})
	}
	if err := showTable(a.out, rows); err != nil {
		return err
	}
	rows = [][]string{{"SUPPRESSED BY", runs[0].Run, runs[1].Run}}
	for _, name := range slices.Sorted(maps.Keys(runs[0].Suppressed)) {
		rows = append(rows, []string{name, strconv.Itoa(runs[0].Suppressed[name]), strconv.Itoa(runs[1].Suppressed[name])})
	}
	return showTable(a.out, rows)
}

func (c *campaignSimulateCommand) set(cfg *engine.Config) (*campaign.Set, error) {
	if len(c.Files) > 0 {
		return c.read(c.Files)
	}
	rules, err := engine.CampaignRules(cfg)
	if err != nil {
		return nil, err
	}
	model, err := coercion.Default()
	if err != nil {
		return nil, err
	}
	all, err := campaign.Read("demo.yaml", demoCampaigns, rules)
	if err != nil {
		return nil, err
	}
	return campaign.NewSet(all, model)
}

func drawSimulation(path string, runs []simulated) error {
	drawing := chart.Chart{Title: "Offers and messages by day", Description: "Showings to all people together, with the caps and without.", X: "day", Y: "showings"}
	for _, r := range runs {
		line := chart.Line{Name: r.Run}
		for day, n := range r.Days {
			line.Points = append(line.Points, chart.Point{X: float64(day + 1), Y: float64(n)})
		}
		drawing.Lines = append(drawing.Lines, line)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	if err := drawing.WriteSVG(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// simulation is the world that both runs are played in.
type simulation struct {
	set     *campaign.Set
	rules   evidence.Rules
	shelf   shelf
	labels  *decision.Labels
	touched []uint32
	crowds  map[string]uint32
	people  []player
	offers  []simOffer
	places  []string
	start   time.Time
	days    int
	seed    uint64
}

type simOffer struct {
	campaign int
	offer    decision.Offer
	item     *tactful.Item
}

type player struct {
	deeds  []decision.Deed // newest first
	visits []time.Time
	yes    bool
}

// shelf finds items by number.
type shelf []*tactful.Item

// ByNo returns an item, nil for none.
func (s shelf) ByNo(no tactful.ItemNo) *tactful.Item {
	if int(no) >= len(s) {
		return nil
	}
	return s[no]
}

func newSimulation(ctx context.Context, cfg *engine.Config, set *campaign.Set, days, people int, seed uint64) (*simulation, error) {
	data, err := retail.Load()
	if err != nil {
		return nil, err
	}
	labeller, err := label.New(&cfg.Labels)
	if err != nil {
		return nil, err
	}
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC) // a fixed day: the same seed gives the same figures
	s := &simulation{set: set, rules: cfg.Evidence, crowds: map[string]uint32{}, start: now.AddDate(0, 0, -days), days: days, seed: seed}
	t := labeller.Taxonomy()
	s.labels = &decision.Labels{Names: t.Names(), Sensitive: t.Sensitive(), Harm: t.Harm(), Quality: t.Quality()}
	items := data.Items()
	s.shelf, s.labels.Of, s.touched = make(shelf, len(items)+1), make([]decision.Classes, len(items)+1), make([]uint32, len(items)+1)
	s.labels.Of[0] = ^decision.Classes(0)
	numbers := make(map[string]tactful.ItemNo, len(items))
	for i := range items {
		no := tactful.ItemNo(i + 1)
		items[i].No = no
		s.shelf[no], numbers[items[i].ID] = &items[i], no
		s.labels.Of[no] = label.Set(labeller.Of(&items[i], nil))
	}
	for i := range set.Len() {
		c := set.At(i)
		for _, p := range c.Placements {
			if !slices.Contains(s.places, p) {
				s.places = append(s.places, p)
			}
		}
		for j, offer := range set.Offers(i) {
			one := simOffer{campaign: i, offer: offer}
			if id := c.Creatives[j].Item; id != "" {
				if one.item = s.shelf.ByNo(numbers[id]); one.item == nil {
					continue
				}
			}
			one.offer.Looked = true
			for _, reason := range labeller.Of(&tactful.Item{Title: offer.Title + " " + offer.Body}, nil) {
				if reason.Source < label.Classifier {
					one.offer.Classes = one.offer.Classes.With(reason.Class)
				}
			}
			s.offers = append(s.offers, one)
		}
	}
	customers, err := data.Customers(retail.Setting{Now: now, Seed: seedReader(seed)})
	if err != nil {
		return nil, err
	}
	n := 0
	for customer := range customers {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.meet(&customer, numbers, n < people)
		n++
	}
	return s, nil
}

// meet counts what a customer touched, and makes them a player.
func (s *simulation) meet(c *retail.Customer, numbers map[string]tactful.ItemNo, plays bool) {
	items, categories := map[tactful.ItemNo]bool{}, map[string]bool{}
	p := player{yes: c.Level >= tactful.Personal}
	end := s.start.AddDate(0, 0, s.days)
	busy := map[int]bool{}
	for i := range c.Events {
		event := &c.Events[i]
		no := numbers[event.Item]
		if no == 0 {
			continue
		}
		items[no] = true
		for _, name := range s.shelf[no].Categories {
			categories[name] = true
		}
		p.deeds = append(p.deeds, decision.Deed{Action: event.Action, Provenance: event.Provenance, No: no, Time: event.Time, Key: decision.EventKey{byte(i >> 16), byte(i >> 8), byte(i)}})
		if !event.Time.Before(s.start) && event.Time.Before(end) {
			busy[int(event.Time.Sub(s.start)/(24*time.Hour))] = true
		}
	}
	for no := range items {
		s.touched[no]++
	}
	for name := range categories {
		s.crowds[name]++
	}
	if !plays {
		return
	}
	slices.Reverse(p.deeds)
	r := rand.New(rand.NewPCG(s.seed, uint64(c.Number)))
	for day := range s.days {
		hour := time.Duration(8+r.IntN(12)) * time.Hour
		if busy[day] || r.IntN(7) == 0 {
			p.visits = append(p.visits, s.start.AddDate(0, 0, day).Add(hour))
		}
	}
	s.people = append(s.people, p)
}

// play lets every player live through the days under some guards.
func (s *simulation) play(ctx context.Context, guards []guard.Guard, report func(done, of int)) (simulated, error) {
	out := simulated{People: len(s.people), Suppressed: map[string]int{}, ByCampaign: map[string]int{}, Days: make([]int, s.days)}
	var rulings guard.Rulings
	channels := map[decision.Channel]bool{}
	for _, o := range s.offers {
		channels[o.offer.Channel] = true
	}
	for n := range s.people {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		p := &s.people[n]
		past := &decision.Showings{}
		visits := p.visits
		for day := range s.days {
			morning := s.start.AddDate(0, 0, day).Add(10 * time.Hour)
			for channel := range decision.Channel(decision.Channels) {
				if channel.Sent() && channels[channel] {
					if err := s.ask(guards, p, past, channel, morning, &rulings, &out, day); err != nil {
						return out, err
					}
				}
			}
			for len(visits) > 0 && visits[0].Before(morning.Add(14*time.Hour)) {
				if err := s.ask(guards, p, past, decision.ChannelSite, visits[0], &rulings, &out, day); err != nil {
					return out, err
				}
				visits = visits[1:]
			}
		}
		s.sum(p, past, &out)
		report(n+1, len(s.people))
	}
	if out.Reached > 0 {
		out.PerReached = float64(out.Made) / float64(out.Reached)
	}
	return out, nil
}

// ask is one decision in each placement.
func (s *simulation) ask(guards []guard.Guard, p *player, past *decision.Showings, channel decision.Channel, at time.Time, rulings *guard.Rulings, out *simulated, day int) error {
	c := decision.Case{Now: at, Zone: time.UTC, Labels: s.labels, Touched: s.touched, Crowds: s.crowds, Showings: past,
		Request: &tactful.Request{Placement: tactful.ForYou, Count: 1, Language: "en", Region: "GB"}}
	if p.yes {
		c.Permit = decision.Permit{Level: tactful.Personal, Purpose: channel.Purpose(), Allowed: true, ConsentID: "simulated"}
	} else {
		c.Permit = decision.Permit{Level: tactful.Generic, Purpose: channel.Purpose()}
	}
	from, _ := slices.BinarySearchFunc(p.deeds, at, func(d decision.Deed, t time.Time) int { return t.Compare(d.Time) })
	c.Evidence = evidence.Gather(&s.rules, &evidence.Input{Permit: c.Permit, Placement: tactful.ForYou, Stored: p.deeds[from:], Items: s.shelf, Now: at})
	for _, place := range s.places {
		var candidates []decision.Candidate
		for i := range s.offers {
			o := &s.offers[i]
			of := s.set.At(o.campaign)
			if o.offer.Channel != channel || !of.On(place, channel) || !of.Schedule.Open(at) || o.offer.Language != "en" {
				continue
			}
			if fit, in := of.Audience.Fits(&c); in {
				candidates = append(candidates, campaign.Candidate(&c, &o.offer, o.item, &fit))
			}
		}
		out.Asked++
		if len(candidates) == 0 {
			continue
		}
		if err := guard.Run(guards, &c, candidates, rulings); err != nil {
			return err
		}
		var order, demoted []int
		seen := map[string]bool{}
		for i, ruling := range rulings.Overall() {
			switch {
			case ruling == decision.Withhold || ruling == decision.Unruled || seen[candidates[i].Offer.Campaign]:
			case ruling == decision.Demote:
				demoted = append(demoted, i)
			default:
				seen[candidates[i].Offer.Campaign] = true
				order = append(order, i)
			}
		}
		order = guard.Arrange(&c, candidates, append(order, demoted...), nil, rulings)
		for g, one := range guards {
			for i := range candidates {
				if rulings.Verdict(g, i).Stops() {
					out.Suppressed[one.Name()]++
				}
			}
		}
		if len(order) > 0 {
			x := &candidates[order[0]]
			out.Made++
			out.ByCampaign[x.Offer.Campaign]++
			out.Days[day]++
			if p.yes { // people whom nobody knows are not counted
				showing := guard.ShowingOf(x, at)
				showing.Fate = decision.Shown
				past.Past = slices.Insert(past.Past, 0, showing)
			}
		}
	}
	return nil
}

// sum adds up what one player saw.
func (s *simulation) sum(p *player, past *decision.Showings, out *simulated) {
	if len(past.Past) > 0 {
		out.Reached++
	}
	out.Most = max(out.Most, len(past.Past))
	beyond := false
	for i := range past.Past {
		one := &past.Past[i]
		same, messages := 0, 0
		for j := range past.Past {
			other := &past.Past[j]
			if other.At.After(one.At) || one.At.Sub(other.At) >= 7*24*time.Hour {
				continue
			}
			if other.Campaign == one.Campaign && other.Creative == one.Creative {
				same++
			}
			if other.Channel.Sent() {
				messages++
			}
		}
		out.SameInWeek, out.MessagesWeek = max(out.SameInWeek, same), max(out.MessagesWeek, messages)
		beyond = beyond || same > 2
		if s.boughtBefore(p, one) {
			out.AfterBuying++
		}
	}
	if beyond {
		out.BeyondTwo++
	}
}

// boughtBefore reports whether retargeting came although the person had bought of
// its category within two weeks.
func (s *simulation) boughtBefore(p *player, one *decision.Showing) bool {
	at, _ := s.set.Find(one.Campaign)
	if s.set.At(at).Kind != decision.KindRetargeting || one.Category == "" {
		return false
	}
	return slices.ContainsFunc(p.deeds, func(d decision.Deed) bool {
		return d.Action == tactful.Purchased && d.Time.Before(one.At) && one.At.Sub(d.Time) < 14*24*time.Hour && decision.Covers(one.Category, s.shelf[d.No])
	})
}
