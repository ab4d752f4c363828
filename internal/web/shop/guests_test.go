package shop

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestTheQuestionStandsOnEachPageUntilItIsAnswered(t *testing.T) {
	b := open(t)
	for _, path := range []string{"/", "/item/100002", "/basket"} {
		if ask := find(b.get(path), "section", "ask"); len(ask) != 1 || text(ask[0]) != "May we? "+path {
			t.Errorf("%s: nobody is asked, or the answer leads elsewhere", path)
		}
	}
	b.send("/person", "who", "14282")
	if len(find(b.get("/"), "section", "ask")) != 0 {
		t.Error("somebody who answered is asked again")
	}
}

func TestAGuestGetsANumberOnlyWithAYes(t *testing.T) {
	g := Guests{Entropy: strings.NewReader(strings.Repeat("0123456789abcdef", 4))}
	visit := func(write func(w *httptest.ResponseRecorder)) (held map[string]string, lasts map[string]int) {
		w := httptest.NewRecorder()
		write(w)
		held, lasts = map[string]string{}, map[string]int{}
		for _, c := range w.Result().Cookies() {
			held[c.Name], lasts[c.Name] = c.Value, c.MaxAge
			if !c.HttpOnly {
				t.Errorf("%s can be read by scripts", c.Name)
			}
		}
		return held, lasts
	}
	r := httptest.NewRequest("POST", "/", nil)
	held, lasts := visit(func(w *httptest.ResponseRecorder) { g.Note(w, r, tactful.Context, true) })
	if held[cookieNo] != "1" || held[cookieLevel] != "context" || held[cookieWho] != "" || lasts[cookieNo] < 180*24*3600 {
		t.Errorf("a no: %v %v", held, lasts)
	}
	if held, _ = visit(func(w *httptest.ResponseRecorder) { g.Note(w, r, tactful.Full, false) }); held[cookieLevel] != "" {
		t.Errorf("somebody without a number has the level %s", held[cookieLevel])
	}
	var who tactful.Alias
	held, _ = visit(func(w *httptest.ResponseRecorder) {
		var err error
		if who, err = g.Join(w, r); err != nil {
			t.Fatal(err)
		}
	})
	if held[cookieWho] != "v."+who.ID || who.Kind != tactful.Anonymous || held[cookieNo] != "" {
		t.Errorf("a yes: %v", held)
	}
	back := httptest.NewRequest("GET", "/", nil)
	back.Header.Set("Cookie", cookieWho+"="+held[cookieWho])
	if g.Who(back) != who {
		t.Error("the number is not known again")
	}
	if _, lasts = visit(func(w *httptest.ResponseRecorder) { g.Leave(w, back) }); lasts[cookieWho] >= 0 {
		t.Error("the number stays after leaving")
	}
}
