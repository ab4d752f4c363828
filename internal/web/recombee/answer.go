package recombee

import (
	"slices"

	"github.com/tactful/tactful"
)

// answer is Recombee's recommendation response.
type answer struct {
	ID    string   `json:"recommId"` // the decision's, and so its receipt's
	Items []recomm `json:"recomms"`
	Next  int      `json:"numberNextRecommsCalls"`
}

type recomm struct {
	ID     string         `json:"id"`
	Values map[string]any `json:"values,omitempty"`
}

func answerOf(d *tactful.Decision, a asked) answer {
	out := answer{ID: d.ID, Items: make([]recomm, len(d.Suggestions))}
	for i := range d.Suggestions {
		out.Items[i].ID = d.Suggestions[i].Item.ID
		if a.properties {
			out.Items[i].Values = values(&d.Suggestions[i], a.included)
		}
	}
	return out
}

// values are an item's properties, and why it is there.
func values(s *tactful.Suggestion, included []string) map[string]any {
	all := map[string]any{
		"title": s.Item.Title, "url": s.Item.URL, "image": s.Item.Image, "categories": s.Item.Categories,
		"currency": s.Item.Currency, "availability": s.Item.Availability.String(),
		"reason": s.Reason.Sentence, "reasonItems": s.Reason.Items, "origin": s.Origin.String(),
	}
	if s.Item.Price >= 0 {
		all["price"] = float64(s.Item.Price) / 100
	}
	for name, value := range all {
		text, isText := value.(string)
		list, isList := value.([]string)
		if isText && text == "" || isList && len(list) == 0 || len(included) > 0 && !slices.Contains(included, name) {
			delete(all, name)
		}
	}
	return all
}
