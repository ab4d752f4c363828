package shop

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestEverySuggestionSaysWhy(t *testing.T) {
	b := open(t)
	b.send("/person", "who", "14282")
	cards := find(listOf(t, b.get("/"), "foryou"), "li", "card")
	if len(cards) != listLength {
		t.Fatalf("%d cards", len(cards))
	}
	why := find(cards[0], "details", "why")
	if len(why) != 1 || len(find(why[0], "summary", "")) != 1 {
		t.Fatal("there is no why")
	}
	says := text(why[0])
	for _, want := range []string{"Why this?", "You have “Red mug", "It rests on this:", "bought", "Don't use this", "We did not use your age", "Left out by our promises: 2", "See the receipt", "This feels creepy", "That's wrong"} {
		if !strings.Contains(says, want) {
			t.Errorf("%q is missing in: %s", want, says)
		}
	}
	simulatedShown := false
	for _, c := range cards {
		simulatedShown = simulatedShown || strings.Contains(text(c), "looked at simulated")
		for _, a := range find(c, "a", "more") {
			if !strings.HasPrefix(attr(a, "href"), "/privacy/why/r") {
				t.Errorf("the receipt is at %s", attr(a, "href"))
			}
		}
		for _, f := range find(c, "form", "") {
			if at := attr(f, "action"); at != "/privacy/history" && at != "/privacy/why" {
				t.Errorf("a form is sent to %s", at)
			}
		}
	}
	if !simulatedShown {
		t.Error("a simulated view stands behind a suggestion and is not marked")
	}
}

func TestTheBasketWorksAndSaysWhatIsKept(t *testing.T) {
	b := open(t)
	doc := b.send("/basket", "item", itemNo(4), "do", "add", "back", "/item/"+itemNo(4))
	if said(doc) != "In your basket: Red mug 100004. We did not keep this. You have not said yes." {
		t.Errorf("%q", said(doc))
	}
	page := b.get("/basket")
	if !strings.Contains(text(page), "£1.25") || len(find(listOf(t, page, "often"), "li", "card")) == 0 {
		t.Error(text(page))
	}
	doc = b.send("/order")
	if !strings.Contains(said(doc), "We did not keep what you bought: you have not said yes.") || len(b.engine.delivered) != 0 {
		t.Errorf("%q, %v", said(doc), b.engine.delivered)
	}
	b.send("/person", "who", "14282")
	b.send("/basket", "item", itemNo(4), "do", "add")
	b.send("/basket", "item", itemNo(6), "do", "add")
	b.send("/basket", "item", itemNo(6), "do", "remove")
	b.send("/order")
	var did []string
	for _, e := range b.engine.delivered {
		did = append(did, e.Action+" "+e.Item)
		if e.UserID != "14282" || e.Source != "web" || e.MessageID == "" {
			t.Errorf("event %+v", e)
		}
	}
	if got := strings.Join(did, ", "); got != "added 100004, added 100006, removed 100006, purchased 100004" {
		t.Error(got)
	}
	if values := b.engine.values; len(values) != 4 || values[0] != 125 || values[3] != 125 {
		t.Errorf("the event door reads the amounts %v", values)
	}
	if last := b.engine.past[tactful.Alias{Kind: tactful.UserID, ID: "14282"}][0]; last.Item.ID != itemNo(4) || last.Action != tactful.Purchased {
		t.Error("what was bought is not in the history")
	}
}

func TestAViewIsKeptOnceAnHour(t *testing.T) {
	a := tactful.Alias{Kind: tactful.UserID, ID: "14282"}
	if viewID(a, "1", noon) != viewID(a, "1", noon.Add(59*60e9)) || viewID(a, "1", noon) == viewID(a, "2", noon) || strings.Contains(viewID(a, "1", noon), a.ID) {
		t.Error("the id of a view is not the same for visitor, item and hour, or names the visitor")
	}
	b := open(t)
	b.send("/person", "who", "14282")
	b.header.Set("Sec-Purpose", "prefetch")
	b.get("/item/100002")
	if len(b.engine.delivered) != 0 {
		t.Error("a page fetched ahead counts as a view")
	}
}

func TestFormsThatOurPagesCannotSendAreRefused(t *testing.T) {
	b := open(t)
	b.send("/person", "who", "14282")
	for name, c := range map[string]struct {
		path string
		form url.Values
	}{
		"an item that is none":     {"/basket", url.Values{"item": {"../x"}}},
		"a level that is none":     {"/level", url.Values{"level": {"everything"}}},
		"a person not of the list": {"/person", url.Values{"who": {"12345"}}},
		"a language we lack":       {"/language", url.Values{"tag": {"xx"}}},
		"a form of a megabyte":     {"/basket", url.Values{"item": {strings.Repeat("x", 1<<20)}}},
	} {
		if status, _ := b.do(http.MethodPost, c.path, c.form); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
}
