package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// spokenTo is a yes to purposes, with the texts that count.
func (w *world) spokenTo(level tactful.Level, purposes ...tactful.Purpose) rights.Detail {
	w.t.Helper()
	yes := &rights.Yes{}
	if level != tactful.LevelUnknown {
		yes.Level = level.String()
	}
	for _, n := range w.Notices("en") {
		for _, p := range purposes {
			if n.Purpose == p {
				yes.Answers = append(yes.Answers, rights.YesTo{Purpose: string(p), NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language})
			}
		}
	}
	if len(yes.Answers) != len(purposes) {
		w.t.Fatal("a purpose has no text")
	}
	return rights.Detail{Yes: yes, Proof: "called back on the number on file"}
}

func (w *world) release(ctx context.Context, id string, want rights.State) {
	w.t.Helper()
	if r, err := w.ReleaseRight(ctx, id); err != nil || r.State != want {
		w.t.Fatalf("released it is %s, %v", r.State, err)
	}
}

// TestTwoOperatorsTakeAYesThatNoneTakesAlone: by phone, by letter or through a
// representative, with how it came and who took it in the record and its receipts.
func TestTwoOperatorsTakeAYesThatNoneTakesAlone(t *testing.T) {
	w := newWorld(t, nil)
	for i, channel := range []rights.Channel{rights.Phone, rights.Letter, rights.Representative} {
		who := []string{"anna", "ben", "cleo"}[i] // nobody knew them before
		r := w.ask(asAnn, who, rights.Agreement, channel, w.spokenTo(tactful.Personal, tactful.Recommendations))
		if r.State != rights.Waiting || w.may(who, tactful.Recommendations).Allowed || w.said(who).Level != tactful.LevelUnknown {
			t.Fatalf("%s: it counts before a second one agreed: %s", channel, r.State)
		}
		if _, err := w.ReleaseRight(asAnn, r.ID); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s: released by who entered it: %v", channel, err)
		}
		said := w.clock.Now()
		w.clock.pass(time.Hour)
		w.release(asBob, r.ID, rights.Done)
		c := w.said(who).Purposes[tactful.Recommendations]
		if c.Answer != tactful.Granted || c.Method != channel.String() || c.EnteredBy != "ann" || c.AgreedBy != "bob" || c.Jurisdiction != "DE" || !c.Time.Equal(said) {
			t.Errorf("%s: the record is %+v", channel, c)
		}
		if !w.may(who, tactful.Recommendations).Allowed || w.said(who).Level != tactful.Personal {
			t.Errorf("%s: the next decision does not obey", channel)
		}
		for form, want := range map[ReceiptForm][]string{
			ISO27560: {`"dpv:hasIndicationMethod": "` + channel.String() + `"`, `"dpv:hasName": "ann"`, `"dpv:hasName": "bob"`, "agreed to it as the second one"},
			Kantara:  {channel.String() + ", entered by ann, agreed to by bob"},
		} {
			text, err := w.ConsentReceiptAs(asPerson, user(who), c.ID, form)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range want {
				if !strings.Contains(string(text), part) {
					t.Errorf("%s: the %s receipt does not say %s", channel, form, part)
				}
			}
			if itself := strings.Contains(string(text), `"dpv:isIndicatedBy": "dpv:DataSubject"`); form == ISO27560 && itself == (channel == rights.Representative) {
				t.Errorf("%s: who said it: %s", channel, text)
			}
		}
		proof, err := w.ProveConsent(asPerson, user(who), c.ID)
		if err != nil || proof.Says.EnteredBy != "ann" {
			t.Fatalf("%+v, %v", proof.Says, err)
		}
		proof.Says.EnteredBy = "" // who took it is proved with the rest
		text, err := json.Marshal(proof)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := CheckConsentProof(text, proof.PublicKey); err == nil {
			t.Error("a proof says that she did it herself")
		}
	}
	if v, err := w.VerifyLedger(context.Background(), "", nil); err != nil || len(v.Faults) > 0 {
		t.Errorf("%v, %v", v.Faults, err)
	}
	t.Run("the person herself is the one named nowhere", func(t *testing.T) {
		w.agree("dora", tactful.Personal)
		if c := w.said("dora").Purposes[tactful.Recommendations]; c.EnteredBy != "" || c.AgreedBy != "" {
			t.Errorf("%+v", c)
		}
	})
}

