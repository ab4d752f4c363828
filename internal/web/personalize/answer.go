package personalize

import (
	"strconv"
	"strings"

	"github.com/tactful/tactful"
)

// answer is AWS's GetRecommendations response.
type answer struct {
	Items []item `json:"itemList"`
	ID    string `json:"recommendationId"` // the decision's, and so its receipt's
}

type item struct {
	ID       string            `json:"itemId"`
	Score    float64           `json:"score"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Reason   []string          `json:"reason"`
}

func answerOf(d *tactful.Decision, columns []string) answer {
	out := answer{ID: d.ID, Items: make([]item, len(d.Suggestions))}
	for i := range d.Suggestions {
		s := &d.Suggestions[i]
		out.Items[i] = item{ID: s.Item.ID, Score: s.Score, Metadata: metadata(&s.Item, columns), Reason: reasons(s)}
	}
	return out
}

// reasons are our sentence and, where it fits, AWS's word.
func reasons(s *tactful.Suggestion) []string {
	all := []string{s.Reason.Sentence}
	switch s.Origin {
	case tactful.Pinned, tactful.Boosted:
		all = append(all, "Promoted")
	case tactful.Filler, tactful.Bestseller:
		all = append(all, "Popular")
	case tactful.Ranked, tactful.Match, tactful.OriginUnknown:
	}
	return all
}

// metadata are the item's columns that were asked for, as text.
func metadata(it *tactful.Item, columns []string) map[string]string {
	if len(columns) == 0 {
		return nil
	}
	known := map[string]string{
		"title": it.Title, "url": it.URL, "image": it.Image, "category": strings.Join(it.Categories, "|"), "categories": strings.Join(it.Categories, "|"),
		"currency": it.Currency, "availability": it.Availability.String(),
	}
	if it.Price >= 0 {
		known["price"] = strconv.FormatFloat(float64(it.Price)/100, 'f', 2, 64)
	}
	got := map[string]string{}
	for _, column := range columns {
		if text := known[strings.ToLower(column)]; text != "" {
			got[column] = text
		}
	}
	return got
}
