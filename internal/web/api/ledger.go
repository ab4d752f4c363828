package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/api/wire"
)

const defaultConsentLog = 100

// consents is how somebody stands, with what they may be asked and what Global
// Privacy Control comes to.
func (s *server) consents(ctx context.Context, who tactful.Alias, standing tactful.Consents, region string, signalled bool) (wire.Consents, error) {
	ask, err := s.opt.Engine.MayAsk(ctx, who, region)
	if err != nil {
		return wire.Consents{}, err
	}
	out := consentsOut(standing)
	out.Ask = purposesOut(ask)
	gpc := s.opt.Engine.GPCStatus(standing, signalled)
	out.GpcStatus, out.GpcStops = wire.NotSignalled, purposesOut(gpc.Stops)
	if gpc.Honoured {
		out.GpcStatus = wire.Honoured
	}
	return out, nil
}

func purposesOut(list []tactful.Purpose) []wire.Purpose {
	out := make([]wire.Purpose, len(list))
	for i, purpose := range list {
		out[i] = wire.Purpose(purpose)
	}
	return out
}

// GetConsentLog returns every record with its place in the ledger.
func (s *server) GetConsentLog(ctx context.Context, r wire.GetConsentLogRequestObject) (wire.GetConsentLogResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	entries, err := s.opt.Engine.ConsentLog(ctx, who, orDefault(r.Params.Limit, defaultConsentLog))
	if err != nil {
		return nil, err
	}
	answer := wire.GetConsentLog200JSONResponse{Entries: make([]wire.LedgerEntry, len(entries))}
	for i, e := range entries {
		answer.Entries[i] = wire.LedgerEntry{Purpose: wire.Purpose(e.Consent.Purpose), Record: recordOut(e.Consent), Leaf: e.Leaf}
		if e.Index >= 0 {
			answer.Entries[i].Index = &e.Index
		}
	}
	return answer, nil
}

// receiptDocument is a consent receipt as the engine wrote it.
type receiptDocument []byte

// VisitGetConsentReceiptResponse writes the answer.
func (d receiptDocument) VisitGetConsentReceiptResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "application/ld+json")
	h.Set("Content-Length", strconv.Itoa(len(d)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(d) // the caller is gone; the access log has the status
	return nil
}

// GetConsentReceipt returns one record as others read it.
func (s *server) GetConsentReceipt(ctx context.Context, r wire.GetConsentReceiptRequestObject) (wire.GetConsentReceiptResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	form := engine.ISO27560
	if r.Params.Form != "" {
		form = engine.ReceiptForm(r.Params.Form)
	}
	text, err := s.opt.Engine.ConsentReceiptAs(ctx, who, r.RecordId, form)
	if err != nil {
		return nil, err
	}
	return receiptDocument(text), nil
}

// GetConsentProof returns the proof that one record is in the ledger.
func (s *server) GetConsentProof(ctx context.Context, r wire.GetConsentProofRequestObject) (wire.GetConsentProofResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	p, err := s.opt.Engine.ProveConsent(ctx, who, r.RecordId)
	if err != nil {
		return nil, err
	}
	says := wire.ProvedRecord{
		Id: p.Says.ID, Purpose: wire.Purpose(p.Says.Purpose), Answer: wire.Answer(p.Says.Answer), NoticeVersion: p.Says.NoticeVersion,
		NoticeHash: p.Says.NoticeHash, Language: p.Says.Language, Method: p.Says.Method, Jurisdiction: p.Says.Jurisdiction, Time: p.Says.Time,
		EnteredBy: p.Says.EnteredBy, AgreedBy: p.Says.AgreedBy,
	}
	if p.Says.Expires != nil {
		says.Expires = *p.Says.Expires
	}
	return wire.GetConsentProof200JSONResponse{
		Kind: wire.ConsentProofKind(p.Kind), PublicKey: p.PublicKey, Head: p.Head, Index: int64(p.Index), Path: p.Path, Nonce: p.Nonce, Record: p.Record, Says: says,
	}, nil
}

func headOut(h engine.LedgerHead) wire.LedgerHead {
	return wire.LedgerHead{Size: int64(h.Size), Root: h.Root, Time: h.Time, Signed: h.Signed, PublicKey: h.PublicKey}
}

// GetLedgerHead returns the signed head.
func (s *server) GetLedgerHead(ctx context.Context, _ wire.GetLedgerHeadRequestObject) (wire.GetLedgerHeadResponseObject, error) {
	head, err := s.opt.Engine.LedgerHead(ctx)
	if err != nil {
		return nil, err
	}
	return wire.GetLedgerHead200JSONResponse(headOut(head)), nil
}

// VerifyLedger computes the ledger again.
func (s *server) VerifyLedger(ctx context.Context, r wire.VerifyLedgerRequestObject) (wire.VerifyLedgerResponseObject, error) {
	kept := ""
	if r.Body != nil {
		kept = r.Body.Head
	}
	found, err := s.opt.Engine.VerifyLedger(ctx, kept, nil)
	if err != nil {
		return nil, err
	}
	answer := wire.VerifyLedger200JSONResponse{
		Head: headOut(found.LedgerHead), Heads: int64(found.Heads), People: int64(found.People), Records: int64(found.Records),
		Released: int64(found.Released), Faults: append([]string{}, found.Faults...), Losses: []wire.LedgerLoss{}, Seconds: found.Took.Seconds(),
	}
	for _, loss := range found.Losses {
		answer.Losses = append(answer.Losses, wire.LedgerLoss{Time: loss.Time, Size: int64(loss.Size), Reason: loss.Reason})
	}
	return answer, nil
}
