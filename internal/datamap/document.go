package datamap

import (
	"fmt"
	"strings"
)

// Document is a text made from the map, free of markup. It says the same as
// the configuration it was made from, and nothing else.
type Document struct {
	Kind     string    `json:"kind"` // notice, how, processing or assessment
	Title    string    `json:"title"`
	Language string    `json:"language"`
	Reviewed bool      `json:"reviewed"` // by a native speaker
	Sections []Section `json:"sections"`
}

// Section is a part of a document under one heading.
type Section struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Lines []Line `json:"lines"`
}

// Line is one statement. Its id stays the same from one configuration to the
// next, so that two documents can be compared.
type Line struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Settings []string `json:"settings,omitempty"` // that it speaks of, as in `tactful config`
}

// Lines returns the lines of all sections. The slice is the caller's.
func (d *Document) Lines() []Line {
	var all []Line
	for _, s := range d.Sections {
		all = append(all, s.Lines...)
	}
	return all
}

// Markdown renders the document.
func (d *Document) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", markdown(d.Title))
	if !d.Reviewed {
		fmt.Fprintf(&b, "\n_%s_\n", markdown(in(d.Language).say("unreviewed")))
	}
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "\n## %s\n\n", markdown(s.Title))
		for _, l := range s.Lines {
			fmt.Fprintf(&b, "- %s\n", markdown(l.Text))
		}
	}
	return b.String()
}

// Text renders the document for a terminal or a letter.
func (d *Document) Text() string {
	var b strings.Builder
	b.WriteString(d.Title + "\n")
	if !d.Reviewed {
		b.WriteString(in(d.Language).say("unreviewed") + "\n")
	}
	for _, s := range d.Sections {
		b.WriteString("\n" + s.Title + "\n")
		for _, l := range s.Lines {
			b.WriteString("  - " + l.Text + "\n")
		}
	}
	return b.String()
}

// markdown keeps what the business wrote from being read as markup.
func markdown(text string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]", "<", "&lt;", ">", "&gt;", "#", "\\#", "|", "\\|", "\n", " ").Replace(text)
}

// pen writes a document.
type pen struct {
	doc   *Document
	words *words
}

func (w *words) begin(kind string) *pen {
	return &pen{words: w, doc: &Document{Kind: kind, Title: w.say(kind + ".title"), Language: w.Language, Reviewed: w.Reviewed}}
}

func (p *pen) section(id string) { p.head(id, p.words.say(p.doc.Kind+".section."+id)) }

func (p *pen) head(id, title string) {
	p.doc.Sections = append(p.doc.Sections, Section{ID: id, Title: title, Lines: []Line{}})
}

// line says a message of the catalogue; settings are what its arguments come from.
func (p *pen) line(id string, settings []string, key string, args ...any) {
	p.put(id, settings, p.words.say(key, args...))
}

// put writes a text that is no message: English for officers, or what the
// business itself wrote.
func (p *pen) put(id string, settings []string, text string) {
	s := &p.doc.Sections[len(p.doc.Sections)-1]
	s.Lines = append(s.Lines, Line{ID: s.ID + "." + id, Text: text, Settings: settings})
}

func of(settings ...string) []string { return settings }
