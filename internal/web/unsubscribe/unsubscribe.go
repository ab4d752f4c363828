package unsubscribe

import (
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/door"
	"github.com/tactful/tactful/internal/web/page"
)

//go:embed messages/*.json
var messages embed.FS

//go:embed templates/*.html
var templates embed.FS

// Engine knows the tokens; *engine.Engine is one.
type Engine interface {
	MayUnsubscribe(token string) bool
	Unsubscribe(ctx context.Context, token string) error
}

// Options are the door's dependencies.
type Options struct {
	Engine   Engine
	Log      *slog.Logger
	Clock    tactful.Clock
	Limits   door.Limits   // zero: the careful defaults
	Observer door.Observer // nil: nobody counts
}

// Paths returns where the door stands, as door.Split takes it.
func Paths() []string { return []string{engine.UnsubscribePath} }

// maxBody is far more than List-Unsubscribe=One-Click and a browser's form.
const maxBody = 4 << 10

// New builds the door.
func New(opt Options) (http.Handler, error) {
	if opt.Engine == nil || opt.Log == nil || opt.Clock == nil {
		return nil, errors.New("unsubscribe: engine, log and clock are needed")
	}
	texts, err := fs.Sub(messages, "messages")
	if err != nil {
		return nil, err
	}
	d := &desk{opt: opt}
	if d.words, err = page.Open(texts, "en"); err != nil {
		return nil, err
	}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	if d.pages, err = page.Parse(files, d.words, nil, []string{"layout.html"}, "ask", "done", "gone"); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+engine.UnsubscribePath+"{token}", d.ask)
	mux.HandleFunc("POST "+engine.UnsubscribePath+"{token}", d.take)
	return door.NewFrame(shut(mux), door.FrameOptions{Log: opt.Log, Clock: opt.Clock, Limits: opt.Limits.Defaults(), Observer: opt.Observer, Methods: "GET, POST"}), nil
}

// shut sets the headers of a page. Who posts from another site is welcome: mail
// programs do, and the token is all that counts.
func shut(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", page.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer") // the address is what takes somebody out
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

type desk struct {
	opt   Options
	words *page.Catalogue
	pages *page.Set
}

func (d *desk) write(w http.ResponseWriter, r *http.Request, name string, status int) {
	if err := d.pages.Write(w, d.words.Match(r.Header.Get("Accept-Language")), name, status, nil); err != nil {
		d.opt.Log.ErrorContext(r.Context(), "a page could not be made", "page", name, "err", err)
		http.Error(w, "", http.StatusInternalServerError)
	}
}

// ask shows the button.
func (d *desk) ask(w http.ResponseWriter, r *http.Request) {
	if !d.opt.Engine.MayUnsubscribe(r.PathValue("token")) {
		d.write(w, r, "gone", http.StatusNotFound)
		return
	}
	d.write(w, r, "ask", http.StatusOK)
}

// take withdraws. What the body says does not matter: the token does.
func (d *desk) take(w http.ResponseWriter, r *http.Request) {
	if n, err := io.Copy(io.Discard, io.LimitReader(r.Body, maxBody+1)); err != nil || n > maxBody {
		http.Error(w, "", http.StatusRequestEntityTooLarge)
		return
	}
	ctx := tactful.WithActor(r.Context(), tactful.Actor{Kind: tactful.ActorPerson}) // whoever has the mail
	switch err := d.opt.Engine.Unsubscribe(ctx, r.PathValue("token")); {
	case err == nil:
		d.write(w, r, "done", http.StatusOK)
	case tactful.KindOf(err) == tactful.NotFound:
		d.write(w, r, "gone", http.StatusNotFound)
	default:
		door.Refuse(w, r, d.opt.Log, err)
	}
}
