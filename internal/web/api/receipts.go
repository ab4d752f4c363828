package api

import (
	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

func receiptOut(r *tactful.Receipt) wire.Receipt {
	out := wire.Receipt{
		Id: r.ID, Time: r.Time.UTC(), Placement: wire.Placement(r.Placement.String()), Level: wire.Level(r.Level.String()),
		ModelVersion: r.ModelVersion, PolicyVersion: r.PolicyVersion, ConsentId: r.ConsentID,
		Evidence: make([]wire.Used, len(r.Evidence)), Shown: make([]wire.Shown, len(r.Shown)),
		Withheld: make([]wire.Withheld, len(r.Withheld)), Feedback: make([]wire.Feedback, len(r.Feedback)),
		Integrity: wire.Integrity{
			Sender: r.Integrity.Sender, Recipient: r.Integrity.Recipient, Subject: r.Integrity.Subject,
			InformationType: r.Integrity.InformationType, Principle: r.Integrity.Principle,
		},
	}
	for i, u := range r.Evidence {
		out.Evidence[i] = wire.Used{
			Item: u.Item, Action: u.Action.String(), Provenance: wire.UsedProvenance(u.Provenance.String()),
			Day: openapi_types.Date{Time: u.Day.UTC()}, Share: u.Share,
		}
	}
	for i, s := range r.Shown {
		out.Shown[i] = wire.Shown{Item: s.Item, Score: s.Score, Origin: wire.Origin(s.Origin.String()), Reason: reasonOut(s.Reason)}
	}
	for i, w := range r.Withheld {
		out.Withheld[i] = wire.Withheld{Guard: w.Guard, Count: int32(w.Count), Items: w.Items}
	}
	out.Offer = offerRecordOut(r.Offer)
	for i, f := range r.Feedback {
		out.Feedback[i] = wire.Feedback{Kind: wire.FeedbackKind(f.Kind.String()), Item: f.Item, Time: f.Time.UTC()}
	}
	return out
}
