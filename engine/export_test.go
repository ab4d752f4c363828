package engine

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
)

func (w *world) export(id string, f Format) []byte {
	w.t.Helper()
	var out bytes.Buffer
	if err := w.Export(asPerson, ExportRequest{Subject: user(id), Format: f, Language: "en"}, &out); err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}

// full lets a person leave a row of every kind there is.
func (w *world) full(id string) {
	w.t.Helper()
	ctx := context.Background()
	w.live(id, 1, 2, 5, 9, 13)
	w.protect(id, tactful.Granted)
	if err := w.SetPanel(ctx, user(id), "gender", genderOf(0)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.SetPreferences(asPerson, user(id), tactful.Preferences{
		Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMuted}, Languages: []string{"de"}, Discreet: true,
		Messages: tactful.MessageLimits{Only: []tactful.Channel{tactful.ChannelEmail}, PerWeek: tactful.WeeklyOne, Quiet: tactful.Quiet{From: "22:00", Until: "07:00"}},
	}); err != nil {
		w.t.Fatal(err)
	}
	w.clock.pass(time.Minute)
	if _, err := w.WithdrawEvents(ctx, user(id), rights.Selection{Event: w.events(id)["item-13"].ID}); err != nil {
		w.t.Fatal(err)
	}
	r := w.ask(asPerson, id, rights.Rectification, rights.Centre, rights.Detail{})
	if _, err := w.AnswerRight(asAnn, r.ID, "=HYPERLINK(\"http://evil.example\") <script>alert(1)</script>"); err != nil {
		w.t.Fatal(err)
	}
	w.ask(asPerson, id, rights.Objection, rights.Centre, rights.Detail{})
	if _, err := w.History(asAnn, user(id), 10); err != nil { // somebody looks
		w.t.Fatal(err)
	}
	w.reserve(id)
	w.train()
}

// reserve shows somebody an offer.
func (w *world) reserve(id string) {
	w.t.Helper()
	now := w.clock.Now()
	s, err := w.records.Open(context.Background(), w.ref(id), records.Want{Showings: true}, now)
	if err != nil {
		w.t.Fatal(err)
	}
	b := records.Booking{
		Showings: []decision.Showing{{Campaign: "spring", Creative: "a", Item: 1, Channel: decision.ChannelSite}},
		Receipt: &tactful.Receipt{Time: now, Placement: tactful.ForYou, Level: tactful.Personal,
			Shown: []tactful.Shown{{Item: "item-1", Origin: tactful.Pinned, Reason: tactful.Reason{Sentence: "From our spring range."}}}},
		Expires: now.Add(time.Hour), Term: time.Hour,
	}
	if err := w.records.Reserve(context.Background(), w.ref(id), s.Standing.Version, s.Showings, &b, now); err != nil {
		w.t.Fatal(err)
	}
}

// TestACopyGivesEveryRow goes through the rows of a subject as they lie in the
// store, and finds each of them in the copy.
func TestACopyGivesEveryRow(t *testing.T) {
	w := newWorld(t, guarded)
	w.stock(24)
	w.crowd(120, 24)
	w.full("anna")
	var c rights.Copy
	if err := json.Unmarshal(w.export("anna", FormatJSON), &c); err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	p := store.Partition{Section: store.Subjects, ID: w.ref("anna")}
	for _, family := range []store.Family{store.State, store.Log} {
		answers, err := w.data.Read(context.Background(), []store.Query{{Partition: p, Family: family, Now: w.clock.Now()}})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range answers[0].Rows {
			if family == store.State {
				rows[fmt.Sprintf("state %x", row.Key)]++
			} else {
				rows["log "+string(row.Key[0])]++
			}
		}
	}
	words := 0
	for _, r := range c.Requests {
		words += len(r.Said)
	}
	looked := len(c.Looks)
	given := map[string]int{
		"state 01": len(c.Standing), "state 02": min(1, len(c.Settings)), "state 03": min(1, len(c.Names)), "state 04": len(c.Contribution),
		"state 05": len(c.Panel), "state 0201": len(c.Preferences), "state 0203": len(c.Showings), "log c": len(c.Consents), "log n": len(c.Ledger),
		"log e": len(c.Events) + len(c.Removed), "log f": len(c.Reports), "log r": len(c.Receipts), "log q": words, "log l": looked,
	}
	for kind, n := range rows {
		if got, known := given[kind]; known && got != n {
			t.Errorf("%s: %d rows, the copy gives %d", kind, n, got)
		} else if !known {
			given[kind] = 0
		}
	}
	other := 0
	for kind, n := range given {
		if n == 0 && rows[kind] > 0 {
			other += rows[kind]
			continue
		}
		if rows[kind] == 0 {
			t.Errorf("there is no row of the kind %s: the test proves nothing about it", kind)
		}
	}
	if other != len(c.Other) {
		t.Errorf("%d rows without words of their own, the copy gives %d", other, len(c.Other))
	}
	if len(c.Names) != 2 || c.Standing[0].Objected.IsZero() || c.Panel[0]["gender"] == "" || len(c.Contribution[0].Items) == 0 || c.Preferences[0].Messages.PerWeek != "1" {
		t.Errorf("%+v", c.Standing)
	}
	if c.Looks[0].Who == "" || c.Events[0].Title == "" || c.Receipts[0].Shown[0].Reason.Sentence == "" || c.Reports[0].Receipt == "" {
		t.Error("what is given is not whole")
	}
	t.Logf("%d kinds of rows, all in the copy: %v", len(rows), rows)
}

