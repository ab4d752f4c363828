package api

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// termsIn refuses a request for a decision with a field, or a word where words
// are closed, that asks for a price, an eligibility or a credit of one person's
// own. It looks before the schema does, which would call the field unknown. What
// the schema knows is not looked at: a price range is a wish of who browses.
func termsIn(value any, schema *openapi3.Schema, at string) error {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			path := name
			if at != "" {
				path = at + "." + name
			}
			var inner *openapi3.Schema
			if schema != nil {
				if known := schema.Properties[name]; known != nil {
					inner = known.Value
				} else if open := schema.AdditionalProperties.Schema; open != nil {
					inner = open.Value // the shop's own names: the engine looks at them
				}
			}
			if inner == nil {
				if about := decision.AsksForTerms(name); about != "" {
					return tactful.RefuseSignificant(clipPath(path), about)
				}
			}
			if err := termsIn(value[name], inner, path); err != nil {
				return err
			}
		}
	case []any:
		var inner *openapi3.Schema
		if schema != nil && schema.Items != nil {
			inner = schema.Items.Value
		}
		for _, one := range value {
			if err := termsIn(one, inner, at); err != nil {
				return err
			}
		}
	case string:
		if schema != nil && len(schema.Enum) > 0 && !slices.Contains(schema.Enum, any(value)) {
			if about := decision.AsksForTerms(value); about != "" {
				return tactful.RefuseSignificant(clipPath(at), about)
			}
		}
	}
	return nil
}

const longestPath = 200

func clipPath(path string) string {
	if len(path) > longestPath {
		return clipName(path[:longestPath])
	}
	return path
}
