package campaign

import (
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Filter says whom a campaign is for. Exactly one of its parts is set.
type Filter struct {
	All, Any  []Filter
	Not       *Filter
	Deed      *Deed
	Languages []string // of the request, or of what the person declared
	Regions   []string // of the request
	Prefers   string   // a topic of which the person declared that they want more
}

// Deed is something that the person did with an item or a category here.
type Deed struct {
	Did      Did
	Item     string
	Category string        // at any level
	Within   time.Duration // 0: as long as evidence counts
}

// Did is a word of audiences for what somebody did.
type Did uint8

// What somebody can have done. Looked is everything short of buying; who bought
// since has not only looked.
const (
	DidNothing Did = iota
	Looked
	Basket
	Saved
	Bought
)

var didWords = [...]string{"", "looked_at", "in_basket", "saved", "bought"}

// String returns the word of files.
func (d Did) String() string {
	if int(d) < len(didWords) {
		return didWords[d]
	}
	return ""
}

func (d Did) is(a tactful.Action) bool {
	switch d {
	case Looked:
		return a == tactful.Viewed || a == tactful.Clicked || a == tactful.Saved || a == tactful.Added
	case Basket:
		return a == tactful.Added
	case Saved:
		return a == tactful.Saved
	case Bought:
		return a == tactful.Purchased
	case DidNothing:
	}
	return false
}

// Personal reports whether the filter asks for anything that the person did or
// declared, so that it is for nobody whose data may not be used.
func (f *Filter) Personal() bool {
	if f == nil {
		return false
	}
	if f.Deed != nil || f.Prefers != "" || f.Not != nil && f.Not.Personal() {
		return true
	}
	personal := func(g Filter) bool { return g.Personal() }
	return slices.ContainsFunc(f.All, personal) || slices.ContainsFunc(f.Any, personal)
}

// denies reports whether a filter has a not anywhere.
func (f *Filter) denies() bool {
	denies := func(g Filter) bool { return g.denies() }
	return f.Not != nil || slices.ContainsFunc(f.All, denies) || slices.ContainsFunc(f.Any, denies)
}

// Fit is what speaks for an audience.
type Fit struct {
	Pieces []int32 // of the evidence, in its order
	Topic  string  // that the person declared, "" for none
}

// Fits reports whether the case's person is in the audience, and by what. Pieces
// without weight, such as what somebody took out or what is too old, speak for
// nothing; what tells of a sensitive class never chooses an audience.
func (f *Filter) Fits(c *decision.Case) (Fit, bool) {
	var fit Fit
	if f == nil {
		return fit, true
	}
	if f.Personal() && (!c.Permit.Allowed || c.Permit.Frozen || c.Permit.Level < tactful.Personal) {
		return fit, false
	}
	ok := f.holds(c, &fit)
	slices.Sort(fit.Pieces)
	fit.Pieces = slices.Compact(fit.Pieces)
	return fit, ok
}

func (f *Filter) holds(c *decision.Case, fit *Fit) bool {
	switch {
	case f.All != nil:
		var all Fit // kept only if every part holds
		for i := range f.All {
			if !f.All[i].holds(c, &all) {
				return false
			}
		}
		fit.Pieces = append(fit.Pieces, all.Pieces...)
		if all.Topic != "" {
			fit.Topic = all.Topic
		}
		return true
	case f.Any != nil:
		one := false
		for i := range f.Any {
			one = f.Any[i].holds(c, fit) || one
		}
		return one
	case f.Not != nil:
		return !f.Not.holds(c, new(Fit)) // what is not there is no reason
	case f.Deed != nil:
		return f.Deed.holds(c, fit)
	case f.Prefers != "":
		if c.Wishes == nil || c.Wishes.Topics[f.Prefers] != tactful.WishMore {
			return false
		}
		fit.Topic = f.Prefers
		return true
	case f.Languages != nil:
		return c.Request != nil && slices.ContainsFunc(f.Languages, func(tag string) bool { return speaks(c.Request.Language, tag) })
	case f.Regions != nil:
		return c.Request != nil && slices.ContainsFunc(f.Regions, func(r string) bool { return strings.EqualFold(r, c.Request.Region) })
	}
	return false
}

func (d *Deed) holds(c *decision.Case, fit *Fit) bool {
	found := false
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		if p.Weight <= 0 || p.Origin != decision.FromHistory || p.Listed == nil || !d.Did.is(p.Action) {
			continue
		}
		if d.Within > 0 && c.Now.Sub(p.Time) > d.Within {
			continue
		}
		if d.Item != "" && p.Listed.ID != d.Item || d.Category != "" && !decision.Covers(d.Category, p.Listed) {
			continue
		}
		if only, serves := c.Serves(p); !serves || only != 0 {
			continue
		}
		fit.Pieces = append(fit.Pieces, int32(i))
		found = true
	}
	return found
}

// speaks reports whether a request's language is the tag or a part of it: de-AT
// is de. A request that names none speaks nothing in particular.
func speaks(asked, tag string) bool {
	return asked != "" && (strings.EqualFold(asked, tag) || len(asked) > len(tag) && asked[len(tag)] == '-' && strings.EqualFold(asked[:len(tag)], tag))
}
