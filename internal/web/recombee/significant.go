package recombee

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// names are the words in an expression or a nested parameter that may name a
// field.
var names = regexp.MustCompile(`[\pL_][\pL\pN_-]*`)

// ownTerms refuses parameters that would make prices, eligibility or credit
// differ from person to person. A filter may name the price of goods, as a
// shelf does; what leans a list for one person by price may not.
func ownTerms(parameters map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		raw := string(parameters[name])
		asks := decision.OwnTerms
		switch {
		case name == "includedProperties": // what is told of goods, the same to everybody
			continue
		case slices.Contains(leaning, name):
			asks = decision.AsksForTerms
		case !slices.Contains(understood, name):
			if about := decision.AsksForTerms(name); about != "" {
				return tactful.RefuseSignificant(name[:min(len(name), 64)], about)
			}
		}
		for _, word := range names.FindAllString(raw, -1) {
			if about := asks(word); about != "" {
				return tactful.RefuseSignificant(name[:min(len(name), 64)], about)
			}
		}
	}
	return nil
}
