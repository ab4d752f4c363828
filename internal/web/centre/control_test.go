package centre

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/rights"
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
	control := func(of func(engine.Control) bool) func(w *world) string {
		return func(w *world) string {
			c, err := w.engine.Control(context.Background(), w.who.visitor.Alias)
			if err != nil {
				w.t.Fatal(err)
			}
			return map[bool]string{true: "on", false: "off"}[of(c)]
		}
	}
	shelves := func(name string) func(w *world) string {
		return func(w *world) string {
			return map[bool]string{true: "shown", false: "not shown"}[slices.Contains(w.shelves(), name)]
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
		{"all of today", "/history", "From today", restsOn(""), "used", "not used", true},
		{"all of the last week", "/history", "From the last 7 days", restsOn(""), "used", "not used", true},
		{"all of it", "/history", "All of it", restsOn(""), "used", "not used", true},
		{"a pause", "", "Pause for 30 days", control(func(c engine.Control) bool { return c.Paused.Equal(noon.AddDate(0, 0, 30)) }), "off", "on", true},
		{"a pause stops all use", "", "Pause for 30 days", restsOn(""), "used", "not used", true},
		{"kept on the device", "", "Keep it on this device", restsOn(""), "used", "not used", true},
		{"locked data", "/data", "Lock my data", control(func(c engine.Control) bool { return c.Restricted }), "off", "on", true},
		{"locked data is not used", "/data", "Lock my data", restsOn(""), "used", "not used", true},
		{"no advertising", "/data", "Stop all advertising", control(func(c engine.Control) bool { return !c.Objected.IsZero() }), "off", "on", true},
		{"a muted topic", "/interests", "Mute : Kitchen", shelves("Kitchen"), "shown", "not shown", true},
		{"hidden names", "", "Hide names", func(w *world) string {
			return map[bool]string{true: "named", false: "hidden"}[strings.Contains(text(w.get(Root+"/history")), "Thing number 3")]
		}, "named", "hidden", false},
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

func TestAYesToOneThingIsNotAYesToPersonalLists(t *testing.T) {
	w := newWorld(t)
	w.press(w.get(Root), "Turn everything off")
	for _, n := range w.engine.Notices("en") {
		if n.Purpose == tactful.Recommendations {
			continue
		}
		status, _ := w.do(http.MethodPost, Root+"/ask", url.Values{"purpose": {string(n.Purpose)}, "answer": {"yes"}, "hash": {n.Hash}, "level": {"full"}})
		if s := w.standing(); status == http.StatusOK && (s.Level != tactful.Generic || s.Purposes[n.Purpose].Answer != tactful.Granted) {
			t.Errorf("a yes to %s: level %s, answer %s", n.Purpose, s.Level, s.Purposes[n.Purpose].Answer)
		}
	}
	if n := len(w.standing().Purposes); n < 3 {
		t.Fatalf("only %d answers were recorded", n)
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
	for _, f := range find(doc, "form", "") {
		if attr(f, "action") == Root+"/data/erase" {
			t.Error("the page erases at one slip")
		}
	}
	doc = w.get(Root + "/data/erase")
	if !strings.Contains(text(doc), "It cannot be undone.") {
		t.Error("the page does not say that it cannot be undone")
	}
	doc = w.press(doc, "Delete my data now")
	if page := text(doc); !strings.Contains(page, "What is left") || !strings.Contains(page, "The key to your data was destroyed, so no copy opens. Keys: 1.") {
		t.Error("the page does not say what was done and what is left")
	}
	signed, err := w.client.Get(w.server.URL + Root + "/gone/receipt")
	if err != nil {
		t.Fatal(err)
	}
	signed.Body.Close()
	if signed.StatusCode != http.StatusOK || !strings.HasPrefix(signed.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the signed receipt: %d", signed.StatusCode)
	}
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

func TestWhatIsDeletedIsGoneFromTheHistory(t *testing.T) {
	for name, c := range map[string]struct {
		press string
		left  int
	}{
		"one thing": {"Delete it now : Thing number 3", 2}, "today": {"Delete today", 0}, "all": {"Delete all of it", 0},
		"the last hour": {"Delete the last hour", 0}, // all was done an hour ago, to the second
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			doc := w.press(w.get(Root+"/history"), c.press)
			events, err := w.engine.Events(context.Background(), ada, 10)
			if err != nil || len(events) != c.left {
				t.Errorf("%d events are left, want %d: %v", len(events), c.left, err)
			}
			if !strings.HasPrefix(message(doc), "Done. It is deleted.") || len(find(doc, "section", "change")) != 1 {
				t.Errorf("%q", message(doc))
			}
			if w.rests("item-3") != 0 {
				t.Error("the next list still rests on it")
			}
			for _, b := range find(doc, "button", "") {
				if text(b) == "Undo" {
					t.Error("it offers to take back what cannot be")
				}
			}
		})
	}
}

func TestOccasionsAreSkippedAndWordsKept(t *testing.T) {
	w := newWorld(t)
	if !slices.Contains(w.shelves(), "Garden") {
		t.Fatal("nothing of the occasion is shown to begin with")
	}
	status, doc := w.do(http.MethodPost, Root+"/needs", url.Values{"occasion.christmas": {"skip"}, "easy": {"1"}, "reads": {"de"}})
	p, err := w.engine.Preferences(context.Background(), ada)
	if err != nil || status != http.StatusOK || !p.EasyReading || len(p.Occasions) != 1 || !slices.Equal(p.Languages, []string{"de"}) {
		t.Fatalf("%d %+v %v", status, p, err)
	}
	if slices.Contains(w.shelves(), "Garden") {
		t.Error("the occasion is shown")
	}
	ticked := 0
	for _, in := range find(doc, "input", "") {
		if has(in, "checked") {
			ticked++
		}
	}
	if ticked != 2 || attr(find(doc, "body", "")[0], "class") != "easy" {
		t.Errorf("the page shows %d of 2 ticks", ticked)
	}
	w.press(doc, "Undo")
	if p, err = w.engine.Preferences(context.Background(), ada); err != nil || !p.IsZero() || !slices.Contains(w.shelves(), "Garden") {
		t.Errorf("after Undo: %+v, %v", p, err)
	}
}

func TestMessageLimitsAreKept(t *testing.T) {
	w := newWorld(t)
	_, doc := w.do(http.MethodPost, Root+"/messages", url.Values{"week": {"1"}, "from": {"21:00"}, "until": {"08:00"}})
	p, err := w.engine.Preferences(context.Background(), ada)
	if err != nil || p.Messages.PerWeek != tactful.WeeklyOne || p.Messages.Quiet != (tactful.Quiet{From: "21:00", Until: "08:00"}) {
		t.Fatalf("%+v, %v", p.Messages, err)
	}
	w.press(doc, "Undo")
	if p, err = w.engine.Preferences(context.Background(), ada); err != nil || !p.IsZero() {
		t.Errorf("after Undo: %+v, %v", p, err)
	}
	if status, _ := w.do(http.MethodPost, Root+"/messages", url.Values{"week": {"9"}}); status != http.StatusBadRequest {
		t.Errorf("nine a week: %d", status)
	}
}

func TestLessOftenIsKeptAndUndoBringsBackWhatWas(t *testing.T) {
	w := newWorld(t)
	said := func() tactful.MessageLimits {
		t.Helper()
		p, err := w.engine.Preferences(context.Background(), ada)
		if err != nil {
			t.Fatal(err)
		}
		return p.Messages
	}
	checked := func(doc *html.Node) (id string) {
		for _, n := range find(doc, "input", "") {
			if attr(n, "name") == "week" && has(n, "checked") {
				id += attr(n, "id")
			}
		}
		return id
	}
	w.do(http.MethodPost, Root+"/messages", url.Values{"week": {"3"}})
	_, doc := w.do(http.MethodPost, Root+"/messages", url.Values{"week": {"less"}})
	if m := said(); !m.LessOften || m.PerWeek != tactful.WeeklyUnset {
		t.Fatalf("%+v", m)
	}
	if at := checked(doc); at != "week-less" {
		t.Errorf("the page shows %q", at)
	}
	w.press(doc, "Undo")
	if m := said(); m.LessOften || m.PerWeek != tactful.WeeklyThree {
		t.Errorf("after Undo: %+v", m)
	}
	both := tactful.PreferencesPatch{Messages: &tactful.MessageLimits{PerWeek: tactful.WeeklyOne, LessOften: true}}
	if _, err := w.engine.PatchPreferences(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), ada, both); err != nil {
		t.Fatal(err)
	}
	w.do(http.MethodPost, Root+"/messages", url.Values{"week": {"1"}, "from": {"21:00"}, "until": {"08:00"}})
	if m := said(); !m.LessOften || m.PerWeek != tactful.WeeklyOne || m.Quiet.From != "21:00" {
		t.Errorf("who sets quiet hours loses a limit: %+v", m)
	}
	w.do(http.MethodPost, Root+"/messages", url.Values{"week": {""}})
	if m := said(); m.LessOften || m.PerWeek != tactful.WeeklyUnset {
		t.Errorf("as the shop does it: %+v", m)
	}
}

func TestAPersonCanBeAskedToLookAtADecision(t *testing.T) {
	w := newWorld(t)
	w.rests("")
	link := attr(find(find(w.get(Root+"/why"), "ol", "log")[0], "a", "")[0], "href")
	doc := w.press(w.get(link), "Ask for a person")
	list, err := w.engine.Rights(context.Background(), ada)
	if err != nil || len(list) != 1 || list[0].Kind != rights.Review || list[0].Detail.Receipt != strings.TrimPrefix(link, Root+"/why/") {
		t.Fatalf("%+v, %v", list, err)
	}
	if !strings.Contains(text(doc), "A person looks at a decision") || !strings.Contains(text(doc), "We answer by 2 December 2026.") {
		t.Error(text(doc))
	}
	if status, _ := w.do(http.MethodPost, Root+"/data/review", url.Values{"decision": {"no-such"}}); status != http.StatusNotFound {
		t.Errorf("a decision that is none: %d", status)
	}
	doc = w.press(doc, "Take it back")
	if list, err = w.engine.Rights(context.Background(), ada); err != nil || list[0].State != rights.Cancelled || !strings.Contains(text(doc), "You have taken it back.") {
		t.Errorf("%s, %v: %s", list[0].State, err, text(doc))
	}
	for _, b := range find(doc, "button", "") {
		if strings.HasPrefix(text(b), "Take it back") {
			t.Error("what is closed can be taken back")
		}
	}
}

func TestWhoLookedIsShown(t *testing.T) {
	w := newWorld(t)
	if !strings.Contains(text(w.get(Root+"/data")), "No one has looked.") {
		t.Error("somebody looked, or the page does not say that nobody did")
	}
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Olga <b>", Key: "k1", Reason: "ticket 4711: where is <my> order"})
	if _, err := w.engine.History(ctx, ada, 1); err != nil {
		t.Fatal(err)
	}
	if page := text(w.get(Root + "/data")); !strings.Contains(page, "Olga <b> : ticket 4711: where is <my> order your history") {
		t.Error(page)
	}
}

// TestAReceiptIsShownToNobodyElse: an address that stays behind in a browser
// opens nothing for the next person.
func TestAReceiptIsShownToNobodyElse(t *testing.T) {
	w := newWorld(t)
	w.rests("")
	link := attr(find(find(w.get(Root+"/why"), "ol", "log")[0], "a", "")[0], "href")
	id := strings.TrimPrefix(link, Root+"/why/")
	w.get(link)
	for name, v := range map[string]Visitor{"nobody": {}, "a guest": {Guest: true}, "another person": {Alias: tactful.Alias{Kind: tactful.UserID, ID: "p1"}}} {
		w.who.visitor = v
		if status, doc := w.do(http.MethodGet, link, nil); status != http.StatusNotFound || strings.Contains(text(doc), "Thing number") {
			t.Errorf("%s: %d", name, status)
		}
		if status, _ := w.do(http.MethodPost, Root+"/why", url.Values{"decision": {id}, "kind": {"creepy"}}); status != http.StatusNotFound {
			t.Errorf("%s reports on it: %d", name, status)
		}
	}
}

// TestNobodyChangesAnything: without a person behind the request every control
// that needs one is refused, and nobody is made of it.
func TestNobodyChangesAnything(t *testing.T) {
	w := newWorld(t)
	w.who.visitor = Visitor{}
	for path, fields := range map[string]url.Values{
		"/level": {"level": {"generic"}}, "/off": {}, "/ask": {"purpose": {"recommendations"}, "answer": {"yes"}}, "/interests": {"topic": {"Kitchen"}, "setting": {"unused"}},
		"/undo": {"level": {"full"}}, "/needs": {}, "/discreet": {"do": {"hide"}}, "/messages": {}, "/pause": {"do": {"start"}}, "/topics": {"topic": {"x"}, "wish": {"more"}},
		"/forget": {"range": {"all"}}, "/data/use": {"do": {"freeze"}}, "/data/review": {"decision": {"x"}}, "/data/say": {"text": {"x"}}, "/device": {"do": {"keep"}}, "/history/0a": {"do": {"notmine"}},
	} {
		if status, doc := w.do(http.MethodPost, Root+path, fields); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, status, text(doc))
		}
	}
	for _, path := range []string{"", "/uses", "/ask", "/interests", "/history", "/why", "/tests", "/data", "/needs", "/messages", "/help", "/how", "/notice"} {
		if page := text(w.get(Root + path)); strings.Contains(page, "Thing number") {
			t.Errorf("%s shows somebody's things", path)
		}
	}
}

