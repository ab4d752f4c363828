package consent

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/law"
)

// Day is the unit in which expiries are configured.
const Day = 24 * time.Hour

// Limits of the configuration.
const (
	DefaultExpires = 395 * Day // thirteen months
	maxExpires     = 2 * 366 * Day
	minExpires     = Day
	maxTextBytes   = 4096
	maxCategories  = 256
	maxReason      = 500
)

// anyPlace is the key of Config.Looser that speaks of DefaultRegime.
const anyPlace = "default"

// Regime says what the law of a place asks for before personalization.
type Regime = law.Regime

// Regimes. The zero value takes the regime of the place from package law.
const (
	OptIn  = law.OptIn
	OptOut = law.OptOut
)

// Config is the consent part of the configuration. Its zero value is the
// careful choice: what the matrix of package law says of each place, opt-in
// where it has no row, built-in purposes and texts.
type Config struct {
	Purposes      []PurposeConfig           `yaml:"purposes" doc:"added to the built-in ones, or replacing parts of them by name"`
	DefaultRegime Regime                    `yaml:"default_regime" doc:"'': the law of each region, see tactful law; opt-in: everywhere; opt-out: where the region is unknown, which needs a reason under looser"`
	Regimes       map[string]Regime         `yaml:"regimes" doc:"by ISO 3166 code, 'DE' or 'US-CA'; stricter than tactful law freely, looser only with a reason under looser"`
	Looser        map[string]string         `yaml:"looser" doc:"regions, or default, whose regime is meant to be looser than tactful law has it, each with the reason; it is printed in the record of processing"`
	Categories    map[string]CategoryConfig `yaml:"categories" doc:"categories of a consent banner (Segment, RudderStack), or signals of Google Consent Mode, by name"`
	Methods       []string                  `yaml:"methods" doc:"ways in which an answer can be given, beside the built-in ones"`
}

// builtInMethods are ways of answering that need no declaration. A record has
// no room for other words: a sender could put anything there.
func builtInMethods() []string {
	return []string{
		"form", "api", "app", "banner", "segment", "rudderstack", "google", "import", "simulated",
		"phone", "paper", "letter", "email", "sms", "till", "chat", "conversation", "representative", "operator",
	}
}

// PurposeConfig declares one purpose and the text people are shown for it.
type PurposeConfig struct {
	Name    tactful.Purpose   `yaml:"name"`
	Version string            `yaml:"version" doc:"changes with the text; grants on other texts stop counting"`
	Text    map[string]string `yaml:"text" doc:"by BCP 47 tag"`
	Expires time.Duration     `yaml:"expires" doc:"how long a yes counts"`
	GPC     GPCRule           `yaml:"gpc" doc:"what Sec-GPC does to it"`
	Accepts []NoticeConfig    `yaml:"accepts" doc:"older or foreign texts that said the same"`
}

// NoticeConfig names a text that is not shown here but counts, by its hash.
type NoticeConfig struct {
	Version string `yaml:"version"`
	SHA256  string `yaml:"sha256" doc:"64 lower-case hex digits of the UTF-8 text"`
}

// GPCRule says whether Global Privacy Control stops a purpose.
type GPCRule string

// GPC rules. The signal itself leaves first-party use alone (W3C GPC), so
// that only offers and location are bound unless the operator says more.
const (
	GPCIgnores GPCRule = "ignores"
	GPCRefuses GPCRule = "refuses"
)

// CategoryConfig maps a banner's category to purposes. Without Text a yes is
// no evidence of anything, and only a no is heeded.
type CategoryConfig struct {
	Purposes []tactful.Purpose `yaml:"purposes"`
	Version  string            `yaml:"version" doc:"of the banner's text"`
	Text     string            `yaml:"text" doc:"exactly what the banner shows"`
	Language string            `yaml:"language" doc:"of Text"`
	Level    string            `yaml:"level" doc:"level that a yes chooses for somebody who has not chosen; '' none"`
}

