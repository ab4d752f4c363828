package decision

import (
	"time"

	"github.com/tactful/tactful"
)

// Channel is how an offer reaches somebody.
type Channel uint8

// Channels. The zero value is none and reaches nobody.
const (
	ChannelNone Channel = iota
	ChannelSite
	ChannelMail
	ChannelPush
	ChannelSMS
	ChannelAd // a page of somebody else
	ChannelLetter
)

// Channels is how many there are, the none included.
const Channels = 7

var channelWords = [Channels]string{"none", "site", "mail", "push", "sms", "ad", "letter"}

// String returns the wire word.
func (c Channel) String() string {
	if int(c) < len(channelWords) {
		return channelWords[c]
	}
	return channelWords[0]
}

// ParseChannel reads a wire word; none is not a channel.
func ParseChannel(word string) (Channel, bool) {
	for i, name := range channelWords {
		if i > 0 && name == word {
			return Channel(i), true
		}
	}
	return ChannelNone, false
}

// Sent reports whether an offer on this channel goes out to the person instead
// of waiting on a page that they open. Quiet hours hold what is sent.
func (c Channel) Sent() bool {
	return c == ChannelMail || c == ChannelPush || c == ChannelSMS || c == ChannelLetter
}

// Purpose is what a person must have agreed to for the channel. A channel that
// is none has no purpose, and so no permission.
func (c Channel) Purpose() tactful.Purpose {
	switch c {
	case ChannelSite, ChannelAd:
		return tactful.Offers
	case ChannelMail:
		return tactful.MessagesEmail
	case ChannelPush:
		return tactful.MessagesPush
	case ChannelSMS:
		return tactful.MessagesSMS
	case ChannelLetter:
		return tactful.MessagesLetter
	}
	return ""
}

// CampaignKind says what a campaign is for.
type CampaignKind uint8

// Kinds of campaigns. The zero value is no kind and is refused.
const (
	KindUnknown     CampaignKind = iota
	KindMarketing                // makes something known
	KindRetargeting              // comes back to what somebody looked at
	KindService                  // what a customer has to know: a delivery, a recall
)

var kindWords = [...]string{"unknown", "marketing", "retargeting", "service"}

// String returns the wire word.
func (k CampaignKind) String() string {
	if int(k) < len(kindWords) {
		return kindWords[k]
	}
	return kindWords[0]
}

// ParseCampaignKind reads a wire word.
func ParseCampaignKind(word string) (CampaignKind, bool) {
	for i, name := range kindWords {
		if i > 0 && name == word {
			return CampaignKind(i), true
		}
	}
	return KindUnknown, false
}

// Offer is what makes a candidate an offer: one creative of one campaign on one
// channel. It is made when campaigns are loaded; read only.
type Offer struct {
	Campaign string // id
	Creative string // id, unique within its campaign
	Group    string // of campaigns that are counted together, "" for none
	Category string // what it advertises, "" for none in particular
	Kind     CampaignKind
	Channel  Channel
	Language string // BCP 47
	House    bool   // says the same to everybody: people whom nobody knows may see it, uncounted

	Title string // as written, merge fields included; the subject line of a mail
	Body  string // the same
	Caps  []Cap  // of the campaign, beside those of the house; the tightest wins

	// Of what classes it is if it advertises no listed item: by its words and its
	// category. Until somebody looked it is of every class.
	Looked  bool
	Classes Classes

	Pressed Pressed
	Sells   bool // a service message that the reader did not find calm: it goes to nobody who did not agree
}

// Pressed is what the coercion reader found in a creative's copy. The zero value
// was never read, and what was not read is not shown.
type Pressed struct {
	Read    bool
	Score   float64 // 0..1
	Blocked bool    // above the threshold, or a claim that is not true, or a human said no
	Waits   bool    // between the two thresholds: a human has not said yes yet
	Allowed bool    // a human said yes to the words; what they claim must be true all the same
}

// Scope says what a cap counts together.
type Scope uint8

// Scopes. The zero value counts everything, which is the tightest.
const (
	ScopeAll Scope = iota
	ScopeChannel
	ScopeGroup
	ScopeCampaign
	ScopeCategory
	ScopeCreative
	ScopeItem
)

// Cap bounds how often something may be shown to one person.
type Cap struct {
	Scope    Scope
	Count    int           // at most so many
	Period   time.Duration // in a rolling window; 0 with Calendar
	Calendar string        // "", or day, week, month: of the person's time zone
	Gap      time.Duration // at least so long between two; 0: none
	Sent     bool          // counts only what is sent (messages), not what stands on a page
}

// MaxShowings is how many showings are kept of one person. Whoever has been shown
// so much within the term of the longest cap is shown nothing more until it ends:
// what cannot be counted cannot be capped.
const MaxShowings = 400

// ShowingID says of which decision a showing is: it is the random part of the
// id of the decision's receipt.
type ShowingID [8]byte

// Showing is one time that an offer was reserved for, shown or sent to somebody.
type Showing struct {
	ID       ShowingID
	At       time.Time
	Campaign string
	Creative string
	Group    string
	Category string
	Item     tactful.ItemNo // 0 for none
	Channel  Channel
	Service  bool // of a service campaign: counted, never against marketing caps
	Fate     Fate
	Heard    time.Time // when that was reported, zero for never
}

// Fate is what became of a showing. What was reserved and never reported counts
// as shown.
type Fate uint8

// Fates.
const (
	Reserved Fate = iota
	Shown
	Clicked
	Dismissed
	Converted
	Released // given back before it was shown: counts for nothing, unless it was shown all the same
)

var fateWords = [...]string{"reserved", "shown", "clicked", "dismissed", "converted", "released"}

// String returns the word of copies and figures.
func (f Fate) String() string {
	if int(f) < len(fateWords) {
		return fateWords[f]
	}
	return "unknown"
}

// Counts reports whether a showing in this state counts against caps.
func (f Fate) Counts() bool { return f != Released }

// Becomes reports whether a showing may go from one state to the other. What was
// shown is never given back; what was given back and is reported all the same was
// shown, and counts.
func (f Fate) Becomes(to Fate) bool {
	switch f {
	case Reserved:
		return to > Reserved && to <= Released
	case Shown:
		return to == Clicked || to == Dismissed || to == Converted
	case Clicked:
		return to == Dismissed || to == Converted
	case Dismissed:
		return to == Converted
	case Released:
		return to >= Shown && to < Released
	case Converted:
	}
	return false
}

// Showings are what one person was shown, over all channels and devices, newest
// first, together with what they said about being shown things.
type Showings struct {
	Past   []Showing
	Limits *tactful.MessageLimits // the person's own, nil for none said
}