func TestAGuestIsNotNamedByANoAndIsByAYes(t *testing.T) {
	w := newWorld(t)
	w.who.visitor = Visitor{Guest: true}
	w.press(w.get(Root+"/uses"), "No, do not pick")
	if w.who.joined != 0 || !w.who.visitor.SaidNo {
		t.Errorf("%+v, joined %d", w.who.visitor, w.who.joined)
	}
	w.press(w.get(Root+"/uses"), "Yes, pick for me")
	if w.who.joined != 1 || w.standing().Purposes[tactful.Recommendations].Answer != tactful.Granted || w.standing().Level != tactful.Personal {
		t.Errorf("joined %d, %+v", w.who.joined, w.standing())
	}
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	w := newWorld(t)
	w.header.Set("Sec-Fetch-Site", "cross-site")
	for _, path := range []string{"/level", "/off", "/ask", "/interests", "/history", "/history/0a", "/why", "/undo", "/data/erase", "/language", "/needs", "/pause", "/forget", "/data/use"} {
		if status, _ := w.do(http.MethodPost, Root+path, url.Values{"level": {"generic"}}); status != http.StatusForbidden {
			t.Errorf("%s: %d", path, status)
		}
	}
	if s := w.standing(); s.Level != tactful.Personal || s.Purposes[tactful.Recommendations].Answer != tactful.Granted {
		t.Errorf("%+v", s)
	}
}