func TestASpokenYesIsNoOlderThanTheirLastWord(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	r := w.ask(asAnn, "anna", rights.Agreement, rights.Phone, w.spokenTo(tactful.Full, tactful.Offers))
	w.clock.pass(time.Minute)
	no := tactful.Consent{Purpose: tactful.Offers, Answer: tactful.Denied, Method: "form"}
	if _, err := w.SetConsents(asPerson, user("anna"), ConsentChange{Level: tactful.Generic, Answers: []tactful.Consent{no}}); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Minute)
	w.release(asBob, r.ID, rights.Done)
	if c := w.said("anna"); c.Purposes[tactful.Offers].Answer == tactful.Granted || c.Level != tactful.Generic {
		t.Errorf("what she said since is undone: %+v", c)
	}
	t.Run("nor is an objection from after it", func(t *testing.T) {
		r := w.ask(asAnn, "anna", rights.Agreement, rights.Phone, w.spokenTo(tactful.Full, tactful.Offers))
		w.clock.pass(time.Minute)
		if err := w.Object(asPerson, user("anna")); err != nil {
			t.Fatal(err)
		}
		w.release(asBob, r.ID, rights.Done)
		if w.may("anna", tactful.Offers).Allowed {
			t.Error("offers after an objection")
		}
	})
	t.Run("a text that is not in force is told at once, and makes nobody", func(t *testing.T) {
		stale := w.spokenTo(tactful.LevelUnknown, tactful.Offers)
		stale.Yes.Answers[0].NoticeHash = strings.Repeat("0", 64)
		_, err := w.OpenRight(asAnn, RightRequest{Subject: user("ed"), Kind: rights.Agreement, Channel: rights.Phone, Text: "yes", Detail: stale})
		if tactful.KindOf(err) != tactful.Invalid || !w.gone("ed") {
			t.Errorf("%v, gone: %v", err, w.gone("ed"))
		}
	})
	for name, bad := range map[string]struct {
		ctx context.Context
		r   RightRequest
	}{
		"without their words":        {asAnn, RightRequest{Kind: rights.Agreement, Channel: rights.Phone, Detail: w.spokenTo(tactful.Full)}},
		"by a service":               {asShop, RightRequest{Kind: rights.Agreement, Channel: rights.API, Text: "yes", Detail: w.spokenTo(tactful.Full)}},
		"by the person, who does it": {asPerson, RightRequest{Kind: rights.Lifting, Channel: rights.Centre, Text: "go on", Detail: rights.Detail{Lift: &rights.Lift{What: "objection"}}}},
		"without saying to what":     {asAnn, RightRequest{Kind: rights.Agreement, Channel: rights.Phone, Text: "yes"}},
		"of an unknown stop":         {asAnn, RightRequest{Kind: rights.Lifting, Channel: rights.Phone, Text: "go on", Detail: rights.Detail{Lift: &rights.Lift{What: "everything"}}}},
	} {
		bad.r.Subject = user("anna")
		if _, err := w.OpenRight(bad.ctx, bad.r); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTwoOperatorsEndWhatNoneEndsAlone, and never a stop that came after.
func TestTwoOperatorsEndWhatNoneEndsAlone(t *testing.T) {
	on, off := true, false
	for _, c := range []struct {
		what  string
		stop  func(w *world) error
		ends  func(w *world) error
		stops func(w *world) bool
	}{
		{"objection", func(w *world) error { return w.Object(asPerson, user("anna")) }, func(w *world) error { return w.Unobject(asPerson, user("anna")) }, func(w *world) bool { return !w.ctl("anna").Objected.IsZero() }},
		{"restriction", func(w *world) error {
			_, err := w.OpenRight(asPerson, RightRequest{Subject: user("anna"), Kind: rights.Restriction, Channel: rights.Centre})
			return errors.Join(err, w.Restrict(asPerson, user("anna")))
		}, func(w *world) error { return w.Unrestrict(asPerson, user("anna")) }, func(w *world) bool { return w.ctl("anna").Restricted }},
		{"pause", func(w *world) error { return w.Pause(asPerson, user("anna"), w.clock.Now().Add(48*time.Hour)) }, func(w *world) error { return w.Pause(asPerson, user("anna"), time.Time{}) }, func(w *world) bool { return !w.ctl("anna").Paused.IsZero() }},
		{"signal", func(w *world) error {
			_, err := w.SetConsents(asPerson, user("anna"), ConsentChange{GPC: &on})
			return err
		}, func(w *world) error {
			_, err := w.SetConsents(asPerson, user("anna"), ConsentChange{GPC: &off})
			return err
		}, func(w *world) bool { return w.said("anna").GPC }},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t, nil)
			w.agree("anna", tactful.Personal)
			enter := func() (Right, error) {
				return w.OpenRight(asAnn, RightRequest{Subject: user("anna"), Kind: rights.Lifting, Channel: rights.Letter, Region: "DE", Text: "go on",
					Detail: rights.Detail{Lift: &rights.Lift{What: c.what}, Proof: "the signature on file"}})
			}
			if _, err := enter(); tactful.KindOf(err) != tactful.Conflict {
				t.Errorf("nothing was stopped: %v", err)
			}
			if err := c.stop(w); err != nil || !c.stops(w) {
				t.Fatal(err)
			}
			w.clock.pass(time.Minute)
			r, err := enter()
			if err != nil || r.State != rights.Waiting || !c.stops(w) {
				t.Fatalf("%s, %v", r.State, err)
			}
			for name, again := range map[string]func() error{
				"stopped again": func() error { return c.stop(w) },
				"ended and stopped anew": func() error {
					w.clock.pass(time.Minute)
					return errors.Join(c.ends(w), c.stop(w))
				},
			} {
				if c.what == "signal" && name == "stopped again" {
					continue // it is the one that stood
				}
				newer, err := enter()
				if err != nil {
					t.Fatal(err)
				}
				w.clock.pass(time.Minute)
				if err := again(); err != nil {
					t.Fatal(err)
				}
				w.release(asBob, newer.ID, rights.Received) // for a person to answer
				if !c.stops(w) {
					t.Fatalf("%s: a stop from after the request has ended", name)
				}
				w.clock.pass(time.Minute)
				if r, err = enter(); err != nil {
					t.Fatal(err)
				}
			}
			w.release(asBob, r.ID, rights.Done)
			if c.stops(w) {
				t.Error("it goes on")
			}
		})
	}
}

