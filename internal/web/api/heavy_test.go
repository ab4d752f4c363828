package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/web/door"
)

// slowBody keeps a heavy request where it is until the test lets it go.
type slowBody struct {
	reached chan<- struct{}
	free    <-chan struct{}
	told    bool
}

func (s *slowBody) Read([]byte) (int, error) {
	if !s.told {
		s.told = true
		s.reached <- struct{}{}
	}
	<-s.free
	return 0, io.EOF
}

func TestFewHeavyRequestsRunAtOnceAndLightOnesGoOn(t *testing.T) {
	d := newDesk(t, quiet, func(o *Options) { o.Limits = door.Limits{HeavyAtOnce: 2, AtOnce: 10} })
	reached, free := make(chan struct{}), make(chan struct{})
	ended := make(chan int)
	for range 2 {
		go func() {
			r := httptest.NewRequest("POST", "/v1/items", &slowBody{reached: reached, free: free})
			r.ContentLength = -1
			r.Header.Set("Authorization", "Bearer write")
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			d.handler.ServeHTTP(w, r)
			ended <- w.Code
		}()
		<-reached
	}
	w := d.call("POST", "/v1/items", "write", `{"items":[{"id":"a","title":"T"}]}`)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "more requests at once") {
		t.Errorf("the third heavy request: %d %s", w.Code, w.Body)
	}
	if w := d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`); w.Code != 200 {
		t.Errorf("a light request beside them: %d %s", w.Code, w.Body)
	}
	if w := d.call("GET", "/v1/subjects/u1/export?format=json", "rights", ""); w.Code != 200 {
		t.Errorf("a copy for a person beside two slow bodies: %d %s", w.Code, w.Body)
	}
	close(free)
	<-ended
	<-ended
	if w := d.call("POST", "/v1/items", "write", `{"items":[{"id":"a","title":"T"}]}`); w.Code != 200 {
		t.Errorf("after they ended: %d %s", w.Code, w.Body)
	}
}

func TestOneKeyDoesNotTakeAllHeavyPlaces(t *testing.T) {
	for places, share := range map[int]int{1: 1, 2: 2, 4: 3, 8: 6} {
		r := newRoom(places)
		for n := range places {
			if got := r.enter("one"); got != (n < share) {
				t.Errorf("%d places: request %d of one key: %v", places, n, got)
			}
		}
		for range places - share {
			if !r.enter("another") {
				t.Errorf("%d places: no place is left for another key", places)
			}
		}
		if r.enter("a third") {
			t.Errorf("more than %d places", places)
		}
		if r.leave("one"); !r.enter("one") {
			t.Errorf("%d places: one that was given back is not given out again", places)
		}
	}
}

func TestEveryHeavyOperationIsOneOfTheDocument(t *testing.T) {
	known, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, op := range known {
		ids[op.id] = true
	}
	for _, kind := range []map[string]bool{bodies, reads} {
		for id := range kind {
			if !ids[id] {
				t.Errorf("%s is no operation any more: correct the list in api.go", id)
			}
		}
	}
}
