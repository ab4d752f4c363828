package centre

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// TestEachControlActsInTheNextDecisionAndIsUndone presses a button of a page,
// asks the engine whether it acted, presses Undo, and asks again.
func TestEachControlActsInTheNextDecisionAndIsUndone(t *testing.T) {
	level := func(w *world) string { return w.standing().Level.String() }
	answer := func(p tactful.Purpose) func(w *world) string {
		return func(w *world) string { return w.standing().Purposes[p].Answer.String() }
	}
	restsOn := func(item string) func(w *world) string {
		return func(w *world) string {
			if w.rests(item) > 0 {
				return "used"
			}
			return "not used"
		}
	}
	for _, c := range []struct {
		name, path, button string
		ask                func(*world) string
		was, is            string
		compares           bool
	}{
		{"the lowest level", "", "Choose this : Same for everyone", level, "personal", "generic", true},
		{"the level of one page", "", "Choose this : Only this page", level, "personal", "context", true},
		{"the lowest level stops all use", "", "Choose this : Same for everyone", restsOn(""), "used", "not used", true},
		{"everything off takes the yes back", "", "Turn everything off", answer(tactful.Recommendations), "granted", "withdrawn", true},
		{"everything off, from another page", "/why", "Turn everything off", answer(tactful.Improvement), "granted", "withdrawn", true},
		{"everything off stops all use", "/history", "Turn everything off", restsOn(""), "used", "not used", true},
		{"a no to picking", "/uses", "No, do not pick", answer(tactful.Recommendations), "granted", "withdrawn", true},
		{"a no to picking stops all use", "/uses", "No, do not pick", restsOn(""), "used", "not used", true},
		{"a yes to offers", "/uses", "Yes, choose offers", answer(tactful.Offers), "none", "granted", true},
		{"remove an interest", "/interests", "Remove : Kitchen", restsOn("item-3"), "used", "not used", true},
		{"a wrong interest", "/interests", "That's wrong : Kitchen", restsOn("item-0"), "used", "not used", true},
		{"don't use this", "/history", "Don't use this : Thing number 3", restsOn("item-3"), "used", "not used", true},
		{"a gift", "/history", "It was a gift : Thing number 3", restsOn("item-3"), "used", "not used", true},
		{"not me", "/history", "That was not me : Thing number 3", restsOn("item-3"), "used", "not used", true},
		{"all of today", "/history", "From today", restsOn(""), "used", "not used", true},
		{"all of the last week", "/history", "From the last 7 days", restsOn(""), "used", "not used", true},
		{"all of it", "/history", "All of it", restsOn(""), "used", "not used", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if got := c.ask(w); got != c.was {
				t.Fatalf("before: %s, want %s", got, c.was)
			}
			doc := w.press(w.get(Root+c.path), c.button)
			if got := c.ask(w); got != c.is {
				t.Errorf("after: %s, want %s", got, c.is)
			}
			if said := message(doc); !strings.HasPrefix(said, "Done.") && !strings.HasPrefix(said, "Thank you.") {
				t.Errorf("the page says %q", said)
			}
			if changes := find(doc, "section", "change"); c.compares && (len(changes) != 1 || len(find(changes[0], "ol", "mini")) != 2) {
				t.Error("before and after are not shown")
			}
			if w.last != Root && !strings.HasPrefix(w.last, Root+"/") {
				t.Errorf("leads to %s", w.last)
			}
			doc = w.press(doc, "Undo")
			want := c.was
			if want == "none" {
				want = "withdrawn" // an answer stays on record
			}
			if got := c.ask(w); got != want {
				t.Errorf("after Undo: %s, want %s", got, want)
			}
			if message(doc) != "Done. It is as it was before." {
				t.Errorf("the page says %q", message(doc))
			}
		})
	}
}

func TestTheUpperLevelsNeedAYes(t *testing.T) {
	w := newWorld(t)
	doc := w.press(w.get(Root), "Turn everything off")
	doc = w.press(doc, "Choose this : Full")
	if w.last != Root+"/ask?level=full" || !strings.Contains(text(doc), "For that we need your yes.") || w.standing().Level != tactful.Generic {
		t.Fatalf("at %s, level %s", w.last, w.standing().Level)
	}
	w.press(doc, "Yes, pick for me")
	if s := w.standing(); s.Level != tactful.Full || s.Purposes[tactful.Recommendations].Answer != tactful.Granted || s.Purposes[tactful.Improvement].Answer == tactful.Granted {
		t.Errorf("%+v", s)
	}
}

