package centre

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
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

// upload sends a file as the form of a browser does, and follows where it leads.
func (w *world) upload(field string, file []byte) (int, *html.Node) {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, "my-data-to-take-along.json")
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = part.Write(file) // to memory: cannot fail
	if err := form.Close(); err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.server.URL+Root+"/data/bring", &body)
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range w.header {
		r.Header[k] = v
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	doc, err := html.Parse(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.last = answer.Request.URL.Path
	return answer.StatusCode, doc
}

func (w *world) takeAlong(a tactful.Alias) []byte {
	w.t.Helper()
	var file bytes.Buffer
	if err := w.engine.Export(context.Background(), engine.ExportRequest{Subject: a, Format: engine.FormatPortable}, &file); err != nil {
		w.t.Fatal(err)
	}
	return file.Bytes()
}

// enters opens the centre of a stranger by the business's link.
func (w *world) enters(id string) tactful.Alias {
	w.t.Helper()
	who := tactful.Alias{Kind: tactful.UserID, ID: id}
	server := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorService, Name: "shop", Key: "k-shop"})
	if _, err := w.engine.MakeLink(server, engine.LinkRequest{Subject: who, Base: "https://privacy.shop.example"}); tactful.KindOf(err) != tactful.NotFound {
		w.t.Errorf("a link for a stranger that nobody said was one: %v", err)
	}
	link, err := w.engine.MakeLink(server, engine.LinkRequest{Subject: who, Base: "https://privacy.shop.example", Newcomer: true})
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(link.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.press(w.get(u.Path), "Open it now")
	if w.last != Root {
		w.t.Fatalf("the link of a stranger leads to %s", w.last)
	}
	if status, _ := w.do(http.MethodPost, Root+"/link", url.Values{"token": {link.Token}}); status != http.StatusNotFound {
		w.t.Errorf("the link opened twice: %d", status)
	}
	return who
}

// asksFirst brings a file as somebody who was never asked anything here: no yes
// comes of it and no history; the page leads to the questions, and they answer.
func (w *world) asksFirst(file []byte, who tactful.Alias) {
	w.t.Helper()
	_, doc := w.upload("file", file)
	said := text(doc)
	if w.last != Root+"/data" || !strings.Contains(said, "We took over 1 from your file") || !strings.Contains(said, "In your file you said yes to this. That yes was for the other shop") {
		w.t.Errorf("at %s: %.900s", w.last, said)
	}
	for _, purpose := range []string{"recommendations", "improvement"} {
		if !slices.ContainsFunc(find(doc, "a", ""), func(a *html.Node) bool { return attr(a, "href") == Root+"/uses#use-"+purpose }) {
			w.t.Errorf("the page does not lead to the question about %s", purpose)
		}
	}
	stands, err := w.engine.Consents(context.Background(), who)
	if log, err := w.engine.ConsentLog(context.Background(), who, 10); err != nil || len(log) != 0 {
		w.t.Errorf("there are answers that nobody gave: %+v %v", log, err)
	}
	if err != nil || len(stands.Purposes) != 0 || stands.Level > tactful.Generic || bytes.Contains(w.takeAlong(who), []byte(`"action"`)) {
		w.t.Errorf("a file said yes: %+v %v", stands, err)
	}
	w.press(w.get(Root+"/uses"), "Yes, pick for me")
	w.press(w.get(Root+"/uses"), "Yes, learn from me")
}

