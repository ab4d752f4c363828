package door

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// Observer counts requests. Routes are patterns of the document, never paths,
// so that no id becomes a label.
type Observer interface {
	Began()
	Finished(route, method string, status int, took time.Duration)
}

// Frame surrounds a door's routes: request id, security headers, cross-origin
// answers, a bound on requests at once, one line in the access log.
type Frame struct {
	routes  http.Handler
	opt     FrameOptions
	entered chan struct{}
	waiting chan struct{}
	slow    slow
}

// FrameOptions are a Frame's dependencies. Log and Clock are required.
type FrameOptions struct {
	Log      *slog.Logger
	Clock    tactful.Clock
	Limits   Limits
	Observer Observer                 // nil: nobody counts
	Origin   func(origin string) bool // nil: no page of another origin may call
	Methods  string                   // for preflights, such as "GET, POST"
	Sent     string                   // headers that pages may send beside the usual ones
	Exposed  string                   // headers that pages may read beside the usual ones
}

// NewFrame puts a frame around routes, usually a *http.ServeMux: the route in
// log and metrics is the pattern that the mux notes in the request.
func NewFrame(routes http.Handler, opt FrameOptions) *Frame {
	opt.Limits = opt.Limits.Defaults()
	return &Frame{routes: routes, opt: opt, entered: make(chan struct{}, opt.Limits.AtOnce), waiting: make(chan struct{}, opt.Limits.AtOnce),
		slow: slow{most: opt.Limits.Slow, mostBytes: opt.Limits.SlowBytes, of: map[string]burden{}}}
}

type visitKey struct{}

// visit is what a frame knows of the request that is being served.
type visit struct {
	frame  *Frame
	id     string
	key    string // the id of the caller's key, "" until it is known
	inside bool   // it holds a place
	read   bool   // its body was asked for
}

// visitOf returns the visit of a request, nil outside of a frame.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

func (v *visit) enter(ctx context.Context) bool {
	v.inside = v.frame.enter(ctx)
	return v.inside
}

func (v *visit) leave() {
	if v.inside {
		v.inside = false
		<-v.frame.entered
	}
}

// RequestID returns the id of the request being served. Ids are ours; an id
// sent by the caller could carry subject data into the log.
func RequestID(ctx context.Context) string {
	if v := visitOf(ctx); v != nil {
		return v.id
	}
	return ""
}

// careful are the headers of every answer; the values have no room to grow into.
var careful = [...]struct {
	name  string // as http.CanonicalHeaderKey writes it
	value []string
}{
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"Cache-Control", []string{"no-store"}},
	{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
}

// ServeHTTP serves one request within the frame.
func (f *Frame) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := f.opt.Clock.Now()
	if f.opt.Observer != nil {
		f.opt.Observer.Began()
	}
	id := newRequestID()
	r = r.WithContext(context.WithValue(r.Context(), visitKey{}, &visit{frame: f, id: id}))
	out := &response{ResponseWriter: w}
	h := out.Header()
	h.Set("X-Request-Id", id)
	for _, one := range careful {
		h[one.name] = one.value // shared: who sets it anew puts another slice there, who adds to it gets a copy
	}

	f.serve(out, r)

	status, route := out.status, r.Pattern
	if status == 0 {
		status = http.StatusOK
	}
	if _, path, ok := strings.Cut(route, " "); ok {
		route = path // the method has its own place
	}
	if route == "" || route == "/" {
		route = "none"
	}
	method := r.Method
	if !knownMethod(method) {
		method = "other"
	}
	took := f.opt.Clock.Now().Sub(began)
	if f.opt.Observer != nil {
		f.opt.Observer.Finished(route, method, status, took)
	}
	f.opt.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("request", id), slog.String("method", method), slog.String("route", route),
		slog.Int("status", status), slog.Duration("took", took))
}

func (f *Frame) serve(w *response, r *http.Request) {
	defer func() {
		if fault := recover(); fault != nil {
			// The value may quote input, so only the place goes to the log.
			f.opt.Log.LogAttrs(r.Context(), slog.LevelError, "request panicked",
				slog.String("request", RequestID(r.Context())), slog.String("stack", string(debug.Stack())))
			if w.status == 0 {
				Refuse(w, r, nil, tactful.Errorf(tactful.Internal, "panic"))
			}
		}
	}()
	if preflight := f.crossOrigin(w, r); preflight {
		return
	}
	v := visitOf(r.Context())
	if !v.enter(r.Context()) {
		Refuse(w, r, f.opt.Log, TooMany())
		return
	}
	defer v.leave()
	if unclean(r.URL.EscapedPath()) {
		// The mux would redirect, and clients take a redirect of a POST for success.
		Refuse(w, r, f.opt.Log, NoRoute())
		return
	}
	f.routes.ServeHTTP(w, r)
}

// enter takes a place. Where there is none, as many may wait for a moment as
// there are places: requests come in bursts, and who is refused in one would
// leave the door idle in the next moment.
func (f *Frame) enter(ctx context.Context) bool {
	select {
	case f.entered <- struct{}{}:
		return true
	default:
	}
	select {
	case f.waiting <- struct{}{}:
		defer func() { <-f.waiting }()
	default:
		return false
	}
	patience := time.NewTimer(f.opt.Limits.Patience)
	defer patience.Stop()
	select {
	case f.entered <- struct{}{}:
		return true
	case <-patience.C:
	case <-ctx.Done():
	}
	return false
}

// crossOrigin sets what a page of a listed origin may do and answers
// preflights, which carry no key.
func (f *Frame) crossOrigin(w http.ResponseWriter, r *http.Request) (preflight bool) {
	origin := r.Header.Get("Origin")
	preflight = r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	if origin == "" && !preflight {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	if f.opt.Origin == nil || !f.opt.Origin(origin) {
		if preflight {
			Refuse(w, r, f.opt.Log, &tactful.Error{Kind: tactful.Refused, Field: "Origin",
				Detail: "Pages of this origin may not call.", Remedy: "List the origin when you create a browser key."})
		}
		return preflight
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", with("Retry-After, X-Request-Id", f.opt.Exposed))
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if preflight {
		h.Set("Access-Control-Allow-Methods", f.opt.Methods)
		h.Set("Access-Control-Allow-Headers", with("authorization, content-type, x-api-key, x-retry-count, sec-gpc", f.opt.Sent))
		h.Set("Access-Control-Max-Age", "7200")
		w.WriteHeader(http.StatusNoContent)
	}
	return preflight
}

// with adds a door's own headers to the usual ones.
func with(usual, own string) string {
	if own == "" {
		return usual
	}
	return usual + ", " + own
}

// WithTimeLimit bounds a route; what it started is told to stop.
func WithTimeLimit(limit time.Duration, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		h(w, r.WithContext(ctx))
	}
}

// GPC reports whether the request carries Global Privacy Control. Only the
// exact value counts; among several headers any "1" counts.
func GPC(r *http.Request) bool {
	for _, value := range r.Header["Sec-Gpc"] {
		if value == "1" {
			return true
		}
	}
	return false
}

func newRequestID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails (Go 1.24); an id is no secret anyway
	return hex.EncodeToString(b[:])
}

func unclean(path string) bool {
	return path == "" || path[0] != '/' || strings.Contains(path, "//") ||
		strings.Contains(path, "/./") || strings.Contains(path, "/../") ||
		strings.HasSuffix(path, "/.") || strings.HasSuffix(path, "/..")
}

func knownMethod(m string) bool {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
		return true
	}
	return false
}

// response remembers the status for the log.
type response struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the first status.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes the implied status.
func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
