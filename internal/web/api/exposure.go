package api

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// GetExposure answers one part of whose data a leaked key could have read.
func (s *server) GetExposure(ctx context.Context, r wire.GetExposureRequestObject) (wire.GetExposureResponseObject, error) {
	answer := wire.GetExposure200JSONResponse{Affected: []wire.Affected{}}
	b, err := s.opt.Engine.BreachPart(ctx, r.KeyId, r.Params.Since, int(r.Params.Part), func(a engine.Affected) error {
		answer.Affected = append(answer.Affected, wire.Affected{Reference: a.Reference, Could: a.Could.Words(), Did: a.Did.Words()})
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	answer.Key, answer.Since, answer.Until, answer.Opens = keyOut(b.Key), b.Since, b.Until, b.Opens.Words()
	answer.People, answer.Could, answer.Did = int64(b.People), exposedOut(b.Could), exposedOut(b.Did)
	answer.Reads, answer.Looks = int64(b.Reads), int64(b.Looks)
	return answer, nil
}

func exposedOut(x engine.Exposed) wire.ExposureCount {
	out := wire.ExposureCount{People: int64(x.People), Kinds: make(map[string]int64, len(x.Kinds))}
	for word, n := range x.Kinds {
		out.Kinds[word] = int64(n)
	}
	return out
}

// CheckExposure says of ids whether a leaked key could have read their data.
func (s *server) CheckExposure(ctx context.Context, r wire.CheckExposureRequestObject) (wire.CheckExposureResponseObject, error) {
	ids := make([]tactful.Alias, len(r.Body.Ids))
	for i, id := range r.Body.Ids {
		var err error
		if ids[i], err = alias(id, r.Params.Kind); err != nil {
			return nil, err
		}
	}
	found, err := s.opt.Engine.CheckBreach(ctx, r.KeyId, r.Body.Since, ids)
	if err != nil {
		return nil, err
	}
	answer := wire.CheckExposure200JSONResponse{Found: make([]wire.ExposureOf, len(found))}
	for i, a := range found {
		answer.Found[i] = wire.ExposureOf{Exposed: a.Reference != "", Reference: a.Reference}
		if a.Reference != "" {
			answer.Found[i].Could, answer.Found[i].Did = a.Could.Words(), a.Did.Words()
		}
	}
	return answer, nil
}
