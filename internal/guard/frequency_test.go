package guard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var berlin = zone("Europe/Berlin")

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// toMail is a permit for messages by mail; toSite one for offers on a page.
func permitFor(p tactful.Purpose) decision.Permit {
	permit := permitted()
	permit.Purpose, permit.Level = p, tactful.Full
	return permit
}

// offering makes a case of a person who was shown this before.
func offering(channel decision.Channel, past ...decision.Showing) decision.Case {
	c := with(tactful.ForYou, permitFor(channel.Purpose()))
	c.Showings, c.Zone = &decision.Showings{Past: past}, time.UTC
	return c
}

// offer makes a candidate; edits come last.
func offer(channel decision.Channel, edits ...func(*decision.Candidate)) decision.Candidate {
	x := decision.Candidate{Origin: tactful.Pinned, Offer: &decision.Offer{
		Campaign: "spring", Creative: "a", Category: "Garden", Kind: decision.KindMarketing, Channel: channel, Language: "en",
		Title: "Our garden range", Body: "Chairs and tables of oak.", Looked: true, Pressed: decision.Pressed{Read: true, Score: 0.1},
	}}
	for _, edit := range edits {
		edit(&x)
	}
	return x
}

func of(campaign, creative string) func(*decision.Candidate) {
	return func(x *decision.Candidate) { x.Offer.Campaign, x.Offer.Creative = campaign, creative }
}
func about(item *tactful.Item) func(*decision.Candidate) {
	return func(x *decision.Candidate) { x.Item, x.Offer.Category = item, "" }
}
func category(name string) func(*decision.Candidate) {
	return func(x *decision.Candidate) { x.Offer.Category = name }
}
func kind(k decision.CampaignKind) func(*decision.Candidate) {
	return func(x *decision.Candidate) { x.Offer.Kind = k }
}
func house(x *decision.Candidate) { x.Offer.House = true }
func capped(caps ...decision.Cap) func(*decision.Candidate) {
	return func(x *decision.Candidate) { x.Offer.Caps = caps }
}

// ago is a showing of another campaign so long ago; edits come last.
func ago(d time.Duration, channel decision.Channel, edits ...func(*decision.Showing)) decision.Showing {
	s := decision.Showing{At: now.Add(-d), Campaign: "other", Creative: fmt.Sprint(d), Category: "Toys", Channel: channel, Fate: decision.Shown}
	for _, edit := range edits {
		edit(&s)
	}
	return s
}

func mine(s *decision.Showing)      { s.Campaign, s.Creative, s.Category = "spring", "a", "Garden" }
func sibling(s *decision.Showing)   { s.Campaign, s.Creative, s.Category = "spring", "b", "Garden" }
func clicked(s *decision.Showing)   { s.Fate = decision.Clicked }
func dismissed(s *decision.Showing) { s.Fate = decision.Dismissed }
func released(s *decision.Showing)  { s.Fate = decision.Released }
func service(s *decision.Showing)   { s.Service = true }

func edited(c decision.Case, edit func(*decision.Case)) decision.Case { edit(&c); return c }

func limits(l tactful.MessageLimits) func(*decision.Case) {
	return func(c *decision.Case) { c.Showings.Limits = &l }
}

func lessOften(c *decision.Case) { c.Showings.Limits = &tactful.MessageLimits{LessOften: true} }

const (
	site = decision.ChannelSite
	mail = decision.ChannelMail
	push = decision.ChannelPush
)

var nobodyKnown = decision.Permit{Level: tactful.Generic, Because: decision.BecauseNoSubject}

