package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
)

// shares is a purpose of the operator's own; such purposes are bound by the
// signal unless the operator says otherwise.
const shares tactful.Purpose = "share_with_partners"

func gpcWorld(t *testing.T) *world {
	return newWorld(t, func(c *Config) {
		c.Consent.Purposes = append(c.Consent.Purposes, consent.PurposeConfig{Name: shares, Version: "1", Text: map[string]string{"en": "May we share what you buy with our partners?"}})
	})
}

// grantAll says yes to every purpose.
func (w *world) grantAll(a tactful.Alias) {
	w.t.Helper()
	change := ConsentChange{Level: tactful.Full}
	for _, n := range w.Notices("en") {
		change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
	}
	if _, err := w.SetConsents(context.Background(), a, change); err != nil {
		w.t.Fatal(err)
	}
}

// may asks for a purpose, as an exporter or a sharing job would.
func (w *world) mayUse(a tactful.Alias, purpose tactful.Purpose) bool {
	w.t.Helper()
	refs, err := w.records.Lookup(context.Background(), []tactful.Alias{a}, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	standings, err := w.records.ReadStanding(context.Background(), refs, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return w.policy.Permit(w.standing(standings[0], w.clock.Now()), consent.Ask{Purpose: purpose}, w.clock.Now()).Allowed
}

func TestGPCOfOneBrowserWinsOverAStoredYesForEveryNameOfThePerson(t *testing.T) {
	w := gpcWorld(t)
	w.stock(24)
	w.crowd(120, 24)
	w.train()
	account, phone := user("anna"), anonymous("phone")
	w.grantAll(account)
	w.expect(w.deliver(SegmentIdentify, false, object{"messageId": "i-1", "userId": "anna", "anonymousId": "phone"}), "accepted")
	w.mustSend("anna", "purchased", 1)
	if !w.mayUse(account, shares) || !w.mayUse(account, tactful.Offers) {
		t.Fatal("the yes does not count before the signal: this proves nothing")
	}
	ask := tactful.Request{Subject: phone, Placement: tactful.ForYou, GPC: true}
	first := w.decide(ask)
	if !first.GPC || first.GPCKept || first.Level < tactful.Personal {
		t.Fatalf("the signal is shown as honoured, is not kept yet, and leaves first-party lists alone: %+v", first)
	}
	if err := w.HonourGPC(context.Background(), phone); err != nil {
		t.Fatal(err)
	}
	ask.GPC, ask.Subject = false, account // another device, without the signal
	second := w.decide(ask)
	if !second.GPC || !second.GPCKept || second.Level < tactful.Personal || second.Suggestions[0].Origin != tactful.Ranked {
		t.Fatalf("on the account: %+v", second)
	}
	for _, name := range []tactful.Alias{account, phone} {
		for purpose, want := range map[tactful.Purpose]bool{shares: false, tactful.Offers: false, tactful.LocationUse: false, tactful.Recommendations: true, tactful.Improvement: true} {
			if got := w.mayUse(name, purpose); got != want {
				t.Errorf("%s may be used: %v", purpose, got)
			}
		}
	}
	status := w.GPCStatus(w.stands(account), false)
	if !status.Honoured || !status.Kept || !slices.Contains(status.Stops, shares) || slices.Contains(status.Stops, tactful.Recommendations) {
		t.Errorf("%+v", status)
	}
	if entries, err := w.ConsentLog(context.Background(), account, 100); err != nil || len(entries) != len(w.Notices("en")) {
		t.Errorf("the signal changed the records: %d, %v", len(entries), err)
	}
}

func TestGPCOfABrowserThatNobodyKnowsMakesNobodyKnown(t *testing.T) {
	w := gpcWorld(t)
	if err := w.HonourGPC(context.Background(), anonymous("stranger")); err != nil {
		t.Fatal(err)
	}
	refs, err := w.records.Lookup(context.Background(), []tactful.Alias{anonymous("stranger")}, w.clock.Now())
	if err != nil || !refs[0].IsZero() {
		t.Fatal("somebody was made known by a signal", err)
	}
	if s := w.GPCStatus(tactful.Consents{}, true); !s.Honoured || s.Kept {
		t.Errorf("%+v", s)
	}
	if s := w.GPCStatus(tactful.Consents{}, false); s.Honoured || len(s.Stops) > 0 {
		t.Errorf("%+v", s)
	}
}

func TestQuestionsComeBackOnlyWhenTheyMay(t *testing.T) {
	w := newWorld(t, nil)
	ctx := context.Background()
	may := func() bool {
		t.Helper()
		ask, err := w.MayAsk(ctx, user("anna"), "DE")
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(ask, tactful.Recommendations)
	}
	if !may() {
		t.Error("somebody new may not be asked")
	}
	w.agree("anna", tactful.Personal)
	if may() {
		t.Error("a live yes is asked for")
	}
	if _, err := w.SetConsents(ctx, user("anna"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn}}}); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if may() {
			t.Fatalf("asked again at %s after a no at %s", w.clock.Now(), noon)
		}
		w.clock.pass(30 * 24 * time.Hour)
	}
	w.clock.pass(5 * 24 * time.Hour)
	if !may() {
		t.Error("after six months it may be asked again")
	}
}

