package api

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// MergeSubjects joins the history of a second name to a person's.
func (s *server) MergeSubjects(ctx context.Context, r wire.MergeSubjectsRequestObject) (wire.MergeSubjectsResponseObject, error) {
	into, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	other := tactful.Alias{Kind: tactful.UserID, ID: r.Body.UserId}
	if r.Body.AnonymousId != "" {
		other = tactful.Alias{Kind: tactful.Anonymous, ID: r.Body.AnonymousId}
	}
	if (r.Body.UserId == "") == (r.Body.AnonymousId == "") {
		return nil, tactful.InvalidField("userId", "is missing, or there with an anonymousId", "send the second name as one of the two")
	}
	done, err := s.opt.Engine.Merge(ctx, into, other)
	if err != nil {
		return nil, err
	}
	return wire.MergeSubjects200JSONResponse{
		Time: done.Time, Already: done.Already, Events: done.Events, Showings: done.Showings, Receipts: done.Receipts, Consents: done.Consents,
	}, nil
}
