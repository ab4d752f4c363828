package api

import (
	"bytes"
	"context"
	"net/http"
	"sync"

	"github.com/tactful/tactful/api"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// server implements the generated interface over the engine.
type server struct {
	opt     Options
	buffers sync.Pool // *[]byte, for answers
}

var _ wire.StrictServerInterface = (*server)(nil)

type grantKey struct{}

func withGrant(r *http.Request, grant access.Grant) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), grantKey{}, grant))
}

// grantOf returns the key's grant; the zero Grant, which may do nothing, if there is none.
func grantOf(ctx context.Context) access.Grant {
	grant, _ := ctx.Value(grantKey{}).(access.Grant)
	return grant
}

// Train fits the model.
func (s *server) Train(ctx context.Context, _ wire.TrainRequestObject) (wire.TrainResponseObject, error) {
	report, err := s.opt.Engine.Train(ctx, func(string, int, int) {})
	if err != nil {
		return nil, err
	}
	answer := wire.Train200JSONResponse{
		People: report.People, Items: report.Items, Pairs: report.Pairs, Columns: int64(report.Columns),
		Model: report.Hash, Seconds: report.Took.Seconds(), PanelFitSeconds: report.PanelFit.Seconds(),
	}
	for _, b := range report.Blind {
		answer.Blind = append(answer.Blind, wire.Blindness{Attribute: b.Attribute, Values: b.Values[:]})
	}
	return answer, nil
}

// Diagnose says why things are personalized or not.
func (s *server) Diagnose(ctx context.Context, _ wire.DiagnoseRequestObject) (wire.DiagnoseResponseObject, error) {
	found, err := s.opt.Engine.Diagnose(ctx)
	if err != nil {
		return nil, err
	}
	answer := wire.Diagnose200JSONResponse{
		Subjects: int64(found.Subjects), Permitted: int64(found.Permitted), Accepted: int64(found.Accepted),
		Because: make(map[string]int64, len(found.Because)), Refusals: make(map[string]int64, len(found.Refusals)),
		Sentences: append([]string{}, found.Sentences...),
	}
	for word, n := range found.Because {
		answer.Because[word] = int64(n)
	}
	for word, n := range found.Refusals {
		answer.Refusals[word] = int64(n)
	}
	return answer, nil
}

// GetModel returns the card of the model in use.
func (s *server) GetModel(context.Context, wire.GetModelRequestObject) (wire.GetModelResponseObject, error) {
	card, err := s.opt.Engine.ModelCard()
	if err != nil {
		return nil, err
	}
	return wire.GetModel200JSONResponse{
		Hash: card.Hash, Fitted: card.Fitted.UTC(), People: card.People, Items: int64(card.Items), Weights: int64(card.Weights), Columns: int64(card.Columns),
		Fits: int64(card.Fits), Forgettings: int64(card.Forgettings), Epoch: int64(card.Epoch), Numbered: int64(card.Numbered),
		Settings: wire.ModelSettings{K: int64(card.Settings.K), Exponent: card.Settings.Exponent, Ridge: card.Settings.Ridge, Dropout: card.Settings.Dropout,
			Rank: card.Settings.Rank, Support: int64(card.Settings.Support), Explore: card.Settings.Explore},
	}, nil
}

// GetDocument serves the document itself.
func (s *server) GetDocument(context.Context, wire.GetDocumentRequestObject) (wire.GetDocumentResponseObject, error) {
	text := api.Document()
	return wire.GetDocument200ApplicationyamlResponse{Body: bytes.NewReader(text), ContentLength: int64(len(text))}, nil
}
