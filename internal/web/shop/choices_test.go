package shop

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/tactful/tactful"
)

func TestTheUpperLevelsNeedAYes(t *testing.T) {
	b := open(t)
	if b.do(http.MethodPost, "/level", url.Values{"level": {"full"}, "back": {"/"}}); b.last != "/privacy/ask?level=full" {
		t.Errorf("leads to %s", b.last)
	}
	if len(b.cookies()) != 0 {
		t.Errorf("cookies %v", b.cookies())
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

func TestOneVisitorLeavesNothingToTheNext(t *testing.T) {
	b := open(t)
	b.send("/basket", "item", itemNo(4), "do", "add")
	b.send("/level", "level", "context", "back", "/")
	b.send("/person", "who", "14282")
	if held := b.cookies(); held[cookieBasket] != "" || held[cookieLevel] != "" || held[cookieWho] != "c.14282" {
		t.Errorf("cookies %v", held)
	}
	b.send("/person", "who", "new")
	if held := b.cookies(); held[cookieWho] != "" {
		t.Errorf("cookies %v", held)
	}
}
