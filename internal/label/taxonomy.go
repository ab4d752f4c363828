package label

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Kind says what a class means for a list.
type Kind uint8

// Kinds. The zero value is no kind.
const (
	NoKind    Kind = iota
	Sensitive      // tells something of whoever is shown it: never unasked
	Harm           // harms: never promoted
	Quality        // reliable sources: first where the subject draws harmful ones
)

var kindWords = [...]string{"none", "sensitive", "harm", "quality"}

// String returns the wire word.
func (k Kind) String() string {
	if int(k) < len(kindWords) {
		return kindWords[k]
	}
	return kindWords[0]
}

// ParseKind reads a wire word.
func ParseKind(word string) (Kind, bool) {
	for i, name := range kindWords {
		if i > 0 && name == word {
			return Kind(i), true
		}
	}
	return NoKind, false
}

// QualityClass is the class of reliable sources. Only an operator or the item
// itself gives it: no word proves that a source is reliable.
const QualityClass = "quality"

// Class is one class of the taxonomy.
type Class struct {
	Name    string
	Kind    Kind
	Special bool // a special category of GDPR 9, or of GDPR 10: never ordinary
}

// builtIn are the classes that ship. Their order is the number of each in a set,
// which nothing stores.
func builtIn() []Class {
	return []Class{
		{"health", Sensitive, true}, {"pregnancy", Sensitive, true}, {"sexuality", Sensitive, true}, {"religion", Sensitive, true},
		{"politics", Sensitive, true}, {"ethnicity", Sensitive, true}, {"union", Sensitive, true}, {"biometrics", Sensitive, true},
		{"genetics", Sensitive, true}, {"crime", Sensitive, true}, {"money", Sensitive, false}, {"addiction", Sensitive, true},
		{"gambling", Sensitive, false}, {"alcohol", Sensitive, false}, {"weight", Sensitive, false}, {"dating", Sensitive, false},
		{"bereavement", Sensitive, false}, {"children", Sensitive, false},
		{"misinformation", Harm, false}, {"conspiracy", Harm, false}, {"self_harm", Harm, false}, {"hate", Harm, false},
		{"weapons", Harm, false}, {"fraud", Harm, false}, {"adult", Harm, false},
		{QualityClass, Quality, false},
	}
}

// Config sets up the classes. Its zero value is the careful choice: every
// built-in class is kept, and nobody can be asked for one.
type Config struct {
	Classes  []Own             `yaml:"classes" doc:"classes of your own, and more words or category ids for a built-in one, by name"`
	Ordinary map[string]string `yaml:"ordinary" doc:"sensitive classes that this whole shop is about and that tell nothing of its customers, each with the reason; it is printed. Not for special categories such as health or religion"`
	Ask      []string          `yaml:"ask" doc:"sensitive classes that people may allow suggestions of; each is a purpose of its own, class_NAME, with its own question"`
	Fields   []string          `yaml:"fields" doc:"attributes of items whose text is read, beside title and categories"`
}

// Own is a class of the operator's, or what they add to a built-in one.
type Own struct {
	Name   string   `yaml:"name" doc:"in lower case: art_of_war"`
	Kind   string   `yaml:"kind" doc:"sensitive or harm; left out for a built-in class"`
	Words  []string `yaml:"words" doc:"phrases; a star stands for the rest of a word: baby*, *bier"`
	Except []string `yaml:"except" doc:"phrases that only look like it"`
	Around []string `yaml:"around" doc:"harm: what a search asks when it is about the subject around which such items gather"`
	IAB    []string `yaml:"iab" doc:"ids of the IAB Content Taxonomy 2.2"`
	Google []int    `yaml:"google" doc:"ids of the Google product taxonomy"`
}

// Defaults fills what is not set.
func (c *Config) Defaults() {
	if len(c.Fields) == 0 {
		c.Fields = []string{"description", "subtitle", "product_type"}
	}
}

const (
	maxOwnPhrases = 2000
	maxReason     = 500
	maxFields     = 16
)

