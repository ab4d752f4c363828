package personalize

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
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

// AccessKey is a pair that clients sign with.
type AccessKey struct {
	ID     string
	Secret string
}

// Options are the door's dependencies.
type Options struct {
	Engine   Engine
	Keys     []AccessKey
	Log      *slog.Logger
	Clock    tactful.Clock
	Limits   door.Limits   // zero: the careful defaults
	Observer door.Observer // nil: nobody counts
	Tally    Tally         // nil: nobody counts
}

// Path is where the door stands.
const Path = "/recommendations"

// New builds the door.
func New(opt Options) (http.Handler, error) {
	if opt.Engine == nil || opt.Log == nil || opt.Clock == nil {
		return nil, errors.New("personalize: engine, log and clock are needed")
	}
	opt.Limits = opt.Limits.Defaults()
	d := &personalizeDoor{opt: opt, secrets: map[string]string{}}
	for _, key := range opt.Keys {
		if key.ID == "" || key.Secret == "" {
			return nil, errors.New("personalize: an access key needs an id and a secret")
		}
		d.secrets[key.ID] = key.Secret
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, door.WithTimeLimit(opt.Limits.Handling, func(w http.ResponseWriter, r *http.Request) {
		if err := d.answer(w, r); err != nil {
			d.refuse(w, r, err)
		}
	}))
	mux.HandleFunc(Path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", http.MethodPost)
		d.refuse(w, r, door.WrongMethod(http.MethodPost))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { d.refuse(w, r, door.NoRoute()) })
	return door.NewFrame(mux, door.FrameOptions{Log: opt.Log, Clock: opt.Clock, Limits: opt.Limits, Observer: opt.Observer}), nil
}

type personalizeDoor struct {
	opt     Options
	secrets map[string]string
}

// asked is the body. What is raw is only looked at for being there.
type asked struct {
	CampaignARN    string              `json:"campaignArn"`
	RecommenderARN string              `json:"recommenderArn"`
	UserID         string              `json:"userId"`
	ItemID         string              `json:"itemId"`
	Count          *int                `json:"numResults"`
	FilterARN      string              `json:"filterArn"`
	FilterValues   map[string]string   `json:"filterValues"`
	Columns        map[string][]string `json:"metadataColumns"`
	Context        json.RawMessage     `json:"context"`
	Promotions     json.RawMessage     `json:"promotions"`
}

const defaultCount = 25 // AWS's

func (d *personalizeDoor) answer(w http.ResponseWriter, r *http.Request) error {
	body, err := door.ReadBody(w, r, d.opt.Limits.Body)
	if err != nil {
		return err
	}
	key, err := checkSignature(r, body, d.secrets, "personalize", d.opt.Clock.Now())
	if err != nil {
		return err
	}
	if _, err := door.ParseJSON(body, d.opt.Limits.Depth); err != nil {
		return err
	}
	if err := ownTerms(body); err != nil {
		return err
	}
	var in asked
	if json.Unmarshal(body, &in) != nil {
		return tactful.InvalidField("body", "has a field of another type", "send what AWS documents for GetRecommendations")
	}
	if in.FilterARN != "" || len(in.FilterValues) > 0 {
		return tactful.InvalidField("filterArn", "is a filter that this server does not have, so the list could hold what you keep out",
			"filter on your side, or ask /v1/decisions/recommendations with its filter")
	}
	request := &tactful.Request{Placement: tactful.ForYou, Count: defaultCount, GPC: door.GPC(r)}
	if in.Count != nil {
		request.Count = *in.Count
	}
	if in.ItemID != "" {
		request.Placement, request.Items = tactful.Similar, []string{in.ItemID}
	}
	if in.UserID != "" {
		request.Subject = tactful.Alias{Kind: tactful.UserID, ID: in.UserID}
	}
	if err := request.Validate(); err != nil {
		return named(err)
	}
	ctx := tactful.WithActor(r.Context(), tactful.Actor{Kind: tactful.ActorService, Name: "personalize " + key})
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
	var ignored []string
	for name, raw := range map[string]json.RawMessage{"context": in.Context, "promotions": in.Promotions} {
		if text := string(raw); text != "" && text != "null" && text != "{}" && text != "[]" {
			ignored = append(ignored, name)
		}
	}
	if len(ignored) > 0 {
		slices.Sort(ignored)
		w.Header().Set("Tactful-Ignored", strings.Join(ignored, ", "))
	}
	return door.WriteJSON(w, answerOf(decision, in.Columns["ITEMS"]))
}

// named calls the fields as this wire does.
func named(err error) error {
	var typed *tactful.Error
	if errors.As(err, &typed) && typed.Field == "count" {
		return tactful.InvalidField("numResults", typed.Detail, typed.Remedy)
	}
	return err
}

// refuse answers in the form that AWS's clients read.
func (d *personalizeDoor) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := door.ProblemOf(err)
	if p.Status >= http.StatusInternalServerError {
		d.opt.Log.LogAttrs(r.Context(), slog.LevelWarn, "request failed", slog.String("request", door.RequestID(r.Context())), slog.String("kind", p.Kind), slog.Any("error", err))
	}
	word := "InvalidInputException"
	switch p.Status {
	case http.StatusForbidden:
		word = "AccessDeniedException"
	case http.StatusNotFound:
		word = "ResourceNotFoundException"
	case http.StatusTooManyRequests:
		word = "ThrottlingException"
	case http.StatusServiceUnavailable:
		word = "ServiceUnavailableException"
	case http.StatusInternalServerError:
		word = "InternalServerException"
	}
	message := p.Detail
	if p.Field != "" {
		message = p.Field + " " + message
	}
	if p.Remedy != "" {
		message += " (" + p.Remedy + ")"
	}
	text, fault := json.Marshal(map[string]string{"__type": word, "message": message})
	if fault != nil { // cannot be: two strings
		text = nil
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Errortype", word)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "2")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(text) // the caller is gone; the access log has the status
}