func TestACopyOfSomebodyRestrictedIsStillTheirs(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(4)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "viewed", 1)
	if err := w.Restrict(context.Background(), user("anna")); err != nil {
		t.Fatal(err)
	}
	var c rights.Copy
	if err := json.Unmarshal(w.export("anna", FormatJSON), &c); err != nil || len(c.Events) != 1 || !c.Standing[0].Frozen {
		t.Errorf("%v %+v", err, c.Standing)
	}
	for _, f := range []Format{FormatUnknown, 99} {
		if err := w.Export(asPerson, ExportRequest{Subject: user("anna"), Format: f}, &bytes.Buffer{}); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%v", err)
		}
	}
	if err := w.Export(asPerson, ExportRequest{Subject: user("nobody"), Format: FormatJSON}, &bytes.Buffer{}); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("%v", err)
	}
}

func TestAnOperatorsCopyIsOnRecord(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	if err := w.Export(as(tactful.ActorOperator, "ann", "k-ann"), ExportRequest{Subject: user("anna"), Format: FormatJSON}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	var c rights.Copy
	if err := json.Unmarshal(w.export("anna", FormatJSON), &c); err != nil || len(c.Looks) == 0 || c.Looks[0].Who != "ann" || c.Looks[0].What[0] != "export" {
		t.Errorf("%v %+v", err, c.Looks)
	}
	nameless := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator})
	if err := w.Export(nameless, ExportRequest{Subject: user("anna"), Format: FormatJSON}, &bytes.Buffer{}); err == nil {
		t.Error("somebody without a name took a copy")
	}
}

func TestTheTableHoldsEveryValueAndRunsNothing(t *testing.T) {
	w := newWorld(t, guarded)
	w.stock(24)
	w.crowd(120, 24)
	w.full("anna")
	rows, err := csv.NewReader(bytes.NewReader(w.export("anna", FormatCSV))).ReadAll()
	if err != nil || len(rows) < 100 {
		t.Fatal(len(rows), err)
	}
	sections, harmed := map[string]bool{}, false
	for _, row := range rows {
		sections[row[0]] = true
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
				t.Errorf("a cell begins with %q", cell[:1])
			}
			harmed = harmed || strings.HasPrefix(cell, "'=HYPERLINK")
		}
	}
	for _, section := range []string{"standing", "consent", "event", "removed_event", "setting", "preferences", "panel", "contribution", "receipt", "report", "name", "right", "look", "ledger"} {
		if !sections[section] {
			t.Errorf("there is no %s in the table", section)
		}
	}
	if !harmed {
		t.Error("the planted formula is not in the table: the look is blind")
	}
}

func TestThePageReadsInEveryLanguageAndRunsNothing(t *testing.T) {
	w := newWorld(t, guarded)
	w.stock(24)
	w.crowd(120, 24)
	w.full("anna")
	for _, language := range rights.Languages() {
		var out bytes.Buffer
		if err := w.Export(asPerson, ExportRequest{Subject: user("anna"), Format: FormatHTML, Language: language}, &out); err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		count, lang := map[string]int{}, ""
		var walk func(*html.Node)
		walk = func(n *html.Node) {
			if n.Type == html.ElementNode {
				count[n.Data]++
				for _, a := range n.Attr {
					if n.Data == "html" && a.Key == "lang" {
						lang = a.Val
					}
					if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
						t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
					}
				}
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
		walk(root)
		if lang != language || count["script"]+count["img"]+count["iframe"]+count["form"]+count["link"] != 0 || count["section"] != 19 || count["h1"] != 1 {
			t.Errorf("%s: lang %q, %v", language, lang, count)
		}
		text := out.String()
		if !strings.Contains(text, "&lt;script&gt;alert(1)") || strings.Contains(text, "anna") || strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s: the planted script is gone, or the page names the person", language)
		}
	}
}
