package engine

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// TestAFileBroughtByHandSaysNoYesForAStranger: nobody was asked here, so nothing
// is allowed and no history is kept, whatever the file says.
func TestAFileBroughtByHandSaysNoYesForAStranger(t *testing.T) {
	here := newWorld(t, nil)
	here.stock(8)
	here.agree("anna", tactful.Personal)
	here.mustSend("anna", "purchased", 1, 2)
	if err := here.SetHistory(context.Background(), user("anna"), "item-1", "gift"); err != nil {
		t.Fatal(err)
	}
	file := here.export("anna", FormatPortable)
	both := []tactful.Purpose{tactful.Recommendations, tactful.Improvement}
	for name, change := range map[string]func(*rights.Portable){
		"unchanged":         func(*rights.Portable) {},
		"the level is full": func(p *rights.Portable) { p.Standing.Consents.Level = "full" },
		"with a no":         func(p *rights.Portable) { answer(p, "improvement", "denied") },
	} {
		t.Run(name, func(t *testing.T) {
			there := newWorld(t, nil)
			there.stock(8)
			done, err := there.ImportSubject(asPerson, ImportRequest{Subject: user("new")}, strings.NewReader(edited(t, file, change)))
			if err != nil || done.Events != 0 || done.Refused["no_record"]+done.Refused["denied"] != 2 || done.Settings != 1 {
				t.Fatalf("%+v %v", done, err)
			}
			stands := there.stands(user("new"))
			if there.saidYes("new") || stands.Level > tactful.Generic || there.may("new", tactful.Recommendations).Allowed || there.items("new") != "" {
				t.Errorf("%+v", stands)
			}
			log, err := there.ConsentLog(asPerson, user("new"), 10)
			if err != nil {
				t.Fatal(err)
			}
			if name == "with a no" {
				if len(log) != 1 || log[0].Consent.Answer != tactful.Denied || stands.Purposes[tactful.Improvement].Answer != tactful.Denied || !slices.Equal(done.Asks, both[:1]) {
					t.Errorf("the no is not kept: %+v, asks %v", log, done.Asks)
				}
				return
			}
			if len(log) != 0 || !slices.Equal(done.Asks, both) {
				t.Errorf("%+v, asks %v", log, done.Asks)
			}
			there.agree("new", tactful.Personal) // now they said yes here
			if done, err = there.ImportSubject(asPerson, ImportRequest{Subject: user("new")}, bytes.NewReader(file)); err != nil || done.Events != 2 || len(done.Asks) != 0 || there.stands(user("new")).Level != tactful.Personal {
				t.Errorf("after their own yes: %+v %v", done, err)
			}
			there.sound()
		})
	}
}

func answer(p *rights.Portable, purpose, word string) {
	for _, list := range [][]rights.Consent{p.Consents, p.Standing.Consents.Purposes} {
		for i := range list {
			if list[i].Purpose == purpose {
				list[i].Answer = word
			}
		}
	}
}

// TestWhatIsBroughtByHandAfterTheSameYesIsThereTheSame: all but the records of
// the answers, which are of here.
func TestWhatIsBroughtByHandAfterTheSameYesIsThereTheSame(t *testing.T) {
	here, there := newWorld(t, nil), newWorld(t, nil)
	here.stock(8)
	there.stock(8)
	here.agree("anna", tactful.Personal)
	here.mustSend("anna", "purchased", 1, 2, 3)
	if err := here.SetHistory(context.Background(), user("anna"), "item-1", "gift"); err != nil {
		t.Fatal(err)
	}
	here.wish("anna", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMore}})
	file := here.export("anna", FormatPortable)
	there.agree("new", tactful.Personal)
	mine := there.stands(user("new"))
	unanswered := func(p *rights.Portable) {
		p.Consents, p.Standing.Consents.Purposes, p.Standing.Consents.LevelTime = nil, nil, time.Time{}
	}
	for range 2 { // a repetition lands on itself
		if done, err := there.ImportSubject(asPerson, ImportRequest{Subject: user("new")}, bytes.NewReader(file)); err != nil || done.Events != 3 || len(done.Refused) != 0 {
			t.Fatalf("%+v %v", done, err)
		}
		want, got := edited(t, file, unanswered), edited(t, there.export("new", FormatPortable), unanswered)
		if want != got || !strings.Contains(got, "item-3") {
			t.Errorf("it changed on the way:\n%s\n%s", want, got)
		}
	}
	if !sameStanding(mine, there.stands(user("new"))) {
		t.Error("what they said here changed")
	}
	there.sound()
}