func TestLookingChangesNothing(t *testing.T) {
	w := newWorld(t)
	was := w.standing()
	for _, path := range []string{"", "/uses", "/ask?level=full", "/interests", "/history?all=1", "/why", "/tests", "/data", "/data/erase", "/needs", "/messages", "/help", "/how", "/notice", "/gone", "/ask/fragment"} {
		status, doc := w.do(http.MethodGet, Root+path, nil)
		if status != http.StatusOK && status != http.StatusNoContent {
			t.Errorf("%s: %d %s", path, status, text(doc))
		}
	}
	u, err := url.Parse(w.server.URL + Root)
	if err != nil {
		t.Fatal(err)
	}
	if is := w.standing(); !is.LevelTime.Equal(was.LevelTime) || is.Level != was.Level || len(w.client.Jar.Cookies(u)) != 0 {
		t.Errorf("%+v, cookies %v", is, w.client.Jar.Cookies(u))
	}
	for _, path := range []string{"/level", "/off", "/undo", "/pause", "/forget", "/topics", "/language"} {
		if status, _ := w.do(http.MethodGet, Root+path, nil); status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, status)
		}
	}
}

func TestACopyIsAFileForThePersonOnly(t *testing.T) {
	w := newWorld(t)
	paths := []string{}
	for name := range copies {
		paths = append(paths, "/data/copy/"+name)
	}
	record := w.standing().Purposes[tactful.Recommendations].ID
	paths = append(paths, "/uses/record/"+record)
	get := func(path string) (*http.Response, string) {
		r, err := w.client.Get(w.server.URL + Root + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r, string(body)
	}
	for _, path := range paths {
		r, body := get(path)
		says := "item-3"
		if strings.HasPrefix(path, "/uses/") {
			says = record
		}
		if r.StatusCode != http.StatusOK || !strings.Contains(body, says) || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment;") || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, r.StatusCode, r.Header)
		}
	}
	for name, v := range map[string]Visitor{"nobody": {}, "a guest": {Guest: true}, "another person": {Alias: tactful.Alias{Kind: tactful.UserID, ID: "p1"}}} {
		w.who.visitor = v
		for _, path := range paths {
			r, body := get(path)
			if own := v.Alias.Kind != tactful.NoAlias && strings.HasPrefix(path, "/data/"); !own && r.StatusCode != http.StatusNotFound || strings.Contains(body, record) {
				t.Errorf("%s gets %s: %d", name, path, r.StatusCode)
			}
		}
	}
}

