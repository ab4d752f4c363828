package tactful

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Preferences are what a person told us they like, need and do not want to
// see. Only the person sets them, or a service acting for them at that moment;
// they are never inferred, never imported with events, and never hidden from
// the person. They act where the person's own data may be used, at the levels
// personal and full: below those nothing of the person is read.
//
// Each value is declared, in the sense of Provenance. The zero value says nothing.
type Preferences struct {
	Topics       map[string]TopicWish // by topic, see Topic
	Needs        map[string]string    // needs that the operator declared: "diet": "vegan"
	Occasions    map[string]Days      // occasions to skip, and when; zero Days: always
	Languages    []string             // BCP 47 tags, best first
	EasyReading  bool                 // pages should be in easy words and large type
	Discreet     bool                 // others see this screen: reasons name nothing, and nothing of a sensitive class is shown
	KeepOnDevice bool                 // decisions use no history that the shop holds
	Place        PlaceLimit           // how exactly they may be placed, where they agreed to location at all
	Messages     MessageLimits
	Changed      time.Time // when anything was last set, by the engine; not for callers to set
}

// A topic is a category or a label that items declare. A category is written
// by its name at any level, or exactly, by its path: the names from the most
// general on, joined by "/". A label is written with the prefix "label:".
const (
	TopicSeparator = "/"
	LabelPrefix    = "label:"
)

// TopicWish is what a person wants of a topic. The zero value is nothing said.
type TopicWish uint8

// Wishes.
const (
	WishNone  TopicWish = iota
	WishMore            // ranked higher
	WishLess            // ranked lower
	WishMuted           // not shown
)

var wishNames = [...]string{"none", "more", "less", "muted"}

// String returns the wire word.
func (w TopicWish) String() string {
	if int(w) < len(wishNames) {
		return wishNames[w]
	}
	return wishNames[0]
}

// ParseTopicWish reads a wire word.
func ParseTopicWish(word string) (TopicWish, bool) {
	for i, name := range wishNames {
		if name == word {
			return TopicWish(i), true
		}
	}
	return WishNone, false
}

// PlaceLimit is how exactly somebody may be placed. The zero value is nothing
// said: as exactly as whoever acts for them says.
type PlaceLimit uint8

// Limits of places, the most careful first.
const (
	PlaceUnset   PlaceLimit = iota
	PlaceOff                // not at all, though they said yes
	PlaceTown               // about 9 km
	PlaceQuarter            // about 2 km
)

var placeLimitNames = [...]string{"", "off", "town", "quarter"}

// String returns the wire word, "" for nothing said.
func (l PlaceLimit) String() string {
	if int(l) < len(placeLimitNames) {
		return placeLimitNames[l]
	}
	return placeLimitNames[0]
}

// ParsePlaceLimit reads a wire word.
func ParsePlaceLimit(word string) (PlaceLimit, bool) {
	for i, name := range placeLimitNames {
		if name == word {
			return PlaceLimit(i), true
		}
	}
	return PlaceUnset, false
}

// Days are whole days in UTC, both included. A zero end is open.
type Days struct {
	From, Until time.Time
}

// Hold reports whether a moment is inside.
func (d Days) Hold(now time.Time) bool {
	if !d.From.IsZero() && now.Before(d.From) {
		return false
	}
	return d.Until.IsZero() || now.Before(d.Until.AddDate(0, 0, 1))
}

// Channel is a way to reach a person.
type Channel string

// The channels for messages, one for each messages purpose.
const (
	ChannelEmail  Channel = "email"
	ChannelPush   Channel = "push"
	ChannelSMS    Channel = "sms"
	ChannelLetter Channel = "letter"
)

// Channels returns all channels in their fixed order. The slice is the caller's.
func Channels() []Channel { return []Channel{ChannelEmail, ChannelPush, ChannelSMS, ChannelLetter} }