var frequencySamples = []sample{
	{"an item is none of its business", with(tactful.ForYou, permitted()), only(lamp, tactful.Filler, 9), allow()},
	{"what was never shown is let through", offering(site), offer(site), allow()},
	{"where showings are not known, nothing is shown", edited(offering(site), func(c *decision.Case) { c.Showings = nil }), offer(site), withhold(frequencyUncounted)},
	{"where the zone is not known, nothing is shown", edited(offering(site), func(c *decision.Case) { c.Zone = nil }), offer(site), withhold(frequencyUncounted)},
	{"people whom nobody knows get a creative of the house", with(tactful.ForYou, nobodyKnown), offer(site, house), allow()},
	{"people whom nobody knows get no other", with(tactful.ForYou, nobodyKnown), offer(site), withhold(frequencyUnknown)},
	{"a creative of the house is not sent to people whom nobody knows", with(tactful.ForYou, nobodyKnown), offer(mail, house), withhold(frequencyUnknown)},
	{"for people who are known a creative of the house counts", offering(site, ago(9*time.Hour, site, mine, clicked), ago(2*day, site, mine, clicked)), offer(site, house), withhold(frequencyShown)},
	{"the same creative twice in a week is enough", offering(site, ago(day, site, mine, clicked), ago(6*day, site, mine, clicked)), offer(site), withhold(frequencyShown)},
	{"after a week it may be shown again", offering(site, ago(day, site, mine, clicked), ago(7*day, site, mine, clicked)), offer(site), allow()},
	{"it counts over channels", offering(mail, ago(2*day, site, mine, clicked), ago(6*day, decision.ChannelAd, mine, clicked)), offer(mail), withhold(frequencyShown)},
	{"what was given back does not count", offering(site, ago(day, site, mine, clicked), ago(6*day, site, mine, released)), offer(site), allow()},
	{"what was reserved and never reported counts", offering(site, ago(day, site, mine, clicked), ago(6*day, site, mine, func(s *decision.Showing) { s.Fate = decision.Reserved })), offer(site), withhold(frequencyShown)},
	{"one message a day", offering(mail, ago(3*time.Hour, push)), offer(mail), withhold(frequencyMessages)},
	{"a message of yesterday is of another day", offering(mail, ago(13*time.Hour, push)), offer(mail), allow()},
	{"by the clock of the person's zone, where midnight was an hour ago", edited(offering(mail, ago(90*time.Minute, push)), func(c *decision.Case) { c.Zone = zone("Pacific/Auckland") }), offer(mail), allow()},
	{"and not half an hour ago", edited(offering(mail, ago(30*time.Minute, push)), func(c *decision.Case) { c.Zone = zone("Pacific/Auckland") }), offer(mail), withhold(frequencyMessages)},
	{"three messages a week", offering(mail, ago(2*day, push), ago(3*day, mail), ago(6*day, decision.ChannelSMS)), offer(mail), withhold(frequencyMessages)},
	{"what stands on a page is no message", offering(mail, ago(2*time.Hour, site), ago(3*day, site), ago(6*day, mail)), offer(mail), allow()},
	{"and messages do not keep a page back", offering(site, ago(2*time.Hour, mail)), offer(site), allow()},
	{"after being passed over once it waits", offering(site, ago(5*time.Hour, site, sibling)), offer(site), withhold(frequencyIgnored)},
	{"and then comes back", offering(site, ago(7*time.Hour, site, sibling)), offer(site), allow()},
	{"after twice it waits twice as long", offering(site, ago(11*time.Hour, site, sibling), ago(2*day, site, sibling)), offer(site), withhold(frequencyIgnored)},
	{"a click ends the row", offering(site, ago(7*time.Hour, site, sibling), ago(2*day, site, sibling, clicked), ago(3*day, site, sibling)), offer(site), allow()},
	{"after eight times it waits a month", offering(site, repeated(8, 27*day)...), offer(site), withhold(frequencyIgnored)},
	{"what was sent away rests a month", offering(site, ago(29*day, mail, mine, dismissed)), offer(site), withhold(frequencyDismissed)},
	{"from when it was sent away", offering(site, ago(40*day, mail, mine, dismissed, func(s *decision.Showing) { s.Heard = now.Add(-9 * day) })), offer(site), withhold(frequencyDismissed)},
	{"and its category too", offering(site, ago(29*day, mail, dismissed, func(s *decision.Showing) { s.Category = "Garden" })), offer(site), withhold(frequencyDismissed)},
	{"after it the category is open again", offering(site, ago(31*day, mail, mine, dismissed)), offer(site), allow()},
	{"a campaign's cap is held beside those of the house", offering(site, ago(20*day, site, mine, clicked)), offer(site, capped(decision.Cap{Scope: decision.ScopeCampaign, Count: 1, Period: 30 * day})), withhold(frequencyShown)},
	{"the tightest cap wins", offering(site, ago(2*day, site, mine, clicked)), offer(site, capped(decision.Cap{Count: 100, Period: 30 * day}, decision.Cap{Scope: decision.ScopeCreative, Count: 1, Period: 3 * day})), withhold(frequencyShown)},
	{"a gap is kept", offering(site, ago(2*day, site)), offer(site, capped(decision.Cap{Gap: 3 * day})), withhold(frequencyGap)},
	{"and over", offering(site, ago(4*day, site)), offer(site, capped(decision.Cap{Gap: 3 * day})), allow()},
	{"a cap of none shows nothing", offering(site), offer(site, capped(decision.Cap{Period: day})), withhold(frequencyShown)},
	{"a calendar month begins on the first", offering(site, ago(4*day, site)), offer(site, capped(decision.Cap{Count: 1, Calendar: "month"})), allow()},
	{"within it the cap holds", offering(site, ago(2*day, site)), offer(site, capped(decision.Cap{Count: 1, Calendar: "month"})), withhold(frequencyShown)},
	{"a calendar week begins on Monday", offering(site, ago(3*day, site)), offer(site, capped(decision.Cap{Count: 1, Calendar: "week"})), allow()},
	{"what was looked at two weeks ago is not come back to", follow(15*day, lamp), offer(site, kind(decision.KindRetargeting), about(lamp)), withhold(frequencyFollowed)},
	{"what was looked at last week is", follow(7*day, lamp), offer(site, kind(decision.KindRetargeting), about(lamp)), allow()},
	{"by its category too", follow(7*day, lamp), offer(site, kind(decision.KindRetargeting), category("Home/Light")), allow()},
	{"what was never looked at is no reason to come back", follow(7*day, coffee), offer(site, kind(decision.KindRetargeting), about(lamp)), withhold(frequencyFollowed)},
	{"what was taken out of the history is none either", edited(follow(7*day, lamp), func(c *decision.Case) { c.Evidence.Pieces[0].Setting = decision.SettingUnused }), offer(site, kind(decision.KindRetargeting), about(lamp)), withhold(frequencyFollowed)},
	{"nor is marketing for who looked at something two weeks ago", follow(15*day, lamp), offer(site, restsOn(0), category("Home/Light")), withhold(frequencyFollowed)},
	{"last week it may be", follow(7*day, lamp), offer(site, restsOn(0)), allow()},
	{"the person wants no messages", edited(offering(mail), limits(tactful.MessageLimits{PerWeek: tactful.WeeklyNone})), offer(mail), withhold(frequencyOwn)},
	{"the person wants one a week", edited(offering(mail, ago(6*day, push)), limits(tactful.MessageLimits{PerWeek: tactful.WeeklyOne})), offer(mail), withhold(frequencyOwn)},
	{"a message of yesterday is too soon for who wants them less often", edited(offering(mail, ago(13*time.Hour, push)), lessOften), offer(mail), withhold(frequencyLessOften)},
	{"one of the day before is not", edited(offering(mail, ago(37*time.Hour, push)), lessOften), offer(mail), allow()},
	{"one of today is for everybody, and for them a day longer", edited(offering(mail, ago(time.Hour, push)), lessOften), offer(mail), withhold(frequencyLessOften)},
	{"three messages in two weeks are enough", edited(offering(mail, ago(2*day, push), ago(8*day, mail), ago(13*day, decision.ChannelSMS)), lessOften), offer(mail), withhold(frequencyLessOften)},
	{"which would be two in the last week for everybody else", offering(mail, ago(2*day, push), ago(8*day, mail), ago(13*day, decision.ChannelSMS)), offer(mail), allow()},
	{"after two weeks there is room again", edited(offering(mail, ago(2*day, push), ago(8*day, mail), ago(14*day, decision.ChannelSMS)), lessOften), offer(mail), allow()},
	{"the same creative counts for two weeks", edited(offering(mail, ago(2*day, site, mine, clicked), ago(13*day, site, mine, clicked)), lessOften), offer(mail), withhold(frequencyLessOften)},
	{"a weekly letter of one campaign comes every second week", edited(offering(mail, ago(8*day, mail, sibling, clicked)), lessOften), offer(mail, capped(decision.Cap{Scope: decision.ScopeCampaign, Count: 1, Period: 7 * day})), withhold(frequencyLessOften)},
	{"for everybody else it comes each week", offering(mail, ago(8*day, mail, sibling, clicked)), offer(mail, capped(decision.Cap{Scope: decision.ScopeCampaign, Count: 1, Period: 7 * day})), allow()},
	{"a gap is twice as long", edited(offering(mail, ago(4*day, mail)), lessOften), offer(mail, capped(decision.Cap{Gap: 3 * day})), withhold(frequencyLessOften)},
	{"and over then", edited(offering(mail, ago(6*day, mail)), lessOften), offer(mail, capped(decision.Cap{Gap: 3 * day})), allow()},
	{"a calendar week counts with the one before", edited(offering(mail, ago(8*day, mail)), lessOften), offer(mail, capped(decision.Cap{Count: 1, Calendar: "week"})), withhold(frequencyLessOften)},
	{"and no other", edited(offering(mail, ago(10*day, mail)), lessOften), offer(mail, capped(decision.Cap{Count: 1, Calendar: "week"})), allow()},
	{"no time is longer than showings are remembered", edited(offering(mail, ago(61*day, mail), ago(63*day, mail)), lessOften), offer(mail, capped(decision.Cap{Count: 2, Period: 60 * day})), allow()},
	{"what was passed over waits twice as long", edited(offering(mail, ago(11*time.Hour, site, sibling)), lessOften), offer(mail), withhold(frequencyLessOften)},
	{"less often and one a week are both kept", edited(offering(mail, ago(6*day, push)), limits(tactful.MessageLimits{PerWeek: tactful.WeeklyOne, LessOften: true})), offer(mail), withhold(frequencyOwn)},
	{"less often is said of messages, not of pages", edited(offering(site, ago(7*time.Hour, site, sibling)), lessOften), offer(site), allow()},
	{"nor of what a customer has to know", edited(offering(mail, ago(13*time.Hour, mail, service)), lessOften), offer(mail, kind(decision.KindService)), allow()},
	{"the person wants letters only", edited(offering(mail), limits(tactful.MessageLimits{Only: []tactful.Channel{tactful.ChannelLetter}})), offer(mail), withhold(frequencyChannel)},
	{"which are no pages", edited(offering(site), limits(tactful.MessageLimits{Only: []tactful.Channel{tactful.ChannelLetter}, PerWeek: tactful.WeeklyNone})), offer(site), allow()},
	{"service messages do not count against offers", offering(mail, ago(3*time.Hour, mail, service)), offer(mail), allow()},
	{"nor are they kept back by them", offering(mail, ago(3*time.Hour, mail)), offer(mail, kind(decision.KindService)), allow()},
	{"but by a cap of their own", offering(mail, ago(3*time.Hour, mail, service, mine)), offer(mail, kind(decision.KindService), capped(decision.Cap{Scope: decision.ScopeCampaign, Count: 1, Period: day})), withhold(frequencyShown)},
	{"what cannot be counted is not shown", offering(site, repeated(decision.MaxShowings, 50*day)...), offer(site, of("autumn", "z"), category("Books")), withhold(frequencyFull)},
}