func TestGPCIsKeptWithTheFirstForm(t *testing.T) {
	w := newWorld(t)
	w.header.Set("Sec-GPC", "1")
	if page := text(w.get(Root)); !strings.Contains(page, "We honour that.") || !strings.Contains(page, "So this stays off: Choosing offers for you.") || w.standing().GPC {
		t.Error("the signal is not said, or looking kept it:", page)
	}
	w.press(w.get(Root), "Choose this : Only this page")
	if !w.standing().GPC {
		t.Error("the signal is not kept")
	}
	w.header.Del("Sec-GPC")
	if page := text(w.get(Root)); !strings.Contains(page, "We honour that.") {
		t.Error("without the browser's signal the kept one is not said")
	}
}

func TestGPCIsKeptWithTheYesThatMakesAGuestKnown(t *testing.T) {
	w := newWorld(t)
	w.who.visitor = Visitor{Guest: true}
	w.header.Set("Sec-GPC", "1")
	w.press(w.get(Root+"/uses"), "Yes, pick for me")
	if s := w.standing(); w.who.joined != 1 || s.Purposes[tactful.Recommendations].Answer != tactful.Granted || !s.GPC {
		t.Errorf("joined %d, %+v", w.who.joined, s)
	}
}

func TestAnObjectionThatIsTakenBackBringsTheYesesBack(t *testing.T) {
	w := newWorld(t)
	w.press(w.get(Root+"/uses"), "Yes, choose offers")
	stands := func() string { return w.standing().Purposes[tactful.Offers].Answer.String() }
	if stands() != "granted" {
		t.Fatal("the yes is missing")
	}
	doc := w.press(w.get(Root+"/data"), "Stop all advertising")
	if stands() != "withdrawn" {
		t.Fatalf("after the objection it stands %s", stands())
	}
	w.press(doc, "Undo")
	c, err := w.engine.Control(context.Background(), w.who.visitor.Alias)
	if err != nil || !c.Objected.IsZero() || stands() != "granted" {
		t.Fatalf("after Undo it stands %s, objected %v (%v)", stands(), c.Objected, err)
	}
}