// MessageLimits bound what consent to messages allows; they never widen it.
type MessageLimits struct {
	Only    []Channel   // messages come only by these; none: by every channel consent allows
	PerWeek WeeklyLimit // over all channels together
	// LessOften wants offers by message half as often as the shop sends them: what
	// caps let through in a time, those of the house and of each campaign, they let
	// through in twice the time, calendar days, weeks and months together with the
	// one before. Gaps between messages, and the pause after one that was passed
	// over (up to the longest there is), are twice as long. It counts over all
	// channels, and as far back as the shop remembers showings. Beside PerWeek the
	// stricter holds. What a customer has to know comes as it does for everybody.
	LessOften bool
	Quiet     Quiet
	Zone      string // IANA time zone of the quiet hours, for example "Europe/Berlin"; "": the shop's
}

// WeeklyLimit is how many messages a person wants in seven days. The zero
// value leaves it to the shop's own cap.
type WeeklyLimit uint8

// Weekly limits.
const (
	WeeklyUnset WeeklyLimit = iota
	WeeklyNone
	WeeklyOne
	WeeklyThree
)

// Most returns the number; false if the person set none.
func (w WeeklyLimit) Most() (int, bool) {
	switch w {
	case WeeklyNone:
		return 0, true
	case WeeklyOne:
		return 1, true
	case WeeklyThree:
		return 3, true
	case WeeklyUnset:
	}
	return 0, false
}

// ParseWeeklyLimit returns the limit of 0, 1 or 3 messages.
func ParseWeeklyLimit(most int) (WeeklyLimit, bool) {
	for _, w := range []WeeklyLimit{WeeklyNone, WeeklyOne, WeeklyThree} {
		if n, _ := w.Most(); n == most {
			return w, true
		}
	}
	return WeeklyUnset, false
}

// Quiet are the hours in which no message comes, from one time of day to
// another, over midnight if From is later. Both empty: none.
type Quiet struct {
	From, Until string // "HH:MM"
}

// Limits of preferences.
const (
	MaxTopics     = 200
	MaxTopicBytes = 256
	MaxNeeds      = 32
	MaxOccasions  = 32
	MaxLanguages  = 8
	MaxWordBytes  = 64 // of a need, its value, an occasion or a language
)

