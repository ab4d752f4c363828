package guard

import (
	"fmt"
	"math"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Frequency refuses what was shown or sent as often as may be. One counter runs
// over all channels and devices, sent messages and placements alike; a showing
// that nobody reported counts. All caps must hold: those of the house, those of
// the campaign, and what the person set for themself. What was sent away rests,
// what is passed over again and again comes back later each time, and nobody is
// followed by what they once looked at for longer than Retarget.
//
// People whom nobody knows are not counted, so they get at most one creative of
// the house, the same for everybody. No field of a request and no setting turns
// the guard off. Service messages are counted apart: what a customer has to know
// has caps of its own, loose enough for a busy day with several parcels.
//
// It judges what is known at the moment. That two decisions at the same moment do
// not both take the last place is the store's (records.Reserve).
type Frequency struct {
	Rules FrequencyRules
}

var _ Arranger = Frequency{}

// FrequencyRules are the caps of the house. They hold for every campaign beside
// its own; a campaign can only be stricter.
type FrequencyRules struct {
	Keep      time.Duration `yaml:"keep" doc:"For how long showings count. No cap and no rest may be longer. The last trace of one is gone after twice the time."`
	Creative  int           `yaml:"creative" doc:"How often the same creative may be shown to somebody in creative_in."`
	In        time.Duration `yaml:"creative_in" doc:"The window for the same creative."`
	Daily     int           `yaml:"daily" doc:"Messages that somebody gets in a calendar day of their time zone, over all channels."`
	Weekly    int           `yaml:"weekly" doc:"Messages that somebody gets in seven days, over all channels."`
	Retarget  time.Duration `yaml:"retarget" doc:"After what somebody looked at, campaigns that come back to it end after this time."`
	Ignored   time.Duration `yaml:"ignored" doc:"After a showing that was passed over its campaign pauses for so long; the pause doubles with each one more."`
	Dismissed time.Duration `yaml:"dismissed" doc:"For how long campaign and category rest after somebody sent an offer away."`
}

func (r *FrequencyRules) defaults() {
	set := func(at *time.Duration, otherwise time.Duration) {
		if *at == 0 {
			*at = otherwise
		}
	}
	count := func(at *int, otherwise int) {
		if *at == 0 {
			*at = otherwise
		}
	}
	set(&r.Keep, 62*day)
	count(&r.Creative, 2)
	set(&r.In, 7*day)
	count(&r.Daily, 1)
	count(&r.Weekly, 3)
	set(&r.Retarget, 14*day)
	set(&r.Ignored, 6*time.Hour)
	set(&r.Dismissed, 30*day)
}

// Bounds of the settings: loose enough for a daily newspaper, too tight for
// anything that follows people around.
const (
	mostKeep      = 400 * day
	mostCreative  = 14
	mostDaily     = 5
	mostWeekly    = 14
	mostRetarget  = 30 * day
	mostRest      = 180 * day
	leastIgnored  = time.Hour
	longestIgnore = 30 * day // where doubling ends
)

func (r *FrequencyRules) validate() (faults []error) {
	span := func(field string, d, least, most time.Duration) {
		if d < least || d > most {
			faults = append(faults, tactful.InvalidField("frequency."+field, fmt.Sprintf("is %v", d), fmt.Sprintf("set a time from %v to %v", least, most)))
		}
	}
	count := func(field string, n, most int) {
		if n < 1 || n > most {
			faults = append(faults, tactful.InvalidField("frequency."+field, fmt.Sprintf("is %d", n), fmt.Sprintf("set 1 to %d", most)))
		}
	}
	span("keep", r.Keep, 31*day, mostKeep)
	count("creative", r.Creative, mostCreative)
	span("creative_in", r.In, day, r.Keep)
	count("daily", r.Daily, mostDaily)
	count("weekly", r.Weekly, mostWeekly)
	span("retarget", r.Retarget, time.Hour, mostRetarget)
	span("ignored", r.Ignored, leastIgnored, longestIgnore)
	span("dismissed", r.Dismissed, 7*day, min(mostRest, max(r.Keep, 7*day)))
	return faults
}

// CheckCap names what is wrong with a cap of a campaign, "" for nothing.
func (r *FrequencyRules) CheckCap(k decision.Cap) string {
	switch {
	case k.Scope > decision.ScopeItem:
		return "has an unknown scope"
	case k.Count < 0 || k.Count == 0 && k.Gap == 0:
		return "has no count"
	case k.Period < 0 || k.Period > r.Keep || k.Gap < 0 || k.Gap > r.Keep:
		return fmt.Sprintf("is longer than showings are remembered (%v)", r.Keep)
	case k.Period > 0 && k.Calendar != "":
		return "has both a period and calendar days"
	case k.Calendar != "" && k.Calendar != "day" && k.Calendar != "week" && k.Calendar != "month":
		return "has a calendar that is not day, week or month"
	}
	return ""
}

// Name is the guard's word.
func (Frequency) Name() string { return "frequency" }

// Promise is the sentence it keeps.
func (Frequency) Promise() string {
	return "No offer follows you around: caps count over all channels, and what you send away rests."
}

// File is where it is decided.
func (Frequency) File() string { return "internal/guard/frequency.go" }

// Details of the frequency guard. The numbers are part of the message keys that
// tell the customer (leftout.frequency.1 and so on).
const (
	frequencyUncounted uint8 = iota + 1
	frequencyUnknown
	frequencyOne
	frequencyShown
	frequencyMessages
	frequencyGap
	frequencyIgnored
	frequencyDismissed
	frequencyFollowed
	frequencyOwn
	frequencyChannel
	frequencyFull
	frequencyLessOften
)

// Detail says what a verdict's code means.
func (Frequency) Detail(code uint8) string {
	switch code {
	case frequencyUncounted:
		return "what was shown before is not known"
	case frequencyUnknown:
		return "for people who are known and agreed only"
	case frequencyOne:
		return "one creative of the house is enough for people whom nobody knows"
	case frequencyShown:
		return "shown as often as a cap allows"
	case frequencyMessages:
		return "as many messages as a day or a week may have"
	case frequencyGap:
		return "too soon after the last one"
	case frequencyIgnored:
		return "passed over before, so it waits longer"
	case frequencyDismissed:
		return "sent away lately"
	case frequencyFollowed:
		return "what it comes back to was too long ago, or was never looked at"
	case frequencyOwn:
		return "as many messages as the person wants"
	case frequencyChannel:
		return "not by this channel, says the person"
	case frequencyFull:
		return "so much was shown that no more can be counted"
	case frequencyLessOften:
		return "the person wants messages half as often"
	}
	return failedDetail(code)
}

// never is later than any time that somebody waits for.
var notAgain = time.Unix(1<<40, 0)

// Judge rules on each candidate.
func (f Frequency) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		if x := &candidates[i]; x.Offer != nil {
			if code, free := f.free(c, x, nil, c.Now); free.After(c.Now) {
				out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
			}
		}
	}
	return nil
}

