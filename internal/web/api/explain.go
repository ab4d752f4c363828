package api

import (
	"context"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// ExplainDecision says why a list is as it is.
func (s *server) ExplainDecision(ctx context.Context, r wire.ExplainDecisionRequestObject) (wire.ExplainDecisionResponseObject, error) {
	request, err := requestIn(&r.Body.Request)
	if err != nil {
		return nil, err
	}
	q := &engine.Question{Request: *request, Synthetic: syntheticIn(r.Body.Synthetic), WhatIf: whatIfIn(r.Body.WhatIf)}
	found, err := s.opt.Engine.Explain(ctx, q)
	if err != nil {
		return nil, err
	}
	answer := wire.ExplainDecision200JSONResponse{Now: explanationOut(&found.Now)}
	if found.WhatIf != nil {
		other := explanationOut(found.WhatIf)
		answer.WhatIf = &other
	}
	return answer, nil
}

func syntheticIn(in *wire.Synthetic) *engine.Synthetic {
	if in == nil {
		return nil
	}
	level, _ := tactful.ParseLevel(string(in.Level)) // the schema knows the words
	s := &engine.Synthetic{Level: level, Minor: in.Minor, Asked: in.Asked, Muted: in.Muted}
	for _, e := range in.Events {
		action, _ := tactful.ParseAction(string(e.Action))
		s.Events = append(s.Events, engine.SyntheticEvent{Action: action, Item: e.Item, Ago: time.Duration(e.DaysAgo) * 24 * time.Hour})
	}
	return s
}

func whatIfIn(in *wire.WhatIf) *engine.WhatIf {
	if in == nil {
		return nil
	}
	level, _ := tactful.ParseLevel(string(in.Level))
	w := &engine.WhatIf{Without: in.Without, Level: level}
	if in.Rules != nil {
		rules := rulesIn(*in.Rules)
		w.Rules = &rules
	}
	return w
}

func explanationOut(e *engine.Explanation) wire.Explanation {
	out := wire.Explanation{Level: wire.Level(e.Level.String()), Because: e.Because, Model: e.Model, Policy: e.Policy,
		Evidence: make([]wire.ExplainedEvidence, len(e.Evidence)), Candidates: make([]wire.ExplainedCandidate, len(e.Candidates))}
	for i, g := range e.Evidence {
		out.Evidence[i] = wire.ExplainedEvidence{Item: g.Item, Action: g.Action.String(), Provenance: g.Provenance.String(), Page: g.Page, Weight: g.Weight}
		if !g.Day.IsZero() {
			out.Evidence[i].Day = g.Day.Format(time.DateOnly)
		}
	}
	for i := range e.Candidates {
		x := &e.Candidates[i]
		c := wire.ExplainedCandidate{Item: x.Item, Title: x.Title, Origin: wire.Origin(x.Origin.String()), Score: x.Score, Place: int32(x.Place), Guard: x.Guard,
			Sentence: x.Sentence, Detail: x.Detail, Verdicts: make([]wire.GuardVerdict, len(x.Verdicts))}
		for j, v := range x.Verdicts {
			c.Verdicts[j] = wire.GuardVerdict{Guard: v.Guard, Ruling: v.Ruling, Detail: v.Detail}
		}
		out.Candidates[i] = c
	}
	return out
}
