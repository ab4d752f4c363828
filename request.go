package tactful

import "fmt"

// Placement says where on the page a list goes, and so what it is made from.
type Placement uint8

// Placements. The zero value is refused.
const (
	PlacementUnknown Placement = iota
	ForYou                     // from what this person did with us
	Similar                    // goes with the item(s) of the page
	Basket                     // goes with what is in the basket
	Popular                    // the same for everyone
	Search                     // answers to a query, ranked for the person
)

var placementNames = [...]string{"unknown", "for_you", "similar", "basket", "popular", "search"}

// String returns the wire word.
func (p Placement) String() string {
	if int(p) < len(placementNames) {
		return placementNames[p]
	}
	return placementNames[0]
}

// ParsePlacement reads a wire word.
func ParsePlacement(word string) (Placement, bool) {
	for i, name := range placementNames {
		if i > 0 && name == word {
			return Placement(i), true
		}
	}
	return PlacementUnknown, false
}

// Request asks for a list of suggestions.
type Request struct {
	Subject   Alias  // zero: nobody in particular
	Session   string // first-party session id, "" if none
	Placement Placement
	Items     []string // the page's item, the basket, or a session's items, newest first; for Similar the page's item stands first, and asks for its class alone; at most MaxRequestItems
	Query     string   // for Search, at most MaxQueryBytes
	Count     int      // 1..MaxCount
	Filter    Filter
	Level     Level   // at most this level; LevelUnknown: as far as the person allows
	Language  string  // BCP 47 tag for the sentences; "" is the configured default
	Region    string  // ISO 3166 code, "" if unknown
	GPC       bool    // Sec-GPC was exactly "1"
	Surface   Surface // where the list is shown, and so who else sees it
}

// Limits of a request.
const (
	MaxRequestItems = 100
	MaxQueryBytes   = 256
	MaxCount        = 100
)

// Filter narrows the items that may be suggested. All parts must hold.
type Filter struct {
	Categories        []string            // in any of these
	ExcludeCategories []string            // in none of these
	ExcludeItems      []string            // none of these
	PriceMin          *int64              // hundredths, inclusive
	PriceMax          *int64              // hundredths, inclusive
	Attributes        map[string][]string // each attribute has one of the values
	AvailableOnly     bool                // in stock or preorder for certain
}

// Validate names every fault of the request that can be seen without data.
func (r *Request) Validate() error {
	switch {
	case r.Placement == PlacementUnknown:
		return InvalidField("placement", "is missing or unknown", "send for_you, similar, basket, popular or search")
	case r.Count < 1 || r.Count > MaxCount:
		return InvalidField("count", fmt.Sprintf("is %d", r.Count), fmt.Sprintf("send 1 to %d", MaxCount))
	case len(r.Items) > MaxRequestItems:
		return InvalidField("items", fmt.Sprintf("has %d entries", len(r.Items)), fmt.Sprintf("send at most %d", MaxRequestItems))
	case len(r.Query) > MaxQueryBytes:
		return InvalidField("query", fmt.Sprintf("has %d bytes", len(r.Query)), fmt.Sprintf("send at most %d", MaxQueryBytes))
	case (r.Placement == Similar || r.Placement == Basket) && len(r.Items) == 0:
		return InvalidField("items", "is empty", "this placement needs the item of the page or the basket")
	case !r.Surface.Known():
		return InvalidField("surface", "is unknown", "send page, email, email_subject, push, sms, letter or household, or leave it out")
	case r.Placement == Search && r.Query == "":
		return InvalidField("query", "is empty", "the search placement needs a query")
	}
	if r.Subject != (Alias{}) {
		return r.Subject.Validate("subject")
	}
	return nil
}
