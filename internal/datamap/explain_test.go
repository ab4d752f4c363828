package datamap

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/ingest"
)

// TestACopyIsExplainedInThePersonsLanguage compares each explanation with the
// English one: nothing but what the business itself wrote, and names, may be equal.
func TestACopyIsExplainedInThePersonsLanguage(t *testing.T) {
	cfg := engine.Config{}
	cfg.Ingest.Properties = map[string]ingest.PropertyConfig{"till": {Note: "the till that was used", Purpose: tactful.Recommendations, Retention: time.Hour}}
	cfg.Defaults()
	explain := Explain(&cfg)
	english := explain("en")
	if len(english) < 10 {
		t.Fatalf("only %d records are explained", len(english))
	}
	alike := map[string][]string{ // words that two languages share
		"de": {}, "fr": {}, "es": {}, "ar": {},
	}
	for _, language := range Languages() {
		w := in(language)
		for i, r := range explain(language + "-XX") {
			e := english[i]
			if r.Means == "" || strings.ContainsAny(r.Means, "{}") || language != "en" && r.Means == e.Means {
				t.Errorf("%s: %s is %q", language, r.Record, r.Means)
			}
			for j, f := range r.Fields {
				own := strings.HasPrefix(f.Name, "Properties.") || strings.HasPrefix(f.Name, "Panel.")
				if language == "en" {
					continue
				}
				if f.Means == e.Fields[j].Means && !own && !slices.Contains(alike[language], f.Means) {
					t.Errorf("%s: %s.%s is still %q", language, r.Record, f.Name, f.Means)
				}
				if f.Source == e.Fields[j].Source {
					t.Errorf("%s: %s.%s comes %q", language, r.Record, f.Name, f.Source)
				}
				for k, serves := range f.Serves {
					if serves == e.Fields[j].Serves[k] && !slices.Contains(alike[language], serves) {
						t.Errorf("%s: %s.%s serves %q", language, r.Record, f.Name, serves)
					}
				}
			}
			for j, keep := range r.Keep {
				if language != "en" && keep == e.Keep[j] {
					t.Errorf("%s: %s is kept %q", language, r.Record, keep)
				}
			}
		}
		for _, p := range cfg.Consent.Purposes {
			if !w.has("serves." + string(p.Name)) {
				t.Errorf("%s has no name for %s", language, p.Name)
			}
		}
	}
}
