package api

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// LocateSubject takes where a person was; one coarse cell of it is kept.
func (s *server) LocateSubject(ctx context.Context, r wire.LocateSubjectRequestObject) (wire.LocateSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	precision, known := place.ParsePrecision(r.Body.Precision)
	if !known {
		return nil, tactful.InvalidField("precision", "is unknown", "send off, town or quarter")
	}
	points := make([]place.Point, len(r.Body.Points))
	for i, p := range r.Body.Points {
		points[i] = place.Point{Lat: p.Lat, Lng: p.Lng, Time: p.Time}
	}
	out, err := s.opt.Engine.Locate(ctx, who, precision, points)
	if err != nil {
		return nil, err
	}
	return wire.LocateSubject200JSONResponse{Precision: out.Precision.String(), Cell: out.Cell, Hour: out.Hour, Until: out.Until}, nil
}
