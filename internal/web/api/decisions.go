package api

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// Recommend asks for a list of items.
func (s *server) Recommend(ctx context.Context, r wire.RecommendRequestObject) (wire.RecommendResponseObject, error) {
	request, err := requestIn(r.Body)
	if err != nil {
		return nil, err
	}
	request.GPC = r.Params.SecGPC == "1"
	keep, whose := s.opt.Engine.HonourGPC, request.Subject
	if grantOf(ctx).Browser() { // everybody can read the key, and ask in anybody's name
		keep = s.opt.Engine.HearGPC
		request.Subject = tactful.Alias{} // so nothing is looked up for the answer, and it tells nothing about them
		if request.Level == tactful.LevelUnknown || request.Level > tactful.Context {
			request.Level = tactful.Context
		}
	}
	if err := request.Validate(); err != nil {
		return nil, err
	}
	decision, err := s.opt.Engine.Decide(ctx, request)
	if err != nil {
		return nil, err
	}
	if request.GPC && !decision.GPCKept && whose != (tactful.Alias{}) {
		if err := keep(ctx, whose); err != nil { // the answer honours it; it comes again with the next request
			s.opt.Log.ErrorContext(ctx, "Global Privacy Control of a request was not put on record", "err", err)
		}
	}
	if s.opt.Tally != nil {
		s.opt.Tally.Decided(decision.Level.String(), decision.Placement.String(), decision.Withheld)
	}
	return decisionAnswer{server: s, decision: decision}, nil
}

func requestIn(in *wire.RecommendationsRequest) (*tactful.Request, error) {
	placement, _ := tactful.ParsePlacement(string(in.Placement)) // the schema knows the words
	level, _ := tactful.ParseLevel(string(in.Level))
	surface, _ := tactful.ParseSurface(string(in.Surface))
	request := &tactful.Request{
		Session: in.Session, Placement: placement, Items: in.Items, Query: in.Query, Count: int(in.Count),
		Level: level, Language: in.Language, Region: in.Region, Surface: surface,
		Filter: tactful.Filter{
			Categories: in.Filter.Categories, ExcludeCategories: in.Filter.ExcludeCategories, ExcludeItems: in.Filter.ExcludeItems,
			PriceMin: in.Filter.PriceMin, PriceMax: in.Filter.PriceMax, Attributes: in.Filter.Attributes, AvailableOnly: in.Filter.AvailableOnly,
		},
	}
	switch {
	case in.UserId != "" && in.AnonymousId != "":
		return nil, tactful.InvalidField("anonymousId", "stands beside userId", "send one of them")
	case in.UserId != "":
		request.Subject = tactful.Alias{Kind: tactful.UserID, ID: in.UserId}
		return request, request.Subject.Validate("userId")
	case in.AnonymousId != "":
		request.Subject = tactful.Alias{Kind: tactful.Anonymous, ID: in.AnonymousId}
		return request, request.Subject.Validate("anonymousId")
	}
	return request, nil
}

// ReportShown records that a list was seen.
func (s *server) ReportShown(ctx context.Context, r wire.ReportShownRequestObject) (wire.ReportShownResponseObject, error) {
	return wire.ReportShown204Response{}, s.report(ctx, r.DecisionId, tactful.FeedbackShown, r.Body)
}

// ReportClicked records that an item was followed.
func (s *server) ReportClicked(ctx context.Context, r wire.ReportClickedRequestObject) (wire.ReportClickedResponseObject, error) {
	return wire.ReportClicked204Response{}, s.report(ctx, r.DecisionId, tactful.FeedbackClicked, r.Body)
}

// ReportDismissed records that an item was sent away.
func (s *server) ReportDismissed(ctx context.Context, r wire.ReportDismissedRequestObject) (wire.ReportDismissedResponseObject, error) {
	return wire.ReportDismissed204Response{}, s.report(ctx, r.DecisionId, tactful.FeedbackDismissed, r.Body)
}

// ReportDecision records "this feels creepy" and "that's wrong".
func (s *server) ReportDecision(ctx context.Context, r wire.ReportDecisionRequestObject) (wire.ReportDecisionResponseObject, error) {
	kind, _ := tactful.ParseFeedback(string(r.Body.Report)) // the schema knows the words
	return wire.ReportDecision204Response{}, s.opt.Engine.Report(ctx, r.DecisionId, kind, r.Body.Item)
}

func (s *server) report(ctx context.Context, id string, kind tactful.FeedbackKind, about *wire.ItemReference) error {
	item := ""
	if about != nil {
		item = about.Item
	}
	return s.opt.Engine.Report(ctx, id, kind, item)
}

// GetReceipt returns the record of one decision.
func (s *server) GetReceipt(ctx context.Context, r wire.GetReceiptRequestObject) (wire.GetReceiptResponseObject, error) {
	receipt, err := s.opt.Engine.Receipt(ctx, r.DecisionId)
	if err != nil {
		return nil, err
	}
	return wire.GetReceipt200JSONResponse(receiptOut(receipt)), nil
}

func reasonOut(r tactful.Reason) wire.Reason {
	return wire.Reason{Key: r.Key, Sentence: r.Sentence, Language: r.Language, Items: r.Items, Share: r.Share}
}
