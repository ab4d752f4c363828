package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/tactful/tactful"
	document "github.com/tactful/tactful/api"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/web/api/wire"
	"github.com/tactful/tactful/internal/web/door"
)

// Options are the door's dependencies.
type Options struct {
	Engine   Engine
	Keys     door.Keys
	KeyTable KeyTable     // of the same keys
	Map      *datamap.Map // of the same configuration
	Log      *slog.Logger
	Clock    tactful.Clock
	Limits   door.Limits   // zero: the careful defaults
	Observer door.Observer // nil: nobody counts
	Tally    Tally         // nil: nobody counts
	Backups  Backups       // zero: no copies are made
}

// Tally counts what the engine's answers say, for metrics. Labels are words of
// closed sets, never ids.
type Tally interface {
	door.Tally
	Decided(level, placement string, withheld []tactful.Withheld)
}

// Paths returns where the door stands, as door.Split takes it.
func Paths() []string { return []string{"/v1/", "/openapi.yaml"} }

// New builds the door. It errs only if the document that ships with it is unsound.
func New(opt Options) (http.Handler, error) {
	if opt.Engine == nil || opt.Keys == nil || opt.KeyTable == nil || opt.Map == nil || opt.Log == nil || opt.Clock == nil {
		return nil, errors.New("api: engine, keys, key table, data map, log and clock are needed")
	}
	known, err := readContract(document.Document())
	if err != nil {
		return nil, err
	}
	return build(opt, known)
}

func build(opt Options, known contract) (http.Handler, error) {
	opt.Limits = opt.Limits.Defaults()
	s := &server{opt: opt}
	refuse := func(w http.ResponseWriter, r *http.Request, err error) { door.Refuse(w, r, opt.Log, err) }
	strict := wire.NewStrictHandlerWithOptions(s, nil, wire.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  func(w http.ResponseWriter, r *http.Request, err error) { refuse(w, r, unbound(err)) },
		ResponseErrorHandlerFunc: refuse,
	})
	routes := &router{mux: http.NewServeMux(), contract: known, opt: opt, methods: map[string][]string{}, bodies: newRoom(opt.Limits.HeavyAtOnce), reads: newRoom(opt.Limits.HeavyAtOnce)}
	wire.HandlerWithOptions(&generated{ServerInterface: strict, server: s}, wire.StdHTTPServerOptions{
		BaseRouter:       routes,
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) { refuse(w, r, unbound(err)) },
	})
	if err := routes.finish(); err != nil {
		return nil, err
	}
	return door.NewFrame(routes.mux, door.FrameOptions{
		Log: opt.Log, Clock: opt.Clock, Limits: opt.Limits, Observer: opt.Observer,
		Origin: opt.Keys.KnowsOrigin, Methods: "POST",
	}), nil
}

// unbound is the answer when a validated value does not fit the generated
// type, which the document should have excluded: a time such as February 30th.
func unbound(err error) error {
	var known *tactful.Error
	if errors.As(err, &known) {
		return err
	}
	return &tactful.Error{Kind: tactful.Invalid, Field: "body", Detail: "holds a value that cannot be used", Remedy: "compare with /openapi.yaml", Err: err}
}

// router registers the generated routes on a mux, each behind its key check,
// its time limit and its validation.
type router struct {
	mux      *http.ServeMux
	contract contract
	opt      Options
	methods  map[string][]string // by path
	bodies   *room               // places for heavy requests, by kind
	reads    *room
	err      error
}

// bodies and reads are the heavy operations: those that hold a large body in
// memory, and those that read a great deal of the store. Few of each run at
// once, and who sends a body slowly keeps nobody from their copy.
var (
	bodies = map[string]bool{"putItems": true, "importSubject": true}
	reads  = map[string]bool{
		"exportSubject": true, "makeBackup": true, "verifyLedger": true, "diagnose": true, "listNewcomers": true, "releaseNewcomers": true,
		"getExposure": true, "diffPolicy": true, "train": true, "planOffers": true, "deliverOffer": true, "getCampaignWorth": true,
	}
)

// roomFor is where a heavy operation takes its place; nil for a light one.
func (t *router) roomFor(op *operation) *room {
	switch {
	case bodies[op.id]:
		return t.bodies
	case reads[op.id]:
		return t.reads
	}
	return nil
}

// HandleFunc puts a generated handler behind the checks of its operation.
func (t *router) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	op, ok := t.contract[pattern]
	if !ok {
		t.err = errors.Join(t.err, fmt.Errorf("api: %q is generated but not in the document: run go generate ./api", pattern))
		return
	}
	method, path, _ := strings.Cut(pattern, " ")
	t.methods[path] = append(t.methods[path], method)
	limit := t.opt.Limits.Handling
	if op.id == "train" || op.id == "verifyLedger" || op.id == "makeBackup" || op.id == "diffPolicy" || op.id == "getCampaignWorth" || op.id == "publishLists" {
		limit = t.opt.Limits.Training
	}
	t.mux.HandleFunc(pattern, door.WithTimeLimit(limit, func(w http.ResponseWriter, r *http.Request) {
		if limit > t.opt.Limits.Write {
			// A connection that cannot be told keeps the server's limit.
			_ = http.NewResponseController(w).SetWriteDeadline(t.opt.Clock.Now().Add(limit))
		}
		if !op.open {
			grant, err := door.Enter(r, t.opt.Keys, op.need)
			if err != nil {
				door.Refuse(w, r, t.opt.Log, err)
				return
			}
			if r, err = door.Acting(withGrant(r, grant), grant); err == nil && op.opens {
				if err = door.NeedsReason(r); err != nil {
					t.opt.Engine.LookRefused()
				}
			}
			if err != nil {
				door.Refuse(w, r, t.opt.Log, err)
				return
			}
		}
		if room := t.roomFor(op); room != nil {
			key := grantOf(r.Context()).KeyID
			if !room.enter(key) {
				door.Refuse(w, r, t.opt.Log, door.TooMany())
				return
			}
			defer room.leave(key)
		}
		r, err := op.admit(w, r, t.opt.Limits)
		if err != nil {
			door.Refuse(w, r, t.opt.Log, err)
			return
		}
		handler(w, r)
	}))
}

// ServeHTTP completes the generator's interface; requests go to the mux.
func (t *router) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.mux.ServeHTTP(w, r) }

// finish adds the answers for wrong methods and unknown paths.
func (t *router) finish() error {
	for path, methods := range t.methods {
		allow := strings.Join(methods, ", ")
		t.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			door.Refuse(w, r, t.opt.Log, door.WrongMethod(allow))
		})
	}
	t.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		door.Refuse(w, r, t.opt.Log, door.NoRoute())
	})
	return t.err
}
