package ofrep

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/web/door"
)

// Engine evaluates flags; *engine.Engine does.
type Engine interface {
	EvaluateFlags(ctx context.Context, q *engine.FlagQuestion) ([]engine.FlagAnswer, error)
	HonourGPC(ctx context.Context, a tactful.Alias) error
	WatchFlags() (changed <-chan struct{}, end func())
	FlagsVersion() string
	FlagsChannel() string
}

// Options are the door's dependencies.
type Options struct {
	Engine   Engine
	Keys     door.Keys
	Log      *slog.Logger
	Clock    tactful.Clock
	Limits   door.Limits   // zero: the careful defaults
	Observer door.Observer // nil: nobody counts
}

// Paths of the door.
const (
	Root       = "/ofrep/"
	bulkPath   = "/ofrep/v1/evaluate/flags"
	streamPath = "/ofrep/v1/events"
)

// Door is the door. Shut ends its streams, so that a server can stop.
type Door struct {
	opt    Options
	all    http.Handler
	ending chan struct{}
}

// New builds the door.
func New(opt Options) (*Door, error) {
	if opt.Engine == nil || opt.Keys == nil || opt.Log == nil || opt.Clock == nil {
		return nil, errors.New("ofrep: engine, keys, log and clock are needed")
	}
	opt.Limits = opt.Limits.Defaults()
	d := &Door{opt: opt, ending: make(chan struct{})}
	mux := http.NewServeMux()
	d.route(mux, http.MethodPost, bulkPath+"/{key...}", d.single)
	d.route(mux, http.MethodPost, bulkPath, d.bulk)
	d.route(mux, http.MethodGet, "/ofrep/v1/configuration", d.configuration)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { d.refuse(w, r, "", door.NoRoute()) })
	frame := door.FrameOptions{Log: opt.Log, Clock: opt.Clock, Limits: opt.Limits, Observer: opt.Observer, Origin: opt.Keys.KnowsOrigin,
		Methods: "GET, POST", Sent: "if-none-match", Exposed: "ETag"}
	streams := http.NewServeMux()
	streams.HandleFunc("GET "+streamPath, d.stream)
	streams.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { d.refuse(w, r, "", door.WrongMethod(http.MethodGet)) })
	d.all = door.Split(map[string]http.Handler{streamPath: door.NewFrame(streams, frame)}, door.NewFrame(mux, frame))
	return d, nil
}

// ServeHTTP serves a request of the door.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.all.ServeHTTP(w, r) }

// Shut ends every stream. Call it once.
func (d *Door) Shut() { close(d.ending) }

func (d *Door) route(mux *http.ServeMux, method, path string, answer func(http.ResponseWriter, *http.Request) error) {
	mux.HandleFunc(method+" "+path, door.WithTimeLimit(d.opt.Limits.Handling, func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			d.refuse(w, r, r.PathValue("key"), err)
		}
	}))
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", method)
		d.refuse(w, r, "", door.WrongMethod(method))
	})
}

// enter checks the key, and says who acts.
func (d *Door) enter(r *http.Request) (*http.Request, access.Grant, error) {
	grant, err := door.Enter(r, d.opt.Keys, door.Need{Scopes: access.Decide, Browsers: door.BrowsersWelcome})
	if err != nil {
		return r, grant, err
	}
	r, err = door.Acting(r, grant)
	return r, grant, err
}

