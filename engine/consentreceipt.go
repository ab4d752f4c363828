package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// ReceiptForm is how a consent record is written for others.
type ReceiptForm string

// The forms.
const (
	ISO27560 ReceiptForm = "iso27560" // ISO/IEC TS 27560:2023, JSON-LD in terms of the Data Privacy Vocabulary
	Kantara  ReceiptForm = "kantara"  // Kantara Consent Receipt 1.1, the older and smaller one
)

// ConsentReceipt writes one record with everything that ISO/IEC TS 27560 asks
// for, as JSON-LD (w3id.org/dpv/guides/consent-27560).
func (e *Engine) ConsentReceipt(ctx context.Context, a tactful.Alias, recordID string) ([]byte, error) {
	return e.ConsentReceiptAs(ctx, a, recordID, ISO27560)
}

// ConsentReceiptAs is ConsentReceipt in another form. What the configuration
// does not say of the controller is written as not stated, never made up.
func (e *Engine) ConsentReceiptAs(ctx context.Context, a tactful.Alias, recordID string, form ReceiptForm) ([]byte, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	found, err := e.evidence(ctx, a, recordID)
	if err != nil {
		return nil, err
	}
	w := receiptWriter{Engine: e, c: found.Consent, principal: a.ID, now: e.clock.Now()}
	var document any
	switch form {
	case ISO27560:
		document = w.iso27560()
	case Kantara:
		document = w.kantara()
	default:
		return nil, tactful.InvalidField("form", "is unknown", "ask for iso27560 or kantara")
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a consent receipt: %w", err)
	}
	return append(text, '\n'), nil
}

// receiptWriter writes one record.
type receiptWriter struct {
	*Engine
	c         tactful.Consent
	principal string
	now       time.Time
}

type fields = map[string]any

// unstated stands where the standard wants what the configuration does not say.
const unstated = "not stated by the controller"

func stated(text string) string {
	if text == "" {
		return unstated
	}
	return text
}

// purposeTerms are the purposes in terms of the Data Privacy Vocabulary 2.3.
// What has no closer term is a dpv:Purpose with its own words.
var purposeTerms = map[tactful.Purpose][]string{
	tactful.Recommendations: {"dpv:ProvideProductRecommendations", "dpv:ProvidePersonalisedRecommendations"},
	tactful.Offers:          {"dpv:PersonalisedBenefits"},
	tactful.MessagesEmail:   {"dpv:DirectMarketing"},
	tactful.MessagesPush:    {"dpv:DirectMarketing"},
	tactful.MessagesSMS:     {"dpv:DirectMarketing"},
	tactful.MessagesLetter:  {"dpv:DirectMarketing"},
	tactful.Experiments:     {"dpv:ResearchAndDevelopment"},
	tactful.Improvement:     {"dpv:ServiceUsageAnalytics"},
	tactful.LocationUse:     {"dpv:ServicePersonalisation"},
}

// dataOf is what a purpose uses, in plain words.
func dataOf(purpose tactful.Purpose) []string {
	switch purpose {
	case tactful.LocationUse:
		return []string{"coarse location"}
	case tactful.Protection:
		return []string{"attributes that the person told for protection"}
	case tactful.MessagesEmail, tactful.MessagesPush, tactful.MessagesSMS, tactful.MessagesLetter:
		return []string{"purchases", "views, baskets, searches and saved items", "an address of this channel, which the business keeps elsewhere"}
	}
	return []string{"purchases", "views, baskets, searches and saved items"}
}

func (w *receiptWriter) purpose() fields {
	terms := purposeTerms[w.c.Purpose]
	if terms == nil {
		terms = []string{"dpv:Purpose"}
	}
	p := fields{"@type": terms, "dct:identifier": string(w.c.Purpose), "dct:title": string(w.c.Purpose)}
	if text, _, ok := w.policy.TextOf(w.c.Purpose, w.c.NoticeHash); ok {
		p["dct:description"] = text
	}
	return p
}

// state is the event state; a yes that has run out says so too.
func (w *receiptWriter) state() string {
	switch w.c.Answer {
	case tactful.Granted:
		if !w.c.Expires.IsZero() && !w.now.Before(w.c.Expires) {
			return "dpv:ConsentExpired"
		}
		return "dpv:ConsentGiven"
	case tactful.Denied:
		return "dpv:ConsentRefused"
	case tactful.Withdrawn:
		return "dpv:ConsentWithdrawn"
	case tactful.NoAnswer:
	}
	return "dpv:ConsentUnknown"
}

func place(code string) any {
	if code == "" {
		return unstated
	}
	return "loc:" + code
}