var className = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Validate names all faults.
func (c *Config) Validate() error {
	var faults []error
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("labels."+field, detail, remedy))
	}
	all := builtIn()
	seen := map[string]bool{}
	for i := range c.Classes {
		o := &c.Classes[i]
		at := fmt.Sprintf("classes[%d].", i)
		if !className.MatchString(o.Name) || seen[o.Name] {
			fault(at+"name", "is not a word of its own", "use 1 to 32 of a-z, 0-9 and _, each name once")
		}
		seen[o.Name] = true
		kind, known := ParseKind(o.Kind)
		if n := find(all, o.Name); n >= 0 {
			if o.Kind != "" && kind != all[n].Kind {
				fault(at+"kind", "is not that of the built-in class", "leave it out")
			}
		} else if !known || kind == Quality {
			fault(at+"kind", "is missing or unknown", "write sensitive or harm")
		} else {
			all = append(all, Class{Name: o.Name, Kind: kind})
		}
		for _, list := range [][]string{o.Words, o.Except, o.Around} {
			if len(list) > maxOwnPhrases {
				fault(at+"words", "are too many", fmt.Sprintf("keep at most %d", maxOwnPhrases))
			}
			for _, text := range list {
				if _, err := parsePhrase(text); err != nil {
					fault(at+"words", "hold a phrase that cannot be read", "write one to eight words; a star only where a word begins or ends, beside at least three letters")
				}
			}
		}
	}
	if len(all) > decision.MaxClasses {
		fault("classes", fmt.Sprintf("make %d classes", len(all)), fmt.Sprintf("keep at most %d with the built-in ones", decision.MaxClasses))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Ordinary)) {
		n := find(all, name)
		switch reason := strings.TrimSpace(c.Ordinary[name]); {
		case n < 0 || all[n].Kind != Sensitive:
			fault("ordinary."+name, "is no sensitive class", "name one that tactful labels list shows")
		case all[n].Special:
			fault("ordinary."+name, "is a special category of personal data (GDPR 9, 10)", "declare it under engine.labels.ask and let people say yes to it")
		case len(reason) < 3 || len(reason) > maxReason:
			fault("ordinary."+name, "gives no reason", fmt.Sprintf("write 3 to %d bytes that a customer may read", maxReason))
		}
	}
	for i, name := range c.Ask {
		if n := find(all, name); n < 0 || all[n].Kind != Sensitive || slices.Index(c.Ask, name) != i {
			fault(fmt.Sprintf("ask[%d]", i), "is no sensitive class, or stands twice", "name one that tactful labels list shows")
		}
	}
	if len(c.Fields) > maxFields {
		fault("fields", "are too many", fmt.Sprintf("keep at most %d", maxFields))
	}
	return errors.Join(faults...)
}

// PurposeOf is the purpose of suggestions of a class. People are asked for each
// alone, and a yes to recommendations is none to it.
func PurposeOf(class string) tactful.Purpose { return tactful.Purpose("class_" + class) }

func find(all []Class, name string) int {
	return slices.IndexFunc(all, func(c Class) bool { return c.Name == name })
}

// Taxonomy is the classes of the live configuration. It is immutable.
type Taxonomy struct {
	classes   []Class
	names     []string
	sensitive decision.Classes
	harm      decision.Classes
	quality   decision.Class
}

// TaxonomyOf returns the classes of a configuration.
func TaxonomyOf(c *Config) *Taxonomy { return newTaxonomy(c) }

func newTaxonomy(c *Config) *Taxonomy {
	t := &Taxonomy{classes: builtIn()}
	for i := range c.Classes {
		if kind, known := ParseKind(c.Classes[i].Kind); known && find(t.classes, c.Classes[i].Name) < 0 {
			t.classes = append(t.classes, Class{Name: c.Classes[i].Name, Kind: kind})
		}
	}
	for i, class := range t.classes {
		t.names = append(t.names, class.Name)
		at := decision.Class(i)
		switch class.Kind {
		case Sensitive:
			if _, ordinary := c.Ordinary[class.Name]; !ordinary {
				t.sensitive = t.sensitive.With(at)
			}
		case Harm:
			t.harm = t.harm.With(at)
		case Quality:
			t.quality = at
		case NoKind:
		}
	}
	return t
}

// Classes returns the classes by number. The slice is shared.
func (t *Taxonomy) Classes() []Class { return t.classes }

// Names returns the names by number. The slice is shared.
func (t *Taxonomy) Names() []string { return t.names }

// Sensitive returns what is never shown unasked; ordinary classes are not in it.
func (t *Taxonomy) Sensitive() decision.Classes { return t.sensitive }

// Harm returns what is never promoted.
func (t *Taxonomy) Harm() decision.Classes { return t.harm }

// Quality returns the class of reliable sources, as a set.
func (t *Taxonomy) Quality() decision.Classes { return decision.Classes(0).With(t.quality) }

// Class returns the number of a class.
func (t *Taxonomy) Class(name string) (decision.Class, bool) {
	at := slices.Index(t.names, name)
	return decision.Class(max(at, 0)), at >= 0
}
