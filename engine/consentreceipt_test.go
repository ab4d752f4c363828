package engine

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// mandatory are the fields that ISO/IEC TS 27560 asks for, and where the guide
// of the DPV community group puts them.
var mandatory = map[string]string{
	"schema version":          "dct:conformsTo",
	"record id":               "dct:identifier",
	"receipt id":              "dct:hasPart/dct:identifier",
	"PII principal id":        "dpv:hasDataSubject/dct:identifier",
	"privacy notice":          "dpv:hasNotice/@type",
	"language":                "dpv:hasNotice/dct:language",
	"purpose":                 "dpv:hasProcess/dpv:hasPurpose/@type",
	"PII information":         "dpv:hasProcess/dpv:hasPersonalData",
	"PII controllers":         "dpv:hasDataController/@id",
	"storage locations":       "dpv:hasProcess/dpv:hasStorageCondition",
	"retention period":        "dpv:hasProcess/dpv:hasStorageCondition",
	"jurisdiction":            "dpv:hasJurisdiction",
	"recipient third parties": "dpv:hasProcess/dpv:hasRecipient",
	"withdrawal method":       "dpv:hasConsentControl/dpv:isExercisedAt",
	"party id":                "dpv:hasEntity/dct:identifier",
	"party address":           "dpv:hasEntity/dpv:hasAddress",
	"party name":              "dpv:hasEntity/dpv:hasName",
	"party contact":           "dpv:hasEntity/dpv:hasContact",
	"party type":              "dpv:hasEntity/@type",
	"event time":              "dpv:hasConsentStatus/dpv:isIndicatedAtTime",
	"validity duration":       "dpv:hasConsentStatus/dpv:hasDuration/rdf:value",
	"entity id":               "dpv:hasConsentStatus/dpv:isIndicatedBy",
	"event type":              "dpv:hasConsentStatus/@type",
	"event state":             "dpv:hasConsentStatus/@type",
}

// at follows a path through objects, and through the first of a list.
func at(document any, path string) any {
	for _, step := range strings.Split(path, "/") {
		if list, ok := document.([]any); ok && len(list) > 0 {
			document = list[0]
		}
		members, ok := document.(map[string]any)
		if !ok {
			return nil
		}
		document = members[step]
	}
	return document
}

// dpvTerms are the terms that a receipt may use; all are of DPV 2.3.
const dpvTerms = ` Authority Collect ConsentExpired ConsentGiven ConsentNotice ConsentReceipt ConsentRecord ConsentRefused ConsentWithdrawn
 DataController DataProcessor DataSubject DirectMarketing ExpressedConsent JointDataControllers Organisation PersonalData PersonalisedBenefits
 PrivacyNotice Process Profiling ProvideConsent ProvidePersonalisedRecommendations ProvideProductRecommendations Purpose Recipient
 ResearchAndDevelopment ServicePersonalisation ServiceUsageAnalytics StorageDuration StorageLocation ThirdParty UntilEventDuration
 UntilTimeDuration Use WithdrawConsent
 hasAddress hasAuthority hasConsentControl hasConsentStatus hasContact hasDataController hasDataSource hasDataSubject hasDuration hasEntity
 hasIndicationMethod hasJurisdiction hasLegalBasis hasLocation hasName hasNotice hasPersonalData hasProcess hasProcessing hasPurpose
 hasRecipient hasStorageCondition isExercisedAt isIndicatedAtTime isIndicatedBy `

