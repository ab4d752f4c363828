package datamap

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed messages/*.json
var messages embed.FS

// fallback is the language whose catalogue has every message.
const fallback = "en"

// words is the catalogue of one language.
type words struct {
	Language string            `json:"language"`
	Name     string            `json:"name"` // in itself
	Reviewed bool              `json:"reviewed"`
	Right    bool              `json:"rightToLeft"`
	Messages map[string]string `json:"messages"`
}

// catalogues are read once and never changed. A test reads them all, so that
// an unreadable one does not ship; it would be missing here.
var catalogues = sync.OnceValue(func() map[string]*words {
	all := map[string]*words{}
	files, err := messages.ReadDir("messages")
	if err != nil {
		return all
	}
	for _, file := range files {
		text, err := messages.ReadFile("messages/" + file.Name())
		if err != nil {
			continue
		}
		w := new(words)
		if json.Unmarshal(text, w) == nil && w.Language+".json" == file.Name() {
			all[w.Language] = w
		}
	}
	return all
})

// Languages are the languages of notices, the fallback first. The slice is the caller's.
func Languages() []string {
	tags := []string{fallback}
	for _, tag := range slices.Sorted(maps.Keys(catalogues())) {
		if tag != fallback {
			tags = append(tags, tag)
		}
	}
	return tags
}

// in returns the catalogue for a BCP 47 tag, the fallback where there is none.
func in(tag string) *words {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if w, ok := catalogues()[base]; ok {
		return w
	}
	return catalogues()[fallback]
}

// english is a label in English, for officers.
func english(label string) string {
	return catalogues()[fallback].Messages["label."+label]
}

// say renders a message; {1}, {2} stand for arguments. In languages written
// from right to left arguments are kept apart, so that an English name does
// not turn the sentence around.
func (w *words) say(key string, args ...any) string {
	text, ok := w.Messages[key]
	if !ok {
		text = catalogues()[fallback].Messages[key]
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		value := fmt.Sprint(a)
		if w.Right {
			value = "\u2068" + value + "\u2069"
		}
		pairs = append(pairs, "{"+strconv.Itoa(i+1)+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (w *words) has(key string) bool { _, ok := w.Messages[key]; return ok }

// list joins words as the language does.
func (w *words) list(parts []string) string {
	if w.Right {
		return strings.Join(parts, "، ")
	}
	return strings.Join(parts, ", ")
}

// span says how long. Languages with more plural forms than one and many say it
// in a way that needs none.
func (w *words) span(d time.Duration) string {
	for _, unit := range [...]struct {
		length    time.Duration
		one, many string
	}{{24 * time.Hour, "span.day", "span.days"}, {time.Hour, "span.hour", "span.hours"}, {time.Minute, "span.minute", "span.minutes"}} {
		switch {
		case d == unit.length:
			return w.say(unit.one)
		case d%unit.length == 0:
			return w.say(unit.many, int64(d/unit.length))
		}
	}
	return w.say("span.seconds", d.Seconds())
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