func TestGoogleConsentModeOfAnEventIsHeeded(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Consent.Categories = map[string]consent.CategoryConfig{"personalization_storage": {
			Purposes: []tactful.Purpose{tactful.Recommendations}, Text: "Personal suggestions?", Version: "g1", Language: "en", Level: "personal"}}
	})
	w.stock(3)
	event := func(id string, who tactful.Alias, mode object) object {
		e := viewing(id, who, w.clock.Now(), nil)
		e["consentMode"] = mode
		return events(e)
	}
	w.expect(w.deliver(Native, false, event("m-1", user("anna"), object{"type": "default", "personalization_storage": "granted"})), "refused no_subject")
	w.expect(w.deliver(Native, false, event("m-2", user("anna"), object{"type": "update", "personalization_storage": "granted"})), "accepted")
	if c := w.stands(user("anna")); c.Purposes[tactful.Recommendations].Method != "google" || c.Level != tactful.Personal {
		t.Fatalf("%+v", c)
	}
	w.clock.pass(time.Minute)
	w.expect(w.deliver(Native, false, event("m-3", user("anna"), object{"type": "default", "personalization_storage": "denied"})), "refused no_record")
	if got := w.stands(user("anna")).Purposes[tactful.Recommendations].Answer; got != tactful.Granted {
		t.Errorf("a default, which nobody said, is recorded as %s", got)
	}
	w.clock.pass(time.Minute)
	w.expect(w.deliver(Native, false, event("m-4", user("anna"), object{"type": "update", "personalization_storage": "denied"})), "refused withdrawn")
	w.clock.pass(time.Minute)
	w.expect(w.deliver(Native, false, event("m-5", user("anna"), object{"type": "update", "personalization_storage": "granted"})), "refused withdrawn")
	w.sound()
}

func TestGPCSentWithABrowserKeyIsKeptForABrowserThatIsKnownAndMakesNobody(t *testing.T) {
	w := gpcWorld(t)
	ctx := context.Background()
	laptop := anonymous("laptop")
	w.grantAll(laptop)
	send := func(id string) {
		t.Helper()
		body := `{"events":[{"messageId":"` + id + `","anonymousId":"` + id + `","action":"viewed","item":"item-1","source":"web","time":"2026-11-22T11:00:00Z"}]}`
		if _, err := w.Ingest(ctx, Delivery{Trust: Untrusted, Form: Native, GPC: true, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	send("laptop")
	send("stranger")
	if c := w.stands(laptop); !c.GPC {
		t.Errorf("the signal of a known browser is not kept: %+v", c)
	}
	if refs, err := w.records.Lookup(ctx, []tactful.Alias{anonymous("stranger")}, w.clock.Now()); err != nil || !refs[0].IsZero() {
		t.Errorf("a signal made somebody known: %v, %v", refs, err)
	}
}

func TestTheSignalOfAPageIsKeptForItsBrowserAndTheProfileBehindIt(t *testing.T) {
	ctx := context.Background()
	w := gpcWorld(t)
	phone, account := anonymous("phone"), user("anna")
	w.grantAll(account)
	w.expect(w.deliver(SegmentIdentify, false, object{"messageId": "i-1", "userId": "anna", "anonymousId": "phone"}), "accepted")
	hear := func(a tactful.Alias) {
		t.Helper()
		if err := w.HearGPC(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	hear(account) // anybody can name an account
	if w.stands(account).GPC || !w.mayUse(account, shares) {
		t.Fatal("a page spoke for an account")
	}
	people := w.subjects()
	hear(anonymous("stranger"))
	if w.subjects() != people {
		t.Error("somebody was made known by a signal")
	}
	hear(phone)
	if !w.stands(phone).GPC || !w.stands(account).GPC || w.mayUse(account, shares) {
		t.Error("the signal is not kept for the browser and its profile")
	}
	before := w.stands(account)
	w.clock.pass(time.Hour)
	hear(phone)
	if got := w.stands(account); !sameStanding(got, before) {
		t.Error("the same signal was kept twice")
	}
}
