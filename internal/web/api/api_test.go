package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/door"
)

func TestGlobalPrivacyControlReachesTheEngine(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		want   bool
	}{
		{"exactly 1", []string{"1"}, true},
		{"any 1 among several", []string{"0", "1"}, true},
		{"not set", nil, false},
		{"not 1", []string{"true"}, false},
		{"not exactly 1", []string{"1 "}, false},
		{"a list in one header", []string{"1, 1"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, quiet)
			headers := []string{}
			for _, v := range c.values {
				headers = append(headers, "Sec-GPC", v)
			}
			d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`, headers...)
			d.call("POST", "/v1/events", "write", `{"events":[{}]}`, headers...)
			if len(d.engine.decisions) != 1 || d.engine.decisions[0].GPC != c.want || len(d.engine.delivered) != 1 || d.engine.delivered[0].GPC != c.want {
				t.Fatalf("asked %+v, delivered %+v", d.engine.decisions, d.engine.delivered)
			}
		})
	}
}

func TestWhatIsAskedReachesTheEngineWhole(t *testing.T) {
	d := newDesk(t, quiet)
	w := d.call("POST", "/v1/decisions/recommendations", "decide", `{"anonymousId":"a1","session":"s","placement":"search","query":"lamp","items":["x","y"],"count":7,
		"level":"personal","language":"de-AT","region":"DE-BY","filter":{"categories":["c"],"excludeCategories":["d"],"excludeItems":["e"],"priceMin":0,"priceMax":1000,"attributes":{"size":["m","l"]},"availableOnly":true},"surface":"letter"}`)
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	r := d.engine.decisions[0]
	got := fmt.Sprintf("%v %q %s %v %s %v %d %s %s %s %v %v %v %d %d %v %v", r.Subject.Kind == tactful.Anonymous, r.Subject.ID, r.Session, r.Placement, r.Query, r.Items, r.Count, r.Level, r.Language, r.Region,
		r.Filter.Categories, r.Filter.ExcludeCategories, r.Filter.ExcludeItems, *r.Filter.PriceMin, *r.Filter.PriceMax, r.Filter.Attributes, r.Filter.AvailableOnly) + " " + r.Surface.String()
	want := `true "a1" s search lamp [x y] 7 personal de-AT DE-BY [c] [d] [e] 0 1000 map[size:[m l]] true letter`
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestAnAnswerDoesNotTellWhatIsForTheReceipt(t *testing.T) {
	w := newDesk(t, quiet).call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`)
	if strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "internal") {
		t.Fatalf("withheld items or labels are in the answer: %s", w.Body)
	}
}

func TestItemsAreKeptWholeAndPaged(t *testing.T) {
	d := newDesk(t, quiet)
	for i := range 5 {
		d.call("POST", "/v1/items", "write", fmt.Sprintf(`{"items":[{"id":"i%d","title":"T","price":0}]}`, i))
	}
	d.call("POST", "/v1/items", "write", `{"items":[{"id":"i5","title":"T"}]}`)
	if d.engine.items[0].Price != 0 || d.engine.items[5].Price != -1 {
		t.Fatalf("prices %d and %d", d.engine.items[0].Price, d.engine.items[5].Price)
	}
	var ids []string
	after := ""
	for range 4 {
		target := "/v1/items?limit=2"
		if after != "" {
			target += "&after=" + after
		}
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		if err := json.Unmarshal(d.call("GET", target, "decide", "").Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			ids = append(ids, it.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if got := strings.Join(ids, " "); got != "i0 i1 i2 i3 i4 i5" || after != "" {
		t.Fatalf("paged %s, next %q", got, after)
	}
}

func TestSubjectsAreNamedAsTheBusinessNamesThem(t *testing.T) {
	d := newDesk(t, quiet)
	d.call("GET", "/v1/subjects/a%2Fb%20c/consents?kind=anonymous", "rights", "")
	if d.engine.alias != (tactful.Alias{Kind: tactful.Anonymous, ID: "a/b c"}) {
		t.Fatalf("%d %q", d.engine.alias.Kind, d.engine.alias.ID)
	}
	if w := d.call("GET", "/v1/subjects/%FF/consents", "rights", ""); w.Code != 400 {
		t.Fatalf("an id that is not UTF-8: %d", w.Code)
	}
}

// TestNothingAboutAPersonIsWrittenDown sends marked ids, items, queries and
// errors through every route and looks for the marks in log and labels.
func TestNothingAboutAPersonIsWrittenDown(t *testing.T) {
	const mark = "zebra77"
	watch := &recorder{}
	d := newDesk(t, func(o *Options) { o.Observer, o.Tally = watch, watch })
	for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
		for _, target := range []string{"/v1/subjects/" + mark + "/consents", "/v1/subjects/" + mark + "/history?limit=" + mark, "/v1/subjects/" + mark,
			"/v1/subjects/" + mark + "/receipts?kind=" + mark, "/v1/items/" + mark, "/v1/receipts/" + mark, "/v1/decisions/" + mark + "/report", "/v1/" + mark, "/v1/items?after=" + mark + "&" + mark + "=1"} {
			for _, engineErr := range []error{nil, errPlain, tactful.Errorf(tactful.Internal, "no")} {
				d.engine.err = engineErr
				d.call(method, target, "admin", `{"userId":"`+mark+`","`+mark+`":1}`, "User-Agent", mark, "Referer", mark, "X-Request-Id", mark)
				d.call(method, target, mark, "")
			}
		}
	}
	d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"search","query":"`+mark+`","userId":"`+mark+`","count":1}`)
	d.call(mark, "/v1/items", "admin", "")
	if d.log.Len() == 0 || len(watch.labels) == 0 {
		t.Fatal("nothing was written down at all: the test cannot see")
	}
	if strings.Contains(d.log.String(), mark) {
		t.Errorf("the log tells: %s", d.log)
	}
	if labels := strings.Join(watch.labels, "\n"); strings.Contains(labels, mark) {
		t.Errorf("labels tell: %s", labels)
	}
	if !strings.Contains(d.log.String(), `"route":"/v1/subjects/{subjectId}/consents"`) {
		t.Error("the log does not name the route")
	}
}

type recorder struct{ labels []string }

func (r *recorder) Began() {}

func (r *recorder) Finished(route, method string, status int, _ time.Duration) {
	r.labels = append(r.labels, fmt.Sprint(route, method, status))
}

func (r *recorder) Ingested(status, reason string) { r.labels = append(r.labels, status+reason) }

func (r *recorder) Decided(level, placement string, w []tactful.Withheld) {
	r.labels = append(r.labels, level+placement)
}

func TestAnswersCarryTheirHeaders(t *testing.T) {
	w := newDesk(t, quiet).call("GET", "/v1/notices", "decide", "")
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Content-Type": "application/json",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if len(w.Header().Get("X-Request-Id")) != 24 {
		t.Error("no request id")
	}
}

var _ door.Observer = (*recorder)(nil)

var _ Tally = (*recorder)(nil)
