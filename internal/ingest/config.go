package ingest

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/tactful/tactful"
)

const (
	kib = 1024
	day = 24 * time.Hour
)

// Config is the ingest part of the configuration. Its zero value declares no
// properties, so that none are kept.
type Config struct {
	Properties    map[string]PropertyConfig `yaml:"properties" doc:"what events may carry beside the built-in fields"`
	Retention     map[string]time.Duration  `yaml:"retention" doc:"by action: how long an event lives"`
	Sources       []string                  `yaml:"sources" doc:"first-party sources that events may name"`
	Currency      string                    `yaml:"currency" doc:"ISO 4217; prices in others are not kept; '' keeps all"`
	MaxBatch      int                       `yaml:"max_batch" doc:"events in one delivery"`
	MaxEventBytes int                       `yaml:"max_event_bytes" doc:"one event's JSON"`
	MaxBodyBytes  int                       `yaml:"max_body_bytes" doc:"one delivery's JSON, after decompression"`
	MaxDepth      int                       `yaml:"max_depth" doc:"nesting inside an event"`
	MaxAge        time.Duration             `yaml:"max_age" doc:"older events are refused"`
}

// PropertyConfig declares one property of events: without purpose, source and
// retention nothing is kept.
type PropertyConfig struct {
	Purpose   tactful.Purpose `yaml:"purpose" doc:"kept only with a live grant for it"`
	Source    string          `yaml:"source" doc:"'declared' by the person or 'observed' with us; nothing else"`
	Retention time.Duration   `yaml:"retention" doc:"an event lives as long as its shortest-lived part"`
	Form      PropertyForm    `yaml:"form" doc:"word, number or flag"`
	Values    []string        `yaml:"values" doc:"for words: the only values kept; empty: any short word"`
	Note      string          `yaml:"note" doc:"what it is, for the record of processing"`
}

// PropertyForm is the kind of value a property has. The zero value is a word.
type PropertyForm string

// Property forms.
const (
	Word   PropertyForm = "word"   // at most MaxWordBytes of text
	Number PropertyForm = "number" // below ten million, at most three decimals: no phone, no card, no place
	Flag   PropertyForm = "flag"   // true or false
)

// Limits of what is kept.
const (
	MaxWordBytes  = 64
	MaxItemBytes  = 128
	MaxIDBytes    = 128
	MaxQueryBytes = tactful.MaxQueryBytes
	MaxQuantity   = 100_000
	maxProperties = 32
)

// FutureSkew is how far a sender's clock may run ahead.
const FutureSkew = 5 * time.Minute

// defaultRetention keeps views and searches half a year and purchases, which
// also shield people from being offered them again, two years.
func defaultRetention() map[string]time.Duration {
	return map[string]time.Duration{
		tactful.Viewed.String(): 180 * day, tactful.Added.String(): 180 * day, tactful.Removed.String(): 180 * day,
		tactful.Purchased.String(): 730 * day, tactful.Returned.String(): 730 * day, tactful.Declined.String(): 730 * day,
		tactful.Clicked.String(): 180 * day, tactful.Dismissed.String(): 365 * day, tactful.Saved.String(): 365 * day,
		tactful.Searched.String(): 30 * day,
	}
}

// Defaults fills what is not set.
func (c *Config) Defaults() {
	retention := defaultRetention()
	maps.Copy(retention, c.Retention)
	c.Retention = retention
	if len(c.Sources) == 0 {
		c.Sources = []string{"web", "app", "till", "import", "simulated"}
	}
	set := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	set(&c.MaxBatch, 2500)
	set(&c.MaxEventBytes, 32*kib)
	set(&c.MaxBodyBytes, 500*kib)
	set(&c.MaxDepth, 16)
	if c.MaxAge == 0 {
		c.MaxAge = 730 * day
	}
	properties := make(map[string]PropertyConfig, len(c.Properties))
	for name, p := range c.Properties {
		if p.Form == "" {
			p.Form = Word
		}
		properties[name] = p
	}
	c.Properties = properties
}

var (
	propertyName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)
	sourceName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,19}$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Validate lists all faults at once. No setting turns a screen off, and no
// property can be declared that the screens refuse by name.
func (c *Config) Validate() error {
	var faults []error
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("ingest."+field, detail, remedy))
	}
	between := func(field string, n, low, high int) {
		if n < low || n > high {
			fault(field, fmt.Sprintf("is %d", n), fmt.Sprintf("use %d to %d", low, high))
		}
	}
	between("max_batch", c.MaxBatch, 1, 10_000)
	between("max_event_bytes", c.MaxEventBytes, kib, 256*kib)
	between("max_body_bytes", c.MaxBodyBytes, kib, 16*kib*kib)
	between("max_depth", c.MaxDepth, 4, 64)
	if c.MaxAge < day || c.MaxAge > 50*366*day {
		fault("max_age", "is "+c.MaxAge.String(), "use one day to fifty years")
	}
	if c.Currency != "" && !currencyCode.MatchString(c.Currency) {
		fault("currency", "is not an ISO 4217 code", `use three capital letters such as "EUR"`)
	}
	for i, s := range c.Sources {
		if !sourceName.MatchString(s) || (screens{}).Source(s) != Clean {
			fault(fmt.Sprintf("sources[%d]", i), "is not a first-party source", "use a short lower-case word for a place of your own")
		}
	}
	for _, action := range slices.Sorted(maps.Keys(c.Retention)) {
		if _, ok := tactful.ParseAction(action); !ok {
			fault("retention", "has a key that is not an action", "use viewed, added, purchased, ...")
		}
		if r := c.Retention[action]; r < day || r > 20*366*day {
			fault("retention."+action, "is "+r.String(), "use one day to twenty years")
		}
	}
	if len(c.Properties) > maxProperties {
		fault("properties", fmt.Sprintf("has %d entries", len(c.Properties)), fmt.Sprintf("declare at most %d", maxProperties))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Properties)) {
		c.Properties[name].validate("properties."+name, name, fault)
	}
	return errors.Join(faults...)
}

func (p PropertyConfig) validate(at, name string, fault func(field, detail, remedy string)) {
	if !propertyName.MatchString(name) {
		fault("properties", "has a name that is not one", "use 1 to 40 letters, digits and _, beginning with a letter")
		return
	}
	if f := (screens{}).Name(name); f != Clean {
		fault(at, "has a name that speaks of "+f.String(), "such data is refused whatever it is called; declare something else")
	}
	if personalName(name) {
		fault(at, "names a person or a place", "Tactful needs no names, addresses, numbers or coordinates; keep them in your own system")
	}
	if p.Purpose == "" {
		fault(at+".purpose", "is missing", "name the purpose it is kept for")
	}
	if p.Source != tactful.Declared.String() && p.Source != tactful.Observed.String() {
		fault(at+".source", "is not a first-party source", "use declared (the person told us) or observed (they did it with us)")
	}
	if p.Retention < day || p.Retention > 20*366*day {
		fault(at+".retention", "is missing or out of range", "use one day to twenty years")
	}
	if p.Form != Word && p.Form != Number && p.Form != Flag {
		fault(at+".form", "is not a form", "use word, number or flag")
	}
	if len(p.Values) > 0 && p.Form != Word {
		fault(at+".values", "is for words only", "remove it or make the form word")
	}
	for i, v := range p.Values {
		if v == "" || len(v) > MaxWordBytes {
			fault(fmt.Sprintf("%s.values[%d]", at, i), "is empty or too long", fmt.Sprintf("use 1 to %d bytes", MaxWordBytes))
		}
	}
}