// TestWhatTakesAwayIsBroughtByHand: a no, a lower level, the signal, and being a minor.
func TestWhatTakesAwayIsBroughtByHand(t *testing.T) {
	here := newWorld(t, nil)
	here.agree("anna", tactful.Personal)
	file := here.export("anna", FormatPortable)
	for name, c := range map[string]struct {
		change func(*rights.Portable)
		holds  func(*world) bool
	}{
		"a later, lower level": {func(p *rights.Portable) {
			p.Standing.Consents.Level, p.Standing.Consents.LevelTime = "generic", noon.Add(time.Minute)
		}, func(w *world) bool { return w.stands(user("ben")).Level == tactful.Generic }},
		"a higher level": {func(p *rights.Portable) {
			p.Standing.Consents.Level, p.Standing.Consents.LevelTime = "full", noon.Add(time.Minute)
		}, func(w *world) bool { return w.stands(user("ben")).Level == tactful.Personal }},
		"the signal": {func(p *rights.Portable) { p.Standing.Consents.GPC = true }, func(w *world) bool { return w.stands(user("ben")).GPC }},
		"a minor":    {func(p *rights.Portable) { p.Standing.Minor = true }, func(w *world) bool { return w.ctl("ben").Minor }},
		"a no to what was not answered here": {func(p *rights.Portable) {
			p.Consents = append(p.Consents, rights.Consent{ID: "no-mail", Purpose: "messages_email", Answer: "denied", Method: "form", Time: noon})
			p.Standing.Consents.Purposes = append(p.Standing.Consents.Purposes, p.Consents[len(p.Consents)-1])
		}, func(w *world) bool {
			return w.stands(user("ben")).Purposes[tactful.MessagesEmail].Answer == tactful.Denied && w.saidYes("ben")
		}},
		"a no to what was said yes to here": {func(p *rights.Portable) { answer(p, "recommendations", "denied") }, func(w *world) bool { return w.saidYes("ben") }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.agree("ben", tactful.Personal)
			w.clock.pass(time.Hour)
			for range 2 {
				if done, err := w.ImportSubject(asPerson, ImportRequest{Subject: user("ben")}, strings.NewReader(edited(t, file, c.change))); err != nil || !c.holds(w) {
					t.Errorf("%+v %v: %+v", done, err, w.stands(user("ben")))
				}
			}
			w.sound()
		})
	}
}

// TestTheSignalOfWhoBringsAFileIsKept: of somebody who becomes known by it.
func TestTheSignalOfWhoBringsAFileIsKept(t *testing.T) {
	here, there := newWorld(t, nil), newWorld(t, nil)
	here.agree("anna", tactful.Personal)
	file := edited(t, here.export("anna", FormatPortable), func(p *rights.Portable) {
		p.Settings = append(p.Settings, rights.Setting{Item: "item-1", Setting: "gift", Time: noon})
	})
	for _, on := range []bool{true, false} {
		id := fmt.Sprintf("new-%v", on)
		if _, err := there.ImportSubject(asPerson, ImportRequest{Subject: user(id), GPC: on}, strings.NewReader(file)); err != nil || there.stands(user(id)).GPC != on || !there.known(id) {
			t.Errorf("%v: %v", on, err)
		}
	}
}

// TestMoreSettingsThanFitAreBroughtAsFarAsTheyDo: the newest, beside those of here.
func TestMoreSettingsThanFitAreBroughtAsFarAsTheyDo(t *testing.T) {
	here, there := newWorld(t, nil), newWorld(t, nil)
	here.agree("anna", tactful.Personal)
	text := edited(t, here.export("anna", FormatPortable), func(p *rights.Portable) {
		for i := range 2500 {
			p.Settings = append(p.Settings, rights.Setting{Item: fmt.Sprintf("thing-%04d", i), Setting: "gift", Time: noon.Add(-time.Duration(i) * time.Second)})
		}
	})
	there.stock(8)
	there.agree("ben", tactful.Personal)
	there.mustSend("ben", "purchased", 1)
	if err := there.SetHistory(context.Background(), user("ben"), "item-1", "gift"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		done, err := there.ImportSubject(asPerson, ImportRequest{Subject: user("ben")}, strings.NewReader(text))
		if err != nil || done.Settings != records.MaxSettings-1 || done.Untaken["full"] != 501 {
			t.Fatalf("%+v %v", done, err)
		}
	}
	kept, err := rights.ReadPortable(bytes.NewReader(there.export("ben", FormatPortable)))
	if err != nil {
		t.Fatal(err)
	}
	items := map[string]bool{}
	for _, one := range kept.Settings {
		items[one.Item] = true
	}
	if len(items) != records.MaxSettings || !items["item-1"] || !items["thing-1998"] || items["thing-1999"] {
		t.Errorf("not the newest are kept, or not those of here: %d", len(items))
	}
}
