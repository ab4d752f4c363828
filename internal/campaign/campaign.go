package campaign

import (
	"time"

	"github.com/tactful/tactful/internal/decision"
)

// Campaign is one thing that the business wants to say, in one or more creatives.
type Campaign struct {
	ID         string
	Kind       decision.CampaignKind
	About      string // what a service message is about, one of Subjects; "" for other kinds
	Group      string // of campaigns that are counted together, "" for none
	Priority   int    // the larger comes first; of equals the smaller id
	Schedule   Schedule
	Budget     Budget
	Audience   *Filter // nil: everybody who agreed to the channel
	Placements []string
	Caps       []decision.Cap // beside those of the house
	Creatives  []Creative

	File string // where it was read, "" for the API
	Line int
}

// Creative is one way to say it, on one channel in one language.
type Creative struct {
	ID       string
	Channel  decision.Channel
	Language string // BCP 47
	Title    string // the subject of a mail; merge fields as {{first_name}}
	Body     string
	URL      string
	Item     string // id of what it advertises, "" for none
	Category string // the same, of a category; that of the item if left out
	House    bool   // the same for everybody: may be shown to people who are not known
	Line     int
}

// Limits of campaigns.
const (
	MaxFileBytes  = 1 << 20
	MaxCampaigns  = 1000
	MaxCreatives  = 50
	MaxPlacements = 20
	maxCaps       = 20
	maxTitleRunes = 200
	maxBodyBytes  = 8 << 10
	maxWordBytes  = 60 // so that campaign/creative is the id of an item
	maxTopicBytes = 256
	maxDepth      = 6
	maxFilters    = 50
)

// On reports whether the campaign has something for a placement and channel.
func (c *Campaign) On(placement string, channel decision.Channel) bool {
	at := false
	for _, p := range c.Placements {
		at = at || p == placement
	}
	if !at {
		return false
	}
	for i := range c.Creatives {
		if c.Creatives[i].Channel == channel {
			return true
		}
	}
	return false
}

// Schedule says when a campaign may run. The zero value is always.
type Schedule struct {
	Start, End  time.Time // End is exclusive; zero: open
	Days        [7]bool   // by time.Weekday; none set: all
	From, Until int       // minutes of the day, From inclusive; equal: all day; From > Until: over midnight
	Zone        *time.Location
}

// Open reports whether the campaign may run at a time.
func (s *Schedule) Open(now time.Time) bool {
	if !s.Start.IsZero() && now.Before(s.Start) || !s.End.IsZero() && !now.Before(s.End) {
		return false
	}
	local := now.In(s.zone())
	minute := local.Hour()*60 + local.Minute()
	day := local.Weekday()
	switch {
	case s.From == s.Until:
	case s.From < s.Until:
		if minute < s.From || minute >= s.Until {
			return false
		}
	case minute >= s.From:
	case minute < s.Until:
		day = (day + 6) % 7 // the night belongs to the day on which it began
	default:
		return false
	}
	return s.Days == [7]bool{} || s.Days[day]
}

// Over reports whether the campaign never runs again.
func (s *Schedule) Over(now time.Time) bool { return !s.End.IsZero() && !now.Before(s.End) }

func (s *Schedule) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// Budget bounds a campaign over all people. The zero value has no bound.
type Budget struct {
	Count int64  // showings in a period; 0: no bound
	Money int64  // hundredths in a period; 0: no bound
	Cost  int64  // hundredths that one showing costs, with Money
	Per   string // day, week, month of the campaign's zone, or campaign: once for all
}

// Most returns how many showings a period has, false for no bound.
func (b *Budget) Most() (int64, bool) {
	most, bounded := int64(0), false
	if b.Count > 0 {
		most, bounded = b.Count, true
	}
	if b.Money > 0 && b.Cost > 0 {
		if n := b.Money / b.Cost; !bounded || n < most {
			most = n
		}
		bounded = true
	}
	return most, bounded
}

// Slice is how many showings are leased at once, so that no row is written at
// each: one in a hundred, at least one and at most a thousand. What a process
// leased and did not use when it died counts as spent: a budget is never overrun.
func (b *Budget) Slice() int64 {
	most, bounded := b.Most()
	if !bounded {
		return 0
	}
	return min(max(most/100, 1), 1000)
}

// Period names the period of a time: what is spent in one is not in the next.
func (b *Budget) Period(now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	local := now.In(zone)
	switch b.Per {
	case "day":
		return local.Format("2006-01-02")
	case "week":
		year, week := local.ISOWeek()
		return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006") + "-W" + two(week)
	case "month":
		return local.Format("2006-01")
	}
	return "all"
}

func two(n int) string { return string([]byte{'0' + byte(n/10%10), '0' + byte(n%10)}) }