func TestAConsentReceiptHasEveryMandatoryFieldForEveryPurposeAndAnswer(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Controller = "Lantern & Sons"
		c.Parties = Parties{Address: "Lamp Street 1, Bremen", Contact: "privacy@lantern.example", Storage: "DE", Authority: "LfDI Bremen",
			Recipients: []Recipient{{Name: "Post House", Role: "processor", Country: "DE", Why: "sends our letters", Purpose: tactful.MessagesLetter, Records: []string{"event"}}}}
	})
	term := regexp.MustCompile(`dpv:([A-Za-z]+)`)
	checked := 0
	for _, notice := range w.Notices("de") {
		for _, answer := range []tactful.Answer{tactful.Granted, tactful.Denied} {
			who := user(string(notice.Purpose) + answer.String())
			c, err := w.SetConsents(context.Background(), who, ConsentChange{Answers: []tactful.Consent{{Purpose: notice.Purpose, Answer: answer,
				NoticeVersion: notice.Version, NoticeHash: notice.Hash, Language: "de", Method: "form", Jurisdiction: "DE"}}})
			if err != nil {
				t.Fatal(err)
			}
			text, err := w.ConsentReceipt(context.Background(), who, c.Purposes[notice.Purpose].ID)
			if err != nil {
				t.Fatal(err)
			}
			var document any
			if err := json.Unmarshal(text, &document); err != nil {
				t.Fatal(err)
			}
			for name, path := range mandatory {
				if got := at(document, path); got == nil || got == "" || got == unstated {
					t.Errorf("%s, %s: %s is missing (%s)", notice.Purpose, answer, name, path)
				}
				checked++
			}
			if got := at(document, "dpv:hasNotice/spdx:checksum/spdx:checksumValue"); got != notice.Hash {
				t.Errorf("the notice hash is %v", got)
			}
			if got := at(document, "dpv:hasNotice/dct:description/@value"); got != notice.Text {
				t.Errorf("the text shown is %v", got)
			}
			for _, used := range term.FindAllStringSubmatch(string(text), -1) {
				if !strings.Contains(dpvTerms, " "+used[1]+" ") && !strings.Contains(dpvTerms, " "+used[1]+"\n") {
					t.Errorf("dpv:%s is not a term of the vocabulary", used[1])
				}
			}
			if third := strings.Contains(string(text), "Post House"); third != (notice.Purpose == tactful.MessagesLetter) {
				t.Errorf("%s: the recipient of letters is named: %v", notice.Purpose, third)
			}
		}
	}
	t.Logf("%d mandatory fields found in receipts of %d purposes, yes and no", checked, len(w.Notices("de")))
}

func TestAReceiptSaysWhatStandsNowAndWhatNobodyStated(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	entries, err := w.ConsentLog(context.Background(), user("anna"), 1)
	if err != nil {
		t.Fatal(err)
	}
	read := func(id string) any {
		text, err := w.ConsentReceipt(context.Background(), user("anna"), id)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		return document
	}
	state := func(document any) any {
		list, _ := at(document, "dpv:hasConsentStatus/@type").([]any)
		return list[0]
	}
	first := read(entries[0].Consent.ID)
	if got := state(first); got != "dpv:ConsentGiven" {
		t.Errorf("state %v", got)
	}
	for _, path := range []string{"dpv:hasEntity/dpv:hasAddress", "dpv:hasEntity/dpv:hasContact", "dpv:hasJurisdiction"} {
		if got := at(first, path); got != unstated {
			t.Errorf("%s is made up: %v", path, got)
		}
	}
	w.clock.pass(400 * 24 * time.Hour)
	if got := state(read(entries[0].Consent.ID)); got != "dpv:ConsentExpired" {
		t.Errorf("after thirteen months the state is %v", got)
	}
}

func TestTheKantaraViewHasItsFields(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Parties = Parties{Address: "Lamp Street 1", Contact: "privacy@lantern.example"} })
	w.agree("anna", tactful.Personal)
	entries, err := w.ConsentLog(context.Background(), user("anna"), 1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := w.ConsentReceiptAs(context.Background(), user("anna"), entries[0].Consent.ID, Kantara)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"version", "jurisdiction", "consentTimestamp", "collectionMethod", "consentReceiptID", "language", "piiPrincipalId",
		"piiControllers/piiController", "piiControllers/contact", "policyUrl", "services/purposes/purpose", "services/purposes/purposeCategory",
		"services/purposes/consentType", "services/purposes/piiCategory", "services/purposes/primaryPurpose", "services/purposes/termination",
		"services/purposes/thirdPartyDisclosure", "sensitive"} {
		if at(document, path) == nil {
			t.Errorf("%s is missing", path)
		}
	}
	if at(document, "version") != "KI-CR-v1.1.0" || at(document, "services/purposes/consentType") != "EXPLICIT" {
		t.Errorf("%s", text)
	}
	if _, err := w.ConsentReceiptAs(context.Background(), user("anna"), entries[0].Consent.ID, "poem"); tactful.KindOf(err) != tactful.Invalid {
		t.Error(err)
	}
}
