package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// Rights answers what people may ask for, and works the queue.
type Rights interface {
	OpenRight(ctx context.Context, r engine.RightRequest) (engine.Right, error)
	Rights(ctx context.Context, a tactful.Alias) ([]engine.Right, error)
	Right(ctx context.Context, id string) (engine.Right, error)
	RightsQueue(ctx context.Context, f engine.QueueFilter) ([]engine.Queued, error)
	ReleaseRight(ctx context.Context, id string) (rights.Request, error)
	TakeRight(ctx context.Context, id string) (rights.Request, error)
	ConfirmRight(ctx context.Context, id string) (rights.Request, error)
	CancelRight(ctx context.Context, id, text string) (rights.Request, error)
	AnswerRight(ctx context.Context, id, text string) (rights.Request, error)
	RefuseRight(ctx context.Context, id string, ground rights.Ground, text string) (rights.Request, error)
	ExtendRight(ctx context.Context, id, text string) (rights.Request, error)
	Export(ctx context.Context, r engine.ExportRequest, w io.Writer) error
	ImportSubject(ctx context.Context, req engine.ImportRequest, r io.Reader) (engine.Imported, error)
	Control(ctx context.Context, a tactful.Alias) (engine.Control, error)
	Restrict(ctx context.Context, a tactful.Alias) error
	Unrestrict(ctx context.Context, a tactful.Alias) error
	ObjectIn(ctx context.Context, a tactful.Alias, region string) error
	Unobject(ctx context.Context, a tactful.Alias) error
	Pause(ctx context.Context, a tactful.Alias, until time.Time) error
	Events(ctx context.Context, a tactful.Alias, limit int) ([]engine.PersonEvent, error)
	WithdrawEvents(ctx context.Context, a tactful.Alias, which rights.Selection) (engine.Withdrawn, error)
	Rectify(ctx context.Context, a tactful.Alias, c rights.Correction) error
	MakeLink(ctx context.Context, r engine.LinkRequest) (engine.Link, error)
	RedeemLink(ctx context.Context, token string) (engine.Visit, error)
	RedeemToken(ctx context.Context, token string) (engine.Visit, error)
}

const (
	defaultQueue  = 100
	defaultEvents = 100
)

// OpenRight takes a request.
func (s *server) OpenRight(ctx context.Context, r wire.OpenRightRequestObject) (wire.OpenRightResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	in := r.Body
	kind, _ := rights.ParseKind(string(in.Right)) // the schema knows the words
	channel := rights.API
	if in.Channel != "" {
		channel, _ = rights.ParseChannel(string(in.Channel))
	}
	detail := rights.Detail{Receipt: in.Decision, Proof: in.Proof, Document: string(in.Document)}
	if in.Lift != "" {
		detail.Lift = &rights.Lift{What: string(in.Lift)}
	}
	if in.Yes.Level != "" || len(in.Yes.Answers) > 0 {
		detail.Yes = &rights.Yes{Level: string(in.Yes.Level)}
		for _, a := range in.Yes.Answers {
			detail.Yes.Answers = append(detail.Yes.Answers, rights.YesTo{Purpose: string(a.Purpose), NoticeVersion: a.NoticeVersion, NoticeHash: a.NoticeHash, Language: a.Language})
		}
	}
	if in.Selection != (wire.Selection{}) {
		selection := selectionIn(in.Selection)
		detail.Selection = &selection
	}
	if in.Correction != (wire.Correction{}) {
		correction := correctionIn(in.Correction)
		detail.Correction = &correction
	}
	right, err := s.opt.Engine.OpenRight(ctx, engine.RightRequest{Subject: who, Kind: kind, Channel: channel, Region: in.Region, Text: in.Text, Detail: detail})
	if err != nil {
		return nil, err
	}
	return wire.OpenRight201JSONResponse(s.rightOut(&right)), nil
}

func selectionIn(in wire.Selection) rights.Selection {
	return rights.Selection{Event: in.Event, Item: in.Item, From: in.From, To: in.To, All: in.All}
}

func correctionIn(in wire.Correction) rights.Correction {
	return rights.Correction{Event: in.Event, NotMine: in.NotMine, Quantity: in.Quantity, Item: in.Item}
}

// ListRights returns a person's requests.
func (s *server) ListRights(ctx context.Context, r wire.ListRightsRequestObject) (wire.ListRightsResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	list, err := s.opt.Engine.Rights(ctx, who)
	if err != nil {
		return nil, err
	}
	answer := wire.ListRights200JSONResponse{Requests: make([]wire.Right, len(list))}
	for i := range list {
		answer.Requests[i] = s.rightOut(&list[i])
	}
	return answer, nil
}

