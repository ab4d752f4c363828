package page

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// Catalogue holds the texts of the pages: one JSON file a language, flat, the
// same keys in each. {1}, {2} stand for arguments.
type Catalogue struct {
	texts   map[string]map[string]string
	tags    []string // fallback first
	matcher language.Matcher
}

// Open reads every *.json of a folder; the file's name is the language tag.
// A language with a key too few or too many is refused.
func Open(files fs.FS, fallback string) (*Catalogue, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list message catalogues: %w", err)
	}
	c := &Catalogue{texts: map[string]map[string]string{}, tags: []string{fallback}}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read message catalogue: %w", err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			return nil, fmt.Errorf("read message catalogue %s: %w", name, err)
		}
		tag := strings.TrimSuffix(path.Base(name), ".json")
		c.texts[tag] = texts
		if tag != fallback {
			c.tags = append(c.tags, tag)
		}
	}
	sort.Strings(c.tags[1:])
	if c.texts[fallback] == nil {
		return nil, fmt.Errorf("open message catalogues: there is none for %s", fallback)
	}
	parsed := make([]language.Tag, len(c.tags))
	for i, tag := range c.tags {
		if parsed[i], err = language.Parse(tag); err != nil {
			return nil, fmt.Errorf("open message catalogue %s: %w", tag, err)
		}
		if err := c.sameKeys(fallback, tag); err != nil {
			return nil, err
		}
		if err := c.wantedForms(tag); err != nil {
			return nil, err
		}
	}
	c.matcher = language.NewMatcher(parsed)
	return c, nil
}

// sameKeys compares keys without their plural forms, which differ by language.
func (c *Catalogue) sameKeys(fallback, tag string) error {
	for _, pair := range [][2]string{{fallback, tag}, {tag, fallback}} {
		other := map[string]bool{}
		for key := range c.texts[pair[1]] {
			base, f, _ := strings.Cut(key, formMark)
			other[base+formMark[:min(len(f), 1)]] = true
		}
		for key := range c.texts[pair[0]] {
			base, f, _ := strings.Cut(key, formMark)
			if !other[base+formMark[:min(len(f), 1)]] {
				return fmt.Errorf("message catalogue %s lacks %q", pair[1], base)
			}
		}
	}
	return nil
}

// Languages returns the tags there are, fallback first. The slice is the caller's.
func (c *Catalogue) Languages() []string { return append([]string(nil), c.tags...) }

// Has reports whether there is a catalogue for exactly this tag.
func (c *Catalogue) Has(tag string) bool { return c.texts[tag] != nil }

// Match returns the best of our languages for an Accept-Language header.
func (c *Catalogue) Match(accept string) string {
	_, i := language.MatchStrings(c.matcher, accept)
	return c.tags[i]
}

// Keys returns the keys of a language, sorted.
func (c *Catalogue) Keys(tag string) []string {
	keys := make([]string, 0, len(c.texts[tag]))
	for key := range c.texts[tag] {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Known reports whether there is a text for a key.
func (c *Catalogue) Known(key string) bool {
	_, ok := c.texts[c.tags[0]][key]
	return ok
}

// Text renders a message. A key that is not there is an error, so that no page
// is served with a hole. In languages written from right to left arguments are
// kept apart, so that an English title does not turn the sentence around.
func (c *Catalogue) Text(tag, key string, args ...any) (string, error) {
	text, ok := c.texts[tag][key]
	if !ok {
		return "", fmt.Errorf("message %q is not in catalogue %s", key, tag)
	}
	if len(args) == 0 {
		return text, nil
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		value := fmt.Sprint(a)
		if Direction(tag) == "rtl" {
			value = "\u2068" + value + "\u2069"
		}
		pairs = append(pairs, "{"+strconv.Itoa(i+1)+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text), nil
}

// Direction returns the value of the dir attribute for a language.
func Direction(tag string) string {
	switch base, _, _ := strings.Cut(tag, "-"); base {
	case "ar", "fa", "he", "ur":
		return "rtl"
	}
	return "ltr"
}