// TestTwoOperatorsBringAFileThatNoneBringsAlone: who agrees has the very same one.
func TestTwoOperatorsBringAFileThatNoneBringsAlone(t *testing.T) {
	elsewhere, w := newWorld(t, nil), newWorld(t, nil)
	elsewhere.stock(4)
	w.stock(4)
	elsewhere.agree("anna", tactful.Personal)
	elsewhere.mustSend("anna", "purchased", 1, 2)
	var file bytes.Buffer
	if err := elsewhere.Export(asPerson, ExportRequest{Subject: user("anna"), Format: FormatPortable}, &file); err != nil {
		t.Fatal(err)
	}
	bring := func(ctx context.Context, request string, text []byte) (Imported, error) {
		return w.ImportSubject(ctx, ImportRequest{Subject: user("anna"), Request: request}, bytes.NewReader(text))
	}
	if _, err := bring(asBob, "", file.Bytes()); tactful.KindOf(err) != tactful.Refused || !w.gone("anna") {
		t.Fatalf("alone: %v", err)
	}
	r := w.ask(asAnn, "anna", rights.Import, rights.Letter, rights.Detail{Document: documentHash(file.Bytes()), Proof: "she came with it"})
	if r.State != rights.Waiting || w.may("anna", tactful.Recommendations).Allowed {
		t.Fatalf("%s", r.State)
	}
	other := bytes.Replace(file.Bytes(), []byte(`"personal"`), []byte(`"full"`), 1)
	if bytes.Equal(other, file.Bytes()) {
		t.Fatal("the file does not name the level")
	}
	for name, try := range map[string]func() error{
		"by who entered it":    func() error { _, err := bring(asAnn, r.ID, file.Bytes()); return err },
		"another file":         func() error { _, err := bring(asBob, r.ID, other); return err },
		"without the file":     func() error { _, err := w.ReleaseRight(asBob, r.ID); return err },
		"by the shop's server": func() error { _, err := bring(asShop, r.ID, file.Bytes()); return err },
	} {
		if err := try(); tactful.KindOf(err) != tactful.Refused || w.right(r.ID).State != rights.Waiting {
			t.Errorf("%s: %v, %s", name, err, w.right(r.ID).State)
		}
	}
	done, err := bring(asBob, r.ID, file.Bytes())
	if err != nil || done.Events != 2 || w.right(r.ID).State != rights.Done || !w.may("anna", tactful.Recommendations).Allowed {
		t.Fatalf("%+v, %v, %s", done, err, w.right(r.ID).State)
	}
	if _, err := bring(asBob, r.ID, file.Bytes()); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("a second time: %v", err)
	}
	var back bytes.Buffer
	if err := w.Export(asPerson, ExportRequest{Subject: user("anna"), Format: FormatPortable}, &back); err != nil || !bytes.Equal(back.Bytes(), file.Bytes()) {
		t.Errorf("what came is not what she had, %v", err)
	}
	t.Run("what was cut short waits for the second one again", func(t *testing.T) {
		r := w.ask(asAnn, "ben", rights.Import, rights.Phone, rights.Detail{Document: documentHash(file.Bytes()), Proof: "he came with it"})
		id, err := records.ParseCaseID(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.step(asBob, id, w.clock.Now(), func(_ *records.Case, r *rights.Request) error {
			return r.Release(rights.By{Kind: tactful.ActorOperator, Name: "bob"}, rights.Made{})
		}); err != nil {
			t.Fatal(err)
		}
		w.clock.pass(2 * resumeAfter)
		if err := w.tendQueue(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := w.right(r.ID); got.State != rights.Waiting || got.Released != (rights.By{}) {
			t.Errorf("it is %s, released by %s", got.State, got.Released.Name)
		}
	})
}
