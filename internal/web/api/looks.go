package api

import (
	"context"

	"github.com/tactful/tactful/internal/web/api/wire"
)

const defaultLooks = 100

// GetLooks returns who opened a person's data.
func (s *server) GetLooks(ctx context.Context, r wire.GetLooksRequestObject) (wire.GetLooksResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	looks, err := s.opt.Engine.Looks(ctx, who, orDefault(r.Params.Limit, defaultLooks))
	if err != nil {
		return nil, err
	}
	answer := wire.GetLooks200JSONResponse{Looks: make([]wire.Look, len(looks))}
	for i, l := range looks {
		answer.Looks[i] = wire.Look{Kind: wire.LookKind(l.Kind.String()), Name: l.Name, Reason: l.Reason, Time: l.Time.UTC(), Opened: l.Opened.Words()}
	}
	return answer, nil
}
