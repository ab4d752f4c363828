package recombee

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/door"
)

// Engine decides; *engine.Engine does.
type Engine interface {
	Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error)
	HonourGPC(ctx context.Context, a tactful.Alias) error
}

// Tally counts decisions, for metrics.
type Tally interface {
	Decided(level, placement string, withheld []tactful.Withheld)
}

// Database is one that clients may name, with the private token they sign with.
type Database struct {
	Name  string
	Token string
}

// Options are the door's dependencies.
type Options struct {
	Engine    Engine
	Databases []Database
	Log       *slog.Logger
	Clock     tactful.Clock
	Limits    door.Limits   // zero: the careful defaults
	Observer  door.Observer // nil: nobody counts
	Tally     Tally         // nil: nobody counts
}

// Paths returns where the door stands, as door.Split takes it.
func Paths(databases []Database) []string {
	paths := make([]string, len(databases))
	for i, d := range databases {
		paths[i] = "/" + d.Name + "/recomms/"
	}
	return paths
}

// New builds the door.
func New(opt Options) (http.Handler, error) {
	if opt.Engine == nil || opt.Log == nil || opt.Clock == nil {
		return nil, errors.New("recombee: engine, log and clock are needed")
	}
	opt.Limits = opt.Limits.Defaults()
	d := &recombeeDoor{opt: opt, tokens: map[string]string{}}
	for _, db := range opt.Databases {
		if db.Name == "" || db.Token == "" {
			return nil, errors.New("recombee: a database needs a name and a token")
		}
		d.tokens[db.Name] = db.Token
	}
	mux := http.NewServeMux()
	for path, list := range map[string]listOf{
		"/{database}/recomms/users/{id}/items/{$}": forUser,
		"/{database}/recomms/items/{id}/items/{$}": forItem,
	} {
		answer := door.WithTimeLimit(opt.Limits.Handling, d.recommend(list))
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			mux.HandleFunc(method+" "+path, answer)
		}
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", "GET, POST")
			door.Refuse(w, r, opt.Log, door.WrongMethod("GET, POST"))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { door.Refuse(w, r, opt.Log, door.NoRoute()) })
	return door.NewFrame(mux, door.FrameOptions{Log: opt.Log, Clock: opt.Clock, Limits: opt.Limits, Observer: opt.Observer}), nil
}

type recombeeDoor struct {
	opt    Options
	tokens map[string]string
}

type listOf uint8

const (
	forUser listOf = iota
	forItem
)

func (d *recombeeDoor) recommend(list listOf) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := d.answer(w, r, list); err != nil {
			door.Refuse(w, r, d.opt.Log, err)
		}
	}
}

func (d *recombeeDoor) answer(w http.ResponseWriter, r *http.Request, list listOf) error {
	database := r.PathValue("database")
	if err := checkSignature(r.RequestURI, d.tokens[database], d.opt.Clock.Now()); err != nil {
		return err
	}
	asked, err := d.read(w, r)
	if err != nil {
		return err
	}
	request := &tactful.Request{Count: asked.count, GPC: door.GPC(r)}
	switch list {
	case forUser:
		request.Placement, request.Subject = tactful.ForYou, userNamed(r.PathValue("id"))
	case forItem:
		request.Placement, request.Items = tactful.Similar, []string{r.PathValue("id")}
		if asked.targetUser != "" {
			request.Subject = userNamed(asked.targetUser)
		}
	}
	if err := request.Validate(); err != nil {
		return err
	}
	ctx := tactful.WithActor(r.Context(), tactful.Actor{Kind: tactful.ActorService, Name: "recombee " + database})
	decision, err := d.opt.Engine.Decide(ctx, request)
	if err != nil {
		return err
	}
	if request.GPC && !decision.GPCKept && request.Subject != (tactful.Alias{}) {
		if err := d.opt.Engine.HonourGPC(ctx, request.Subject); err != nil {
			return err // it comes again with the next request
		}
	}
	if d.opt.Tally != nil {
		d.opt.Tally.Decided(decision.Level.String(), decision.Placement.String(), decision.Withheld)
	}
	if len(asked.ignored) > 0 {
		w.Header().Set("Tactful-Ignored", strings.Join(asked.ignored, ", "))
	}
	return door.WriteJSON(w, answerOf(decision, asked))
}

func userNamed(id string) tactful.Alias { return tactful.Alias{Kind: tactful.UserID, ID: id} }
