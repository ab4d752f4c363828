package page

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"time"
)

// Set is the templates of some pages, bound to each language of a catalogue:
// {{t "key" args}}, {{count "key" n args}}, {{num n}}, {{date time}} and
// {{moment time}} render in the language of the page.
type Set struct {
	byLanguage map[string]map[string]*template.Template
}

// Parse makes a Set: every page together with the shared files. A page
// is executed as "layout".
func Parse(files fs.FS, c *Catalogue, funcs template.FuncMap, shared []string, pages ...string) (*Set, error) {
	set := &Set{byLanguage: map[string]map[string]*template.Template{}}
	for _, tag := range c.Languages() {
		set.byLanguage[tag] = map[string]*template.Template{}
		for _, name := range pages {
			t := template.New(name).Funcs(funcs).Funcs(template.FuncMap{
				"t":      func(key string, args ...any) (string, error) { return c.Text(tag, key, args...) },
				"count":  func(key string, n int, args ...any) (string, error) { return c.Count(tag, key, n, args...) },
				"num":    func(n int) string { return Number(tag, n) },
				"date":   func(at time.Time) string { return Date(tag, at) },
				"moment": func(at time.Time) string { return Moment(tag, at) },
				"lang":   func() string { return tag },
				"dir":    func() string { return Direction(tag) },
			}).Option("missingkey=error")
			t, err := t.ParseFS(files, append([]string{name + ".html"}, shared...)...)
			if err != nil {
				return nil, fmt.Errorf("parse page %s: %w", name, err)
			}
			set.byLanguage[tag][name] = t
		}
	}
	return set, nil
}

// Write renders a page and sends it whole, or returns the error and sends nothing.
func (s *Set) Write(w http.ResponseWriter, tag, name string, status int, data any) error {
	t := s.byLanguage[tag][name]
	if t == nil {
		return fmt.Errorf("there is no page %s in %s", name, tag)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", data); err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", tag)
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the visitor has gone; there is nobody to tell
	return nil
}

// Part renders one template of a page alone, to be put into another page.
func (s *Set) Part(tag, name, part string, data any) (template.HTML, error) {
	t := s.byLanguage[tag][name]
	if t == nil {
		return "", fmt.Errorf("there is no page %s in %s", name, tag)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		return "", fmt.Errorf("render %s of page %s: %w", part, name, err)
	}
	return template.HTML(b.String()), nil // made by html/template just now
}
