package api

import (
	"context"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/web/api/wire"
)

const defaultLabels = 50

// ListLabelClasses returns the classes with how many items each has.
func (s *server) ListLabelClasses(context.Context, wire.ListLabelClassesRequestObject) (wire.ListLabelClassesResponseObject, error) {
	all, err := s.opt.Engine.LabelClasses()
	if err != nil {
		return nil, err
	}
	answer := wire.ListLabelClasses200JSONResponse{Classes: make([]wire.LabelClass, len(all))}
	for i, c := range all {
		answer.Classes[i] = wire.LabelClass{Name: c.Name, Kind: wire.LabelKind(c.Kind.String()), Special: c.Special, Ordinary: c.Ordinary,
			Asked: c.Asked, Policy: c.Policy, Items: int64(c.Items)}
	}
	return answer, nil
}

// ListLabels pages through labels.
func (s *server) ListLabels(ctx context.Context, r wire.ListLabelsRequestObject) (wire.ListLabelsResponseObject, error) {
	labels, next, err := s.opt.Engine.Labels(ctx, engine.LabelQuery{
		Proposals: r.Params.Show != wire.All, Class: r.Params.Class, After: r.Params.After, Limit: orDefault(r.Params.Limit, defaultLabels),
	})
	if err != nil {
		return nil, err
	}
	return wire.ListLabels200JSONResponse{Labels: labelsOut(labels), Next: next}, nil
}

// GetItemLabels says of which classes an item is, and why.
func (s *server) GetItemLabels(_ context.Context, r wire.GetItemLabelsRequestObject) (wire.GetItemLabelsResponseObject, error) {
	labels, err := s.opt.Engine.ItemLabels(r.ItemId)
	if err != nil {
		return nil, err
	}
	return wire.GetItemLabels200JSONResponse{Labels: labelsOut(labels)}, nil
}

// DecideLabel records what an operator says of a label.
func (s *server) DecideLabel(ctx context.Context, r wire.DecideLabelRequestObject) (wire.DecideLabelResponseObject, error) {
	answer, _ := label.ParseAnswer(string(r.Body.Answer)) // the schema knows the words
	one, err := s.opt.Engine.DecideLabel(ctx, engine.LabelDecision{Item: r.Body.Item, Class: r.Body.Class, Answer: answer, Reason: r.Body.Reason})
	if err != nil {
		return nil, err
	}
	return wire.DecideLabel200JSONResponse(labelOut(&one)), nil
}

func labelsOut(labels []engine.ItemLabel) []wire.ItemLabel {
	list := make([]wire.ItemLabel, len(labels))
	for i := range labels {
		list[i] = labelOut(&labels[i])
	}
	return list
}

func labelOut(l *engine.ItemLabel) wire.ItemLabel {
	out := wire.ItemLabel{
		Item: l.Item.ID, Title: l.Item.Title, Class: l.Class, Kind: wire.LabelKind(l.Kind.String()), Acts: l.Acts,
		Source: wire.ItemLabelSource(l.Source.String()), Saw: l.Saw, State: wire.ItemLabelState(l.State), Votes: make([]wire.LabelVote, len(l.Votes)),
	}
	for i, v := range l.Votes {
		out.Votes[i] = wire.LabelVote{Answer: wire.LabelAnswer(v.Answer.String()), Operator: v.Operator, Reason: v.Reason, Time: v.Time}
	}
	return out
}
