package centre

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/tactful/tactful"
)

// frame is what every page shows around its own content.
type frame struct {
	TitleKey  string
	Here      string // path of the page, for forms to return to and for the mark in the menu
	Name      string // of the business
	Home      string
	Contact   string
	Languages []string
	Reviewed  bool // the texts of this language were checked
	Menu      []entry
	Somebody  bool
	Guest     bool
	Visit     bool // entered by a link, so that it can be left
	Discreet  bool // names are hidden
	Easy      bool
	Fragment  bool   // the question stands on a page of the business
	Said      string // message key of what was just done, "" if nothing
	SaidName  string
	Forgets   time.Time // when the model has forgotten what was just taken away; zero: nothing was
	But       string    // message key of why that does not act yet, "" if it does
	Undo      []Field
	Asks      []string // uses that a brought file says yes to, to be answered here
	Came      came     // what came in with a file
	Change    *change
}

// entry is one page in the menu.
type entry struct {
	Key  string // message key after "menu.", and the name of its icon
	Path string
}

// pagesThere is every page that this centre has, in its order.
func (c *Centre) pagesThere() []entry {
	pages := []entry{{"hub", Root}, {"uses", Root + "/uses"}, {"interests", Root + "/interests"}, {"history", Root + "/history"}, {"needs", Root + "/needs"}}
	if len(c.channels()) > 0 {
		pages = append(pages, entry{"messages", Root + "/messages"})
	}
	return append(pages, entry{"why", Root + "/why"}, entry{"tests", Root + "/tests"}, entry{"data", Root + "/data"}, entry{"how", Root + "/how"})
}

// frame makes the frame of a page without asking the engine about anybody.
func (c *Centre) frame(v *visit, titleKey, here string) frame {
	f := frame{
		TitleKey: titleKey, Here: here, Name: c.settings.Name, Home: c.settings.Home, Contact: c.settings.Contact,
		Languages: c.texts.Languages(), Reviewed: reviewed[v.lang], Somebody: v.somebody(), Guest: v.Guest,
		Visit: c.sessions != nil && v.somebody(), Discreet: v.discreet, Easy: v.easy,
	}
	if f.Here == "" {
		f.Here = Root
	}
	if f.Somebody || f.Guest {
		f.Menu = c.menu
	}
	return f
}

// begin makes the frame of a page and says once what was just done.
func (c *Centre) begin(w http.ResponseWriter, r *http.Request, v *visit, key string, path string) (frame, error) {
	f := c.frame(v, "title."+key, Root+path)
	if v.said.Key == "" {
		return f, nil
	}
	c.set(w, r, cookieSaid, "", Root, 0)
	f.Said, f.SaidName = "said."+v.said.Key, v.said.Name
	if it, err := c.engine.Item(v.said.Item); err == nil {
		f.SaidName = c.thing(v, it).Title
	}
	f.Came = v.said.Came
	for _, name := range v.said.Asks {
		if slices.Contains(c.settings.Purposes, name) {
			f.Asks = append(f.Asks, name)
		}
	}
	if takesAway(v.said.Key) {
		f.Forgets = c.engine.Forgets()
	}
	var err error
	if f.But, err = c.but(r.Context(), v); err != nil {
		return f, err
	}
	if !v.said.Undo.empty() {
		f.Undo = v.said.Undo.Fields()
	}
	if v.said.Before != "" {
		if f.Change, err = c.compare(r, v); err != nil {
			return f, err
		}
	}
	return f, nil
}

// standing returns what the visitor allowed; a guest's level and nothing else.
func (c *Centre) standing(ctx context.Context, v *visit) (tactful.Consents, error) {
	if !v.somebody() {
		return tactful.Consents{Level: v.Level}, nil
	}
	standing, err := c.engine.Consents(ctx, v.Alias)
	if err != nil {
		return standing, fmt.Errorf("read what the visitor allowed: %w", err)
	}
	return standing, nil
}

// thing is an item as the pages show it.
type thing struct {
	ID, Title     string
	Category      string
	Hidden        bool // the title is the category's
	Picture, Page string
}

func (c *Centre) thing(v *visit, it tactful.Item) thing {
	t := thing{ID: it.ID, Title: it.Title}
	if t.Title == "" {
		t.Title = it.ID
	}
	if len(it.Categories) > 0 {
		t.Category = it.Categories[0]
	}
	if v.discreet {
		t.Title, t.Hidden = t.Category, true
		return t
	}
	if c.shelf.Picture != nil && it.Title != "" {
		t.Picture = c.shelf.Picture(it)
	}
	if c.shelf.Page != nil && it.Title != "" {
		t.Page = c.shelf.Page(it)
	}
	return t
}

// named returns an item by its code, with its code for a title if it is not listed any more.
func (c *Centre) named(v *visit, id string) thing {
	it, err := c.engine.Item(id)
	if err != nil {
		it = tactful.Item{ID: id}
	}
	return c.thing(v, it)
}

// funcs serve the templates.
func (c *Centre) funcs() template.FuncMap {
	return template.FuncMap{
		"iso":       func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"args":      func(a ...any) []any { return a },
		"known":     c.texts.Known,
		"word":      c.word,
		"consented": consented,
		"placeword": placeWord,
		"root":      func() string { return Root },
		"icon":      icon,
	}
}

// icon draws one of the pictures of static/icons.svg; names come from the templates only.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" width="24" height="24" aria-hidden="true" focusable="false"><use href="` + Root + `/icons.svg#` + template.HTMLEscapeString(name) + `"></use></svg>`)
}
