package engine

import (
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/label"
)

// CampaignRules are what reading campaigns needs to know of a configuration. The
// commands read with the same.
func CampaignRules(cfg *Config) (*campaign.Rules, error) {
	labeller, err := label.New(&cfg.Labels)
	if err != nil {
		return nil, err
	}
	return campaignRules(labeller), nil
}

func campaignRules(labeller *label.Labeller) *campaign.Rules {
	return &campaign.Rules{Sensitive: func(text string) string { return speaksOf(labeller, text) }, Zone: time.UTC}
}

// speaksOf names the first sensitive or harmful class that a category, a label or
// a text is of. A guess of the classifier does not count: it is of items, and a
// category has few words.
func speaksOf(labeller *label.Labeller, text string) string {
	if class := plainlyOf(labeller, text); class != "" {
		return class
	}
	if plain := coercion.Undisguised(text); plain != text { // look-alike letters, and digits for letters
		return plainlyOf(labeller, plain)
	}
	return ""
}

func plainlyOf(labeller *label.Labeller, text string) string {
	t := labeller.Taxonomy()
	item := &tactful.Item{Title: strings.ReplaceAll(text, tactful.TopicSeparator, " "), Categories: strings.Split(text, tactful.TopicSeparator)}
	if name, is := strings.CutPrefix(text, tactful.LabelPrefix); is {
		item = &tactful.Item{Title: name, Labels: []string{name}}
	}
	for _, reason := range labeller.Of(item, nil) {
		if reason.Source < label.Classifier && (t.Sensitive() | t.Harm()).Has(reason.Class) {
			return t.Names()[reason.Class]
		}
	}
	return ""
}