// question reads a body: {"context": {"targetingKey": ..., ...}}.
func (d *Door) question(w http.ResponseWriter, r *http.Request, grant access.Grant) (*engine.FlagQuestion, error) {
	body, err := door.ReadBody(w, r, d.opt.Limits.Body)
	if err != nil {
		return nil, err
	}
	q := &engine.FlagQuestion{GPC: door.GPC(r)}
	if len(strings.TrimSpace(string(body))) == 0 { // the context may be left out, and so may the body
		return q, nil
	}
	said, err := door.ParseJSON(body, d.opt.Limits.Depth)
	if err != nil {
		return nil, &badRequest{code: parseError, err: err}
	}
	object, ok := said.(map[string]any)
	if !ok {
		return nil, &badRequest{code: parseError, err: tactful.InvalidField("body", "is no object", `send {"context": {...}}`)}
	}
	about, given := object["context"]
	if !given || about == nil {
		return q, nil
	}
	if q.Context, ok = about.(map[string]any); !ok {
		return nil, &badRequest{code: invalidContext, err: tactful.InvalidField("context", "is no object", "send an object")}
	}
	key, named := q.Context["targetingKey"]
	if !named || key == "" {
		return q, nil
	}
	id, ok := key.(string)
	if !ok {
		return nil, &badRequest{code: invalidContext, err: tactful.InvalidField("targetingKey", "is no text", "send the id of the person as text")}
	}
	// A key that sits in a page names nobody by the id of an account.
	q.Subject = tactful.Alias{Kind: tactful.UserID, ID: id}
	if unknown, _ := q.Context["anonymous"].(bool); unknown || grant.Browser() {
		q.Subject.Kind = tactful.Anonymous
	}
	if err := q.Subject.Validate("targetingKey"); err != nil {
		return nil, &badRequest{code: invalidContext, err: err}
	}
	return q, nil
}

// evaluate asks the engine, and keeps a Global Privacy Control that came along.
func (d *Door) evaluate(r *http.Request, q *engine.FlagQuestion) ([]engine.FlagAnswer, error) {
	if q.GPC && q.Subject != (tactful.Alias{}) {
		if err := d.opt.Engine.HonourGPC(r.Context(), q.Subject); err != nil {
			return nil, err
		}
	}
	return d.opt.Engine.EvaluateFlags(r.Context(), q)
}

func (d *Door) single(w http.ResponseWriter, r *http.Request) error {
	r, grant, err := d.enter(r)
	if err != nil {
		return err
	}
	q, err := d.question(w, r, grant)
	if err != nil {
		return err
	}
	q.Keys = []string{r.PathValue("key")}
	answers, err := d.evaluate(r, q)
	if err != nil {
		return err
	}
	switch a := &answers[0]; {
	case a.Unknown:
		return d.write(w, http.StatusNotFound, failure{Key: a.Key, Code: flagNotFound, Details: "There is no such flag."})
	case a.Mistyped != "":
		return d.write(w, http.StatusBadRequest, mistyped(a))
	default:
		return d.write(w, http.StatusOK, valueOf(a))
	}
}

func (d *Door) bulk(w http.ResponseWriter, r *http.Request) error {
	r, grant, err := d.enter(r)
	if err != nil {
		return err
	}
	q, err := d.question(w, r, grant)
	if err != nil {
		return err
	}
	answers, err := d.evaluate(r, q)
	if err != nil {
		return err
	}
	out := flags{Flags: make([]any, len(answers)), Streams: []eventStream{{Type: "sse", Endpoint: endpoint{URI: streamPath + "?channel=" + d.opt.Engine.FlagsChannel()}, Inactivity: 120}}}
	for i := range answers {
		if answers[i].Mistyped != "" {
			out.Flags[i] = mistyped(&answers[i])
			continue
		}
		out.Flags[i] = valueOf(&answers[i])
	}
	return d.cached(w, r, out)
}

// configuration says what the door can do. It is about nobody.
func (d *Door) configuration(w http.ResponseWriter, r *http.Request) error {
	r, _, err := d.enter(r)
	if err != nil {
		return err
	}
	return d.cached(w, r, theConfiguration)
}

// cached answers with an ETag over the whole answer, or with 304 where the caller
// has it already.
func (d *Door) cached(w http.ResponseWriter, r *http.Request, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	tag := tagOf(text)
	w.Header().Set("ETag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return d.send(w, http.StatusOK, text)
}

func (d *Door) write(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return d.send(w, status, text)
}

func (d *Door) send(w http.ResponseWriter, status int, text []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the caller is gone; the access log has the status
	return nil
}
