package personalize

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

type shelf struct {
	asked []*tactful.Request
	actor tactful.Actor
	err   error
	kept  []tactful.Alias // whose signal was put on record
}

func (s *shelf) Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error) {
	s.asked, s.actor = append(s.asked, r), tactful.ActorOf(ctx)
	if s.err != nil {
		return nil, s.err
	}
	return &tactful.Decision{ID: "decision-1", Placement: r.Placement, Level: tactful.Personal, Suggestions: []tactful.Suggestion{
		{Item: tactful.Item{ID: "A1", Title: "Cup", Price: 295}, Score: 1.5, Origin: tactful.Ranked, Reason: tactful.Reason{Sentence: "You bought a pot."}},
		{Item: tactful.Item{ID: "C3", Title: "Pan", Price: -1}, Origin: tactful.Filler, Reason: tactful.Reason{Sentence: "Many people like it."}},
	}}, nil
}

func (s *shelf) HonourGPC(_ context.Context, a tactful.Alias) error {
	s.kept = append(s.kept, a)
	return nil
}

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// TestTheSignatureOfTheStandardsExampleIsRight is "get-vanilla" of AWS's own
// test suite for Signature Version 4.
func TestTheSignatureOfTheStandardsExampleIsRight(t *testing.T) {
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	vanilla := func(signature string) *http.Request {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = "example.amazonaws.com"
		r.Header.Set("X-Amz-Date", "20150830T123600Z")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="+signature)
		return r
	}
	const right = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	secrets := map[string]string{keyID: secret}
	if key, err := checkSignature(vanilla(right), nil, secrets, "service", at); err != nil || key != keyID {
		t.Fatalf("%q %v", key, err)
	}
	if _, err := checkSignature(vanilla(strings.Replace(right, "5", "6", 1)), nil, secrets, "service", at); err == nil {
		t.Fatal("a changed signature was taken")
	}
}

func newDoor(t testing.TB) (http.Handler, *shelf) {
	t.Helper()
	s := &shelf{}
	h, err := New(Options{Engine: s, Keys: []AccessKey{{ID: keyID, Secret: secret}}, Log: slog.New(slog.DiscardHandler), Clock: tactful.FixedClock(noon)})
	if err != nil {
		t.Fatal(err)
	}
	return h, s
}

// request signs a call as AWS's clients do.
func request(t testing.TB, body string, at time.Time, with AccessKey, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("POST", Path, strings.NewReader(body))
	r.Header.Set("X-Amz-Date", at.Format(amzTime))
	r.Header.Set("Content-Type", "application/json")
	if headers == nil {
		headers = []string{"content-length", "content-type", "host", "x-amz-date"} // as the JavaScript client has them
	}
	sum := sha256.Sum256([]byte(body))
	a := authorization{key: with.ID, day: at.Format("20060102"), region: "eu-central-1", service: "personalize", end: terminator}
	canonical, ok := canonicalRequest(r, headers, hex.EncodeToString(sum[:]))
	if !ok {
		t.Fatal("it cannot be signed")
	}
	hashed := sha256.Sum256([]byte(canonical))
	scope := strings.Join([]string{a.day, a.region, a.service, a.end}, "/")
	sign := sum256(signingKey(with.Secret, a), strings.Join([]string{algorithm, at.Format(amzTime), scope, hex.EncodeToString(hashed[:])}, "\n"))
	r.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%x", algorithm, a.key, scope, strings.Join(headers, ";"), sign))
	return r
}

