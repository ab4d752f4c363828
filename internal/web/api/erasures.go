package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// EraseSubject forgets a person and answers with the receipt.
func (s *server) EraseSubject(ctx context.Context, r wire.EraseSubjectRequestObject) (wire.EraseSubjectResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	receipt, err := s.opt.Engine.Erase(ctx, who)
	var held *engine.Held
	if errors.As(err, &held) {
		return wire.EraseSubject202JSONResponse(s.queuedOut(held.Request.ID, &held.Request.Request)), nil
	}
	if err != nil {
		return nil, err
	}
	return signed(receipt.Signed), nil
}

// GetErasure returns the receipt of one erasure.
func (s *server) GetErasure(ctx context.Context, r wire.GetErasureRequestObject) (wire.GetErasureResponseObject, error) {
	receipt, err := s.opt.Engine.ErasureReceipt(ctx, r.ErasureId)
	if err != nil {
		return nil, err
	}
	return signed(receipt.Signed), nil
}

// ToldRecipient notes that somebody was told by hand.
func (s *server) ToldRecipient(ctx context.Context, r wire.ToldRecipientRequestObject) (wire.ToldRecipientResponseObject, error) {
	receipt, err := s.opt.Engine.ToldByHand(ctx, r.ErasureId, r.Body.Recipient)
	if err != nil {
		return nil, err
	}
	return signed(receipt.Signed), nil
}

// ListChanges returns of what recipients are still to be told.
func (s *server) ListChanges(ctx context.Context, _ wire.ListChangesRequestObject) (wire.ListChangesResponseObject, error) {
	list, err := s.opt.Engine.UntoldChanges(ctx)
	if err != nil {
		return nil, err
	}
	answer := wire.ListChanges200JSONResponse{Changes: make([]wire.UntoldChange, len(list))}
	for i, u := range list {
		one := wire.UntoldChange{Id: u.ID, What: wire.UntoldChangeWhat(u.What), Time: u.Time, Recipients: make([]wire.UntoldRecipient, len(u.Recipients))}
		for k, r := range u.Recipients {
			one.Recipients[k] = wire.UntoldRecipient{Name: r.Name, Subject: r.Subject, Trouble: r.Trouble}
		}
		answer.Changes[i] = one
	}
	return answer, nil
}

// ToldOfChange notes that somebody was told of a change by hand.
func (s *server) ToldOfChange(ctx context.Context, r wire.ToldOfChangeRequestObject) (wire.ToldOfChangeResponseObject, error) {
	return wire.ToldOfChange204Response{}, s.opt.Engine.ToldOfChange(ctx, r.ChangeId, r.Body.Recipient)
}

const defaultErasures = 100

// ListErasures returns the newest receipts.
func (s *server) ListErasures(ctx context.Context, r wire.ListErasuresRequestObject) (wire.ListErasuresResponseObject, error) {
	receipts, err := s.opt.Engine.ErasureReceipts(ctx, orDefault(r.Params.Limit, defaultErasures))
	if err != nil {
		return nil, err
	}
	documents := make([][]byte, len(receipts))
	for i := range receipts {
		documents[i] = receipts[i].Signed
	}
	return signed(`{"erasures":[` + string(bytes.Join(documents, []byte(","))) + `]}`), nil
}

// SetRecipientId notes what a recipient calls a person.
//
//nolint:revive,staticcheck // the generator names it
func (s *server) SetRecipientId(ctx context.Context, r wire.SetRecipientIdRequestObject) (wire.SetRecipientIdResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.SetRecipientId204Response{}, s.opt.Engine.SetRecipientID(ctx, who, r.Recipient, r.Body.Id)
}

// RemoveRecipientId takes it back.
//
//nolint:revive,staticcheck // the generator names it
func (s *server) RemoveRecipientId(ctx context.Context, r wire.RemoveRecipientIdRequestObject) (wire.RemoveRecipientIdResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	return wire.RemoveRecipientId204Response{}, s.opt.Engine.SetRecipientID(ctx, who, r.Recipient, "")
}

// GetSigningKey returns the public key.
func (s *server) GetSigningKey(context.Context, wire.GetSigningKeyRequestObject) (wire.GetSigningKeyResponseObject, error) {
	key := base64.StdEncoding.EncodeToString(s.opt.Engine.PublicKey())
	return wire.GetSigningKey200JSONResponse{Algorithm: "Ed25519", PublicKey: key, WebhookKey: "whpk_" + key}, nil
}

// signed is a document that goes out byte for byte: its signature covers bytes.
type signed []byte

func (d signed) write(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(d)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(d) // the caller is gone; the access log has the status
	return nil
}

// VisitEraseSubjectResponse writes the answer.
func (d signed) VisitEraseSubjectResponse(w http.ResponseWriter) error { return d.write(w) }

// VisitGetErasureResponse writes the answer.
func (d signed) VisitGetErasureResponse(w http.ResponseWriter) error { return d.write(w) }

// VisitToldRecipientResponse writes the answer.
func (d signed) VisitToldRecipientResponse(w http.ResponseWriter) error { return d.write(w) }

// VisitListErasuresResponse writes the answer.
func (d signed) VisitListErasuresResponse(w http.ResponseWriter) error { return d.write(w) }
