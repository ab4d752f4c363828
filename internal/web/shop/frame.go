package shop

import (
	"context"
	"fmt"
	"html/template"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/page"
)

// frame is what every page shows around its own content.
type frame struct {
	TitleKey  string
	TitleArg  string
	Back      string // this page, for forms to return to
	Query     string
	Basket    int
	Person    *Person
	Visitor   bool // has a number of their own, given after a yes
	People    []Person
	Level     string // chosen level, "" until somebody chooses
	Levels    []string
	Question  template.HTML // the privacy centre's question, until it is answered
	Said      string        // message key of what was just done, "" if nothing
	SaidItem  string        // title of the item it was done with
	Languages []string
	Shelves   []engine.CategoryCount
}

var levelWords = []string{tactful.Generic.String(), tactful.Context.String(), tactful.Personal.String(), tactful.Full.String()}

// plainFrame makes a frame without asking the engine about anybody.
func (s *shop) plainFrame(v *visitor, titleKey string, r *http.Request) frame {
	f := frame{
		TitleKey: titleKey, Back: "/", Basket: len(v.basket), Person: v.person, People: s.people,
		Visitor: v.somebody() && v.person == nil, Levels: levelWords, Languages: s.texts.Languages(), Shelves: s.engine.Categories(),
	}
	if r.Method == http.MethodGet {
		f.Back = page.Back(r.URL.RequestURI())
	}
	if v.level != tactful.LevelUnknown {
		f.Level = v.level.String()
	}
	return f
}

// frame makes the frame of a page: with the level, the question if it is open,
// and once what was just done.
func (s *shop) frame(w http.ResponseWriter, r *http.Request, v *visitor, titleKey string) (frame, error) {
	f := s.plainFrame(v, titleKey, r)
	standing, err := s.standing(r.Context(), v)
	if err != nil {
		return f, err
	}
	if standing.Level != tactful.LevelUnknown {
		f.Level = standing.Level.String()
	}
	if s.ask != nil {
		if f.Question, err = s.ask(r, f.Back); err != nil {
			return f, fmt.Errorf("ask for permission: %w", err)
		}
	}
	if v.said.key != "" {
		f.Said = "said." + v.said.key
		if it, err := s.engine.Item(v.said.item); err == nil {
			f.SaidItem = it.Title
		}
		set(w, r, cookieSaid, "", 0)
	}
	return f, nil
}

// standing returns what the visitor allowed; nothing for somebody without a number.
func (s *shop) standing(ctx context.Context, v *visitor) (tactful.Consents, error) {
	if !v.somebody() {
		return tactful.Consents{}, nil
	}
	standing, err := s.engine.Consents(ctx, v.alias)
	if err != nil {
		return standing, fmt.Errorf("read what the visitor allowed: %w", err)
	}
	return standing, nil
}