func TestOnlySignedRequestsAreAnswered(t *testing.T) {
	own := AccessKey{ID: keyID, Secret: secret}
	const body = `{"campaignArn":"arn:aws:personalize:::campaign/x","userId":"u1","numResults":2}`
	for _, c := range []struct {
		name    string
		request func(t *testing.T) *http.Request
		status  int
	}{
		{"signed", func(t *testing.T) *http.Request { return request(t, body, noon, own) }, 200},
		{"not signed", func(t *testing.T) *http.Request { return httptest.NewRequest("POST", Path, strings.NewReader(body)) }, 403},
		{"another secret", func(t *testing.T) *http.Request {
			return request(t, body, noon, AccessKey{ID: keyID, Secret: "another"})
		}, 403},
		{"an unknown key with an empty secret", func(t *testing.T) *http.Request { return request(t, body, noon, AccessKey{ID: "AKNOBODY"}) }, 403},
		{"another body under the signature", func(t *testing.T) *http.Request {
			r := request(t, body, noon, own)
			other := httptest.NewRequest("POST", Path, strings.NewReader(strings.Replace(body, "u1", "u2", 1)))
			other.Header = r.Header
			return other
		}, 403},
		{"yesterday's", func(t *testing.T) *http.Request { return request(t, body, noon.Add(-24*time.Hour), own) }, 403},
		{"tomorrow's", func(t *testing.T) *http.Request { return request(t, body, noon.Add(24*time.Hour), own) }, 403},
		{"host is not covered", func(t *testing.T) *http.Request { return request(t, body, noon, own, "x-amz-date") }, 403},
		{"the date is not covered", func(t *testing.T) *http.Request { return request(t, body, noon, own, "host") }, 403},
		{"for another host", func(t *testing.T) *http.Request {
			r := request(t, body, noon, own)
			r.Host = "other.example"
			return r
		}, 403},
		{"with a query that was not signed", func(t *testing.T) *http.Request {
			r := request(t, body, noon, own)
			r.URL.RawQuery = "a=1"
			return r
		}, 403},
		{"a payload that says it is not signed", func(t *testing.T) *http.Request {
			r := request(t, body, noon, own)
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			return r
		}, 403},
		{"an API key of ours", func(t *testing.T) *http.Request {
			r := httptest.NewRequest("POST", Path, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer tk_d_x")
			return r
		}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, s := newDoor(t)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, c.request(t))
			if w.Code != c.status || (len(s.asked) == 1) != (c.status == 200) {
				t.Fatalf("%d, asked %d times: %s", w.Code, len(s.asked), w.Body)
			}
			if c.status == 403 && w.Header().Get("X-Amzn-Errortype") != "AccessDeniedException" {
				t.Fatalf("%v", w.Header())
			}
		})
	}
}

