package engine

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// edited is a portable copy in which somebody has changed something.
func edited(t *testing.T, file []byte, change func(*rights.Portable)) string {
	t.Helper()
	p, err := rights.ReadPortable(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	change(&p)
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func allYes(list []rights.Consent) {
	for i := range list {
		list[i].Answer = "granted"
	}
}

// TestAnImportOverSomebodyKnownNeverTakesANoAnObjectionOrASignalBack edits the
// copy of somebody who said no to everything in each way that could undo it.
func TestAnImportOverSomebodyKnownNeverTakesANoAnObjectionOrASignalBack(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Full)
	w.yesTo("anna", tactful.MessagesEmail, w.clock.Now())
	w.clock.pass(time.Hour)
	on := true
	if _, err := w.SetConsents(ctx, user("anna"), ConsentChange{Level: tactful.Context, GPC: &on, Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Object(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Hour)
	file := w.export("anna", FormatPortable)
	before, beside := w.stands(user("anna")), w.ctl("anna")
	if before.Purposes[tactful.Recommendations].Answer != tactful.Withdrawn || beside.Objected.IsZero() || !before.GPC {
		t.Fatalf("control: %+v %+v", before, beside)
	}
	for name, change := range map[string]func(*rights.Portable){
		"nothing is changed":               func(*rights.Portable) {},
		"every standing answer is a yes":   func(p *rights.Portable) { allYes(p.Standing.Consents.Purposes) },
		"every answer and record is a yes": func(p *rights.Portable) { allYes(p.Standing.Consents.Purposes); allYes(p.Consents) },
		"the first yes stands in a no's place": func(p *rights.Portable) {
			for _, c := range p.Consents {
				for i := range p.Standing.Consents.Purposes {
					if s := &p.Standing.Consents.Purposes[i]; c.Answer == "granted" && s.Purpose == c.Purpose {
						*s = c
					}
				}
			}
		},
		"a new yes is added": func(p *rights.Portable) {
			for _, c := range p.Consents {
				if c.Answer == "granted" && c.Purpose == "recommendations" {
					c.ID, c.Time = "made-up", w.clock.Now()
					p.Consents = append(p.Consents, c)
					break
				}
			}
		},
		"a no is left out":         func(p *rights.Portable) { p.Consents = p.Consents[:len(p.Consents)-1] },
		"the objection is dropped": func(p *rights.Portable) { p.Standing.Objected = time.Time{} },
		"the signal is off":        func(p *rights.Portable) { p.Standing.Consents.GPC = false },
		"the level is full": func(p *rights.Portable) {
			p.Standing.Consents.Level, p.Standing.Consents.LevelTime = "full", w.clock.Now()
		},
		"the objection was long before": func(p *rights.Portable) { p.Standing.Objected = noon.Add(-1000 * time.Hour) },
	} {
		for who, acting := range map[string]context.Context{"the person": asPerson, "the shop": asShop, "an operator": asBob} {
			_, err := w.ImportSubject(acting, ImportRequest{Subject: user("anna")}, strings.NewReader(edited(t, file, change)))
			if name == "nothing is changed" && who == "the person" && err != nil {
				t.Errorf("control: her own file, unchanged: %v", err)
			}
			if !sameStanding(before, w.stands(user("anna"))) || w.ctl("anna") != beside {
				t.Fatalf("%s by %s (%v): %+v %+v", name, who, err, w.stands(user("anna")), w.ctl("anna"))
			}
		}
	}
	if _, err := w.ImportSubject(asPerson, ImportRequest{Subject: user("anna")}, strings.NewReader(edited(t, file, func(p *rights.Portable) {
		p.Standing.Consents.Level, p.Standing.Consents.LevelTime, p.Standing.Cleared = "generic", w.clock.Now(), w.clock.Now()
	}))); err != nil {
		t.Fatal(err)
	}
	if got := w.stands(user("anna")); got.Level != tactful.Generic || w.ctl("anna").Cleared.IsZero() {
		t.Errorf("what restricts is taken: %+v %+v", got, w.ctl("anna"))
	}
	w.sound()
}

// proving is how a shop shows that a person brings their file: the setting, and
// a token that its server signed for them.
func proving(t *testing.T) (Token, func(w *world, id string) string) {
	t.Helper()
	secret, path := bytes.Repeat([]byte("k"), 32), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(secret)), 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	return Token{Algorithm: "HS256", KeyFile: path, Audience: "shop-a"}, func(w *world, id string) string {
		n++
		now := w.clock.Now().Unix()
		return forge(t, map[string]any{"alg": "HS256", "typ": "JWT"}, map[string]any{"sub": id, "aud": "shop-a", "iat": now, "exp": now + 60, "jti": fmt.Sprint(n)}, func(m []byte) []byte {
			h := hmac.New(sha256.New, secret)
			h.Write(m)
			return h.Sum(nil)
		})
	}
}

func TestAYesIsImportedOnlyWithAProofOfThePerson(t *testing.T) {
	key, proof := proving(t)
	here, there := newWorld(t, nil), newWorld(t, func(c *Config) { c.Rights.Token = key })
	here.agree("anna", tactful.Full)
	file := here.export("anna", FormatPortable)
	take := func(ctx context.Context, id, proof string) (Imported, error) {
		return there.ImportSubject(ctx, ImportRequest{Subject: user(id), Proof: proof}, bytes.NewReader(file))
	}
	if done, err := take(asPerson, "herself", ""); err != nil || done.Consents != 0 || done.Untaken["unasked"] != 2 || there.known("herself") ||
		!slices.Equal(done.Asks, []tactful.Purpose{tactful.Recommendations, tactful.Improvement}) {
		t.Errorf("the person by hand: %+v %v", done, err)
	}
	for name, ctx := range map[string]context.Context{"a service": asShop, "nobody in particular": context.Background(), "the engine": as(tactful.ActorEngine, "", "")} {
		done, err := take(ctx, "by-"+name, "")
		if err != nil || done.Consents != 0 || done.Untaken["unproved"] != 2 || there.stands(user("by-"+name)).Level > tactful.Generic || there.saidYes("by-"+name) {
			t.Errorf("%s: %+v %v", name, done, err)
		}
	}
	subjects := there.subjects()
	if _, err := take(asBob, "never-seen", ""); tactful.KindOf(err) != tactful.Refused || !strings.Contains(err.(*tactful.Error).Remedy, "as a request") || there.subjects() != subjects {
		t.Errorf("an operator alone: %v", err)
	}

	there.agree("dora", tactful.Generic)
	link := there.link("dora", "")
	if _, err := take(asShop, "eve", link.Token); tactful.KindOf(err) != tactful.Refused || there.known("eve") {
		t.Errorf("with somebody else's proof: %v", err)
	}
	if _, err := take(asShop, "eve", link.Token); tactful.KindOf(err) != tactful.NotFound || there.known("eve") {
		t.Errorf("with a proof that is used: %v", err)
	}
	if done, err := take(asShop, "fay", proof(there, "fay")); err != nil || done.Consents != 2 || !there.may("fay", tactful.Recommendations).Allowed {
		t.Errorf("a service with the person's token: %+v %v", done, err)
	}
}

func TestAnImportedYesLastsNoLongerThanOneGivenHere(t *testing.T) {
	key, proof := proving(t)
	here, there := newWorld(t, nil), newWorld(t, func(c *Config) { c.Rights.Token = key })
	here.agree("anna", tactful.Full)
	text := edited(t, here.export("anna", FormatPortable), func(p *rights.Portable) {
		for _, list := range [][]rights.Consent{p.Consents, p.Standing.Consents.Purposes} {
			for i := range list {
				list[i].Expires = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		}
	})
	for range 2 { // a repetition lands on itself
		if _, err := there.ImportSubject(asShop, ImportRequest{Subject: user("new"), Proof: proof(there, "new")}, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	want := here.stands(user("anna")).Purposes[tactful.Recommendations].Expires
	if got := there.stands(user("new")).Purposes[tactful.Recommendations].Expires; !got.Equal(want) || want.IsZero() {
		t.Errorf("it lasts until %v, one given here until %v", got, want)
	}
	log, err := there.ConsentLog(asPerson, user("new"), 10)
	if err != nil || len(log) != 2 || log[0].Consent.Expires.Year() == 2099 {
		t.Errorf("%+v %v", log, err)
	}
	there.sound()
}

func TestACopyFromBeforeTheErasureBringsNothingBack(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(8)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	file := w.export("anna", FormatPortable)
	w.clock.pass(time.Minute)
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Hour)
	if _, err := w.ImportSubject(asPerson, ImportRequest{Subject: user("anna")}, bytes.NewReader(file)); tactful.KindOf(err) != tactful.Refused || w.known("anna") {
		t.Errorf("by herself: %v", err)
	}
	w.wish("anna", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMore}})
	done, err := w.ImportSubject(asPerson, ImportRequest{Subject: user("anna")}, bytes.NewReader(file))
	if err != nil || done.Consents != 0 || done.Untaken["unasked"] != 2 || done.Events != 0 || w.saidYes("anna") {
		t.Errorf("after she came back by a preference: %+v %v", done, err)
	}
	key, proof := proving(t)
	fresh := newWorld(t, func(c *Config) { c.Rights.Token = key }) // the control: where nobody was erased the same file counts
	fresh.stock(8)
	fresh.clock.pass(2 * time.Hour)
	if done, err := fresh.ImportSubject(asShop, ImportRequest{Subject: user("anna"), Proof: proof(fresh, "anna")}, bytes.NewReader(file)); err != nil || done.Events != 2 || !fresh.saidYes("anna") {
		t.Errorf("control: %+v %v", done, err)
	}
	if _, err := fresh.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	fresh.clock.pass(time.Hour)
	fresh.wish("anna", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMore}})
	if done, err := fresh.ImportSubject(asShop, ImportRequest{Subject: user("anna"), Proof: proof(fresh, "anna")}, bytes.NewReader(file)); err != nil || done.Untaken["erased"] != 2 || done.Events != 0 || fresh.saidYes("anna") {
		t.Errorf("with a proof, after she was erased: %+v %v", done, err)
	}
}
