package rights

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"time"

	"golang.org/x/text/language"
)

//go:embed copy.html copy.css messages/*.json
var files embed.FS

// wording is one language's words of the page.
type wording struct {
	Reviewed bool              `json:"reviewed"` // by somebody whose language it is
	Messages map[string]string `json:"messages"`
}

// Languages are those in which a copy can be read, the first one the fallback.
func Languages() []string { return []string{"en", "de", "fr", "es", "ar"} }

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, tag := range Languages() {
		tags = append(tags, language.MustParse(tag))
	}
	return language.NewMatcher(tags)
}()

// MatchLanguage returns the language of a copy that fits a wish best.
func MatchLanguage(wish string) string {
	_, i, _ := matcher.Match(language.Make(wish))
	return Languages()[i]
}

func wordsOf(tag string) (wording, error) {
	var w wording
	text, err := files.ReadFile("messages/" + tag + ".json")
	if err == nil {
		err = json.Unmarshal(text, &w)
	}
	return w, err
}

type htmlSection struct {
	Name      string
	Explained *Explained
	Entries   []htmlEntry
}

type htmlEntry struct {
	Number int
	Hint   string // what tells entries apart at a glance
	Open   bool
	Values []htmlValue
}

type htmlValue struct{ Means, Path, Value string }

// hints are the paths of which the first that is there stands in an entry's heading.
var hints = map[string][]string{
	"event": {"title", "item", "query"}, "consent": {"purpose"}, "setting": {"item"}, "receipt": {"time"}, "report": {"kind"}, "right": {"right"},
	"look": {"who"}, "ledger": {"consent"}, "removed_event": {"day"}, "other": {"place"},
}

// openUpTo is how many entries a section may have so that they are shown unfolded.
const openUpTo = 3

// WriteHTML writes a copy as one page that needs nothing else: no script, no
// picture, no address outside. Every word of others is text and nothing more.
func (c *Copy) WriteHTML(w io.Writer, tag string) error {
	tag = MatchLanguage(tag)
	said, err := wordsOf(tag)
	if err != nil {
		return fmt.Errorf("read the words of a copy: %w", err)
	}
	style, err := files.ReadFile("copy.css")
	if err != nil {
		return fmt.Errorf("read the style of a copy: %w", err)
	}
	page, err := template.New("copy.html").Funcs(template.FuncMap{"t": func(key string) (string, error) {
		if text, ok := said.Messages[key]; ok {
			return text, nil
		}
		return "", fmt.Errorf("there is no text %s in %s", key, tag)
	}}).ParseFS(files, "copy.html")
	if err != nil {
		return fmt.Errorf("parse the page of a copy: %w", err)
	}
	sum := sha256.Sum256(style)
	data := struct {
		Language, Direction, StyleHash, Made, Day, Controller, Contact string
		Style                                                          template.CSS
		Restricted                                                     bool
		Sections                                                       []htmlSection
	}{
		Language: tag, Direction: "ltr", StyleHash: base64.StdEncoding.EncodeToString(sum[:]), Style: template.CSS(style), // ours, embedded
		Made: c.Made.UTC().Format(time.RFC3339), Day: c.Made.UTC().Format("2006-01-02"), Controller: c.Controller, Contact: c.Contact,
		Restricted: len(c.Standing) > 0 && c.Standing[0].Frozen, Sections: c.pages(),
	}
	if tag == "ar" {
		data.Direction = "rtl"
	}
	if err := page.Execute(w, data); err != nil {
		return fmt.Errorf("write a copy as a page: %w", err)
	}
	return nil
}

// pages arranges the values for the page, every section there, empty or not.
func (c *Copy) pages() []htmlSection {
	explain := c.explainer()
	names, _ := sections()
	at := map[string]int{}
	list := make([]htmlSection, len(names))
	for i, name := range names {
		list[i].Name, at[name] = name, i
		if found, ok := explain[name]; ok {
			list[i].Explained = &found
		}
	}
	for _, f := range c.Flatten() {
		s := &list[at[f.Section]]
		if len(s.Entries) < f.Entry {
			s.Entries = append(s.Entries, htmlEntry{Number: f.Entry})
		}
		if f.Path != "" {
			e := &s.Entries[f.Entry-1]
			e.Values = append(e.Values, htmlValue{Means: explain.means(f.Section, f.Path), Path: f.Path, Value: f.Value})
		}
	}
	for i := range list {
		for j := range list[i].Entries {
			e := &list[i].Entries[j]
			e.Open, e.Hint = len(list[i].Entries) <= openUpTo, hint(list[i].Name, e.Values)
		}
	}
	return list
}

func hint(section string, values []htmlValue) string {
	for _, path := range hints[section] {
		for _, v := range values {
			if v.Path == path {
				return v.Value
			}
		}
	}
	return ""
}
