package campaign

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/decision"
)

// Set is campaigns ready to be chosen from, in the fixed order: the larger
// priority first, of equals the smaller id. It is immutable and may be shared;
// nil is none.
type Set struct {
	all    []Campaign
	offers [][]decision.Offer // beside all and its creatives
	found  [][]coercion.Finding
	aside  []Aside
}

// Aside is a stored campaign that the rules of today refuse. It is out of action,
// and whoever asks is told why; it can be put anew or deleted.
type Aside struct {
	Campaign Campaign // as far as it could be read; its id is always there
	Fault    error
}

// Beside returns the set with what was set aside, sorted by id.
func (s *Set) Beside(aside []Aside) *Set {
	with := *s
	with.aside = slices.SortedFunc(slices.Values(aside), func(a, b Aside) int { return cmp.Compare(a.Campaign.ID, b.Campaign.ID) })
	return &with
}

// Aside returns what was set aside. The slice is shared.
func (s *Set) Aside() []Aside {
	if s == nil {
		return nil
	}
	return s.aside
}

// Reader reads copy: *coercion.Model.
type Reader interface {
	Read(text, language string, facts *coercion.Facts) coercion.Finding
}

// NewSet puts campaigns together and reads all copy. Two campaigns of one id are
// a fault. Copy that presses is no fault: it is never shown, and whoever asks for
// the campaign is told why.
func NewSet(all []Campaign, reader Reader) (*Set, error) {
	s := &Set{all: slices.Clone(all)}
	slices.SortStableFunc(s.all, func(a, b Campaign) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID, b.ID))
	})
	var faults []error
	if len(all) > MaxCampaigns {
		faults = append(faults, tactful.InvalidField("campaigns", fmt.Sprintf("are %d", len(all)), fmt.Sprintf("keep at most %d", MaxCampaigns)))
	}
	seen := map[string]*Campaign{}
	for i := range all {
		c := &all[i]
		if first, twice := seen[c.ID]; twice {
			faults = append(faults, tactful.InvalidField(place(c)+"id", fmt.Sprintf("%q is there twice; the other is at %s", c.ID, place(first)), "give each campaign an id of its own"))
		}
		seen[c.ID] = c
	}
	if reader == nil {
		faults = append(faults, tactful.Errorf(tactful.Internal, "copy cannot be used that nobody has read"))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	s.offers, s.found = make([][]decision.Offer, len(s.all)), make([][]coercion.Finding, len(s.all))
	for i := range s.all {
		c := &s.all[i]
		for j := range c.Creatives {
			v := &c.Creatives[j]
			finding := filled(c, v, reader)
			sells := false
			if c.Kind == decision.KindService {
				sells = serve(&finding)
			}
			s.found[i] = append(s.found[i], finding)
			s.offers[i] = append(s.offers[i], decision.Offer{
				Campaign: c.ID, Creative: v.ID, Group: c.Group, Category: v.Category, Kind: c.Kind, Channel: v.Channel, Language: v.Language, House: v.House,
				Title: v.Title, Body: v.Body, Caps: c.Caps, Pressed: Press(&finding), Sells: sells,
			})
		}
	}
	return s, nil
}

func place(c *Campaign) string {
	switch {
	case c.File == "":
		return "campaign."
	case c.Line > 0:
		return fmt.Sprintf("%s:%d: ", c.File, c.Line)
	}
	return c.File + ": "
}

// Press is what a reader's finding means for an offer.
func Press(f *coercion.Finding) decision.Pressed {
	return decision.Pressed{Read: f.Ruling != coercion.Unread, Score: f.Score, Blocked: f.Ruling == coercion.Stop, Waits: f.Ruling == coercion.Ask}
}

// Len is how many campaigns there are.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.all)
}

// At returns a campaign by its place. It is shared.
func (s *Set) At(i int) *Campaign { return &s.all[i] }

// Offers returns the offers of a campaign, beside its creatives. They are shared.
func (s *Set) Offers(i int) []decision.Offer { return s.offers[i] }

// Finding returns what the reader found in a creative.
func (s *Set) Finding(i, creative int) *coercion.Finding { return &s.found[i][creative] }

// Find returns the place of a campaign, false if there is none of the id.
func (s *Set) Find(id string) (int, bool) {
	if s == nil {
		return 0, false
	}
	i := slices.IndexFunc(s.all, func(c Campaign) bool { return c.ID == id })
	return i, i >= 0
}

// Live reports whether a campaign may run at a time.
func (s *Set) Live(i int, now time.Time) bool { return s.all[i].Schedule.Open(now) }
