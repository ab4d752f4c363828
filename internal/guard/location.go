package guard

import (
	"regexp"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/place"
)

// Location refuses what rests on a place that may not count: without a live yes
// to location, at a level below personal, finer than was agreed to, over, or in a
// sensitive place, be it the person's cell or the branch near them. It finds out
// for itself whether the branch is near and has the item. Copy that says to
// somebody where they are and when is refused whoever agreed to what; the
// sentences of reasons name no place at all.
//
// Strava's map showed who jogs alone in the desert; an app that says where you
// are lets you feel that it watches.
type Location struct {
	Rules LocationRules
}

var _ Guard = Location{}

// LocationRules are what the engine sets from its settings of places.
type LocationRules struct {
	Attribute string // of items: the branches that have it
	Branches  []place.Branch
	Sensitive []place.Zone
}

// Name is the guard's word.
func (Location) Name() string { return "location" }

// Promise is the sentence it keeps.
func (Location) Promise() string {
	return "No place without your yes, never a finer one than you allow, and never in words."
}

// File is where it is decided.
func (Location) File() string { return "internal/guard/location.go" }

// Details of the location guard. The numbers are part of the message keys that
// tell the customer (leftout.location.1 and so on).
const (
	locationUnasked uint8 = iota + 1
	locationFine
	locationOver
	locationSecret
	locationFar
	locationTold
)

// Detail says what a verdict's code means.
func (Location) Detail(code uint8) string {
	switch code {
	case locationUnasked:
		return "rests on a place that the person does not share"
	case locationFine:
		return "rests on a finer place than the person shares"
	case locationOver:
		return "rests on a place whose time is over"
	case locationSecret:
		return "rests on a sensitive place"
	case locationFar:
		return "rests on a branch that is not near, or does not have it"
	case locationTold:
		return "its words say where somebody is and when"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (l Location) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	placed := uint8(0)
	for i := range candidates {
		if candidates[i].Near != "" {
			placed = l.fault(c)
			break
		}
	}
	for i := range candidates {
		x := &candidates[i]
		code := uint8(0)
		switch {
		case x.Offer != nil && saysWhere(x.Offer.Title+" "+x.Offer.Body):
			code = locationTold
		case x.Near == "":
		case placed != 0:
			code = placed
		default:
			code = l.near(c, x)
		}
		out[i] = decision.Verdict{Ruling: decision.Allow}
		if code != 0 {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
		}
	}
	return nil
}

// fault says why the person's place may not count, 0 if it may.
func (l Location) fault(c *decision.Case) uint8 {
	w, p := c.Where, &c.Permit
	if w == nil || !w.Permit.Allowed || w.Permit.Purpose != tactful.LocationUse || w.Permit.Frozen || w.Permit.Minor ||
		!p.Allowed || p.Frozen || p.Minor || p.Level < tactful.Personal || p.Level > tactful.Full {
		return locationUnasked
	}
	cell := place.Cell(w.Cell)
	switch {
	case !cell.Known() || w.Finest < 0 || cell.Level() > w.Finest:
		return locationFine
	case w.Until.IsZero() || !c.Now.Before(w.Until):
		return locationOver
	case place.Secret(cell, l.Rules.Sensitive):
		return locationSecret
	}
	return 0
}

// near checks the claim that a branch near the person has the item.
func (l Location) near(c *decision.Case, x *decision.Candidate) uint8 {
	if x.Item == nil || l.Rules.Attribute == "" {
		return locationFar
	}
	if _, has := place.HasBranch(x.Item.Attributes[l.Rules.Attribute], []string{x.Near}); !has {
		return locationFar
	}
	for i := range l.Rules.Branches {
		b := &l.Rules.Branches[i]
		switch {
		case b.ID != x.Near:
		case place.In(b.Point(), l.Rules.Sensitive):
			return locationSecret
		case b.Serves(place.Cell(c.Where.Cell)):
			return 0
		}
	}
	return locationFar
}

var (
	momentWords = regexp.MustCompile(`(?i)now|gerade|ahora|instant`)
	clockWords  = regexp.MustCompile(`\b([01]?[0-9]|2[0-3])[:.h][0-5][0-9]\b|\b(1[0-2]|[1-9]) ?[ap]\.?m\b|\b(just|right) now\b|\bgerade (eben)?|\bjusto ahora\b|\bà l'instant\b|الآن`)
	placeWords  = regexp.MustCompile(`\b(near|around|close to|next to) you\b|\bin your (area|street|town|quarter)\b|\bwhere you are\b|\byou (are|were) (at|in|near)\b|` +
		`\b(in|aus) (deiner|ihrer|eurer) (nähe|straße|stadt|gegend)\b|\bbei (dir|ihnen) um die ecke\b|\bpr[eè]s de (chez )?(vous|toi)\b|\bdans (votre|ton) quartier\b|` +
		`\bcerca de (ti|usted|tu|su)\b|\ben (tu|su) (zona|barrio)\b|(بالقرب|قريب|على مقربة) منك|في منطقتك`)
)

// saysWhere reports whether copy says to somebody where they are, and when.
func saysWhere(copy string) bool {
	if !strings.ContainsAny(copy, "0123456789") && !strings.Contains(copy, "الآن") && !momentWords.MatchString(copy) {
		return false // most copy
	}
	lower := strings.ReplaceAll(strings.ToLower(copy), "’", "'")
	return placeWords.MatchString(lower) && clockWords.MatchString(lower)
}
