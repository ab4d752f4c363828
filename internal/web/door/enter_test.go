package door

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tactful/tactful"
)

func TestABurstWaitsAMomentAndNoMoreThanThereArePlaces(t *testing.T) {
	const places = 3
	for _, tt := range []struct {
		name            string
		requests        int
		each            time.Duration // that the work takes
		served, refused int
	}{
		{"as many as there are places are served", places, time.Hour, places, 0},
		{"those of a burst are served as places come free", 2 * places, 50 * time.Millisecond, 2 * places, 0},
		{"who waits longer than a moment is refused", 2 * places, 200 * time.Millisecond, places, places},
		{"no more wait than there are places", 5 * places, 50 * time.Millisecond, 2 * places, 3 * places},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				work := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(tt.each) })
				frame := NewFrame(work, FrameOptions{Log: slog.New(slog.DiscardHandler), Clock: tactful.SystemClock{}, Limits: Limits{AtOnce: places}})
				codes := make(chan int)
				for range tt.requests {
					go func() {
						w := httptest.NewRecorder()
						frame.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
						if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
							t.Error("a refusal does not say when to come again")
						}
						codes <- w.Code
					}()
				}
				counts := map[int]int{}
				for range tt.requests {
					counts[<-codes]++
				}
				if counts[http.StatusOK] != tt.served || counts[http.StatusTooManyRequests] != tt.refused || len(frame.entered)+len(frame.waiting) != 0 {
					t.Errorf("%v, and %d places are not given back", counts, len(frame.entered)+len(frame.waiting))
				}
			})
		})
	}
}
