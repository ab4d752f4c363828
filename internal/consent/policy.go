package consent

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/law"
)

// Policy is a checked Config. It is immutable and safe for concurrent use.
type Policy struct {
	purposes   []tactful.Purpose
	terms      map[tactful.Purpose]terms
	regime     Regime
	regimes    map[string]Regime
	categories map[string]category
	covers     map[tactful.Purpose][]string // categories of a purpose, sorted
	methods    []string
	version    string
}

type terms struct {
	version string
	text    map[string]string
	current map[string]string // hash of a text that counts -> its version
	expires time.Duration
	gpc     bool
}

type category struct {
	purposes []tactful.Purpose
	version  string
	hash     string // "" if a yes is no evidence
	language string
	level    tactful.Level
}

// Notice is a text to show before somebody answers, with what their answer
// must quote.
type Notice struct {
	Purpose  tactful.Purpose
	Version  string
	Hash     string // SHA-256 of the UTF-8 bytes of Text
	Language string // of Text
	Text     string
}

// New checks a Config, with its defaults filled in, and makes it a Policy.
func New(c Config) (*Policy, error) {
	c.Purposes = slices.Clone(c.Purposes)
	c.Defaults()
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("check consent configuration: %w", err)
	}
	p := &Policy{
		terms:      make(map[tactful.Purpose]terms),
		regime:     c.DefaultRegime,
		regimes:    make(map[string]Regime, len(c.Regimes)),
		categories: make(map[string]category, len(c.Categories)),
		covers:     make(map[tactful.Purpose][]string),
		methods:    append(builtInMethods(), c.Methods...),
	}
	for region, regime := range c.Regimes {
		p.regimes[region] = regime
	}
	for _, pc := range c.Purposes {
		t := terms{
			version: pc.Version, text: make(map[string]string), current: make(map[string]string),
			expires: pc.Expires, gpc: pc.GPC != GPCIgnores,
		}
		for tag, text := range pc.Text {
			t.text[tag] = text
			t.current[HashText(text)] = pc.Version
		}
		for _, n := range pc.Accepts {
			t.current[n.SHA256] = n.Version
		}
		p.purposes = append(p.purposes, pc.Name)
		p.terms[pc.Name] = t
	}
	for _, name := range sortedKeys(c.Categories) {
		p.addCategory(name, c.Categories[name])
	}
	// Maps are marshalled in key order, so that equal settings have equal versions.
	canonical, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("hash consent configuration: %w", err)
	}
	p.version = HashText(string(canonical))
	return p, nil
}

func (p *Policy) addCategory(name string, cc CategoryConfig) {
	cat := category{purposes: slices.Clone(cc.Purposes), version: cc.Version, language: cc.Language}
	if cc.Text != "" {
		cat.hash = HashText(cc.Text)
		cat.level, _ = tactful.ParseLevel(cc.Level)
	}
	p.categories[name] = cat
	for _, purpose := range cat.purposes {
		p.covers[purpose] = append(p.covers[purpose], name)
		if cat.hash != "" {
			p.terms[purpose].current[cat.hash] = cat.version
		}
	}
}

// HashText is the SHA-256 of a text's UTF-8 bytes in 64 lower-case hex digits.
func HashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Version is a hash of the effective settings, for receipts.
func (p *Policy) Version() string { return p.version }

// Purposes lists the declared purposes, built-in ones first. The slice is the caller's.
func (p *Policy) Purposes() []tactful.Purpose { return slices.Clone(p.purposes) }

// Notice returns the text to show for a purpose in the wanted language, else
// in its base language, else in English, else in the first one there is.
func (p *Policy) Notice(purpose tactful.Purpose, language string) (Notice, bool) {
	t, ok := p.terms[purpose]
	if !ok {
		return Notice{}, false
	}
	base, _, _ := strings.Cut(language, "-")
	for _, tag := range []string{language, base, "en", sortedKeys(t.text)[0]} {
		if text, ok := t.text[tag]; ok {
			return Notice{Purpose: purpose, Version: t.version, Hash: HashText(text), Language: tag, Text: text}, true
		}
	}
	return Notice{}, false
}

// Regime returns what is asked for in a region: what is configured for it or
// its country, else what the law has. A looser regime of a country does not
// reach a part of it that has a stricter law of its own.
func (p *Policy) Regime(region string) Regime {
	if r, ok := p.regimes[region]; ok {
		return r
	}
	row := law.For(region)
	if country, _, cut := strings.Cut(region, "-"); cut {
		if r, ok := p.regimes[country]; ok {
			if row.Code == region && row.Regime.Is == OptIn {
				return OptIn
			}
			return r
		}
	}
	switch {
	case p.regime == OptIn:
		return OptIn
	case row.Code == law.Unknown && p.regime != "":
		return p.regime
	}
	return row.Regime.Is
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TextOf returns the text that was shown, by its hash, with its language; ok is
// false for a text that is not kept here any more: then its hash alone stands
// for it.
func (p *Policy) TextOf(purpose tactful.Purpose, hash string) (text, language string, ok bool) {
	t := p.terms[purpose]
	for _, tag := range sortedKeys(t.text) {
		if HashText(t.text[tag]) == hash {
			return t.text[tag], tag, true
		}
	}
	return "", "", false
}

// StoppedByGPC lists the purposes that Global Privacy Control stops, whatever
// permission is stored.
func (p *Policy) StoppedByGPC() []tactful.Purpose {
	return slices.DeleteFunc(p.Purposes(), func(purpose tactful.Purpose) bool { return !p.terms[purpose].gpc })
}