// Turn is that of what leaves out.
func (Frequency) Turn() Turn { return TurnRefuse }

// Arrange counts what the list itself shows: several offers of one decision keep
// the caps together, and people whom nobody knows get one.
func (f Frequency) Arrange(c *decision.Case, candidates []decision.Candidate, line Line, out []decision.Verdict) ([]int, error) {
	kept := line.Order[:0]
	var list []decision.Showing
	for _, i := range line.Order {
		x := &candidates[i]
		if x.Offer == nil || len(list) >= line.Count {
			kept = append(kept, i)
			continue
		}
		code, free := f.free(c, x, list, c.Now)
		if !counted(c) && len(list) > 0 && !owed(c, x.Offer) {
			code, free = frequencyOne, notAgain
		}
		if free.After(c.Now) {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
			continue
		}
		list = append(list, ShowingOf(x, c.Now))
		kept = append(kept, i)
	}
	return kept, nil
}

// NextAllowed returns the earliest moment at which the caps let an offer through
// if nothing else is shown until then; false for never, or not as things stand.
func (f Frequency) NextAllowed(c *decision.Case, x *decision.Candidate) (time.Time, bool) {
	at := c.Now
	for range 16 {
		_, free := f.free(c, x, nil, at)
		if !free.After(at) {
			return at, true
		}
		if !free.Before(notAgain) {
			return time.Time{}, false
		}
		at = free
	}
	return time.Time{}, false
}