func repeated(n int, since time.Duration) (past []decision.Showing) {
	for i := range n {
		past = append(past, ago(since+time.Duration(i)*time.Minute, site, sibling))
	}
	return past
}

func follow(d time.Duration, item *tactful.Item) decision.Case {
	c := offering(site)
	c.Evidence.Pieces = []decision.Piece{did(tactful.Viewed, item, d)}
	return c
}

func TestSeveralOffersOfOneDecisionKeepTheCapsTogether(t *testing.T) {
	f := Frequency{settings().Frequency}
	for _, tc := range []struct {
		name string
		c    decision.Case
		list []decision.Candidate
		want int
	}{
		{"three campaigns under a cap of two", offering(site), []decision.Candidate{
			offer(site, capped(decision.Cap{Count: 2, Period: day})), offer(site, of("b", "a"), category("Toys"), capped(decision.Cap{Count: 2, Period: day})), offer(site, of("c", "a"), category("Books"), capped(decision.Cap{Count: 2, Period: day}))}, 2},
		{"two creatives of one campaign", offering(site), []decision.Candidate{offer(site), offer(site, of("spring", "b"))}, 1},
		{"two messages", offering(mail), []decision.Candidate{offer(mail), offer(mail, of("b", "b"), category("Toys"))}, 1},
		{"two creatives of the house for people whom nobody knows", with(tactful.ForYou, nobodyKnown), []decision.Candidate{offer(site, house), offer(site, house, of("b", "b"), category("Toys"))}, 1},
	} {
		order := make([]int, len(tc.list))
		rulings := make([]decision.Ruling, len(tc.list))
		for i := range order {
			order[i], rulings[i] = i, decision.Allow
		}
		var r Rulings
		if err := Run([]Guard{f}, &tc.c, tc.list, &r); err != nil {
			t.Fatal(err)
		}
		if got := Arrange(&tc.c, tc.list, order, nil, &r); len(got) != tc.want || len(r.Failures()) > 0 {
			t.Errorf("%s: %v is shown, %v", tc.name, got, r.Failures())
		}
	}
}

