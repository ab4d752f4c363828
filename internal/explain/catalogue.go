package explain

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/tactful/tactful"
)

//go:embed messages/*.json
var messages embed.FS

// catalogue is the sentences of one language.
type catalogue struct {
	Language  string            `json:"language"`
	Name      string            `json:"name"`
	Direction string            `json:"direction"` // ltr or rtl
	Messages  map[string]string `json:"messages"`
}

// load reads the embedded catalogues, fallback first, the others by tag.
func load(fallback string) ([]catalogue, error) {
	files, err := messages.ReadDir("messages")
	if err != nil {
		return nil, fmt.Errorf("list message catalogues: %w", err)
	}
	var all []catalogue
	for _, file := range files {
		text, err := messages.ReadFile("messages/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("read message catalogue: %w", err)
		}
		var c catalogue
		if err := json.Unmarshal(text, &c); err != nil {
			return nil, fmt.Errorf("read message catalogue %s: %w", file.Name(), err)
		}
		all = append(all, c)
	}
	at := slices.IndexFunc(all, func(c catalogue) bool { return c.Language == fallback })
	if at < 0 {
		return nil, tactful.InvalidField("language", "has no message catalogue", "set one of "+strings.Join(tags(all), ", "))
	}
	first := all[at]
	return slices.Insert(slices.Delete(all, at, at+1), 0, first), nil
}

func tags(all []catalogue) []string {
	list := make([]string, len(all))
	for i, c := range all {
		list[i] = c.Language
	}
	return list
}

// in returns the catalogue for a BCP 47 tag, the fallback if none fits.
func (e *Explainer) in(tag string) *catalogue {
	if tag == "" {
		return &e.all[0]
	}
	base, _, _ := strings.Cut(tag, "-")
	for i := range e.all {
		if e.all[i].Language == base {
			return &e.all[i]
		}
	}
	wanted, err := language.Parse(tag)
	if err != nil {
		return &e.all[0]
	}
	_, at, confidence := e.matcher.Match(wanted)
	if confidence == language.No {
		return &e.all[0]
	}
	return &e.all[at]
}

// Isolation marks keep a name's own direction from turning the sentence around
// it (Unicode UAX 9).
const (
	firstStrongIsolate    = "\u2068"
	popDirectionalIsolate = "\u2069"
)

// say renders a message; name stands for {item} or {category}, whichever the
// message has. What a name contains is never read as a placeholder.
func (c *catalogue) say(key, name string) string {
	message := c.Messages[key]
	for _, placeholder := range [...]string{"{item}", "{category}"} {
		if before, after, found := strings.Cut(message, placeholder); found {
			name = shorten(name)
			if c.Direction == "rtl" || strings.ContainsFunc(name, rightToLeft) {
				name = firstStrongIsolate + name + popDirectionalIsolate
			}
			return before + name + after
		}
	}
	return message
}

// rightToLeft covers the Hebrew and Arabic blocks with their presentation forms.
func rightToLeft(r rune) bool {
	return r >= 0x0590 && r <= 0x08FF || r >= 0xFB1D && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFF
}

// nameRunes bounds a name inside a sentence.
const nameRunes = 80

func shorten(name string) string {
	if len(name) <= nameRunes {
		return name
	}
	count := 0
	for at := range name {
		if count++; count > nameRunes {
			return strings.TrimSpace(name[:at]) + "…"
		}
	}
	return name
}
