package main

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/web/centre"
	"github.com/tactful/tactful/internal/web/shop"
)

// shopCentre is the privacy centre of the demo: it knows people as the shop does.
func shopCentre(eng *engine.Engine, cfg *config.Config, people []shop.Person, log *slog.Logger) (*centre.Centre, error) {
	settings := cfg.Centre
	if settings.Home == "" {
		settings.Home = "/"
	}
	return centre.New(centre.Options{
		Engine: eng, Papers: datamap.Of(&cfg.Engine), Identity: guests{shop.Guests{People: people, Entropy: rand.Reader}}, Clock: tactful.SystemClock{}, Settings: settings,
		LanguageCookie: shop.Language, Shelf: centre.Shelf{Picture: shop.PictureOf, Page: shop.PageOf}, Tell: shop.Tell, Log: log,
	})
}

// ownCentre is the privacy centre of a business: people enter it by a link that
// the business's server asks for.
func ownCentre(eng *engine.Engine, cfg *config.Config, log *slog.Logger) (*centre.Centre, error) {
	settings, clock := cfg.Centre, tactful.SystemClock{}
	if settings.Name == "" {
		settings.Name = cfg.Engine.Controller
	}
	sessions := centre.NewSessions(eng, clock, strings.HasPrefix(settings.URL, "https://"))
	return centre.New(centre.Options{Engine: eng, Identity: sessions, Links: eng, Papers: datamap.Of(&cfg.Engine), Clock: clock, Settings: settings, Log: log})
}

// atHome sends whoever opens the centre's own host to the centre.
func atHome(address string, rest http.Handler) http.Handler {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return rest
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == u.Host && r.URL.Path == "/" && r.Method == http.MethodGet {
			http.Redirect(w, r, centre.Root, http.StatusFound)
			return
		}
		rest.ServeHTTP(w, r)
	})
}

// guests are the shop's visitors as the centre asks for them.
type guests struct{ shop shop.Guests }

func (g guests) Who(r *http.Request) centre.Visitor {
	v := centre.Visitor{Alias: g.shop.Who(r), Guest: true}
	v.Level, v.SaidNo = g.shop.Said(r)
	return v
}

func (g guests) Join(w http.ResponseWriter, r *http.Request) (tactful.Alias, error) {
	return g.shop.Join(w, r)
}

func (g guests) Note(w http.ResponseWriter, r *http.Request, v centre.Visitor) {
	g.shop.Note(w, r, v.Level, v.SaidNo)
}

func (g guests) Leave(w http.ResponseWriter, r *http.Request) error {
	g.shop.Leave(w, r)
	return nil
}
