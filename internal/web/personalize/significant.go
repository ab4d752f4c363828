package personalize

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// fields are those that AWS documents for GetRecommendations.
var fields = []string{"campaignArn", "recommenderArn", "userId", "itemId", "numResults", "filterArn", "filterValues", "metadataColumns", "context", "promotions", "inputList"}

// ownTerms refuses fields, values of filters and words of the context that would
// make prices, eligibility or credit differ from person to person.
func ownTerms(body []byte) error {
	var all map[string]any
	if json.Unmarshal(body, &all) != nil {
		return nil // the reader says what is wrong
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch {
		case name == "metadataColumns": // what is told of goods, the same to everybody
		case !slices.Contains(fields, name):
			if about := decision.AsksForTerms(name); about != "" {
				return tactful.RefuseSignificant(name[:min(len(name), 64)], about)
			}
		case name == "filterValues": // the price of goods may be filtered, as on a shelf
			if err := namesOf(all[name], name, decision.OwnTerms); err != nil {
				return err
			}
		case name == "context", name == "promotions":
			if err := namesOf(all[name], name, decision.AsksForTerms); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesOf looks at the names of fields at any depth.
func namesOf(value any, at string, asks func(string) string) error {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			path := at + "." + name[:min(len(name), 64)]
			if about := asks(name); about != "" {
				return tactful.RefuseSignificant(path, about)
			}
			if err := namesOf(value[name], path, asks); err != nil {
				return err
			}
		}
	case []any:
		for _, one := range value {
			if err := namesOf(one, at, asks); err != nil {
				return err
			}
		}
	}
	return nil
}