func TestADateFollowsTheLawOfTheVisitorsPlace(t *testing.T) {
	for region, want := range map[string]string{"": "We answer by 2 December 2026.", "DE": "We answer by 22 December 2026."} {
		w := newWorld(t)
		w.centre.settings.Region = region
		doc := w.askForReview()
		if !strings.Contains(text(doc), want) {
			t.Errorf("in %q: %s", region, text(doc))
		}
	}
}

func TestARefusalSaysItsGround(t *testing.T) {
	w := newWorld(t)
	w.askForReview()
	asked, err := w.engine.Rights(context.Background(), ada)
	if err != nil || len(asked) != 1 {
		t.Fatalf("%d requests, %v", len(asked), err)
	}
	bob := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Bob B.", Key: "k1", Reason: "works on the request"})
	if _, err := w.engine.RefuseRight(bob, asked[0].ID, rights.RightsOfOthers, "It names a neighbour."); err != nil {
		t.Fatal(err)
	}
	said := text(w.get(Root + "/data"))
	for _, want := range []string{"refused", "It would harm someone else.", "It names a neighbour."} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// askForReview asks that a human looks at one decision, and returns the page.
func (w *world) askForReview() *html.Node {
	w.t.Helper()
	w.rests("")
	link := attr(find(find(w.get(Root+"/why"), "ol", "log")[0], "a", "")[0], "href")
	return w.press(w.get(link), "Ask for a person")
}

// Every ground there is has its words in every language.
func TestEveryGroundHasItsWords(t *testing.T) {
	w := newWorld(t)
	for g := rights.Unfounded; g.String() != ""; g++ {
		for _, tag := range w.centre.texts.Languages() {
			if said, err := w.centre.texts.Text(tag, "ground."+g.String()); err != nil || said == "" {
				t.Errorf("%s in %s: %v", g, tag, err)
			}
		}
		if g > rights.NothingThere+8 {
			t.Fatal("the grounds do not end")
		}
	}
}