// Validate names the first field that cannot be kept. What the operator has to
// declare (needs, occasions) is checked by the engine.
func (p *Preferences) Validate() error {
	for _, check := range []struct {
		field     string
		size, max int
	}{
		{"topics", len(p.Topics), MaxTopics}, {"needs", len(p.Needs), MaxNeeds}, {"occasions", len(p.Occasions), MaxOccasions},
		{"languages", len(p.Languages), MaxLanguages},
	} {
		if check.size > check.max {
			return InvalidField(check.field, fmt.Sprintf("has %d entries", check.size), fmt.Sprintf("send at most %d", check.max))
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(p.Topics)) {
		if !plain(topic, MaxTopicBytes) || topic == LabelPrefix {
			return InvalidField("topics", "has a topic that cannot be one", fmt.Sprintf("write a category or %sNAME in 1 to %d bytes", LabelPrefix, MaxTopicBytes))
		}
		if w := p.Topics[topic]; w == WishNone || w > WishMuted {
			return InvalidField("topics", "has an unknown wish", "send more, less or muted")
		}
	}
	for _, need := range slices.Sorted(maps.Keys(p.Needs)) {
		if !plain(need, MaxWordBytes) || !plain(p.Needs[need], MaxWordBytes) {
			return InvalidField("needs", "has a word that is empty, too long or not plain text", fmt.Sprintf("write 1 to %d bytes", MaxWordBytes))
		}
	}
	for _, occasion := range slices.Sorted(maps.Keys(p.Occasions)) {
		days := p.Occasions[occasion]
		switch {
		case !plain(occasion, MaxWordBytes):
			return InvalidField("occasions", "has a word that is empty, too long or not plain text", fmt.Sprintf("write 1 to %d bytes", MaxWordBytes))
		case !wholeDay(days.From) || !wholeDay(days.Until):
			return InvalidField("occasions", "has a date that is not a whole day", "send dates as YYYY-MM-DD")
		case !days.From.IsZero() && !days.Until.IsZero() && days.Until.Before(days.From):
			return InvalidField("occasions", "ends before it begins", "send until on or after from")
		}
	}
	for i, tag := range p.Languages {
		if !plain(tag, MaxWordBytes) || strings.ContainsFunc(tag, func(r rune) bool {
			return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) || slices.Contains(p.Languages[:i], tag) {
			return InvalidField(fmt.Sprintf("languages[%d]", i), "is not a language tag, or there twice", "send tags like en or pt-BR, each once")
		}
	}
	if p.Place > PlaceQuarter {
		return InvalidField("place", "is unknown", "send off, town or quarter")
	}
	return p.Messages.validate()
}

func (m *MessageLimits) validate() error {
	for i, channel := range m.Only {
		if !slices.Contains(Channels(), channel) || slices.Contains(m.Only[:i], channel) {
			return InvalidField(fmt.Sprintf("messages.only[%d]", i), "is unknown or there twice", "send email, push, sms or letter, each once")
		}
	}
	switch {
	case m.PerWeek > WeeklyThree:
		return InvalidField("messages.perWeek", "is unknown", "send 0, 1 or 3")
	case (m.Quiet.From == "") != (m.Quiet.Until == ""):
		return InvalidField("messages.quiet", "has one end only", "send from and until, or neither")
	case m.Quiet.From != "" && (!clockTime(m.Quiet.From) || !clockTime(m.Quiet.Until) || m.Quiet.From == m.Quiet.Until):
		return InvalidField("messages.quiet", "is not two different times of day", "send times from 00:00 to 23:59")
	case m.Zone == "":
		return nil
	case len(m.Zone) > MaxWordBytes || m.Zone == "Local" || strings.ContainsFunc(m.Zone, notOfZones):
		return InvalidField("messages.zone", "is not a time zone", "send an IANA name like Europe/Berlin")
	}
	if _, err := time.LoadLocation(m.Zone); err != nil {
		return InvalidField("messages.zone", "is not a known time zone", "send an IANA name like Europe/Berlin")
	}
	return nil
}

// notOfZones keeps everything out that could be more than the name of a zone.
func notOfZones(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("/_+-", r)
}

func clockTime(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04")
}

func wholeDay(t time.Time) bool {
	return t.IsZero() || t.Equal(t.UTC().Truncate(24*time.Hour)) && t.Year() >= 1970 && t.Year() <= 9999
}

// plain reports whether text is short and holds nothing that is not to be read.
func plain(s string, most int) bool {
	return s != "" && len(s) <= most && s == strings.TrimSpace(s) && s == strings.ToValidUTF8(s, "") &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// IsZero reports whether nothing is said. Changed does not count.
func (p *Preferences) IsZero() bool {
	return len(p.Topics) == 0 && len(p.Needs) == 0 && len(p.Occasions) == 0 && len(p.Languages) == 0 &&
		!p.EasyReading && !p.Discreet && !p.KeepOnDevice && p.Place == PlaceUnset &&
		len(p.Messages.Only) == 0 && p.Messages.PerWeek == WeeklyUnset && !p.Messages.LessOften && p.Messages.Quiet == (Quiet{}) && p.Messages.Zone == ""
}

// PreferencesPatch changes a part of somebody's preferences; what is not in it
// stays.
type PreferencesPatch struct {
	Topics       map[string]TopicWish // WishNone takes the wish back
	Needs        map[string]string    // "" takes the need back
	Occasions    map[string]*Days     // nil takes the occasion back
	Languages    *[]string
	EasyReading  *bool
	Discreet     *bool
	KeepOnDevice *bool
	Place        *PlaceLimit // PlaceUnset takes the limit back
	Messages     *MessageLimits
}

// Patched returns the preferences as they are after a patch, and the patch that
// undoes it and nothing else. Neither shares memory with p.
func (p *Preferences) Patched(patch *PreferencesPatch) (after Preferences, undo PreferencesPatch) {
	after = p.Clone()
	after.Topics, undo.Topics = patched(after.Topics, patch.Topics, func(w TopicWish) (TopicWish, bool) { return w, w != WishNone })
	after.Needs, undo.Needs = patched(after.Needs, patch.Needs, func(v string) (string, bool) { return v, v != "" })
	if patch.Occasions != nil {
		undo.Occasions = make(map[string]*Days, len(patch.Occasions))
	}
	for name, days := range patch.Occasions {
		undo.Occasions[name] = nil
		if was, there := p.Occasions[name]; there {
			undo.Occasions[name] = &was
		}
		if days == nil {
			delete(after.Occasions, name)
			continue
		}
		if after.Occasions == nil {
			after.Occasions = map[string]Days{}
		}
		after.Occasions[name] = *days
	}
	if patch.Languages != nil {
		was := slices.Clone(p.Languages)
		undo.Languages = &was
		after.Languages = slices.Clone(*patch.Languages)
	}
	swap := func(field *bool, to *bool, was **bool) {
		if to != nil {
			old := *field
			*was, *field = &old, *to
		}
	}
	swap(&after.EasyReading, patch.EasyReading, &undo.EasyReading)
	swap(&after.Discreet, patch.Discreet, &undo.Discreet)
	swap(&after.KeepOnDevice, patch.KeepOnDevice, &undo.KeepOnDevice)
	if patch.Place != nil {
		was := p.Place
		undo.Place = &was
		after.Place = *patch.Place
	}
	if patch.Messages != nil {
		was := p.Messages
		was.Only = slices.Clone(was.Only)
		undo.Messages = &was
		after.Messages = *patch.Messages
		after.Messages.Only = slices.Clone(after.Messages.Only)
	}
	return after, undo
}

// patched applies one map of a patch; keep says what of a value stays.
func patched[V any](now, patch map[string]V, keep func(V) (V, bool)) (after, undo map[string]V) {
	if patch == nil {
		return now, nil
	}
	undo = make(map[string]V, len(patch))
	for name, to := range patch {
		undo[name] = now[name] // the zero value takes back what was not there
		value, stays := keep(to)
		if !stays {
			delete(now, name)
			continue
		}
		if now == nil {
			now = map[string]V{}
		}
		now[name] = value
	}
	return now, undo
}

// Clone returns a copy that shares no memory.
func (p *Preferences) Clone() Preferences {
	c := *p
	c.Topics, c.Needs, c.Occasions = maps.Clone(p.Topics), maps.Clone(p.Needs), maps.Clone(p.Occasions)
	c.Languages, c.Messages.Only = slices.Clone(p.Languages), slices.Clone(p.Messages.Only)
	return c
}

// Joined returns what one person said under two names: own counts where both
// say something, but a mute of either is kept, since a no is never lost.
func (p *Preferences) Joined(own *Preferences) Preferences {
	joined := p.Clone()
	patch := PreferencesPatch{Topics: maps.Clone(own.Topics), Needs: own.Needs, Occasions: map[string]*Days{}}
	for topic := range patch.Topics {
		if p.Topics[topic] == WishMuted {
			patch.Topics[topic] = WishMuted
		}
	}
	for name, days := range own.Occasions {
		patch.Occasions[name] = &days
	}
	if len(own.Languages) > 0 {
		patch.Languages = &own.Languages
	}
	joined, _ = joined.Patched(&patch)
	joined.EasyReading = joined.EasyReading || own.EasyReading
	joined.Discreet = joined.Discreet || own.Discreet
	joined.KeepOnDevice = joined.KeepOnDevice || own.KeepOnDevice
	if own.Place != PlaceUnset && (joined.Place == PlaceUnset || own.Place < joined.Place) {
		joined.Place = own.Place
	}
	m := &joined.Messages
	if len(own.Messages.Only) > 0 {
		m.Only = slices.Clone(own.Messages.Only)
	}
	if own.Messages.PerWeek != WeeklyUnset && (m.PerWeek == WeeklyUnset || own.Messages.PerWeek < m.PerWeek) {
		m.PerWeek = own.Messages.PerWeek
	}
	m.LessOften = m.LessOften || own.Messages.LessOften
	if own.Messages.Quiet != (Quiet{}) {
		m.Quiet, m.Zone = own.Messages.Quiet, own.Messages.Zone
	}
	if own.Changed.After(joined.Changed) {
		joined.Changed = own.Changed
	}
	return joined
}