// GetRight returns one request with the person's words.
func (s *server) GetRight(ctx context.Context, r wire.GetRightRequestObject) (wire.GetRightResponseObject, error) {
	right, err := s.opt.Engine.Right(ctx, r.RequestId)
	if err != nil {
		return nil, err
	}
	return wire.GetRight200JSONResponse(s.rightOut(&right)), nil
}

// ListQueue returns the queue.
func (s *server) ListQueue(ctx context.Context, r wire.ListQueueRequestObject) (wire.ListQueueResponseObject, error) {
	filter := engine.QueueFilter{Limit: orDefault(r.Params.Limit, defaultQueue)}
	if r.Params.State != "" {
		state, _ := rights.ParseState(string(r.Params.State))
		filter.States = []rights.State{state}
	}
	if r.Params.Kind != "" {
		kind, _ := rights.ParseKind(string(r.Params.Kind))
		filter.Kinds = []rights.Kind{kind}
	}
	list, err := s.opt.Engine.RightsQueue(ctx, filter)
	if err != nil {
		return nil, err
	}
	answer := wire.ListQueue200JSONResponse{Requests: make([]wire.Queued, len(list))}
	for i := range list {
		answer.Requests[i] = s.queuedOut(list[i].ID, &list[i].Request)
	}
	return answer, nil
}

// ReleaseRight is the second pair of eyes.
func (s *server) ReleaseRight(ctx context.Context, r wire.ReleaseRightRequestObject) (wire.ReleaseRightResponseObject, error) {
	now, err := s.opt.Engine.ReleaseRight(ctx, r.RequestId)
	if err != nil {
		return nil, err
	}
	return wire.ReleaseRight200JSONResponse(s.queuedOut(r.RequestId, &now)), nil
}

// TakeRight says who works on it.
func (s *server) TakeRight(ctx context.Context, r wire.TakeRightRequestObject) (wire.TakeRightResponseObject, error) {
	now, err := s.opt.Engine.TakeRight(ctx, r.RequestId)
	if err != nil {
		return nil, err
	}
	return wire.TakeRight200JSONResponse(s.queuedOut(r.RequestId, &now)), nil
}

// ConfirmRight notes that the person was told that it has come.
func (s *server) ConfirmRight(ctx context.Context, r wire.ConfirmRightRequestObject) (wire.ConfirmRightResponseObject, error) {
	now, err := s.opt.Engine.ConfirmRight(ctx, r.RequestId)
	if err != nil {
		return nil, err
	}
	return wire.ConfirmRight200JSONResponse(s.queuedOut(r.RequestId, &now)), nil
}