// retention is how long the data of the purpose live: the longest-lived event.
func (w *receiptWriter) retention() string {
	var longest time.Duration
	for _, keep := range w.cfg.Ingest.Retention {
		longest = max(longest, keep)
	}
	return days(longest)
}

func days(d time.Duration) string { return fmt.Sprintf("P%dD", int(d.Hours()/24)) }

func (w *receiptWriter) validity() fields {
	switch {
	case w.c.Answer != tactful.Granted:
		return fields{"@type": "dpv:UntilEventDuration", "rdf:value": "the person says yes again"}
	case w.c.Expires.IsZero():
		return fields{"@type": "dpv:UntilEventDuration", "rdf:value": "the person withdraws"}
	}
	return fields{"@type": "dpv:UntilTimeDuration", "rdf:value": w.c.Expires.UTC().Format(time.RFC3339)}
}

const withdrawal = "in the privacy centre (/privacy) or where it was given, with as many steps as it took; or by writing to the controller"

func (w *receiptWriter) recipients() []Recipient {
	return slices.DeleteFunc(slices.Clone(w.cfg.Parties.Recipients), func(r Recipient) bool { return r.Purpose != w.c.Purpose })
}

func (w *receiptWriter) controller() fields {
	return fields{
		"@id": "urn:tactful:controller", "@type": []string{"dpv:Organisation", "dpv:DataController"},
		"dct:identifier": "controller", "dpv:hasName": w.cfg.Controller,
		"dpv:hasAddress": stated(w.cfg.Parties.Address), "dpv:hasContact": stated(w.cfg.Parties.Contact),
	}
}

func (w *receiptWriter) iso27560() fields {
	recipients := []any{}
	entities := []any{w.controller()}
	for i, r := range w.recipients() {
		id := fmt.Sprintf("urn:tactful:recipient:%d", i+1)
		role := map[string]string{"processor": "dpv:DataProcessor", "joint": "dpv:JointDataControllers"}[r.Role]
		if role == "" {
			role = "dpv:ThirdParty"
		}
		recipients = append(recipients, fields{"@id": id})
		entities = append(entities, fields{
			"@id": id, "@type": []string{"dpv:Organisation", "dpv:Recipient", role}, "dct:identifier": id,
			"dpv:hasName": r.Name, "dpv:hasAddress": r.Country, "dpv:hasContact": stated(w.cfg.Parties.Contact), "dct:description": r.Why,
		})
	}
	data := make([]any, 0, 3)
	for _, what := range dataOf(w.c.Purpose) {
		data = append(data, fields{"@type": "dpv:PersonalData", "dct:title": what})
	}
	notice := fields{
		"@type": []string{"dpv:PrivacyNotice", "dpv:ConsentNotice"}, "dct:language": stated(w.c.Language),
		"dct:hasVersion": stated(w.c.NoticeVersion), "dct:title": "the text that was shown for " + string(w.c.Purpose),
	}
	if w.c.NoticeHash != "" {
		notice["@id"] = "urn:sha256:" + w.c.NoticeHash
		notice["spdx:checksum"] = fields{"@type": "spdx:Checksum", "spdx:algorithm": "SHA256", "spdx:checksumValue": w.c.NoticeHash}
		if text, language, ok := w.policy.TextOf(w.c.Purpose, w.c.NoticeHash); ok {
			notice["dct:description"] = fields{"@value": text, "@language": language}
		}
	}
	basis := "dpv:ExpressedConsent"
	doc := fields{
		"@context": fields{
			"dpv": "https://w3id.org/dpv#", "loc": "https://w3id.org/dpv/loc#", "dct": "http://purl.org/dc/terms/",
			"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "spdx": "http://spdx.org/rdf/terms#",
		},
		"@id": "urn:tactful:consent:" + w.c.ID, "@type": "dpv:ConsentRecord",
		"dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record", "dct:hasVersion": "ISO/IEC TS 27560:2023",
		"dct:identifier":        w.c.ID,
		"dct:hasPart":           fields{"@id": "urn:tactful:consent-receipt:" + w.c.ID, "@type": "dpv:ConsentReceipt", "dct:identifier": "receipt-" + w.c.ID, "dct:issued": w.now.UTC().Format(time.RFC3339)},
		"dpv:hasDataSubject":    fields{"@type": "dpv:DataSubject", "dct:identifier": w.principal},
		"dpv:hasDataController": fields{"@id": "urn:tactful:controller"},
		"dpv:hasEntity":         entities,
		"dpv:hasNotice":         notice,
		"dpv:hasJurisdiction":   place(w.c.Jurisdiction),
		"dpv:hasProcess": fields{
			"@type": "dpv:Process", "dpv:hasPurpose": w.purpose(), "dpv:hasLegalBasis": basis,
			"dpv:hasPersonalData": data, "dpv:hasDataSource": "dpv:DataSubject",
			"dpv:hasProcessing": []string{"dpv:Collect", "dpv:Use", "dpv:Profiling"},
			"dpv:hasStorageCondition": []any{
				fields{"@type": "dpv:StorageLocation", "dpv:hasLocation": place(w.cfg.Parties.Storage)},
				fields{"@type": "dpv:StorageDuration", "dpv:hasDuration": w.retention()},
			},
			"dpv:hasRecipient": recipients,
		},
		"dpv:hasConsentControl": fields{"@type": []string{"dpv:ProvideConsent", "dpv:WithdrawConsent"}, "dpv:isExercisedAt": "/privacy", "dct:description": withdrawal},
		"dpv:hasConsentStatus": []any{fields{
			"@type": []string{w.state(), basis}, "dpv:isIndicatedAtTime": w.c.Time.UTC().Format(time.RFC3339Nano), "dpv:hasDuration": w.validity(),
			"dpv:isIndicatedBy": w.indicatedBy(), "dpv:hasIndicationMethod": stated(w.c.Method),
		}},
	}
	if hands := w.enteredBy(); len(hands) > 0 {
		doc["dpv:isImplementedByEntity"] = hands
	}
	if w.cfg.Parties.Authority != "" {
		doc["dpv:hasAuthority"] = fields{"@type": "dpv:Authority", "dpv:hasName": w.cfg.Parties.Authority}
	}
	return doc
}

