package centre

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/web/door"
	"github.com/tactful/tactful/internal/web/page"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed messages/*.json
var messages embed.FS

//go:embed static
var static embed.FS

// Root is where the centre is mounted.
const Root = "/privacy"

// pageNames are the templates that stand alone; shared ones are in layout and parts.
var pageNames = []string{"hub", "uses", "ask", "interests", "history", "correct", "why", "receipt", "tests", "data", "erase", "how", "notice", "needs", "messages", "help", "gone", "link", "proof", "proved", "error"}

// reviewed are the languages whose texts a native speaker has checked. The
// others say on each page that nobody has.
var reviewed = map[string]bool{"en": true}

// Centre is the privacy centre. Safe for concurrent use; it holds nothing of anybody.
type Centre struct {
	engine   Engine
	identity Identity
	sessions *Sessions // nil unless people enter by links
	links    Redeemer
	papers   Papers
	menu     []entry
	room     chan struct{} // one place for each request that is worked on
	files    chan struct{} // one place for each file that is taken in
	uploads  uploads       // files on their way
	clock    tactful.Clock
	settings config.Centre
	tongue   string // name of the cookie of the language
	shelf    Shelf
	tell     Tell
	log      *slog.Logger
	texts    *page.Catalogue
	pages    *page.Set
	door     http.Handler
}

// New makes the centre. It fails only if its own templates or texts are damaged.
func New(o Options) (*Centre, error) {
	own, err := fs.Sub(messages, "messages")
	if err != nil {
		return nil, fmt.Errorf("open the centre's texts: %w", err)
	}
	return open(o, own)
}

// open is New with other texts, for the test with a pseudo-language.
func open(o Options, texts fs.FS) (*Centre, error) {
	c := &Centre{engine: o.Engine, identity: o.Identity, links: o.Links, papers: o.Papers, clock: o.Clock, settings: o.Settings, tongue: o.LanguageCookie, shelf: o.Shelf, tell: o.Tell, log: o.Log}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.tongue == "" {
		c.tongue = "privacy_lang"
	}
	if o.Links != nil {
		var ok bool
		if c.sessions, ok = o.Identity.(*Sessions); !ok {
			return nil, tactful.Errorf(tactful.Invalid, "links need sessions for an identity")
		}
	}
	c.menu, c.room, c.files = c.pagesThere(), make(chan struct{}, atOnce), make(chan struct{}, filesAtOnce)
	var err error
	if c.texts, err = page.Open(texts, "en"); err != nil {
		return nil, fmt.Errorf("open the centre's texts: %w", err)
	}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, fmt.Errorf("open the centre's pages: %w", err)
	}
	if c.pages, err = page.Parse(files, c.texts, c.funcs(), []string{"layout.html", "parts.html"}, pageNames...); err != nil {
		return nil, fmt.Errorf("open the centre's pages: %w", err)
	}
	c.door = page.Shut(c.routes(), c.page(c.foreign))
	return c, nil
}

// ServeHTTP answers everything below Root.
func (c *Centre) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.door.ServeHTTP(w, r) }

// routes is the one table of the centre's addresses. GET reads, POST answers 303.
func (c *Centre) routes() http.Handler {
	mux := http.NewServeMux()
	for name, kind := range map[string]string{
		"centre.css": "text/css; charset=utf-8", "centre.js": "text/javascript; charset=utf-8", "icons.svg": "image/svg+xml", "mark.svg": "image/svg+xml",
	} {
		mux.HandleFunc("GET "+Root+"/"+name, file(name, kind))
	}
	mux.HandleFunc("GET "+Root+"/theme.css", c.theme)
	for pattern, h := range map[string]handler{
		"GET ": c.hub, "GET /uses": c.uses, "GET /ask": c.ask, "GET /ask/fragment": c.fragment, "GET /interests": c.interests,
		"GET /history": c.history, "GET /history/{event}": c.correct, "GET /why": c.why, "GET /why/{id}": c.receipt, "GET /tests": c.tests, "GET /data": c.data,
		"GET /data/erase": c.eraseAsk, "GET /gone": c.gone, "GET /help": c.help,
		"POST /level": c.chooseLevel, "POST /off": c.turnOff, "POST /ask": c.answer, "POST /interests": c.changeInterest,
		"POST /history": c.changeHistory, "POST /history/{event}": c.rectify, "POST /why": c.report, "POST /undo": c.undo, "POST /data/erase": c.erase,
		"POST /language": c.chooseLanguage, "GET /needs": c.needs, "POST /needs": c.changeNeeds, "POST /discreet": c.changeDiscreet, "POST /device": c.changeDevice, "POST /place": c.changePlace,
		"GET /messages": c.messages, "POST /messages": c.changeMessages, "POST /pause": c.pause, "POST /topics": c.changeTopic, "POST /tests": c.leaveTest,
		"POST /forget": c.forget, "POST /data/use": c.changeUse, "POST /data/review": c.review, "POST /data/cancel": c.takeBack, "POST /data/say": c.sayWrong, "GET /how": c.how, "GET /notice": c.notice,
		"GET /data/copy/{file}": c.download, "GET /uses/record/{id}": c.record, "GET /gone/receipt": c.goneReceipt,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+Root+path, c.page(h))
	}
	mux.Handle("POST "+Root+"/data/bring", c.pageAfter(c.readFile, uploading+importing, c.inTurn(c.bring)))
	if c.links != nil {
		mux.Handle("GET "+engine.LinkPath+"{token}", c.page(c.link))
		mux.Handle("GET "+engine.ProofPath+"{token}", c.page(c.proof))
		mux.Handle("GET "+Root+"/proved", c.page(c.proved))
		mux.Handle("POST "+Root+"/link", c.page(c.enter))
		mux.Handle("POST "+Root+"/leave", c.page(c.leave))
	}
	mux.Handle("GET "+Root+"/{$}", http.RedirectHandler(Root, http.StatusMovedPermanently))
	mux.Handle("/", c.page(c.nowhere))
	return mux
}

// handler is one address: it writes a whole page or returns why not.
type handler func(w http.ResponseWriter, r *http.Request, v *visit) error

// Bounds of what the centre works on: further visitors are asked to wait. A form
// is a few kilobytes; whoever sends it slowly waits outside, and takes no place.
const (
	atOnce   = 64
	handling = 20 * time.Second
	sending  = 5 * time.Second
)

// page wraps a handler: it reads who is there, bounds the form, says to the
// engine that the person acts, and turns an error into a page.
func (c *Centre) page(h handler) http.Handler { return c.pageAfter(readForm, handling, h) }

// pageAfter is page with another way to read what was sent, and another time for it all.
func (c *Centre) pageAfter(read handler, within time.Duration, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(tactful.WithActor(r.Context(), tactful.Actor{Kind: tactful.ActorPerson}), within)
		defer cancel()
		r = r.WithContext(ctx)
		v := c.recognise(r)
		if v.Maker != "" {
			ctx = tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson, Key: v.Maker})
		}
		r = r.WithContext(engine.WithBeginning(ctx, v.Beginning))
		if err := read(w, r, &v); err != nil {
			c.fail(w, r, &v, err)
			return
		}
		select {
		case c.room <- struct{}{}:
			defer func() { <-c.room }()
		default:
			w.Header().Set("Retry-After", "2")
			c.fail(w, r, &v, tactful.Errorf(tactful.Unavailable, "too many visitors at once"))
			return
		}
		if err := c.heed(r, &v); err != nil {
			c.fail(w, r, &v, err)
			return
		}
		if r.Method == http.MethodPost && v.gpc && v.somebody() {
			if err := c.engine.HonourGPC(r.Context(), v.Alias); err != nil {
				c.fail(w, r, &v, fmt.Errorf("keep the browser's signal: %w", err))
				return
			}
		}
		if err := h(w, r, &v); err != nil {
			c.fail(w, r, &v, err)
		}
	})
}

// readForm reads a form whole, within its bounds on size and time, before
// anything else is done for its sender.
func readForm(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if r.Method != http.MethodPost {
		return nil
	}
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(sending)) // what cannot be told keeps the server's limit
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return tactful.InvalidField("form", "could not be read", "go back and try again")
	}
	_ = connection.SetReadDeadline(time.Time{})
	return nil
}

// fail shows the error page for the kind of err; causes go to the log only.
func (c *Centre) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	if errors.Is(err, context.Canceled) {
		return // the visitor has gone
	}
	kind := tactful.KindOf(err)
	if kind == tactful.Internal || kind == tactful.Unavailable {
		level := slog.LevelError
		if w.Header().Get("Retry-After") != "" { // whoever comes can cause it, and it passes
			level = slog.LevelWarn
		}
		c.log.LogAttrs(r.Context(), level, "page of the privacy centre failed", slog.String("kind", kind.String()), slog.Any("error", err))
	}
	status := door.StatusOf(kind)
	var later interface{ RetryAfter() time.Duration }
	if errors.As(err, &later) {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(later.RetryAfter().Seconds()))))
		status, kind = http.StatusTooManyRequests, tactful.Unavailable // in the words of one who may come again
	}
	f := c.frame(v, "error."+kind.String()+".title", "")
	if err := c.pages.Write(w, v.lang, "error", status, errorPage{f, kind.String()}); err != nil {
		c.log.LogAttrs(r.Context(), slog.LevelError, "error page failed", slog.Any("error", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

type errorPage struct {
	frame
	Kind string
}

func (c *Centre) nowhere(http.ResponseWriter, *http.Request, *visit) error {
	return tactful.Errorf(tactful.NotFound, "there is no such page")
}

func (c *Centre) foreign(http.ResponseWriter, *http.Request, *visit) error {
	return tactful.Errorf(tactful.Refused, "the form came from another site")
}

// show renders a page.
func (c *Centre) show(w http.ResponseWriter, v *visit, name string, data any) error {
	return c.pages.Write(w, v.lang, name, http.StatusOK, data)
}

// file serves one of the files that are built in.
func file(name, kind string) http.HandlerFunc { return page.File(static, "static/"+name, kind) }
