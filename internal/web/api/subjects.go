package api

import (
	"context"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// GetConsents returns what a person permitted.
func (s *server) GetConsents(ctx context.Context, r wire.GetConsentsRequestObject) (wire.GetConsentsResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	standing, err := s.opt.Engine.Consents(ctx, who)
	if err != nil {
		return nil, err
	}
	answer, err := s.consents(ctx, who, standing, r.Params.Region, r.Params.SecGPC == "1")
	return wire.GetConsents200JSONResponse(answer), err
}

// SetConsents records what a person said.
func (s *server) SetConsents(ctx context.Context, r wire.SetConsentsRequestObject) (wire.SetConsentsResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	level, _ := tactful.ParseLevel(string(r.Body.Level)) // the schema knows the words
	change := engine.ConsentChange{Level: level, GPC: r.Body.Gpc, Answers: make([]tactful.Consent, len(r.Body.Answers))}
	for i := range r.Body.Answers {
		change.Answers[i] = answerIn(&r.Body.Answers[i])
	}
	standing, err := s.opt.Engine.SetConsents(ctx, who, change)
	if err != nil {
		return nil, err
	}
	answer, err := s.consents(ctx, who, standing, "", false)
	return wire.SetConsents200JSONResponse(answer), err
}

// answerIn takes an answer as it is; the engine judges it. A time that cannot be
// read becomes one that no yes can have; a no is then said now.
func answerIn(in *wire.ConsentAnswer) tactful.Consent {
	answer, _ := tactful.ParseAnswer(in.Answer)
	moment := func(text string, unread time.Time) time.Time {
		if text == "" {
			return time.Time{}
		}
		t, err := time.Parse(time.RFC3339, text)
		if err != nil || t.Year() < 1 || t.Year() > 9999 || t.IsZero() {
			return unread
		}
		return t.UTC()
	}
	c := tactful.Consent{
		Purpose: tactful.Purpose(in.Purpose), Answer: answer, NoticeVersion: in.NoticeVersion, NoticeHash: in.NoticeHash,
		Language: in.Language, Method: in.Method, Jurisdiction: in.Jurisdiction,
	}
	if answer != tactful.Granted {
		c.Time = moment(in.Time, time.Time{})
		return c
	}
	c.Time = moment(in.Time, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
	c.Expires = moment(in.Expires, time.Unix(0, 0).UTC())
	return c
}

// GetHistory returns what a person did with us.
func (s *server) GetHistory(ctx context.Context, r wire.GetHistoryRequestObject) (wire.GetHistoryResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	entries, err := s.opt.Engine.History(ctx, who, orDefault(r.Params.Limit, defaultHistory))
	if err != nil {
		return nil, err
	}
	answer := wire.GetHistory200JSONResponse{Entries: make([]wire.HistoryEntry, len(entries))}
	for i, e := range entries {
		answer.Entries[i] = wire.HistoryEntry{
			Item: e.Item.ID, Title: e.Item.Title, Action: wire.Action(e.Action.String()), Source: e.Source,
			Day: openapi_types.Date{Time: e.Day.UTC()}, Setting: wire.Setting(e.Setting),
		}
	}
	return answer, nil
}

// SetHistory records what a person says about an item.
func (s *server) SetHistory(ctx context.Context, r wire.SetHistoryRequestObject) (wire.SetHistoryResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	if err := s.opt.Engine.SetHistory(ctx, who, r.Body.Item, string(r.Body.Setting)); err != nil {
		return nil, err
	}
	return wire.SetHistory204Response{Headers: wire.SetHistory204ResponseHeaders{TactfulForgets: s.opt.Engine.Forgets().UTC().Format(time.RFC3339)}}, nil
}

// SetPanel records what a person told so that others are protected.
func (s *server) SetPanel(ctx context.Context, r wire.SetPanelRequestObject) (wire.SetPanelResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.SetPanel204Response{}, s.opt.Engine.SetPanel(ctx, who, r.Attribute, r.Body.Value)
}

// RemovePanel takes it back.
func (s *server) RemovePanel(ctx context.Context, r wire.RemovePanelRequestObject) (wire.RemovePanelResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.RemovePanel204Response{}, s.opt.Engine.RemovePanel(ctx, who, r.Attribute)
}

// GetReceipts returns what was decided about a person.
func (s *server) GetReceipts(ctx context.Context, r wire.GetReceiptsRequestObject) (wire.GetReceiptsResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	receipts, err := s.opt.Engine.Receipts(ctx, who, orDefault(r.Params.Limit, defaultReceipts))
	if err != nil {
		return nil, err
	}
	answer := wire.GetReceipts200JSONResponse{Receipts: make([]wire.Receipt, len(receipts))}
	for i := range receipts {
		answer.Receipts[i] = receiptOut(&receipts[i])
	}
	return answer, nil
}

// GetNotices returns the purpose texts.
func (s *server) GetNotices(_ context.Context, r wire.GetNoticesRequestObject) (wire.GetNoticesResponseObject, error) {
	notices := s.opt.Engine.Notices(r.Params.Language)
	answer := wire.GetNotices200JSONResponse{Notices: make([]wire.Notice, len(notices))}
	for i, n := range notices {
		answer.Notices[i] = wire.Notice{Purpose: string(n.Purpose), Version: n.Version, Language: n.Language, Text: n.Text, Hash: n.Hash}
	}
	return answer, nil
}

func alias(id string, kind wire.SubjectKind) (tactful.Alias, error) {
	a := tactful.Alias{Kind: tactful.UserID, ID: id}
	if kind == wire.Anonymous {
		a.Kind = tactful.Anonymous
	}
	return a, a.Validate("subjectId")
}

func consentsOut(c tactful.Consents) wire.Consents {
	out := wire.Consents{Gpc: c.GPC, Purposes: make(map[string]wire.ConsentRecord, len(c.Purposes))}
	if c.Level != tactful.LevelUnknown {
		out.Level = wire.Level(c.Level.String())
	}
	for purpose, record := range c.Purposes {
		if record.Answer == tactful.NoAnswer {
			continue
		}
		out.Purposes[string(purpose)] = recordOut(record)
	}
	return out
}

func recordOut(record tactful.Consent) wire.ConsentRecord {
	return wire.ConsentRecord{
		Id: record.ID, Answer: wire.Answer(record.Answer.String()), NoticeVersion: record.NoticeVersion, NoticeHash: record.NoticeHash,
		Language: record.Language, Method: record.Method, Jurisdiction: record.Jurisdiction, Time: record.Time.UTC(), Expires: record.Expires,
		EnteredBy: record.EnteredBy, AgreedBy: record.AgreedBy,
	}
}
