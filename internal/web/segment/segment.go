// Package segment is the door that speaks Segment's HTTP wire, so that clients
// made for it work by changing a host: POST /v1/batch and the single calls, by
// their long and short names, and the settings that the browser client asks
// for first. Whatever the Content-Type says, the body is JSON.
//
// An event that may not be stored is not an error: clients drop a delivery
// that is answered 4xx, and would lose the good events with the bad one. The
// answer is 200 with the fate of each event. Only what cannot be read is 400.
package segment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/web/door"
)

// Engine takes deliveries; *engine.Engine does.
type Engine interface {
	Ingest(ctx context.Context, d engine.Delivery) ([]engine.Outcome, error)
}

// Options are the door's dependencies.
type Options struct {
	Engine   Engine
	Keys     door.Keys
	Log      *slog.Logger
	Clock    tactful.Clock
	Limits   door.Limits   // zero: the careful defaults
	Observer door.Observer // nil: nobody counts
	Tally    door.Tally    // nil: nobody counts
	Public   string        // the address that browsers reach us at, such as https://events.shop.example; "": as the request says
}

// routes gives the form of each path.
var routes = []struct {
	path string
	form engine.Form
}{
	{"/v1/batch", engine.SegmentBatch}, {"/v1/b", engine.SegmentBatch},
	{"/v1/identify", engine.SegmentIdentify}, {"/v1/i", engine.SegmentIdentify},
	{"/v1/track", engine.SegmentTrack}, {"/v1/t", engine.SegmentTrack},
	{"/v1/page", engine.SegmentPage}, {"/v1/p", engine.SegmentPage},
	{"/v1/screen", engine.SegmentScreen}, {"/v1/s", engine.SegmentScreen},
	{"/v1/group", engine.SegmentGroup}, {"/v1/g", engine.SegmentGroup},
	{"/v1/alias", engine.SegmentAlias}, {"/v1/a", engine.SegmentAlias},
}

const settingsPath = "/v1/projects/{key}/settings"

// Paths returns where the door stands, as door.Split takes it.
func Paths() []string {
	paths := make([]string, 0, len(routes)+1)
	for _, route := range routes {
		paths = append(paths, route.path)
	}
	return append(paths, "/v1/projects/")
}

// New builds the door.
func New(opt Options) (http.Handler, error) {
	if opt.Engine == nil || opt.Keys == nil || opt.Log == nil || opt.Clock == nil {
		return nil, errors.New("segment: engine, keys, log and clock are needed")
	}
	opt.Limits = opt.Limits.Defaults()
	d := &segmentDoor{opt: opt}
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc("POST "+route.path, door.WithTimeLimit(opt.Limits.Handling, d.deliver(route.form)))
		mux.HandleFunc(route.path, d.refuser(http.MethodPost))
	}
	mux.HandleFunc("GET "+settingsPath, d.settings)
	mux.HandleFunc(settingsPath, d.refuser(http.MethodGet))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { door.Refuse(w, r, opt.Log, door.NoRoute()) })
	return door.NewFrame(mux, door.FrameOptions{
		Log: opt.Log, Clock: opt.Clock, Limits: opt.Limits, Observer: opt.Observer,
		Origin: opt.Keys.KnowsOrigin, Methods: "GET, POST",
	}), nil
}

type segmentDoor struct{ opt Options }

var need = door.Need{Scopes: access.Write, Browsers: door.BrowsersWelcome}

func (d *segmentDoor) refuser(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		door.Refuse(w, r, d.opt.Log, door.WrongMethod(allow))
	}
}

func (d *segmentDoor) deliver(form engine.Form) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := d.take(w, r, form)
		if tactful.KindOf(err) == tactful.Unavailable || errors.Is(err, context.DeadlineExceeded) {
			// The clients wait as told after 429; after 503 they count down their tries.
			err = door.TooMany()
		}
		if err != nil {
			door.Refuse(w, r, d.opt.Log, err)
		}
	}
}

func (d *segmentDoor) take(w http.ResponseWriter, r *http.Request, form engine.Form) error {
	presented := door.Presented(r)
	var grant access.Grant
	if presented != "" {
		var err error
		if grant, err = door.EnterWith(r, d.opt.Keys, presented, need); err != nil {
			return err
		}
	}
	body, err := door.ReadBody(w, r, d.opt.Limits.EventsBody)
	if err != nil {
		return err
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return tactful.InvalidField("body", "is no JSON object", "send a Segment call or batch as JSON")
	}
	if !door.DepthWithin(body, d.opt.Limits.Depth) {
		return tactful.InvalidField("body", "nests too deep", "send flat properties")
	}
	if presented == "" { // older clients carry the key in the body only
		if grant, err = door.EnterWith(r, d.opt.Keys, writeKey(body), need); err != nil {
			return err
		}
	}
	if r, err = door.Acting(r, grant); err != nil {
		return err
	}
	outcomes, err := d.opt.Engine.Ingest(r.Context(), engine.Delivery{Form: form, Body: body, GPC: door.GPC(r), Trust: door.TrustOf(grant)})
	if err != nil {
		return err
	}
	answer := door.AnswerOutcomes(outcomes, d.opt.Tally)
	answer.Success = true
	return door.WriteJSON(w, answer)
}

// writeKey returns the key of the body, "" if there is none or the body is no JSON.
func writeKey(body []byte) string {
	var carried struct {
		WriteKey string `json:"writeKey"`
	}
	if json.Unmarshal(body, &carried) != nil {
		return ""
	}
	return carried.WriteKey
}

// settings answers what the browser client must know before it sends anything.
func (d *segmentDoor) settings(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	if _, err := door.EnterWith(r, d.opt.Keys, key, need); err != nil {
		door.Refuse(w, r, d.opt.Log, err)
		return
	}
	protocol, host := d.address(r)
	answer := map[string]any{"integrations": map[string]any{"Segment.io": map[string]string{
		"apiKey": key, "apiHost": host + "/v1", "protocol": protocol,
	}}}
	if err := door.WriteJSON(w, answer); err != nil {
		door.Refuse(w, r, d.opt.Log, err)
	}
}
