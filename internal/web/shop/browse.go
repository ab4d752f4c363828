package shop

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tactful/tactful"
)

type homePage struct {
	frame
	ForYou, Popular *list
	Offer           *offer
}

func (s *shop) home(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := s.frame(w, r, v, "title.home")
	if err != nil {
		return err
	}
	p := homePage{frame: f}
	if p.Offer, err = s.offer(r.Context(), v); err != nil {
		return err
	}
	if p.ForYou, err = s.suggest(r.Context(), v, &f, wish{key: "foryou", placement: tactful.ForYou, items: v.basket, count: listLength}); err != nil {
		return err
	}
	if p.Popular, err = s.suggest(r.Context(), v, &f, wish{key: "popular", placement: tactful.Popular, count: listLength}); err != nil {
		return err
	}
	return s.show(w, v, "home", p)
}

type itemPage struct {
	frame
	Item     tactful.Item
	InBasket bool
	Kept     string // what became of this view
	With     *list
}

func (s *shop) item(w http.ResponseWriter, r *http.Request, v *visitor) error {
	it, err := s.engine.Item(r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("find the item: %w", err)
	}
	f, err := s.frame(w, r, v, "title.item")
	if err != nil {
		return err
	}
	f.TitleArg = it.Title
	p := itemPage{frame: f, Item: it, InBasket: slices.Contains(v.basket, it.ID)}
	became := keptNobody
	if r.Method == http.MethodGet && r.Header.Get("Sec-Purpose") == "" { // a page fetched ahead was not looked at
		if became, err = s.keep(r.Context(), v, tactful.Viewed, "", it); err != nil {
			return err
		}
	}
	p.Kept = became.String()
	if p.With, err = s.suggest(r.Context(), v, &f, wish{key: "with", arg: it.Title, placement: tactful.Similar, items: []string{it.ID}, count: listLength}); err != nil {
		return err
	}
	return s.show(w, v, "item", p)
}

type searchPage struct {
	frame
	Results *list // nil until something is asked
}

func (s *shop) search(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := s.frame(w, r, v, "title.search")
	if err != nil {
		return err
	}
	query := strings.ToValidUTF8(strings.TrimSpace(r.URL.Query().Get("q")), "")
	for len(query) > tactful.MaxQueryBytes {
		_, last := utf8.DecodeLastRuneInString(query)
		query = query[:len(query)-last]
	}
	p := searchPage{frame: f}
	p.Query, p.TitleArg = query, query
	if query != "" {
		if p.Results, err = s.suggest(r.Context(), v, &f, wish{key: "search", arg: query, placement: tactful.Search, query: query, count: 24}); err != nil {
			return err
		}
	}
	return s.show(w, v, "search", p)
}

const (
	shelfPage = 48
	shelfMost = 2000
)

type categoryPage struct {
	frame
	Name   string
	Inside string   // narrow category, "" for all
	Narrow []string // narrow categories
	Items  []tactful.Item
	Total  int
	Page   int
	Before int // page number, 0 if there is none
	After  int
}

func (s *shop) category(w http.ResponseWriter, r *http.Request, v *visitor) error {
	all := s.engine.InCategory(r.PathValue("name"), shelfMost)
	if len(all) == 0 {
		return tactful.Errorf(tactful.NotFound, "there is no such category")
	}
	f, err := s.frame(w, r, v, "title.category")
	if err != nil {
		return err
	}
	p := categoryPage{frame: f, Name: r.PathValue("name"), Inside: r.URL.Query().Get("in"), Page: 1}
	p.TitleArg = p.Name
	var shown []tactful.Item
	for _, it := range all {
		narrow := ""
		if len(it.Categories) > 1 {
			narrow = it.Categories[1]
		}
		if narrow != "" && !slices.Contains(p.Narrow, narrow) {
			p.Narrow = append(p.Narrow, narrow)
		}
		if p.Inside == "" || p.Inside == narrow {
			shown = append(shown, it)
		}
	}
	slices.Sort(p.Narrow)
	p.Total = len(shown)
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 1 && n <= (p.Total+shelfPage-1)/shelfPage {
		p.Page = n
	}
	first := (p.Page - 1) * shelfPage
	last := min(first+shelfPage, p.Total)
	p.Items, p.Before = shown[first:last], p.Page-1
	if last < p.Total {
		p.After = p.Page + 1
	}
	return s.show(w, v, "category", p)
}

type aboutPage struct{ frame }

func (s *shop) about(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := s.frame(w, r, v, "title.about")
	if err != nil {
		return err
	}
	return s.show(w, v, "about", aboutPage{f})
}

type errorPage struct {
	frame
	Kind string
}