// CancelRight takes a request back.
func (s *server) CancelRight(ctx context.Context, r wire.CancelRightRequestObject) (wire.CancelRightResponseObject, error) {
	now, err := s.opt.Engine.CancelRight(ctx, r.RequestId, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return wire.CancelRight200JSONResponse(s.queuedOut(r.RequestId, &now)), nil
}

// AnswerRight ends a request with an answer.
func (s *server) AnswerRight(ctx context.Context, r wire.AnswerRightRequestObject) (wire.AnswerRightResponseObject, error) {
	now, err := s.opt.Engine.AnswerRight(ctx, r.RequestId, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return wire.AnswerRight200JSONResponse(s.queuedOut(r.RequestId, &now)), nil
}

// RefuseRight refuses a request.
func (s *server) RefuseRight(ctx context.Context, r wire.RefuseRightRequestObject) (wire.RefuseRightResponseObject, error) {
	ground, _ := rights.ParseGround(string(r.Body.Ground))
	now, err := s.opt.Engine.RefuseRight(ctx, r.RequestId, ground, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return wire.RefuseRight200JSONResponse(s.queuedOut(r.RequestId, &now)), nil
}

// ExtendRight moves the date.
func (s *server) ExtendRight(ctx context.Context, r wire.ExtendRightRequestObject) (wire.ExtendRightResponseObject, error) {
	now, err := s.opt.Engine.ExtendRight(ctx, r.RequestId, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return wire.ExtendRight200JSONResponse(s.queuedOut(r.RequestId, &now)), nil
}

func actorOut(b rights.By) wire.Actor { return wire.Actor{Kind: b.Kind.String(), Name: b.Name} }

func (s *server) queuedOut(id string, r *rights.Request) wire.Queued {
	out := wire.Queued{
		Id: id, Right: wire.RightKind(r.Kind.String()), Channel: wire.RightChannel(r.Channel.String()), State: wire.RightState(r.State.String()),
		Why: wire.QueuedWhy(r.Why.String()), Region: r.Region, Law: r.Law, Received: r.Received, ConfirmBy: r.Confirm, Confirmed: r.Heard, Due: r.Due, Overdue: r.Overdue(s.opt.Clock.Now()),
		Extended: r.Moved, Closed: r.Closed, Ground: wire.RightGround(r.Ground.String()), Opened: actorOut(r.Opened),
	}
	if r.Released != (rights.By{}) {
		out.Released = actorOut(r.Released)
	}
	if r.Ended != (rights.By{}) {
		out.Ended = actorOut(r.Ended)
	}
	return out
}

func (s *server) rightOut(r *engine.Right) wire.Right {
	out := wire.Right{Request: s.queuedOut(r.ID, &r.Request), Text: r.Text, Decision: r.Detail.Receipt, Proof: r.Detail.Proof}
	if w := r.Detail.Selection; w != nil {
		out.Selection = wire.Selection{Event: w.Event, Item: w.Item, From: w.From, To: w.To, All: w.All}
	}
	if c := r.Detail.Correction; c != nil {
		out.Correction = wire.Correction{Event: c.Event, NotMine: c.NotMine, Quantity: c.Quantity, Item: c.Item}
	}
	out.Document = wire.DocumentHash(r.Detail.Document)
	if l := r.Detail.Lift; l != nil {
		out.Lift = wire.Stop(l.What)
	}
	if y := r.Detail.Yes; y != nil {
		out.Yes.Level = wire.Level(y.Level)
		for _, a := range y.Answers {
			out.Yes.Answers = append(out.Yes.Answers, wire.SpokenAnswer{Purpose: wire.Purpose(a.Purpose), NoticeVersion: a.NoticeVersion, NoticeHash: a.NoticeHash, Language: a.Language})
		}
	}
	for _, a := range r.Answers {
		out.Answers = append(out.Answers, wire.RightAnswer{Time: a.Time, By: a.By, Text: a.Text})
	}
	return out
}

// ExportSubject gives a copy.
func (s *server) ExportSubject(ctx context.Context, r wire.ExportSubjectRequestObject) (wire.ExportSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	format := engine.FormatJSON
	if r.Params.Format != "" {
		format, _ = engine.ParseFormat(string(r.Params.Format))
	}
	var whole bytes.Buffer
	if err := s.opt.Engine.Export(ctx, engine.ExportRequest{Subject: who, Format: format, Language: r.Params.Language}, &whole); err != nil {
		return nil, err
	}
	return copyAnswer{format: format, text: whole.Bytes()}, nil
}

// copyAnswer writes a copy as a file to keep: shown in place, it would lie in
// a browser's cache and history.
type copyAnswer struct {
	format engine.Format
	text   []byte
}

// VisitExportSubjectResponse writes the answer.
func (a copyAnswer) VisitExportSubjectResponse(w http.ResponseWriter) error {
	media, ending := "application/json", "json"
	switch a.format {
	case engine.FormatCSV:
		media, ending = "text/csv; charset=utf-8", "csv"
	case engine.FormatHTML:
		media, ending = "text/html; charset=utf-8", "html"
	case engine.FormatJSON, engine.FormatPortable, engine.FormatUnknown:
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(a.text)))
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="your-data.%s"`, ending))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(a.text) // the caller is gone; the access log has the status
	return nil
}

// ImportSubject takes what a person brought.
func (s *server) ImportSubject(ctx context.Context, r wire.ImportSubjectRequestObject) (wire.ImportSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	done, err := s.opt.Engine.ImportSubject(ctx, engine.ImportRequest{Subject: who, Proof: r.Body.Proof, Request: string(r.Body.Request)}, strings.NewReader(r.Body.Document))
	if err != nil {
		return nil, err
	}
	answer := wire.ImportSubject200JSONResponse{Consents: int64(done.Consents), Events: int64(done.Events), Settings: int64(done.Settings), Refused: map[string]int64{}}
	if len(done.Untaken) > 0 {
		answer.Untaken = map[string]int64{}
	}
	for word, n := range done.Untaken {
		answer.Untaken[word] = int64(n)
	}
	for word, n := range done.Refused {
		answer.Refused[word] = int64(n)
	}
	return answer, nil
}

// GetControls returns what is switched on.
func (s *server) GetControls(ctx context.Context, r wire.GetControlsRequestObject) (wire.GetControlsResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	c, err := s.opt.Engine.Control(ctx, who)
	if err != nil {
		return nil, err
	}
	return wire.GetControls200JSONResponse{Restricted: c.Restricted, Minor: c.Minor, Objected: c.Objected, PausedUntil: c.Paused, ClearedUntil: c.Cleared}, nil
}

// RestrictSubject freezes a person's data.
func (s *server) RestrictSubject(ctx context.Context, r wire.RestrictSubjectRequestObject) (wire.RestrictSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.RestrictSubject204Response{}, s.opt.Engine.Restrict(ctx, who)
}

// UnrestrictSubject lets it be used again.
func (s *server) UnrestrictSubject(ctx context.Context, r wire.UnrestrictSubjectRequestObject) (wire.UnrestrictSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.UnrestrictSubject204Response{}, s.opt.Engine.Unrestrict(ctx, who)
}

// ObjectSubject stops direct marketing.
func (s *server) ObjectSubject(ctx context.Context, r wire.ObjectSubjectRequestObject) (wire.ObjectSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.ObjectSubject204Response{}, s.opt.Engine.ObjectIn(ctx, who, string(r.Params.Region))
}

// UnobjectSubject takes an objection back.
func (s *server) UnobjectSubject(ctx context.Context, r wire.UnobjectSubjectRequestObject) (wire.UnobjectSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.UnobjectSubject204Response{}, s.opt.Engine.Unobject(ctx, who)
}

// PauseSubject makes the level generic for a while.
func (s *server) PauseSubject(ctx context.Context, r wire.PauseSubjectRequestObject) (wire.PauseSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	if r.Body.Until.IsZero() { // it would end a pause instead
		return nil, tactful.InvalidField("until", "is not a time", "send a later time")
	}
	return wire.PauseSubject204Response{}, s.opt.Engine.Pause(ctx, who, r.Body.Until)
}

// ResumeSubject ends a pause.
func (s *server) ResumeSubject(ctx context.Context, r wire.ResumeSubjectRequestObject) (wire.ResumeSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.ResumeSubject204Response{}, s.opt.Engine.Pause(ctx, who, time.Time{})
}

// ListEvents returns what a person did.
func (s *server) ListEvents(ctx context.Context, r wire.ListEventsRequestObject) (wire.ListEventsResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	list, err := s.opt.Engine.Events(ctx, who, orDefault(r.Params.Limit, defaultEvents))
	if err != nil {
		return nil, err
	}
	answer := wire.ListEvents200JSONResponse{Events: make([]wire.PersonEvent, len(list))}
	for i, e := range list {
		answer.Events[i] = wire.PersonEvent{
			Id: e.ID, Action: wire.Action(e.Event.Action.String()), Item: e.Event.Item, Query: e.Event.Query, Quantity: e.Event.Quantity,
			Time: e.Event.Time.UTC(), Source: e.Event.Source, Declared: e.Event.Provenance == tactful.Declared,
		}
	}
	return answer, nil
}

// WithdrawEvents forgets events.
func (s *server) WithdrawEvents(ctx context.Context, r wire.WithdrawEventsRequestObject) (wire.WithdrawEventsResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	done, err := s.opt.Engine.WithdrawEvents(ctx, who, selectionIn(*r.Body))
	if err != nil {
		return nil, err
	}
	return wire.WithdrawEvents200JSONResponse{Removed: int64(done.Removed), Forgets: done.Forgets.UTC(), Named: done.Named.UTC()}, nil
}

// CorrectEvent corrects one event.
func (s *server) CorrectEvent(ctx context.Context, r wire.CorrectEventRequestObject) (wire.CorrectEventResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.CorrectEvent204Response{}, s.opt.Engine.Rectify(ctx, who, correctionIn(*r.Body))
}

// MakeLink makes a single-use link.
func (s *server) MakeLink(ctx context.Context, r wire.MakeLinkRequestObject) (wire.MakeLinkResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	link, err := s.opt.Engine.MakeLink(ctx, engine.LinkRequest{Subject: who, Base: r.Body.Base, Request: r.Body.Request, Newcomer: r.Body.Newcomer})
	if err != nil {
		return nil, err
	}
	return wire.MakeLink201JSONResponse{Url: link.URL, Token: link.Token, Expires: link.Expires.UTC()}, nil
}

// RedeemLink redeems a link or a token.
func (s *server) RedeemLink(ctx context.Context, r wire.RedeemLinkRequestObject) (wire.RedeemLinkResponseObject, error) {
	redeem := s.opt.Engine.RedeemLink
	if strings.Count(r.Body.Token, ".") == 2 { // a compact JWS; a link has no dots
		redeem = s.opt.Engine.RedeemToken
	}
	visit, err := redeem(ctx, r.Body.Token)
	if err != nil {
		return nil, err
	}
	if !visit.Opens {
		return wire.RedeemLink200JSONResponse{Request: visit.Request}, nil
	}
	answer := wire.RedeemLink200JSONResponse{Opens: true, Subject: visit.Subject.ID, Kind: "user", Request: visit.Request, Until: visit.Until.UTC()}
	if visit.Subject.Kind == tactful.Anonymous {
		answer.Kind = "anonymous"
	}
	return answer, nil
}
