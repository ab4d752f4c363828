package guard

import (
	"strings"
	"unicode"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/wording"
)

// Stranger refuses copy that would talk to people as if we knew them. Fields that
// nobody can fill are not sent. Off our own pages copy names a category and never
// what the person looked at: a mail, a push and a page of somebody else are read
// over shoulders.
//
// Names are no ground for refusal: internal/wording says them to whoever gave
// them to us and stands in some relation to the business, and leaves them out for
// everybody else.
type Stranger struct{}

var _ Guard = Stranger{}

// Name is the guard's word.
func (Stranger) Name() string { return "stranger" }

// Promise is the sentence it keeps.
func (Stranger) Promise() string {
	return "Nobody who did not tell us their name is called by it, and no mail names what you looked at."
}

// File is where it is decided.
func (Stranger) File() string { return "internal/guard/stranger.go" }

// Details of the stranger guard.
const (
	strangerField uint8 = iota + 1
	strangerProduct
)

// Detail says what a verdict's code means.
func (Stranger) Detail(code uint8) string {
	switch code {
	case strangerField:
		return "has a field that nobody can fill"
	case strangerProduct:
		return "names what the person looked at, off our own pages"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (Stranger) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		o := candidates[i].Offer
		switch {
		case o == nil:
		case len(wording.Check(o.Title)) > 0 || len(wording.Check(o.Body)) > 0:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: strangerField}
		case o.Channel != decision.ChannelSite && o.Kind != decision.KindService && tells(c, &candidates[i]):
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: strangerProduct}
		}
	}
	return nil
}

// tells reports whether an offer tells what the person looked at: by the item
// that it shows, by coming back to one at all, or by its words.
func tells(c *decision.Case, x *decision.Candidate) bool {
	if x.Item != nil && comesBack(c, x) {
		return true
	}
	var copy string
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		if !looked(p) {
			continue
		}
		if x.Item != nil && (x.Item.No == p.Item || x.Item.Group != "" && p.Listed != nil && p.Listed.Group == x.Item.Group) {
			return true
		}
		if p.Listed == nil || len(p.Listed.Title) < shortestTitle {
			continue
		}
		if copy == "" {
			copy = letters(x.Offer.Title + " " + x.Offer.Body)
		}
		if strings.Contains(copy, letters(p.Listed.Title)) {
			return true
		}
	}
	return false
}

// shortestTitle keeps a product called "Tea" from making every word about tea one
// about it.
const shortestTitle = 8

// looked reports whether a piece is something that the person looked at and did
// not buy.
func looked(p *decision.Piece) bool {
	switch p.Action {
	case tactful.Viewed, tactful.Added, tactful.Saved, tactful.Removed, tactful.Clicked, tactful.Dismissed, tactful.Declined:
		return true
	case tactful.ActionUnknown, tactful.Purchased, tactful.Returned, tactful.Searched:
	}
	return false
}

// letters is a text with nothing but letters and digits, one space between words
// and one at either end.
func letters(s string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
}