// Defaults fills what is not set: built-in purposes first and in their order,
// then the operator's own.
func (c *Config) Defaults() {
	own := make(map[tactful.Purpose]int, len(c.Purposes))
	for i, p := range c.Purposes {
		if _, twice := own[p.Name]; !twice {
			own[p.Name] = i
		}
	}
	var all []PurposeConfig
	builtin := make(map[tactful.Purpose]bool)
	for _, p := range builtIn() {
		builtin[p.Name] = true
		if i, ok := own[p.Name]; ok {
			p = override(p, c.Purposes[i])
		}
		all = append(all, p)
	}
	for i, p := range c.Purposes {
		if builtin[p.Name] && own[p.Name] == i {
			continue
		}
		all = append(all, override(PurposeConfig{Expires: DefaultExpires, GPC: GPCRefuses}, p))
	}
	c.Purposes = all
}

// override lays the operator's settings over a base. A new text without a new
// version stays without one, so that Validate can ask for it.
func override(base, own PurposeConfig) PurposeConfig {
	base.Name = own.Name
	if len(own.Text) > 0 {
		base.Text, base.Version = own.Text, ""
	}
	if own.Version != "" {
		base.Version = own.Version
	}
	if own.Expires != 0 {
		base.Expires = own.Expires
	}
	if own.GPC != "" {
		base.GPC = own.GPC
	}
	if len(own.Accepts) > 0 {
		base.Accepts = own.Accepts
	}
	return base
}

var (
	purposeName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	versionForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)
	languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	regionCode  = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)
	methodWord  = regexp.MustCompile(`^[a-z]{2,16}([_-][a-z]{2,16})?$`)
	sha256Hex   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Validate lists all faults at once.
func (c *Config) Validate() error {
	var faults []error
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("consent."+field, detail, remedy))
	}
	checkRegime := func(field string, r Regime) {
		if r != OptIn && r != OptOut {
			fault(field, "is not a regime", "use opt-in or opt-out")
		}
	}
	if c.DefaultRegime != "" {
		checkRegime("default_regime", c.DefaultRegime)
	}
	if c.DefaultRegime == OptOut && c.Looser[anyPlace] == "" {
		fault("default_regime", "is looser than a place that nobody knows may ask", "leave it empty, or say why under consent.looser: {default: ...}")
	}
	for _, region := range sortedKeys(c.Regimes) {
		if !regionCode.MatchString(region) {
			fault("regimes", "has a key that is not an ISO 3166 code", `use codes such as "DE" or "US-CA"`)
			continue
		}
		checkRegime("regimes."+region, c.Regimes[region])
		if row := law.For(region); c.Regimes[region] == OptOut && row.Regime.Is == OptIn && c.Looser[region] == "" {
			fault("regimes."+region, "is looser than the law has it ("+row.Regime.Source.Law+" "+row.Regime.Source.Article+")",
				"take it out, or say why under consent.looser: {"+region+": ...}")
		}
	}
	for _, region := range sortedKeys(c.Looser) {
		if n := len(strings.TrimSpace(c.Looser[region])); n < 3 || n > maxReason {
			fault("looser."+region, "gives no reason", fmt.Sprintf("write 3 to %d bytes that an authority may read", maxReason))
		}
		if _, listed := c.Regimes[region]; !listed && region != anyPlace {
			fault("looser."+region, "gives a reason for nothing", "set the regime of this region under consent.regimes, or take the reason out")
		}
	}
	for i, m := range c.Methods {
		if !methodWord.MatchString(m) {
			fault(fmt.Sprintf("methods[%d]", i), "is not a word", "use 2 to 16 small letters")
		}
	}
	declared := make(map[tactful.Purpose]bool)
	for i, p := range c.Purposes {
		p.validate(fmt.Sprintf("purposes[%d].", i), fault)
		if declared[p.Name] {
			fault(fmt.Sprintf("purposes[%d].name", i), "is declared twice", "keep one declaration")
		}
		declared[p.Name] = true
	}
	if len(c.Categories) > maxCategories {
		fault("categories", fmt.Sprintf("has %d entries", len(c.Categories)), fmt.Sprintf("keep at most %d", maxCategories))
	}
	for i, name := range sortedKeys(c.Categories) {
		if name == "" || len(name) > 128 {
			fault("categories", "has a name that is empty or too long", "use 1 to 128 bytes")
		}
		c.Categories[name].validate(fmt.Sprintf("categories[%d].", i), declared, fault)
	}
	return errors.Join(faults...)
}