// ShowingOf is what showing a candidate adds to the counts.
func ShowingOf(x *decision.Candidate, now time.Time) decision.Showing {
	o := x.Offer
	s := decision.Showing{At: now, Campaign: o.Campaign, Creative: o.Creative, Group: o.Group, Category: categoryOf(x), Channel: o.Channel, Service: o.Kind == decision.KindService}
	if x.Item != nil {
		s.Item = x.Item.No
	}
	return s
}

// categoryOf is the category that an offer is counted under: its own, or the most
// exact one of its item.
func categoryOf(x *decision.Candidate) string {
	if x.Offer.Category == "" && x.Item != nil && len(x.Item.Categories) > 0 {
		return x.Item.Categories[len(x.Item.Categories)-1]
	}
	return x.Offer.Category
}

// counted reports whether this decision is about somebody whose showings count.
func counted(c *decision.Case) bool { return c.Permit.Allowed && !c.Permit.Frozen }

// owed reports whether an offer is what a customer has to know: it goes to whoever
// it concerns, and is counted, whatever they agreed to.
func owed(c *decision.Case, o *decision.Offer) bool {
	return o.Kind == decision.KindService && !o.Sells && c.Showings != nil && !c.Permit.Frozen
}

// free returns since when an offer may be shown, and what keeps it back until
// then. Also are showings of the list in the making.
func (f Frequency) free(c *decision.Case, x *decision.Candidate, also []decision.Showing, now time.Time) (uint8, time.Time) {
	o := x.Offer
	switch {
	case !counted(c) && !owed(c, o):
		if o.House && o.Channel == decision.ChannelSite && o.Kind == decision.KindMarketing && len(x.Contributions) == 0 {
			return 0, time.Time{}
		}
		return frequencyUnknown, notAgain
	case c.Showings == nil || c.Zone == nil:
		return frequencyUncounted, notAgain
	case len(c.Showings.Past)+len(also) >= decision.MaxShowings:
		return frequencyFull, notAgain
	}
	t := tally{past: c.Showings.Past, also: also, x: x, zone: c.Zone, now: now, mine: ShowingOf(x, now)}
	if o.Kind == decision.KindService {
		serviceCaps(&t)
	} else {
		f.house(c, &t)
	}
	for _, k := range o.Caps {
		t.cap(k, frequencyShown)
	}
	if l := c.Showings.Limits; l != nil && l.LessOften && o.Kind != decision.KindService && o.Channel.Sent() {
		f.lessOften(&t)
	}
	return t.code, t.until
}

// lessOften holds a message once more to what it is held to, at half the pace. What
// a cap lets through cannot be halved where it is one; the time can be doubled.
func (f Frequency) lessOften(t *tally) {
	t.slow = f.Rules.Keep
	f.caps(t)
	for _, k := range t.x.Offer.Caps {
		t.cap(k, frequencyLessOften)
	}
	t.ignored(2 * f.Rules.Ignored)
}

// Of service messages somebody gets so many: the same creative in a calendar day, all
// of them in a day and in seven days.
const (
	serviceCreative = 2
	serviceDaily    = 5
	serviceWeekly   = 15
)

func serviceCaps(t *tally) {
	t.cap(decision.Cap{Scope: decision.ScopeCreative, Count: serviceCreative, Calendar: "day"}, frequencyShown)
	t.cap(decision.Cap{Count: serviceDaily, Calendar: "day", Sent: true}, frequencyMessages)
	t.cap(decision.Cap{Count: serviceWeekly, Period: 7 * day, Sent: true}, frequencyMessages)
}