// unanswered is a file without the answers, which are of the house where they were given.
func unanswered(t *testing.T, file []byte) string {
	t.Helper()
	p, err := rights.ReadPortable(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	p.Consents, p.Standing.Consents.Purposes = nil, nil
	var text bytes.Buffer
	if err := p.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestWhatSomebodyTakesAlongTheyBringByHand: out of one shop's centre into the
// other's, by a form without a script, and out again: the same
// to the byte once they said the same yes there, but for the records of it.
func TestWhatSomebodyTakesAlongTheyBringByHand(t *testing.T) {
	here := newWorld(t)
	here.press(here.get(Root+"/history"), "It was a gift")
	answer, err := here.client.Get(here.server.URL + Root + "/data/copy/my-data-to-take-along.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	file, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !bytes.Contains(file, []byte("item-3")) {
		t.Fatalf("%d %v: %.200s", answer.StatusCode, err, file)
	}
	t.Run("a stranger who enters by the business's link", func(t *testing.T) {
		there, _ := byLink(t)
		who := there.enters("newcomer")
		page := text(there.get(Root + "/data"))
		if !strings.Contains(page, "Bring your data from another shop") {
			t.Error("the page does not say that they can")
		}
		there.asksFirst(file, who)
		if _, doc := there.upload("file", file); there.last != Root+"/data" || !strings.Contains(text(doc), "We took over what was in your file: 4.") || strings.Contains(text(doc), "In your file you said yes") {
			t.Errorf("at %s: %.600s", there.last, text(doc))
		}
		if want, again := unanswered(t, file), unanswered(t, there.takeAlong(who)); want != again {
			t.Errorf("it changed on the way:\n%s\n%s", want, again)
		}
		before := there.takeAlong(who)
		if _, doc := there.upload("file", file); !strings.Contains(text(doc), "We took over what was in your file") { // as if the connection had broken
			t.Error("an import that is repeated does not land on itself")
		}
		if again := there.takeAlong(who); !bytes.Equal(before, again) {
			t.Error("repeating it changed something")
		}
		if page := text(there.get(Root + "/history")); !strings.Contains(page, "Thing number 3") {
			t.Error("what they brought is not theirs")
		}
	})
	t.Run("a guest of the shop", func(t *testing.T) {
		there := newWorld(t)
		there.who.visitor = Visitor{Guest: true}
		if _, doc := there.upload("file", []byte("{}")); !strings.Contains(text(doc), "We could not read this file") || there.who.joined > 0 {
			t.Error("somebody was made of what cannot be read")
		}
		there.header.Set("Sec-GPC", "1")
		there.asksFirst(file, tactful.Alias{Kind: tactful.Anonymous, ID: "new-1"})
		if !there.standing().GPC || there.who.joined != 1 {
			t.Errorf("the signal of the very form that makes them known is lost, or %d joined", there.who.joined)
		}
	})
	t.Run("somebody who said other things here keeps them, and has their history beside", func(t *testing.T) {
		there, _ := byLink(t)
		ben := tactful.Alias{Kind: tactful.UserID, ID: "p0"}
		before, err := there.engine.Consents(context.Background(), ben)
		if err != nil {
			t.Fatal(err)
		}
		link, err := there.engine.MakeLink(context.Background(), engine.LinkRequest{Subject: ben, Base: "https://privacy.shop.example"})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(link.URL)
		there.press(there.get(u.Path), "Open it now")
		locked := bytes.Replace(file, []byte(`"frozen": false`), []byte(`"frozen": true`), 1)
		_, doc := there.upload("file", locked)
		if said := text(doc); !strings.Contains(said, "We took over what was in your file: 4.") {
			t.Errorf("%.600s", said)
		}
		came := find(doc, "div", "said")[0]
		if said := text(came); !strings.Contains(said, "You can change each part where it is now: What you did: 3 What you said of things and topics: 1 ") || strings.Contains(said, "Undo") {
			t.Errorf("what came in is not told: %q", said)
		}
		for _, a := range find(came, "a", "") {
			there.get(attr(a, "href"))
		}
		after, err := there.engine.Consents(context.Background(), ben)
		if err != nil || fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("what they said here became %v, was %v (%v)", after, before, err)
		}
		if page := text(there.get(Root + "/history")); !strings.Contains(page, "Thing number 1") {
			t.Error("their history is not there")
		}
	})
}

func TestAFileThatIsNoneIsRefusedInWords(t *testing.T) {
	w := newWorld(t)
	file := w.takeAlong(ada)
	for name, c := range map[string]struct {
		field  string
		file   []byte
		status int
		says   string
	}{
		"none chosen":          {"file", nil, http.StatusOK, "You have not chosen a file yet"},
		"half of it":           {"file", file[:len(file)/2], http.StatusOK, "We could not read this file"},
		"a picture":            {"file", []byte("\x89PNG\r\n\x1a\n"), http.StatusOK, "We could not read this file"},
		"one byte too many":    {"file", make([]byte, maxFile+1), http.StatusOK, "This file is too large"},
		"under another name":   {"other", file, http.StatusBadRequest, "We could not read that"},
		"with the file itself": {"file", file, http.StatusOK, "We took over"}, // the control
	} {
		t.Run(name, func(t *testing.T) {
			if status, doc := w.upload(c.field, c.file); status != c.status || !strings.Contains(text(doc), c.says) {
				t.Errorf("%d: %.300s", status, text(doc))
			}
		})
	}
	t.Run("of nobody nothing is read", func(t *testing.T) {
		w.who.visitor = Visitor{}
		if status, doc := w.upload("file", file); status != http.StatusForbidden || !strings.Contains(text(doc), "We did not do that") {
			t.Errorf("%d", status)
		}
	})
	t.Run("from another site", func(t *testing.T) {
		w.who.visitor = Visitor{Alias: ada}
		w.header.Set("Sec-Fetch-Site", "cross-site")
		if status, _ := w.upload("file", file); status != http.StatusForbidden {
			t.Errorf("%d", status)
		}
	})
	t.Run("with more settings than anybody may have it says what was taken", func(t *testing.T) {
		p, err := rights.ReadPortable(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2500 {
			p.Settings = append(p.Settings, rights.Setting{Item: fmt.Sprintf("other-%d", i), Setting: "gift", Time: noon})
		}
		var large bytes.Buffer
		if err := p.Write(&large); err != nil {
			t.Fatal(err)
		}
		w.header.Set("Sec-Fetch-Site", "same-origin")
		if status, doc := w.upload("file", large.Bytes()); status != http.StatusOK || !strings.Contains(text(doc), "from your file. The rest does not fit here") {
			t.Errorf("%d: %.300s", status, text(doc))
		}
	})
	t.Run("when all places are taken", func(t *testing.T) {
		w.header.Set("Sec-Fetch-Site", "same-origin")
		for range filesAtOnce {
			w.centre.files <- struct{}{}
		}
		if status, _ := w.upload("file", file); status != http.StatusServiceUnavailable {
			t.Errorf("%d", status)
		}
	})
}