func (p PurposeConfig) validate(at string, fault func(field, detail, remedy string)) {
	if !purposeName.MatchString(string(p.Name)) {
		fault(at+"name", "is not a purpose name", "use 1 to 40 of a-z, 0-9 and _, beginning with a letter")
	}
	if !versionForm.MatchString(p.Version) {
		fault(at+"version", "is missing or malformed", "a text of your own needs a version of 1 to 32 letters, digits, dots, dashes")
	}
	if len(p.Text) == 0 {
		fault(at+"text", "is empty", "give the text that people read before they answer, by language")
	}
	for _, tag := range sortedKeys(p.Text) {
		if !languageTag.MatchString(tag) {
			fault(at+"text", "has a key that is not a language tag", `use tags such as "en" or "pt-BR"`)
		}
		if n := len(p.Text[tag]); n == 0 || n > maxTextBytes {
			fault(at+"text", fmt.Sprintf("has a text of %d bytes", n), fmt.Sprintf("write 1 to %d bytes", maxTextBytes))
		}
	}
	if p.Expires < minExpires || p.Expires > maxExpires {
		fault(at+"expires", "is "+p.Expires.String(), "use 24h to 17568h (two years)")
	}
	if p.GPC != GPCIgnores && p.GPC != GPCRefuses {
		fault(at+"gpc", "is not a rule", "use ignores or refuses")
	}
	for i, n := range p.Accepts {
		if !versionForm.MatchString(n.Version) {
			fault(fmt.Sprintf("%saccepts[%d].version", at, i), "is missing or malformed", "use 1 to 32 letters, digits, dots, dashes")
		}
		if !sha256Hex.MatchString(n.SHA256) {
			fault(fmt.Sprintf("%saccepts[%d].sha256", at, i), "is not a SHA-256", "use 64 lower-case hex digits of the UTF-8 text")
		}
	}
}

func (c CategoryConfig) validate(at string, declared map[tactful.Purpose]bool, fault func(field, detail, remedy string)) {
	if len(c.Purposes) == 0 {
		fault(at+"purposes", "is empty", "name the purposes that this category stands for")
	}
	for i, p := range c.Purposes {
		if !declared[p] {
			fault(fmt.Sprintf("%spurposes[%d]", at, i), "is not declared", "declare it under consent.purposes or use a built-in one")
		}
	}
	if (c.Text == "") != (c.Version == "") {
		fault(at+"text", "stands without version, or version without text", "give both, or neither if a yes shall be no evidence")
	}
	if c.Version != "" && !versionForm.MatchString(c.Version) {
		fault(at+"version", "is malformed", "use 1 to 32 letters, digits, dots, dashes")
	}
	if len(c.Text) > maxTextBytes {
		fault(at+"text", fmt.Sprintf("has %d bytes", len(c.Text)), fmt.Sprintf("write at most %d bytes", maxTextBytes))
	}
	if c.Language != "" && !languageTag.MatchString(c.Language) {
		fault(at+"language", "is not a language tag", `use a tag such as "en"`)
	}
	if c.Level == "" {
		return
	}
	if _, ok := tactful.ParseLevel(c.Level); !ok {
		fault(at+"level", "is not a level", "use generic, context, personal or full")
	}
	if c.Text == "" {
		fault(at+"level", "is set without a text", "a yes chooses a level only if the text it was said to is known")
	}
}
