package api

import (
	"context"

	"github.com/tactful/tactful/internal/web/api/wire"
)

// DeclareMinor says that a person is a minor.
func (s *server) DeclareMinor(ctx context.Context, r wire.DeclareMinorRequestObject) (wire.DeclareMinorResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.DeclareMinor204Response{}, s.opt.Engine.SetMinor(ctx, who)
}

// UndeclareMinor says that they are of age.
func (s *server) UndeclareMinor(ctx context.Context, r wire.UndeclareMinorRequestObject) (wire.UndeclareMinorResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.UndeclareMinor204Response{}, s.opt.Engine.SetAdult(ctx, who)
}
