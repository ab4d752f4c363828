package api

import (
	"context"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/api/wire"
	"github.com/tactful/tactful/internal/web/door"
)

// generated is the generated server with one route of our own.
type generated struct {
	wire.ServerInterface
	server *server
}

// PostEvents hands the body to the engine as it came: each event is checked
// and answered by itself there, and decoding it here too would only cost time.
func (g *generated) PostEvents(w http.ResponseWriter, r *http.Request, params wire.PostEventsParams) {
	refuse := func(err error) { door.Refuse(w, r, g.server.opt.Log, err) }
	body, err := door.ReadBody(w, r, g.server.opt.Limits.EventsBody)
	if err != nil {
		refuse(err)
		return
	}
	if !door.DepthWithin(body, g.server.opt.Limits.Depth) {
		refuse(tactful.InvalidField("body", "nests too deep", "send flat events"))
		return
	}
	outcomes, err := g.server.opt.Engine.Ingest(r.Context(), engine.Delivery{
		Form: engine.Native, Body: body, GPC: params.SecGPC == "1", Trust: door.TrustOf(grantOf(r.Context())),
	})
	if err != nil {
		refuse(err)
		return
	}
	if err := door.WriteJSON(w, door.AnswerOutcomes(outcomes, g.tally())); err != nil {
		refuse(err)
	}
}

// PostEvents completes the generated interface; the route above is the one in use.
func (s *server) PostEvents(context.Context, wire.PostEventsRequestObject) (wire.PostEventsResponseObject, error) {
	return nil, tactful.Errorf(tactful.Internal, "events take the raw route")
}

// tally avoids a nil Tally inside a door.Tally that is not nil.
func (g *generated) tally() door.Tally {
	if g.server.opt.Tally == nil {
		return nil
	}
	return g.server.opt.Tally
}
