package datamap

import (
	"slices"
	"strings"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/rights"
)

// Explain says in a language what each record about a person is, for the copy
// that they may have of it (GDPR 15(1)).
func Explain(cfg *engine.Config) func(language string) []rights.Explained {
	m := Of(cfg)
	return func(language string) []rights.Explained {
		w := in(language)
		var all []rights.Explained
		for _, r := range m.Records {
			if r.About != Person {
				continue
			}
			one := rights.Explained{Record: r.Name, Means: w.means(r.Name), Keep: w.keeps(recordKeeps(r)), Recipients: r.Recipients}
			for _, f := range r.Fields {
				field := rights.ExplainedField{Name: f.Name, Means: f.Means, Source: w.say("origin." + string(f.Origin)), Special: f.Category == Protected}
				if f.label != "" {
					field.Means = w.say("label." + f.label)
				}
				for _, purpose := range f.Purposes {
					field.Serves = append(field.Serves, w.serves(purpose))
				}
				if keep := w.keeps(f.Keep); !slices.Equal(keep, one.Keep) {
					field.Keep = keep
				}
				one.Fields = append(one.Fields, field)
			}
			all = append(all, one)
		}
		return all
	}
}

// keeps renders terms.
func (w *words) keeps(keeps []Keep) (lines []string) {
	for _, k := range keeps {
		switch {
		case k.What != "":
			lines = append(lines, w.say("keep.action", w.say("action."+k.What), w.span(k.For)))
		case k.Until == Term || k.Until == Closed:
			lines = append(lines, w.say("keep."+string(k.Until), w.span(k.For)))
		default:
			lines = append(lines, w.say("keep."+string(k.Until)))
		}
	}
	return lines
}

// means says what a record is: its line in the notice without the last
// sentence, which names the fields.
func (w *words) means(record string) string {
	line := w.say("record." + record)
	if before, _, found := strings.Cut(line, "{1}"); found {
		if end := strings.LastIndex(before, ". "); end >= 0 {
			return before[:end]
		}
	}
	return line
}

// serves is what a purpose is called: one that the business has added, by its
// own name.
func (w *words) serves(purpose string) string {
	if key := "serves." + purpose; w.has(key) {
		return w.say(key)
	}
	return strings.ReplaceAll(purpose, "_", " ")
}
