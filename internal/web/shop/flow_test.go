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
			b.get(attr(a, "href"))
		}
	}
	if !simulatedShown {
		t.Error("a simulated view stands behind a suggestion and is not marked")
	}
}

func TestDontUseThisShowsInTheVeryNextList(t *testing.T) {
	for setting, wants := range map[string]string{
		"unused": "Done. We do not use this any more: Red mug 100000.",
		"gift":   "Done. It was a gift, so it says nothing about you: Red mug 100000.",
	} {
		t.Run(setting, func(t *testing.T) {
			b := open(t)
			b.send("/person", "who", "14282")
			if !strings.Contains(text(listOf(t, b.get("/"), "foryou")), "You have “Red mug 100000”") {
				t.Fatal("nothing rests on the mug to begin with")
			}
			doc := b.send("/history", "item", itemNo(0), "setting", setting)
			if said(doc) != wants {
				t.Errorf("%q", said(doc))
			}
			change := find(doc, "section", "change")
			if len(change) != 1 || len(find(change[0], "li", "gone")) == 0 || len(find(change[0], "ol", "mini")) != 2 ||
				!strings.Contains(text(change[0]), "Picks that rest on it: 2 before, 0 now.") {
				t.Error("before and after are not shown")
			}
			if strings.Contains(text(listOf(t, b.get("/"), "foryou")), "You have “Red mug 100000”") {
				t.Error("the next list still rests on it")
			}
			b.send("/history", "item", itemNo(0), "setting", "none")
			if !strings.Contains(text(listOf(t, b.get("/"), "foryou")), "You have “Red mug 100000”") {
				t.Error("it cannot be undone")
			}
		})
	}
}

func TestReportsAreRecordedOnTheReceipt(t *testing.T) {
	for kind, word := range map[string]string{"creepy": "You said it feels creepy", "wrong": "You said it is wrong"} {
		b := open(t)
		b.send("/person", "who", "14282")
		b.get("/")
		doc := b.send("/report", "decision", "r1", "item", itemNo(2), "kind", kind, "back", "/")
		if !strings.HasPrefix(said(doc), "Thank you. We wrote down that this") {
			t.Errorf("%q", said(doc))
		}
		if page := text(b.get("/decisions/r1")); !strings.Contains(page, word) {
			t.Errorf("%q is not on the receipt", word)
		}
	}
}

func TestTheReceiptSaysWhatWasUsedAndLeftOut(t *testing.T) {
	b := open(t)
	b.send("/person", "who", "14282")
	b.get("/")
	list := b.get("/decisions")
	if !strings.Contains(text(list), "Used from your history: 2. Left out: 2.") {
		t.Error(text(list))
	}
	doc := b.get("/decisions/r1")
	for _, want := range []string{"c1", "model-1", "policy-1", "looked at simulated", "What you bought or sent back is not pushed", "your yes"} {
		if !strings.Contains(text(doc), want) {
			t.Errorf("%q is missing", want)
		}
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
	if past := text(b.get("/history")); !strings.Contains(past, "Red mug 100004") {
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
		"a setting that is none":   {"/history", url.Values{"item": {itemNo(0)}, "setting": {"loud"}}},
		"a report that is none":    {"/report", url.Values{"item": {itemNo(0)}, "kind": {"shown"}, "decision": {"r1"}}},
		"a level that is none":     {"/level", url.Values{"level": {"everything"}}},
		"an answer that is none":   {"/choices", url.Values{"purpose": {"recommendations"}, "answer": {"maybe"}}},
		"a purpose not asked":      {"/choices", url.Values{"purpose": {"location"}, "answer": {"yes"}}},
		"a person not of the list": {"/person", url.Values{"who": {"12345"}}},
		"a language we lack":       {"/language", url.Values{"tag": {"xx"}}},
		"a form of a megabyte":     {"/basket", url.Values{"item": {strings.Repeat("x", 1<<20)}}},
	} {
		if status, _ := b.do(http.MethodPost, c.path, c.form); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestNobodyChangesAHistoryThatIsNotThere(t *testing.T) {
	b := open(t)
	if doc := b.send("/history", "item", itemNo(0), "setting", "unused"); said(doc) != "There is nothing to change. We kept nothing." {
		t.Errorf("%q", said(doc))
	}
}
