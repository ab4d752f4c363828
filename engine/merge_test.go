package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
)

// two is a world in which anna and her phone are two people.
func two(t *testing.T, adjust func(*Config)) *world {
	t.Helper()
	w := newWorld(t, adjust)
	w.stock(24)
	for _, who := range []string{"anna", "phone"} {
		w.agree(who, tactful.Full)
	}
	w.mustSend("anna", "purchased", 1, 2)
	w.mustSend("phone", "viewed", 3, 7)
	return w
}

func (w *world) mustMerge(into, other string) Joined {
	w.t.Helper()
	done, err := w.Merge(stolen("shop"), user(into), user(other))
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

func (w *world) whole() {
	w.t.Helper()
	found, err := w.Verify(context.Background(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, fault := range found.Faults {
		w.t.Error("verify: " + fault)
	}
}

func TestTwoHistoriesBecomeOneAndEverythingIsFoundUnderBothNames(t *testing.T) {
	ctx := context.Background()
	w := two(t, nil)
	same := object{"events": []any{object{"messageId": "m-1", "userId": "anna", "action": "viewed", "item": "item-5", "source": "web", "time": noon.Format(time.RFC3339)}}}
	w.expect(w.deliver(Native, false, same), "accepted")
	same["events"].([]any)[0].(object)["userId"] = "phone"
	w.expect(w.deliver(Native, false, same), "accepted")
	d := w.decide(tactful.Request{Subject: user("phone"), Placement: tactful.ForYou})
	if err := w.Report(ctx, d.ID, tactful.FeedbackShown, d.Suggestions[0].Item.ID); err != nil {
		t.Fatal(err)
	}
	person := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	asked, err := w.OpenRight(person, RightRequest{Subject: user("phone"), Kind: rights.Objection, Channel: rights.Centre})
	if err != nil {
		t.Fatal(err)
	}
	link, err := w.MakeLink(stolen("shop"), LinkRequest{Subject: user("phone"), Base: "https://privacy.shop.example"})
	if err != nil {
		t.Fatal(err)
	}
	before, err := w.ConsentLog(ctx, user("phone"), 50)
	if err != nil || len(before) == 0 {
		t.Fatal(err)
	}
	w.clock.pass(time.Minute)
	done := w.mustMerge("anna", "phone")
	if done.Already || done.Events != 3 || done.Receipts != 1 || done.Consents != len(before) {
		t.Errorf("merged: %+v", done)
	}
	if w.ref("anna") != w.ref("phone") {
		t.Fatal("they are two still")
	}
	want := []string{"purchased item-1 1", "purchased item-2 1", "viewed item-3 1", "viewed item-5 1", "viewed item-7 1"}
	got := w.kept(user("phone"))
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("kept %q, not %q", got, want)
	}
	w.expect(w.deliver(Native, false, same), "duplicate")

	if r, err := w.Receipt(ctx, d.ID); err != nil || len(r.Shown) == 0 || len(r.Feedback) != 1 {
		t.Errorf("the receipt of the phone: %+v, %v", r, err)
	}
	if err := w.Report(ctx, d.ID, tactful.FeedbackClicked, d.Suggestions[0].Item.ID); err != nil {
		t.Errorf("a report on a decision of the phone: %v", err)
	}
	after, err := w.ConsentLog(ctx, user("anna"), 50)
	if err != nil || len(after) != len(before)+2 {
		t.Errorf("%d answers, %v", len(after), err)
	}
	for _, old := range before {
		if !slices.Contains(after, old) {
			t.Errorf("the answer to %s has another leaf or index, or is gone", old.Consent.Purpose)
		}
	}
	if list, err := w.Rights(person, user("anna")); err != nil || len(list) != 1 || list[0].ID != asked.ID {
		t.Errorf("the request of the phone: %+v, %v", list, err)
	}
	if _, err := w.RedeemLink(ctx, link.Token); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a link from before: %v", err)
	}
	looks, err := w.Looks(ctx, user("anna"), 10)
	if err != nil || !slices.ContainsFunc(looks, func(l tactful.Look) bool { return l.Opened&tactful.OpenedJoined != 0 }) {
		t.Errorf("the person does not see that they were joined: %+v, %v", looks, err)
	}
	c, err := w.copyOf(ctx, w.ref("anna"), w.clock.Now())
	if err != nil || len(c.Joined) != 1 || !c.Joined[0].Time.Equal(done.Time) || len(c.Events) != 5 || len(c.Receipts) != 1 || len(c.Names) != 2 {
		t.Errorf("the copy: %+v, %v", c, err)
	}
	if again := w.mustMerge("anna", "phone"); !again.Already {
		t.Error("they were joined twice")
	}
	w.whole()
}

// TestAnEventThatNamesBothJoinsThem is how sites do it: identify with both ids at the
// sign-in, or alias.
func TestAnEventThatNamesBothJoinsThem(t *testing.T) {
	for _, form := range []Form{SegmentIdentify, SegmentAlias, SegmentBatch} {
		w := newWorld(t, nil)
		w.stock(24)
		w.agree("anna", tactful.Full)
		phone := tactful.Alias{Kind: tactful.Anonymous, ID: "phone"}
		if _, err := w.SetConsents(context.Background(), phone, w.agreed(tactful.Full)); err != nil {
			t.Fatal(err)
		}
		view := track("v-1", "", "Product Viewed", object{"product_id": "item-3"})
		delete(view, "userId")
		view["anonymousId"] = "phone"
		w.expect(w.deliver(SegmentBatch, false, object{"batch": []any{view}}), "accepted")
		body := object{"messageId": "i-1", "userId": "anna", "anonymousId": "phone"}
		late := track("v-2", "", "Product Viewed", object{"product_id": "item-4"})
		delete(late, "userId")
		late["anonymousId"] = "phone"
		switch form {
		case SegmentAlias:
			body = object{"messageId": "a-1", "userId": "anna", "previousId": "phone"}
			w.expect(w.deliver(form, false, body), "accepted")
		case SegmentBatch:
			body["type"] = "identify"
			w.expect(w.deliver(form, false, object{"batch": []any{body, late}}), "accepted", "accepted")
		default:
			w.expect(w.deliver(form, false, body), "accepted")
		}
		got := w.kept(user("anna"))
		if slices.Sort(got); !slices.Contains(got, "viewed item-3 1") || form == SegmentBatch && !slices.Contains(got, "viewed item-4 1") {
			t.Errorf("%v: kept %q", form, got)
		}
		body["messageId"] = "again"
		if form != SegmentBatch {
			w.expect(w.deliver(form, false, body), "duplicate")
		}
		w.whole()
	}
}

// agreed is recommendations and improvement at a level.
func (w *world) agreed(level tactful.Level) ConsentChange {
	change := ConsentChange{Level: level}
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	return change
}

// TestWhoMayNotBeJoinedStaysApart names every refusal; nothing is changed by any.
func TestWhoMayNotBeJoinedStaysApart(t *testing.T) {
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for _, tt := range []struct {
		name string
		do   func(w *world) error
		as   context.Context
	}{
		{"the other is at level personal", func(w *world) error {
			_, err := w.SetConsents(context.Background(), user("phone"), ConsentChange{Level: tactful.Personal})
			return err
		}, nil},
		{"the one who is left is at level personal", func(w *world) error {
			_, err := w.SetConsents(context.Background(), user("anna"), ConsentChange{Level: tactful.Personal})
			return err
		}, nil},
		{"the other took their yes back", func(w *world) error {
			_, err := w.SetConsents(context.Background(), user("phone"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn}}})
			return err
		}, nil},
		{"the other is locked", func(w *world) error { return w.Restrict(context.Background(), user("phone")) }, nil},
		{"the one who is left is locked", func(w *world) error { return w.Restrict(context.Background(), user("anna")) }, nil},
		{"the other is a minor", func(w *world) error { return w.SetMinor(stolen("shop"), user("phone")) }, nil},
		{"the other paused", func(w *world) error {
			return w.Pause(context.Background(), user("phone"), w.clock.Now().Add(time.Hour))
		}, nil},
		{"a request of the other is open", func(w *world) error {
			d := w.decide(tactful.Request{Subject: user("phone"), Placement: tactful.ForYou})
			_, err := w.OpenRight(person, RightRequest{Subject: user("phone"), Kind: rights.Review, Channel: rights.Centre, Detail: rights.Detail{Receipt: d.ID}})
			return err
		}, nil},
		{"an operator does it", func(*world) error { return nil }, operator()},
		{"the person does it in one visit", func(*world) error { return nil }, person},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := two(t, nil)
			if err := tt.do(w); err != nil {
				t.Fatal(err)
			}
			as := tt.as
			if as == nil {
				as = stolen("shop")
			}
			_, err := w.Merge(as, user("anna"), user("phone"))
			var known *tactful.Error
			if !errors.As(err, &known) || known.Kind != tactful.Refused || known.Remedy == "" {
				t.Errorf("%v", err)
			}
			if w.ref("anna") == w.ref("phone") || len(w.kept(user("phone"))) != 2 {
				t.Error("something was moved")
			}
			if open, err := w.records.OpenMerges(context.Background()); err != nil || len(open) > 0 {
				t.Errorf("%d merges are under way, %v", len(open), err)
			}
		})
	}
	t.Run("somebody who is not known", func(t *testing.T) {
		w := two(t, nil)
		if _, err := w.Merge(stolen("shop"), user("anna"), user("nobody")); tactful.KindOf(err) != tactful.NotFound {
			t.Error(err)
		}
	})
	t.Run("a recipient calls them two things", func(t *testing.T) {
		w := two(t, recipients("mailer"))
		for _, who := range []string{"anna", "phone"} {
			if err := w.SetRecipientID(context.Background(), user(who), "mailer", "their-"+who); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Merge(stolen("shop"), user("anna"), user("phone")); tactful.KindOf(err) != tactful.Refused {
			t.Error(err)
		}
		if w.ref("anna") == w.ref("phone") || len(w.kept(user("phone"))) != 2 { // taken back, not half done
			t.Error("something was moved")
		}
	})
}