func TestTheNextMomentIsWhenAllCapsLetItThrough(t *testing.T) {
	f := Frequency{settings().Frequency}
	for _, tc := range []struct {
		name string
		c    decision.Case
		x    decision.Candidate
		want string // "": never
	}{
		{"now", offering(mail), offer(mail), "2026-03-04T12:00"},
		{"tomorrow at midnight of the person", edited(offering(mail, ago(time.Hour, push)), func(c *decision.Case) { c.Zone = berlin }), offer(mail), "2026-03-04T23:00"},
		{"when the third message is a week old", offering(mail, ago(2*day, push), ago(3*day, mail), ago(6*day, push)), offer(mail), "2026-03-05T12:00"},
		{"when the rest is over", offering(site, ago(10*day, site, mine, dismissed)), offer(site), "2026-03-24T12:00"},
		{"the later of two", offering(mail, ago(time.Hour, push), ago(10*day, site, mine, dismissed)), offer(mail), "2026-03-24T12:00"},
		{"never, as things stand", follow(20*day, lamp), offer(site, kind(decision.KindRetargeting), about(lamp)), ""},
		{"the day after tomorrow for who wants them less often", edited(offering(mail, ago(time.Hour, push)), lessOften), offer(mail), "2026-03-06T00:00"},
		{"tomorrow, if the last one was yesterday", edited(offering(mail, ago(13*time.Hour, push)), lessOften), offer(mail), "2026-03-05T00:00"},
		{"when the third message is two weeks old", edited(offering(mail, ago(3*day, push), ago(8*day, mail), ago(13*day, push)), lessOften), offer(mail), "2026-03-05T12:00"},
		{"never, says the person", edited(offering(mail), limits(tactful.MessageLimits{PerWeek: tactful.WeeklyNone})), offer(mail), ""},
	} {
		at, ok := f.NextAllowed(&tc.c, &tc.x)
		got := ""
		if ok {
			got = at.UTC().Format("2006-01-02T15:04")
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		if !ok {
			continue
		}
		c := tc.c
		c.Now = at
		out := make([]decision.Verdict, 1)
		if err := f.Judge(&c, []decision.Candidate{tc.x}, out); err != nil || out[0] != allow() {
			t.Errorf("%s: at that moment it is %+v, %v", tc.name, out[0], err)
		}
	}
}

func TestNoSettingTurnsTheCapsOff(t *testing.T) {
	for name, change := range map[string]func(*FrequencyRules){
		"frequency.creative":    func(r *FrequencyRules) { r.Creative = 1000 },
		"frequency.daily":       func(r *FrequencyRules) { r.Daily = -1 },
		"frequency.weekly":      func(r *FrequencyRules) { r.Weekly = 50 },
		"frequency.retarget":    func(r *FrequencyRules) { r.Retarget = 365 * day },
		"frequency.ignored":     func(r *FrequencyRules) { r.Ignored = time.Nanosecond },
		"frequency.dismissed":   func(r *FrequencyRules) { r.Dismissed = time.Hour },
		"frequency.keep":        func(r *FrequencyRules) { r.Keep = day },
		"frequency.creative_in": func(r *FrequencyRules) { r.In = time.Minute },
	} {
		s := settings()
		change(&s.Frequency)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var r FrequencyRules
	r.defaults()
	for _, k := range []decision.Cap{{}, {Count: 1, Period: 90 * day}, {Count: 1, Period: day, Calendar: "day"}, {Count: 1, Calendar: "year"}, {Scope: 99, Count: 1}, {Count: -1, Period: day}, {Count: 1, Gap: -day}} {
		if r.CheckCap(k) == "" {
			t.Errorf("%+v passes for a cap", k)
		}
	}
	for _, k := range []decision.Cap{{Count: 1, Period: day}, {Gap: day}, {Count: 3, Calendar: "month", Scope: decision.ScopeGroup, Gap: time.Hour}} {
		if why := r.CheckCap(k); why != "" {
			t.Errorf("%+v: %s", k, why)
		}
	}
}

// TestEveryScopeCountsWhatItNames holds one showing against one cap of each scope.
func TestEveryScopeCountsWhatItNames(t *testing.T) {
	f := Frequency{settings().Frequency}
	x := offer(site, func(x *decision.Candidate) { x.Offer.Group, x.Item, x.Offer.Category = "sale", lamp, "Light" })
	for scope, alike := range map[decision.Scope]func(*decision.Showing){
		decision.ScopeAll: func(*decision.Showing) {}, decision.ScopeChannel: func(s *decision.Showing) { s.Channel = site }, decision.ScopeGroup: func(s *decision.Showing) { s.Group = "sale" },
		decision.ScopeCampaign: func(s *decision.Showing) { s.Campaign = "spring" }, decision.ScopeCategory: func(s *decision.Showing) { s.Category = "Light" },
		decision.ScopeCreative: func(s *decision.Showing) { s.Campaign, s.Creative = "spring", "a" }, decision.ScopeItem: func(s *decision.Showing) { s.Item = lamp.No },
	} {
		x.Offer.Caps = []decision.Cap{{Scope: scope, Count: 1, Period: 30 * day}}
		for same, want := range map[bool]decision.Ruling{true: decision.Withhold, false: decision.Allow} {
			s := ago(20*day, mail, clicked)
			if same {
				alike(&s)
			} else if scope == decision.ScopeAll {
				continue
			}
			c := offering(site, s)
			out := make([]decision.Verdict, 1)
			if err := f.Judge(&c, []decision.Candidate{x}, out); err != nil || out[0].Ruling != want {
				t.Errorf("scope %d, alike %v: %+v, %v", scope, same, out[0], err)
			}
		}
	}
}

func BenchmarkFrequency(b *testing.B) {
	f := Frequency{settings().Frequency}
	c := offering(mail, repeated(100, day)...)
	list := make([]decision.Candidate, 20)
	for i := range list {
		list[i] = offer(mail, of(fmt.Sprint("c", i), "a"), capped(decision.Cap{Scope: decision.ScopeCampaign, Count: 3, Period: 30 * day}))
	}
	out := make([]decision.Verdict, len(list))
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Judge(&c, list, out); err != nil {
			b.Fatal(err)
		}
	}
}