func TestTheAnswerCarriesReasonsAndTheReceipt(t *testing.T) {
	own := AccessKey{ID: keyID, Secret: secret}
	h, s := newDoor(t)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(t, `{"campaignArn":"x","userId":"u1","context":{"DEVICE":"phone"},"promotions":[{"name":"p"}],"metadataColumns":{"ITEMS":["TITLE","PRICE","NOTHING"]}}`, noon, own))
	var got struct {
		RecommendationID string
		ItemList         []struct {
			ItemID   string
			Score    float64
			Reason   []string
			Metadata map[string]string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got.RecommendationID != "decision-1" || len(got.ItemList) != 2 || got.ItemList[0].ItemID != "A1" || got.ItemList[0].Score != 1.5 ||
		fmt.Sprint(got.ItemList[0].Reason) != "[You bought a pot.]" || fmt.Sprint(got.ItemList[1].Reason) != "[Many people like it. Popular]" ||
		fmt.Sprint(got.ItemList[0].Metadata) != "map[PRICE:2.95 TITLE:Cup]" {
		t.Errorf("%s", w.Body)
	}
	if r := s.asked[0]; r.Placement != tactful.ForYou || r.Subject.ID != "u1" || r.Count != defaultCount || s.actor.Kind != tactful.ActorService {
		t.Errorf("asked %+v by %v", r, s.actor)
	}
	if h := w.Header().Get("Tactful-Ignored"); h != "context, promotions" {
		t.Errorf("ignored %q", h)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, request(t, `{"recommenderArn":"x","itemId":"A1","userId":"u1"}`, noon, own))
	if r := s.asked[1]; w.Code != 200 || r.Placement != tactful.Similar || len(r.Items) != 1 || r.Items[0] != "A1" || r.Subject.ID != "u1" {
		t.Errorf("%d asked %+v", w.Code, r)
	}
}

func TestWhatCannotBeFollowedIsRefused(t *testing.T) {
	own := AccessKey{ID: keyID, Secret: secret}
	for _, c := range []struct{ name, body, says string }{
		{"a filter, since it keeps something out", `{"userId":"u","filterArn":"arn:x"}`, "filterArn"},
		{"more than we give", `{"userId":"u","numResults":500}`, "numResults"},
		{"another type", `{"userId":7}`, "body"},
		{"no JSON", `{`, "body"},
		{"a key twice", `{"userId":"a","userId":"b"}`, "body"},
	} {
		h, s := newDoor(t)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(t, c.body, noon, own))
		if w.Code != 400 || len(s.asked) != 0 || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("X-Amzn-Errortype") != "InvalidInputException" {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	h, s := newDoor(t)
	s.err = tactful.Errorf(tactful.Internal, "u1 broke it")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(t, `{"userId":"u1"}`, noon, own))
	if w.Code != 500 || strings.Contains(w.Body.String(), "u1") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// FuzzSignedRequest holds that no header and no body is our fault, and that
// nobody is answered without a good signature.
func FuzzSignedRequest(f *testing.F) {
	good := request(f, `{"userId":"u1"}`, noon, AccessKey{ID: keyID, Secret: secret})
	f.Add(good.Header.Get("Authorization"), []byte(`{"userId":"u2"}`))
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=;, Signature=", []byte(`{`))
	h, s := newDoor(f)
	f.Fuzz(func(t *testing.T, authorization string, body []byte) {
		if string(body) == `{"userId":"u1"}` {
			return // this one is signed well
		}
		r := httptest.NewRequest("POST", Path, strings.NewReader(string(body)))
		r.Header.Set("X-Amz-Date", noon.Format(amzTime))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || len(s.asked) > 0 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}

func TestTermsOfOnePersonAreRefusedWithTheirField(t *testing.T) {
	own := AccessKey{ID: keyID, Secret: secret}
	for _, c := range []struct {
		name, body, says string
		status           int
	}{
		{"a value of a filter", `{"userId":"u","filterArn":"arn:x","filterValues":{"CREDIT_LIMIT":"5"}}`, "filterValues.CREDIT_LIMIT", 422},
		{"the context", `{"userId":"u","context":{"PRICE_TIER":"gold"}}`, "context.PRICE_TIER", 422},
		{"a promotion", `{"userId":"u","promotions":[{"name":"x","filterValues":{"discount":"10"}}]}`, "promotions.filterValues.discount", 422},
		{"a field of its own", `{"userId":"u","eligibility":true}`, "eligibility", 422},
		{"the price of goods may be told", `{"userId":"u","metadataColumns":{"ITEMS":["PRICE"]}}`, "", 200},
		{"another context", `{"userId":"u","context":{"DEVICE":"phone"}}`, "", 200},
	} {
		h, s := newDoor(t)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(t, c.body, noon, own))
		if w.Code != c.status || (len(s.asked) == 1) != (c.status == 200) || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}

func TestGPCIsKeptForWhoeverTheListIsFor(t *testing.T) {
	h, s := newDoor(t)
	for _, signal := range []string{"1", "true"} {
		r := request(t, `{"campaignArn":"x","userId":"u1"}`, noon, AccessKey{ID: keyID, Secret: secret})
		r.Header.Set("Sec-GPC", signal)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if len(s.kept) != 1 || s.kept[0].ID != "u1" { // only exactly "1" is the signal
		t.Errorf("kept for %v", s.kept)
	}
}