// TestNobodyMergesThemselvesIntoSomebodyElse is the attack: a page's key, and a browser
// at which two people sign in.
func TestNobodyMergesThemselvesIntoSomebodyElse(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.agree("anna", tactful.Full)
	w.agree("mallory", tactful.Full)
	w.mustSend("anna", "purchased", 1, 2)
	browser := tactful.Alias{Kind: tactful.Anonymous, ID: "browser"}
	if _, err := w.SetConsents(context.Background(), browser, w.agreed(tactful.Full)); err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"messageId":"x","userId":"anna","anonymousId":"browser"}`)
	for _, form := range []Form{SegmentIdentify, SegmentAlias} {
		out, err := w.Ingest(context.Background(), Delivery{Trust: Untrusted, Form: form, Body: []byte(strings.ReplaceAll(string(body), "anonymousId", map[Form]string{SegmentIdentify: "anonymousId", SegmentAlias: "previousId"}[form]))})
		if err != nil || out[0].Status != OutcomeRefused || out[0].Reason != reasonNotPermitted {
			t.Errorf("a page's key: %+v, %v", out, err)
		}
	}
	// Anna signs in at the browser, and then mallory does.
	w.expect(w.deliver(SegmentIdentify, false, object{"messageId": "i-1", "userId": "anna", "anonymousId": "browser"}), "accepted")
	w.expect(w.deliver(SegmentIdentify, false, object{"messageId": "i-2", "userId": "mallory", "anonymousId": "browser"}), "refused both_known")
	if w.ref("anna") == w.ref("mallory") || len(w.kept(user("mallory"))) != 0 {
		t.Error("mallory is anna")
	}
}

// TestOfTwoAnswersTheNoStands joins what was said, and looks at what is in force.
func TestOfTwoAnswersTheNoStands(t *testing.T) {
	ctx := context.Background()
	person := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	on := true
	say := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	no := func(w *world, who string, purpose tactful.Purpose) error {
		_, err := w.SetConsents(ctx, user(who), ConsentChange{Answers: []tactful.Consent{{Purpose: purpose, Answer: tactful.Withdrawn}}})
		return err
	}
	answer := func(w *world, purpose tactful.Purpose) tactful.Answer {
		standings, err := w.records.ReadStanding(ctx, []tactful.Ref{w.ref("anna")}, w.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return standings[0].Consents.Purposes[purpose].Answer
	}
	standing := func(w *world) *records.Standing {
		standings, err := w.records.ReadStanding(ctx, []tactful.Ref{w.ref("anna")}, w.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return standings[0]
	}
	for _, tt := range []struct {
		name   string
		before bool // whether it holds of anna before the merge
		say    func(t *testing.T, w *world)
		want   func(w *world) bool
	}{
		{"a no of the other stands against an older yes", false, func(t *testing.T, w *world) { say(t, no(w, "phone", tactful.Improvement)) },
			func(w *world) bool { return answer(w, tactful.Improvement) == tactful.Withdrawn }},
		{"a no of the other stands against a newer yes", false, func(t *testing.T, w *world) {
			say(t, no(w, "phone", tactful.Improvement))
			w.clock.pass(time.Hour)
			w.agree("anna", tactful.Full)
		}, func(w *world) bool { return answer(w, tactful.Improvement) == tactful.Withdrawn }},
		{"a no of the one who is left stands against a newer yes of the other", true, func(t *testing.T, w *world) {
			say(t, no(w, "anna", tactful.Improvement))
			w.clock.pass(time.Hour)
			w.agree("phone", tactful.Full)
		}, func(w *world) bool { return answer(w, tactful.Improvement) == tactful.Withdrawn }},
		{"a yes that the other alone said is asked for again", true, func(t *testing.T, w *world) { w.alsoYes("phone", tactful.Experiments) },
			func(w *world) bool { return answer(w, tactful.Experiments) == tactful.NoAnswer }},
		{"a yes of the one who is left stays", true, func(t *testing.T, w *world) { w.alsoYes("anna", tactful.Experiments) },
			func(w *world) bool { return answer(w, tactful.Experiments) == tactful.Granted }},
		{"a test that the other left is left", false, func(t *testing.T, w *world) {
			test, ctx := records.TestID{7}, context.Background()
			for _, who := range []string{"anna", "phone"} {
				standings, err := w.records.ReadStanding(ctx, []tactful.Ref{w.ref(who)}, w.clock.Now())
				say(t, err)
				say(t, w.records.Expose(ctx, w.ref(who), standings[0].Version, []records.Exposure{{Test: test, Arm: who, Time: w.clock.Now()}}, w.clock.Now().Add(time.Hour)))
			}
			_, err := w.records.Leave(ctx, w.ref("phone"), &test, w.clock.Now().Add(time.Hour), w.clock.Now())
			say(t, err)
		}, func(w *world) bool {
			list, err := w.records.Exposures(context.Background(), w.ref("anna"), w.clock.Now())
			return err == nil && len(list) == 1 && list[0].Left
		}},
		{"a signal is kept", false, func(t *testing.T, w *world) {
			_, err := w.SetConsents(ctx, user("phone"), ConsentChange{GPC: &on})
			say(t, err)
		}, func(w *world) bool { return standing(w).Consents.GPC }},
		{"an objection is kept", false, func(t *testing.T, w *world) { say(t, w.Object(ctx, user("phone"))) }, func(w *world) bool { return !standing(w).Objected.IsZero() }},
		{"what was muted stays muted", false, func(t *testing.T, w *world) {
			_, err := w.SetPreferences(person, user("phone"), tactful.Preferences{Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMuted}})
			say(t, err)
			_, err = w.SetPreferences(person, user("anna"), tactful.Preferences{Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMore}})
			say(t, err)
		}, func(w *world) bool {
			p, err := w.Preferences(ctx, user("anna"))
			return err == nil && p.Topics["Toys"] == tactful.WishMuted
		}},
		{"what was put aside stays aside", false, func(t *testing.T, w *world) { say(t, w.SetHistory(ctx, user("phone"), "item-3", "unused")) }, func(w *world) bool {
			s, _, err := w.records.ReadSettings(ctx, w.ref("anna"), w.clock.Now())
			return err == nil && s["item-3"].Setting.String() == "unused"
		}},
		{"what was removed under one name is gone under both", false, func(t *testing.T, w *world) {
			for _, who := range []string{"anna", "phone"} {
				w.expect(w.deliver(Native, false, object{"events": []any{object{"messageId": "both", "userId": who, "action": "viewed", "item": "item-9", "source": "web", "time": noon.Format(time.RFC3339)}}}), "accepted")
			}
			_, err := w.WithdrawEvents(ctx, user("phone"), rights.Selection{Item: "item-9"})
			say(t, err)
		}, func(w *world) bool { return !slices.Contains(w.kept(user("anna")), "viewed item-9 1") }},
		{"what was removed under the name that is left does not come back by the other", true, func(t *testing.T, w *world) {
			for _, who := range []string{"anna", "phone"} {
				w.expect(w.deliver(Native, false, object{"events": []any{object{"messageId": "both", "userId": who, "action": "viewed", "item": "item-9", "source": "web", "time": noon.Format(time.RFC3339)}}}), "accepted")
			}
			_, err := w.WithdrawEvents(ctx, user("anna"), rights.Selection{Item: "item-9"})
			say(t, err)
		}, func(w *world) bool { return !slices.Contains(w.kept(user("anna")), "viewed item-9 1") }},
		{"a history that was cleared is not sent again under the other name", false, func(t *testing.T, w *world) {
			_, err := w.WithdrawEvents(ctx, user("phone"), rights.Selection{All: true})
			say(t, err)
			w.clock.pass(time.Minute)
		}, func(w *world) bool {
			out := w.deliver(Native, false, object{"events": []any{object{"messageId": fmt.Sprint("old-", w.clock.Now().Unix()), "userId": "anna", "action": "viewed", "item": "item-9", "source": "web", "time": noon.Add(-time.Hour).Format(time.RFC3339)}}})
			w.clock.pass(time.Second)
			return out[0].Status == OutcomeRefused && out[0].Reason == "removed"
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := two(t, nil)
			w.clock.pass(time.Minute)
			tt.say(t, w)
			w.clock.pass(time.Minute)
			if held := tt.want(w); held != tt.before { // the control: it is the merge that makes it so
				t.Fatalf("before the merge: %v", held)
			}
			w.mustMerge("anna", "phone")
			if !tt.want(w) {
				t.Error("it does not hold after the merge")
			}
			w.whole()
		})
	}
}

// alsoYes says yes to one purpose at the level full.
func (w *world) alsoYes(id string, purpose tactful.Purpose) {
	w.t.Helper()
	for _, n := range w.Notices("en") {
		if n.Purpose == purpose {
			change := ConsentChange{Level: tactful.Full, Answers: []tactful.Consent{{Purpose: purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"}}}
			if _, err := w.SetConsents(context.Background(), user(id), change); err != nil {
				w.t.Fatal(err)
			}
			return
		}
	}
	w.t.Fatalf("there is no purpose %s", purpose)
}

// TestTheModelIsOneThatAlwaysKnewThemAsOne compares it with the fit of a shop in which
// they were one from the beginning, whatever was fitted before, and after a start.
func TestTheModelIsOneThatAlwaysKnewThemAsOne(t *testing.T) {
	known := newWorld(t, nil)
	known.stock(24)
	known.crowd(60, 24)
	known.agree("anna", tactful.Full)
	known.mustSend("anna", "purchased", 1, 2, 3, 7)
	known.mustSend("anna", "viewed", 5, 9, 13)
	want := known.train().Hash
	for _, tt := range []struct {
		name                   string
		before, between, start bool
	}{
		{"fitted before and after", true, false, false}, {"fitted after only", false, false, false},
		{"a start between the merge and the fit", true, false, true}, {"fitted before, and again before a start", true, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.stock(24)
			w.crowd(60, 24)
			w.agree("anna", tactful.Full)
			w.agree("phone", tactful.Full)
			w.mustSend("anna", "purchased", 1, 2, 3, 7)
			w.mustSend("phone", "viewed", 5, 9, 13)
			if tt.before {
				if w.train().Hash == want {
					t.Fatal("two people teach what one does: the test shows nothing")
				}
			}
			w.mustMerge("anna", "phone")
			people := int64(0)
			if tt.between {
				people = w.train().People
			}
			if tt.start {
				w.shut()
				w.open()
			}
			report := w.train()
			if report.Hash != want {
				t.Errorf("the model is %.12s, and %.12s where they were always one", report.Hash, want)
			}
			if report.People != 61 || people != 0 && people != 61 {
				t.Errorf("%d people have taught the model", report.People)
			}
			if list, err := w.records.LearningMerges(context.Background()); err != nil || len(list) > 0 {
				t.Errorf("%d merges wait for a fit, %v", len(list), err)
			}
			w.whole()
		})
	}
}

// TestAnErasureTakesBothSelvesWithIt erases somebody into whom two histories were joined.
func TestAnErasureTakesBothSelvesWithIt(t *testing.T) {
	ctx := context.Background()
	never := neverSeen(t)
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	refs := map[string]tactful.Ref{}
	traces := map[string][]byte{}
	for _, who := range []string{"anna", "phone", "tablet"} {
		w.agree(who, tactful.Full)
		w.mustSend(who, "purchased", 1, 2, 3, 7)
		refs[who] = w.ref(who)
		ref, alias := refs[who], w.vault.AliasID(user(who))
		traces["the reference of "+who], traces["the name of "+who] = ref[:], alias[:]
	}
	w.train()
	w.clock.pass(time.Minute)
	place := t.TempDir() + "/monday"
	if _, err := w.Backup(ctx, place, nil); err != nil {
		t.Fatal(err)
	}
	w.mustMerge("phone", "tablet")
	w.mustMerge("anna", "phone")
	w.clock.pass(time.Minute)
	receipt, err := w.Erase(ctx, user("tablet")) // by whichever name
	if err != nil || receipt.State != "done" {
		t.Fatal(receipt, err)
	}
	if w.Health().ModelHash != never {
		t.Error("the model remembers")
	}
	for who, ref := range refs {
		if left, err := w.records.Left(ctx, ref, [][16]byte{w.vault.AliasID(user(who))}); err != nil || !left.Empty() {
			t.Errorf("%s: %+v is left, %v", who, left, err)
		}
		if key, err := w.vault.Retired(ctx, ref); err != nil || key != nil {
			t.Errorf("%s: a key is left, %v", who, err)
		}
	}
	receipts, err := w.ErasureReceipts(ctx, 10)
	if err != nil || len(receipts) != 1 {
		t.Errorf("%d receipts, %v", len(receipts), err)
	}
	w.whole()
	w.shut()
	for _, dir := range []string{"data", "keys"} {
		content := everyByte(t, w.dir+"/"+dir)
		for what, trace := range traces {
			if strings.Contains(string(content), string(trace)) {
				t.Errorf("%s is in the files of %s", what, dir)
			}
		}
	}
	// A copy from before the merges forgets all three again.
	w.putBackCopy(place)
	w.open()
	for who, ref := range refs {
		if left, err := w.records.Left(ctx, ref, [][16]byte{w.vault.AliasID(user(who))}); err != nil || !left.Empty() {
			t.Errorf("restored, %s: %+v is left, %v", who, left, err)
		}
	}
	if w.Health().ModelHash != never {
		t.Error("restored, the model remembers")
	}
}

// TestACopyFromBeforeAMergeObeysIt puts back a copy in which they are two.
func TestACopyFromBeforeAMergeObeysIt(t *testing.T) {
	ctx := context.Background()
	w := two(t, nil)
	w.crowd(60, 24)
	w.train()
	place := t.TempDir() + "/monday"
	if _, err := w.Backup(ctx, place, nil); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Minute)
	if _, err := w.WithdrawEvents(ctx, user("phone"), rights.Selection{Item: "item-3"}); err != nil { // under the other name, before
		t.Fatal(err)
	}
	w.clock.pass(time.Minute)
	w.mustMerge("anna", "phone")
	w.clock.pass(time.Minute)
	if err := w.SetHistory(ctx, user("anna"), "item-7", "unused"); err != nil { // as one, after
		t.Fatal(err)
	}
	if _, err := w.WithdrawEvents(ctx, user("anna"), rights.Selection{Item: "item-7"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SetConsents(ctx, user("anna"), ConsentChange{Level: tactful.Generic}); err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.putBackCopy(place)
	w.open()
	if w.ref("anna") != w.ref("phone") {
		t.Fatal("they are two once more")
	}
	if got := w.decide(tactful.Request{Subject: user("phone"), Placement: tactful.ForYou}).Level; got != tactful.Generic {
		t.Errorf("the second self is served at level %s", got)
	}
	got := w.kept(user("phone"))
	if slices.Sort(got); !slices.Equal(got, []string{"purchased item-1 1", "purchased item-2 1"}) {
		t.Errorf("kept %q", got)
	}
	s, _, err := w.records.ReadSettings(ctx, w.ref("anna"), w.clock.Now())
	if err != nil || s["item-7"].Setting.String() != "unused" {
		t.Errorf("what was put aside: %v, %v", s, err)
	}
	w.shut()
	w.open() // it is settled: nothing is repeated
	if w.ref("anna") != w.ref("phone") {
		t.Error("they are two after the second start")
	}
	found, err := w.Verify(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range found.Faults {
		if !strings.HasPrefix(fault, "ledger: ") { // what was said since the copy is lost with it, and named
			t.Error(fault)
		}
	}
}

// TestASecondHistoryIsBounded refuses what does not fit into one write.
func TestASecondHistoryIsBounded(t *testing.T) {
	w := two(t, nil)
	ref := w.ref("phone")
	events := make([]tactful.Event, records.MaxMergeEvents+1)
	for i := range events {
		events[i] = tactful.Event{MessageID: fmt.Sprint(i), Action: tactful.Viewed, Item: "item-1", Source: "web", Time: noon, Provenance: tactful.Observed}
	}
	if _, err := w.records.AppendEvents(context.Background(), []records.SubjectEvents{{Ref: ref, Events: events, Judged: records.Unjudged}}, w.rules.Expires, noon); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][2]string{{"anna", "phone"}, {"phone", "anna"}} {
		if _, err := w.Merge(stolen("shop"), user(names[0]), user(names[1])); tactful.KindOf(err) != tactful.Refused || !strings.Contains(err.Error(), "5000 events") {
			t.Error(err)
		}
	}
	if w.ref("phone") != ref || w.ref("anna") == ref {
		t.Error("something was moved")
	}
	answers, err := w.data.Read(context.Background(), []store.Query{{Partition: store.Partition{Section: store.Subjects, ID: w.ref("anna")}, Family: store.Log, From: []byte{'e'}, To: []byte{'f'}, Now: noon}})
	if err != nil || len(answers[0].Rows) != 2 {
		t.Error("anna has other events than before")
	}
}
