package engine

import (
	"maps"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// ownTerms refuses a request whose filter chooses by what one person may pay,
// have or borrow. Every door comes through here; doors refuse by themselves what
// never becomes a part of a request.
func ownTerms(r *tactful.Request) error {
	for _, name := range slices.Sorted(maps.Keys(r.Filter.Attributes)) {
		if about := decision.OwnTerms(name); about != "" {
			return tactful.RefuseSignificant("filter.attributes."+name[:min(len(name), 64)], about)
		}
	}
	return nil
}
