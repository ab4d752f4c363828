package api

import (
	"context"

	"github.com/tactful/tactful/internal/web/api/wire"
)

// GetVerdicts returns what every guard said of every candidate of a decision.
func (s *server) GetVerdicts(ctx context.Context, r wire.GetVerdictsRequestObject) (wire.GetVerdictsResponseObject, error) {
	v, err := s.opt.Engine.Verdicts(ctx, r.DecisionId, r.Params.Language)
	if err != nil {
		return nil, err
	}
	out := wire.GetVerdicts200JSONResponse{
		Id: v.ID, Time: v.Time.UTC(), Placement: wire.Placement(v.Placement.String()), Level: wire.Level(v.Level.String()), PolicyVersion: v.Policy,
		Kept: v.Kept, Guards: v.Guards, Count: int64(v.Count), Candidates: make([]wire.JudgedCandidate, len(v.Candidates)),
	}
	if out.Guards == nil {
		out.Guards = []string{}
	}
	for i := range v.Candidates {
		x := &v.Candidates[i]
		c := wire.JudgedCandidate{Item: x.Item, Title: x.Title, Place: int32(x.Place), Guard: x.Guard, Sentence: x.Sentence, Verdicts: make([]wire.GuardVerdict, len(x.Verdicts))}
		for j, one := range x.Verdicts {
			c.Verdicts[j] = wire.GuardVerdict{Guard: one.Guard, Ruling: one.Ruling, Detail: one.Detail}
		}
		out.Candidates[i] = c
	}
	return out, nil
}
