package shop

import (
	"context"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/door"
	"github.com/tactful/tactful/internal/web/page"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed messages/*.json
var messages embed.FS

//go:embed static
var static embed.FS

// pages are the templates that stand alone; shared ones are in layout and parts.
var pageNames = []string{"home", "item", "basket", "search", "category", "about", "error"}

type shop struct {
	engine  Engine
	clock   tactful.Clock
	people  []Person
	ask     Ask
	log     *slog.Logger
	texts   *page.Catalogue
	pages   *page.Set
	mu      sync.Mutex // guards entropy
	entropy io.Reader
}

// New makes the shop. It fails only if its own templates or texts are damaged.
func New(o Options) (http.Handler, error) {
	s := &shop{engine: o.Engine, clock: o.Clock, people: o.People, ask: o.Ask, log: o.Log, entropy: o.Entropy}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	own, err := fs.Sub(messages, "messages")
	if err != nil {
		return nil, fmt.Errorf("open the shop's texts: %w", err)
	}
	if s.texts, err = page.Open(own, "en"); err != nil {
		return nil, fmt.Errorf("open the shop's texts: %w", err)
	}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, fmt.Errorf("open the shop's pages: %w", err)
	}
	if s.pages, err = page.Parse(files, s.texts, funcs, []string{"layout.html", "parts.html"}, pageNames...); err != nil {
		return nil, fmt.Errorf("open the shop's pages: %w", err)
	}
	return page.Shut(s.routes(), s.page(s.foreign)), nil
}

// routes is the one table of the shop's addresses. GET reads, POST answers 303.
func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shop.css", file("shop.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /icon.svg", file("icon.svg", "image/svg+xml"))
	mux.HandleFunc("GET /img/{file}", s.image)
	for pattern, h := range map[string]handler{
		"GET /{$}": s.home, "GET /item/{id}": s.item, "GET /basket": s.basket, "GET /search": s.search,
		"GET /category/{name}": s.category, "GET /about": s.about,
		"POST /basket": s.changeBasket, "POST /order": s.order, "POST /level": s.chooseLevel,
		"POST /person": s.choosePerson, "POST /language": s.chooseLanguage, "/": s.nowhere,
	} {
		mux.Handle(pattern, s.page(h))
	}
	return mux
}

// handler is one address: it writes a whole page or returns why not.
type handler func(w http.ResponseWriter, r *http.Request, v *visitor) error

// page wraps a handler: it reads who is there, bounds the form, and turns an
// error into a page.
func (s *shop) page(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.recognise(r)
		r = r.WithContext(tactful.WithActor(r.Context(), tactful.Actor{Kind: tactful.ActorPerson})) // whose session it is
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if err := r.ParseForm(); err != nil {
				s.fail(w, r, &v, tactful.InvalidField("form", "could not be read", "go back and try again"))
				return
			}
		}
		if err := h(w, r, &v); err != nil {
			s.fail(w, r, &v, err)
		}
	})
}

// fail shows the error page for the kind of err; causes go to the log only.
func (s *shop) fail(w http.ResponseWriter, r *http.Request, v *visitor, err error) {
	kind := tactful.KindOf(err)
	if errors.Is(err, context.Canceled) {
		return // the visitor has gone
	}
	if kind == tactful.Internal || kind == tactful.Unavailable {
		s.log.LogAttrs(r.Context(), slog.LevelError, "shop page failed", slog.String("kind", kind.String()), slog.Any("error", err))
	}
	f := s.plainFrame(v, "error."+kind.String()+".title", r)
	if err := s.pages.Write(w, v.lang, "error", door.StatusOf(kind), errorPage{f, kind.String()}); err != nil {
		s.log.LogAttrs(r.Context(), slog.LevelError, "error page failed", slog.Any("error", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

func (s *shop) nowhere(http.ResponseWriter, *http.Request, *visitor) error {
	return tactful.Errorf(tactful.NotFound, "there is no such page")
}

func (s *shop) foreign(http.ResponseWriter, *http.Request, *visitor) error {
	return tactful.Errorf(tactful.Refused, "the form came from another site")
}

// done leaves a message for the next page and sends the visitor there.
func (s *shop) done(w http.ResponseWriter, r *http.Request, back string, n notice) error {
	set(w, r, cookieSaid, n.encode(), 0)
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// token returns 32 random hex digits.
func (s *shop) token() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return draw(s.entropy)
}

func draw(entropy io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(entropy, b[:]); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