// house holds an offer to the caps that no campaign can loosen.
func (f Frequency) house(c *decision.Case, t *tally) {
	r, o := &f.Rules, t.x.Offer
	f.caps(t)
	if o.Channel.Sent() {
		f.own(c.Showings.Limits, t)
	}
	if comesBack(c, t.x) && !follows(c, t.x, r.Retarget) && (o.Kind == decision.KindRetargeting || !looksLately(c, t.x, r.Retarget)) {
		t.wait(frequencyFollowed, notAgain)
	}
	t.rest(r.Dismissed)
	t.ignored(r.Ignored)
}

// caps are those of the house.
func (f Frequency) caps(t *tally) {
	r := &f.Rules
	t.cap(decision.Cap{Scope: decision.ScopeCreative, Count: r.Creative, Period: r.In}, frequencyShown)
	t.cap(decision.Cap{Count: r.Daily, Calendar: "day", Sent: true}, frequencyMessages)
	t.cap(decision.Cap{Count: r.Weekly, Period: 7 * day, Sent: true}, frequencyMessages)
}

// own holds a message to what the person set for themself.
func (f Frequency) own(limits *tactful.MessageLimits, t *tally) {
	if limits == nil {
		return
	}
	if most, said := limits.PerWeek.Most(); said {
		t.cap(decision.Cap{Count: most, Period: 7 * day, Sent: true}, frequencyOwn)
	}
	if len(limits.Only) == 0 {
		return
	}
	for _, channel := range limits.Only {
		if wordOf(t.x.Offer.Channel) == channel {
			return
		}
	}
	t.wait(frequencyChannel, notAgain)
}

// wordOf is a channel in the words of preferences, "" for one without messages.
func wordOf(c decision.Channel) tactful.Channel {
	switch c {
	case decision.ChannelMail:
		return tactful.ChannelEmail
	case decision.ChannelPush:
		return tactful.ChannelPush
	case decision.ChannelSMS:
		return tactful.ChannelSMS
	case decision.ChannelLetter:
		return tactful.ChannelLetter
	case decision.ChannelNone, decision.ChannelSite, decision.ChannelAd:
	}
	return ""
}

// follows reports whether somebody looked at what an offer comes back to, and
// not too long ago. What they took out of their history counts for nothing.
func follows(c *decision.Case, x *decision.Candidate, within time.Duration) bool {
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		if p.Setting != decision.SettingNone || c.Now.Sub(p.Time) > within || p.Time.After(c.Now.Add(clockSkew)) {
			continue
		}
		switch p.Action {
		case tactful.Viewed, tactful.Added, tactful.Saved, tactful.Removed:
			if advertises(x, p) {
				return true
			}
		case tactful.ActionUnknown, tactful.Purchased, tactful.Returned, tactful.Declined, tactful.Dismissed, tactful.Clicked, tactful.Searched:
		}
	}
	return false
}

// advertises reports whether an offer is about the item of a piece, a variant of
// it or, where it names no item, its category.
func advertises(x *decision.Candidate, p *decision.Piece) bool {
	if x.Item != nil {
		return x.Item.No == p.Item || x.Item.Group != "" && p.Listed != nil && p.Listed.Group == x.Item.Group
	}
	return x.Offer.Category != "" && p.Listed != nil && decision.Covers(x.Offer.Category, p.Listed)
}

// tally counts the showings of one person for one offer. Until is the earliest
// moment at which all that it was asked holds; code says what holds longest.
type tally struct {
	past, also []decision.Showing
	x          *decision.Candidate
	mine       decision.Showing
	zone       *time.Location
	now        time.Time
	slow       time.Duration // above zero: caps count over twice their time, at most over this

	until time.Time
	code  uint8
}

func (t *tally) wait(code uint8, until time.Time) {
	if until.After(t.now) && until.After(t.until) {
		if t.slow > 0 {
			code = frequencyLessOften
		}
		t.until, t.code = until, code
	}
}

// each visits the showings that count beside this offer, the newest first.
func (t *tally) each(do func(s *decision.Showing) bool) {
	for _, list := range [...][]decision.Showing{t.also, t.past} {
		for i := range list {
			if s := &list[i]; s.Fate.Counts() && s.Service == t.mine.Service && !do(s) {
				return
			}
		}
	}
}

