package shop

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
)

// question returns the consent question of a page, nil if it is not asked.
func asks(doc *html.Node) *html.Node {
	for _, s := range find(doc, "section", "ask") {
		if !strings.Contains(attr(s, "class"), "flat") {
			return s
		}
	}
	return nil
}

func TestYesAndNoAreTheSameButton(t *testing.T) {
	q := asks(open(t).get("/"))
	if q == nil {
		t.Fatal("nobody is asked")
	}
	buttons := find(q, "button", "answer")
	if len(buttons) != 2 || attr(buttons[0], "class") != attr(buttons[1], "class") || buttons[0].Parent != buttons[1].Parent {
		t.Errorf("the two answers differ: %v", buttons)
	}
	if len(find(q, "input", "")) != 4 { // purpose, hash, level, back: nothing to tick
		t.Errorf("%d inputs", len(find(q, "input", "")))
	}
	if !strings.Contains(text(q), "May we pick products for you from what you look at") {
		t.Error("the text that the answer is given to is not shown")
	}
}

func TestANoStaysANoAndNamesNobody(t *testing.T) {
	b := open(t)
	doc := b.send("/choices", "purpose", "recommendations", "answer", "no", "back", "/item/100002")
	if b.last != "/item/100002" || said(doc) != "Done. We do not pick for you. The shop stays the same." {
		t.Errorf("at %s: %q", b.last, said(doc))
	}
	if asks(doc) != nil || asks(b.get("/")) != nil {
		t.Error("it is asked again")
	}
	held := b.cookies()
	if held[cookieNo] != "1" || held[cookieWho] != "" || len(b.engine.standing) != 1 {
		t.Errorf("cookies %v, people %d", held, len(b.engine.standing))
	}
	if again := b.get("/"); said(again) != "" {
		t.Error("the message comes twice")
	}
}

func TestAYesIsRecordedWithTheTextShown(t *testing.T) {
	b := open(t)
	doc := b.send("/choices", "purpose", "recommendations", "answer", "yes", "hash", "hash-r", "back", "/")
	kind, id, _ := strings.Cut(b.cookies()[cookieWho], ".")
	standing := b.engine.standing[tactful.Alias{Kind: tactful.Anonymous, ID: id}]
	record := standing.Purposes[tactful.Recommendations]
	if kind != "v" || record.Answer != tactful.Granted || record.NoticeHash != "hash-r" || record.NoticeVersion != "1" || record.Language != "en" || record.Method != "form" {
		t.Errorf("%s: %+v", kind, record)
	}
	if standing.Level != tactful.Personal || len(standing.Purposes) != 1 {
		t.Errorf("level %s, purposes %v: a yes is to one purpose", standing.Level, standing.Purposes)
	}
	if asks(doc) != nil {
		t.Error("it is asked again")
	}
	if page := b.get("/item/100002"); !strings.Contains(text(page), "We kept this view, as you allowed.") {
		t.Error("the view was not kept")
	}
	if with := text(listOf(t, b.get("/"), "foryou")); !strings.Contains(with, "Red mug") || !strings.Contains(with, "What you do with us") {
		t.Errorf("the next list does not rest on the view: %s", with)
	}
	b.send("/choices", "purpose", "recommendations", "answer", "no", "hash", "hash-r", "back", "/")
	if after := b.engine.standing[tactful.Alias{Kind: tactful.Anonymous, ID: id}]; after.Purposes[tactful.Recommendations].Answer == tactful.Granted || after.Level != tactful.Context {
		t.Errorf("taking the yes back: %+v", after)
	}
}

func TestAYesToAnotherTextDoesNotCount(t *testing.T) {
	b := open(t)
	status, doc := b.do(http.MethodPost, "/choices", url.Values{"purpose": {"recommendations"}, "answer": {"yes"}, "hash": {"old"}})
	if status != http.StatusConflict || len(b.engine.standing) != 1 || len(b.cookies()) != 0 {
		t.Errorf("%d, %v: %s", status, b.cookies(), text(doc))
	}
}

func TestANoCountsWhateverTextItWasGivenTo(t *testing.T) {
	b := open(t)
	b.send("/choices", "purpose", "recommendations", "answer", "yes", "hash", "hash-r", "back", "/")
	_, id, _ := strings.Cut(b.cookies()[cookieWho], ".")
	b.send("/choices", "purpose", "recommendations", "answer", "no", "hash", "old", "back", "/")
	after := b.engine.standing[tactful.Alias{Kind: tactful.Anonymous, ID: id}]
	record := after.Purposes[tactful.Recommendations]
	if record.Answer == tactful.Granted || after.Level != tactful.Context || record.NoticeHash != "" {
		t.Errorf("level %s, %+v", after.Level, record)
	}
}

func TestTheUpperLevelsNeedAYes(t *testing.T) {
	b := open(t)
	doc := b.send("/level", "level", "full", "back", "/")
	if b.last != "/choices?level=full" || !strings.Contains(text(doc), "For that we need your yes") {
		t.Fatalf("at %s", b.last)
	}
	b.send("/choices", "purpose", "recommendations", "answer", "yes", "hash", "hash-r", "level", "full", "back", "/")
	_, id, _ := strings.Cut(b.cookies()[cookieWho], ".")
	if got := b.engine.standing[tactful.Alias{Kind: tactful.Anonymous, ID: id}].Level; got != tactful.Full {
		t.Errorf("level %s", got)
	}
}

func TestTheLevelIsMarkedAndObeyed(t *testing.T) {
	b := open(t)
	b.send("/person", "who", "14282")
	for _, word := range []string{"generic", "context", "personal", "full"} {
		doc := b.send("/level", "level", word, "back", "/about")
		if b.last != "/about" || said(doc) == "" {
			t.Errorf("%s leads to %s", word, b.last)
		}
		marked := ""
		for _, step := range find(doc, "button", "step") {
			if attr(step, "aria-pressed") == "true" {
				marked += attr(step, "value")
			}
		}
		if marked != word || b.engine.standing[tactful.Alias{Kind: tactful.UserID, ID: "14282"}].Level.String() != word {
			t.Errorf("%s: marked %q", word, marked)
		}
	}
	b.send("/person", "who", "new")
	if doc := b.send("/level", "level", "generic", "back", "/"); b.cookies()[cookieLevel] != "generic" || b.cookies()[cookieWho] != "" {
		t.Errorf("%v %s", b.cookies(), text(doc))
	}
}

func TestTheAnswersOfTheDataAreMarkedAsSimulated(t *testing.T) {
	b := open(t)
	b.send("/person", "who", "14282")
	for _, s := range find(b.get("/choices"), "section", "flat") {
		if attr(s, "aria-labelledby") == "ask-recommendations" && !strings.Contains(text(s), "You said yes. 5 Feb 2026 simulated") {
			t.Error(text(s))
		}
	}
}

func TestOneVisitorLeavesNothingToTheNext(t *testing.T) {
	b := open(t)
	b.send("/basket", "item", itemNo(4), "do", "add")
	b.send("/choices", "purpose", "recommendations", "answer", "no", "back", "/")
	b.send("/person", "who", "14282")
	if held := b.cookies(); held[cookieBasket] != "" || held[cookieNo] != "" || held[cookieWho] != "c.14282" {
		t.Errorf("cookies %v", held)
	}
	b.send("/person", "who", "new")
	if held := b.cookies(); held[cookieWho] != "" {
		t.Errorf("cookies %v", held)
	}
}
