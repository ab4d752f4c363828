package centre

import (
	"net/http"
	"strconv"
	"testing"
)

// A copied session is no way to try things out by the thousand: the centre says
// how long to wait, in the words and with the status of one who may come again.
func TestWhoAsksTheCentreTooFastIsToldHowLongToWait(t *testing.T) {
	w := newWorld(t) // its clock stands still
	answered := 0
	for range 400 {
		response, err := w.client.Get(w.server.URL + Root + "/why")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			answered++
			continue
		}
		wait, err := strconv.Atoi(response.Header.Get("Retry-After"))
		if response.StatusCode != http.StatusTooManyRequests || err != nil || wait < 1 {
			t.Fatalf("after %d pages: %d, Retry-After %q", answered, response.StatusCode, response.Header.Get("Retry-After"))
		}
		if answered < 30 {
			t.Errorf("only %d pages were shown", answered)
		}
		return
	}
	t.Fatalf("%d pages were shown without a pause", answered)
}
