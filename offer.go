package tactful

import (
	"fmt"
	"time"
)

// OfferRequest asks what somebody may be shown or sent on a channel, if anything.
type OfferRequest struct {
	Subject   Alias
	Placement string   // where: a word of the business's own, as campaigns name it
	Channel   string   // site, mail, push, sms, ad or letter
	Count     int      // 1..MaxOffers
	Items     []string // of the page or the basket, newest first; at most MaxRequestItems
	Language  string   // BCP 47 tag; "" is what the person declared, else the configured default
	Region    string   // ISO 3166 code, "" if unknown
	GPC       bool     // Sec-GPC was exactly "1"

	// What the sender knows of the reader, for the fields of copy: first_name,
	// last_name, salutation. It is used for this answer and not stored.
	Fields map[string]OfferField
}

// OfferField is one value with who says so. Only what the reader declared is said.
type OfferField struct {
	Text       string
	Provenance Provenance
}

// MaxOfferFields bounds the fields of a request.
const MaxOfferFields = 8

// MaxOffers bounds one decision: more is a catalogue, and no offer.
const MaxOffers = 10

// Validate names every fault of the request that can be seen without campaigns.
func (r *OfferRequest) Validate() error {
	switch {
	case r.Placement == "" || len(r.Placement) > MaxWordBytes:
		return InvalidField("placement", "is missing or too long", "send a word that campaigns name under placements")
	case r.Count < 1 || r.Count > MaxOffers:
		return InvalidField("count", fmt.Sprintf("is %d", r.Count), fmt.Sprintf("send 1 to %d", MaxOffers))
	case len(r.Items) > MaxRequestItems:
		return InvalidField("items", fmt.Sprintf("has %d entries", len(r.Items)), fmt.Sprintf("send at most %d", MaxRequestItems))
	}
	if len(r.Fields) > MaxOfferFields {
		return InvalidField("fields", fmt.Sprintf("has %d entries", len(r.Fields)), fmt.Sprintf("send at most %d", MaxOfferFields))
	}
	if r.Subject != (Alias{}) {
		return r.Subject.Validate("subject")
	}
	return nil
}

// OfferDecision is the answer to an OfferRequest: offers, or none; with reasons
// and with a receipt in either case. Delivering is somebody else's work.
type OfferDecision struct {
	ID        string // the receipt's id
	Time      time.Time
	Placement string
	Channel   string
	Level     Level // the level it was really made at
	Offers    []Offered
	Withheld  []Withheld        // how many creatives each guard stopped, in the guards' order; Items name them as campaign/creative
	Reasons   []Unoffered       // why not, creative by creative; at most MaxUnoffered
	Headers   map[string]string // of a mail: List-Unsubscribe and List-Unsubscribe-Post (RFC 8058)
	GPC       bool
	GPCKept   bool
}

// MaxUnoffered bounds the reasons of one decision.
const MaxUnoffered = 20

// Offered is one creative that may be shown or sent, as it is to be read.
type Offered struct {
	Campaign, Creative string
	Kind               string // marketing, retargeting or service
	Title, Body        string // rendered; the title is the subject of a mail
	URL                string
	Item               string // what it advertises, "" for none
	Category           string
	Language           string
	House              bool // the same for everybody, not counted where the person is not known
	Reason             Reason
}

// Unoffered says why one creative was not offered.
type Unoffered struct {
	Campaign, Creative string
	Guard              string // or schedule, audience, budget, holdout, language, stock
	Detail             string // in English, for the business
	Sentence           string // for the person, in the language of the request; "" for none
}

// OfferRecord is what a receipt says of a decision about offers.
type OfferRecord struct {
	Channel   string
	Placement string
	Shown     []OfferShown // beside Receipt.Shown
}

// OfferShown is one offer as it was chosen.
type OfferShown struct {
	Campaign, Creative string
	Item               string        // that it advertises, "" for none
	Choice             string        // fixed, or thompson
	Draw               string        // of a thompson choice: what was drawn, so that it can be replayed
	Options            []OfferOption // of a thompson choice: how likely each creative was, exactly
	Apprentice         string        // the creative that the apprentice would have chosen, "" for none
}

// OfferOption is one creative that could have been chosen.
type OfferOption struct {
	Creative   string
	Propensity float64
}

// OfferPlan says when somebody may next be sent what, as things stand. It reserves
// nothing: whoever sends asks for a decision at that moment.
type OfferPlan struct {
	Time      time.Time // of the plan
	Placement string
	Channel   string
	Sends     []PlannedOffer // the soonest first; none within two weeks if empty
	Reasons   []Unoffered    // why not now
}

// PlannedOffer is one creative and the first moment at which it might go.
type PlannedOffer struct {
	Campaign, Creative string
	At                 time.Time
}