// same reports whether a scope counts a showing and this offer together. Where an
// offer has nothing of a scope, it is alone in it.
func (t *tally) same(scope decision.Scope, s *decision.Showing) bool {
	m := &t.mine
	switch scope {
	case decision.ScopeAll:
		return true
	case decision.ScopeChannel:
		return s.Channel == m.Channel
	case decision.ScopeGroup:
		return s.Group == m.Group && (m.Group != "" || s.Campaign == m.Campaign)
	case decision.ScopeCampaign:
		return s.Campaign == m.Campaign
	case decision.ScopeCategory:
		return s.Category == m.Category && (m.Category != "" || s.Campaign == m.Campaign)
	case decision.ScopeCreative:
		return s.Campaign == m.Campaign && s.Creative == m.Creative
	case decision.ScopeItem:
		return s.Item == m.Item && (m.Item != 0 || s.Campaign == m.Campaign && s.Creative == m.Creative)
	}
	return true // a scope that nobody knows counts everything
}

// cap holds the offer to one cap.
func (t *tally) cap(k decision.Cap, code uint8) {
	if k.Sent && !t.mine.Channel.Sent() {
		return
	}
	if t.slow > 0 {
		k.Period, k.Gap = min(2*k.Period, t.slow), min(2*k.Gap, t.slow)
	}
	begins, ends := time.Time{}, notAgain
	var since time.Time // the calendar's own
	switch {
	case k.Period > 0:
		begins = t.now.Add(-k.Period)
	case k.Calendar == "day" || k.Calendar == "week" || k.Calendar == "month":
		begins, ends = calendarOf(k.Calendar, t.now, t.zone)
		since = begins
		if t.slow > 0 {
			begins, _ = calendarOf(k.Calendar, begins.Add(-1), t.zone)
		}
		begins = begins.Add(-1) // what was shown at its first moment counts
	}
	limited := k.Count > 0 || k.Period > 0 || k.Calendar != "" || k.Gap == 0
	n := 0
	t.each(func(s *decision.Showing) bool {
		if !t.same(k.Scope, s) || k.Sent && !s.Channel.Sent() {
			return true
		}
		if k.Gap > 0 {
			t.wait(frequencyGap, s.At.Add(k.Gap))
		}
		if !s.At.After(begins) {
			return true
		}
		if n++; limited && n >= k.Count && k.Count > 0 {
			switch {
			case k.Period > 0:
				t.wait(code, s.At.Add(k.Period))
			case t.slow > 0 && !since.IsZero() && !s.At.Before(since): // counts tomorrow too
				_, later := calendarOf(k.Calendar, ends, t.zone)
				t.wait(code, later)
			default:
				t.wait(code, ends)
			}
			return false // older ones end sooner
		}
		return true
	})
	if limited && k.Count <= 0 {
		t.wait(code, notAgain)
	}
}

// rest keeps a campaign and a category away from who sent an offer of it away.
func (t *tally) rest(span time.Duration) {
	t.each(func(s *decision.Showing) bool {
		if s.Fate == decision.Dismissed && (s.Campaign == t.mine.Campaign || s.Category != "" && s.Category == t.mine.Category) {
			since := s.At
			if s.Heard.After(since) {
				since = s.Heard
			}
			t.wait(frequencyDismissed, since.Add(span))
		}
		return true
	})
}

// ignored makes the pause of a campaign longer with each showing in a row that
// was passed over.
func (t *tally) ignored(pause time.Duration) {
	n, last := 0, time.Time{}
	t.each(func(s *decision.Showing) bool {
		if s.Campaign != t.mine.Campaign {
			return true
		}
		if s.Fate == decision.Clicked || s.Fate == decision.Converted {
			return false
		}
		if n++; n == 1 {
			last = s.At
		}
		return true
	})
	if n > 0 {
		t.wait(frequencyIgnored, last.Add(time.Duration(min(float64(longestIgnore), float64(pause)*math.Exp2(float64(n-1))))))
	}
}