// indicatedBy is who said it.
func (w *receiptWriter) indicatedBy() any {
	if w.c.Method == rights.Representative.String() {
		return fields{"@type": "dpv:Entity", "dct:title": "a representative of the person"}
	}
	return "dpv:DataSubject"
}

// enteredBy is who of the controller wrote the record down, where the person did
// not do it themself.
func (w *receiptWriter) enteredBy() (hands []any) {
	for _, hand := range [...][2]string{{w.c.EnteredBy, "entered it for the person"}, {w.c.AgreedBy, "agreed to it as the second one"}} {
		if hand[0] != "" {
			hands = append(hands, fields{"@type": "dpv:Entity", "dpv:hasName": hand[0], "dct:description": hand[1]})
		}
	}
	return hands
}

// kantara writes Consent Receipt 1.1. It knows one answer, a yes; anything else
// is said in consentType.
func (w *receiptWriter) kantara() fields {
	kind := map[tactful.Answer]string{tactful.Granted: "EXPLICIT", tactful.Denied: "REFUSED", tactful.Withdrawn: "WITHDRAWN"}[w.c.Answer]
	termination := "when the person withdraws"
	if !w.c.Expires.IsZero() {
		termination = w.c.Expires.UTC().Format(time.RFC3339)
	}
	categories := make([]string, 0, 2)
	for _, term := range purposeTerms[w.c.Purpose] {
		categories = append(categories, "https://w3id.org/dpv#"+term[len("dpv:"):])
	}
	if len(categories) == 0 {
		categories = append(categories, "https://w3id.org/dpv#Purpose")
	}
	method := stated(w.c.Method)
	if w.c.EnteredBy != "" {
		method += ", entered by " + w.c.EnteredBy
	}
	if w.c.AgreedBy != "" {
		method += ", agreed to by " + w.c.AgreedBy
	}
	purpose := fields{
		"purpose": string(w.c.Purpose), "purposeCategory": categories, "consentType": kind, "piiCategory": dataOf(w.c.Purpose),
		"primaryPurpose": false, "termination": termination, "thirdPartyDisclosure": false,
	}
	if text, _, ok := w.policy.TextOf(w.c.Purpose, w.c.NoticeHash); ok {
		purpose["purpose"] = text
	}
	if third := w.recipients(); len(third) > 0 {
		purpose["thirdPartyDisclosure"] = true
		purpose["thirdPartyName"] = third[0].Name
	}
	return fields{
		"version": "KI-CR-v1.1.0", "jurisdiction": stated(w.c.Jurisdiction), "consentTimestamp": w.c.Time.Unix(),
		"collectionMethod": method, "consentReceiptID": w.c.ID, "language": stated(w.c.Language), "piiPrincipalId": w.principal,
		"piiControllers": []any{fields{"piiController": w.cfg.Controller, "contact": stated(w.cfg.Parties.Contact), "address": fields{"streetAddress": stated(w.cfg.Parties.Address)}}},
		"policyUrl":      "/privacy",
		"services":       []any{fields{"service": w.cfg.Controller, "purposes": []any{purpose}}},
		"sensitive":      w.c.Purpose == tactful.Protection,
		"spiCat":         []string{},
	}
}