func TestAYesIsRecordedWithTheTextShown(t *testing.T) {
	for _, tag := range []string{"en", "de", "ar"} {
		w := newWorld(t)
		w.header.Set("Accept-Language", tag)
		doc := w.get(Root + "/uses")
		var notice string
		for _, s := range find(doc, "section", "use") {
			if attr(s, "aria-labelledby") == "use-offers" {
				notice = text(find(s, "p", "notice")[0])
				w.press(s, buttonWords(t, w, tag, "use.offers.yes"))
			}
		}
		record := w.standing().Purposes[tactful.Offers]
		for _, n := range w.engine.Notices(tag) {
			if n.Purpose == tactful.Offers && (record.Answer != tactful.Granted || n.Text != notice || record.NoticeHash != n.Hash || record.Language != tag || record.Method != "form") {
				t.Errorf("%s: shown %q, recorded %+v", tag, notice, record)
			}
		}
	}
}

func buttonWords(t *testing.T, w *world, tag, key string) string {
	t.Helper()
	words, err := w.centre.texts.Text(tag, key)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

func TestAYesToAnotherTextDoesNotCountAndANoAlwaysDoes(t *testing.T) {
	w := newWorld(t)
	old := strings.Repeat("0", 64)
	if status, _ := w.do(http.MethodPost, Root+"/ask", url.Values{"purpose": {"offers"}, "answer": {"yes"}, "hash": {old}}); status != http.StatusConflict {
		t.Errorf("yes: %d", status)
	}
	if w.standing().Purposes[tactful.Offers].Answer != tactful.NoAnswer {
		t.Error("the yes was recorded")
	}
	if status, _ := w.do(http.MethodPost, Root+"/ask", url.Values{"purpose": {"recommendations"}, "answer": {"no"}, "hash": {old}}); status != http.StatusOK {
		t.Errorf("no: %d", status)
	}
	if w.standing().Purposes[tactful.Recommendations].Answer != tactful.Withdrawn {
		t.Error("the no was lost")
	}
}

func TestErasingForgetsAndSaysSo(t *testing.T) {
	w := newWorld(t)
	doc := w.get(Root + "/data")
	if len(find(doc, "form", "")) != 2 { // the language and the master switch: nothing that erases at one slip
		t.Errorf("%d forms", len(find(doc, "form", "")))
	}
	doc = w.get(Root + "/data/erase")
	if !strings.Contains(text(doc), "It cannot be undone.") {
		t.Error("the page does not say that it cannot be undone")
	}
	doc = w.press(doc, "Delete my data now")
	if w.last != Root+"/gone" || message(doc) != "Done. We know nothing about you any more." {
		t.Errorf("at %s: %q", w.last, message(doc))
	}
	for _, a := range []tactful.Alias{ada} {
		s, err := w.engine.Consents(context.Background(), a)
		if err != nil || len(s.Purposes) != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		history, err := w.engine.History(context.Background(), a, 10)
		if err != nil || len(history) != 0 {
			t.Errorf("%+v, %v", history, err)
		}
	}
	if w.who.visitor.Alias.Kind != tactful.NoAlias {
		t.Error("the session goes on")
	}
}

func TestAReportStandsOnTheReceipt(t *testing.T) {
	w := newWorld(t)
	w.rests("")
	doc := w.press(w.get(Root+"/why"), "This feels creepy")
	if message(doc) != "Thank you. We wrote down that this list feels creepy." || !strings.Contains(text(doc), "You said it feels creepy") {
		t.Errorf("%q", message(doc))
	}
	link := attr(find(find(doc, "ol", "log")[0], "a", "")[0], "href")
	doc = w.press(w.get(link), "That's wrong")
	if !strings.Contains(text(doc), "You said it feels creepy") || w.last != "/privacy/why" && !strings.HasPrefix(w.last, "/privacy/why/") {
		t.Error(text(doc))
	}
}
