package door

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"
)

func TestTheSiteSaysThatItHonoursGPC(t *testing.T) {
	w := httptest.NewRecorder()
	GPCSupport().ServeHTTP(w, httptest.NewRequest("GET", GPCPath, nil))
	var says struct {
		GPC        *bool
		LastUpdate string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &says); err != nil || says.GPC == nil || !*says.GPC || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%s, %v", w.Body, err)
	}
	if _, err := time.Parse(time.DateOnly, says.LastUpdate); err != nil {
		t.Error(err)
	}
	w = httptest.NewRecorder()
	GPCSupport().ServeHTTP(w, httptest.NewRequest("POST", GPCPath, nil))
	if w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestAnyExactOneOfSeveralHeadersCounts(t *testing.T) {
	for _, c := range []struct {
		values []string
		want   bool
	}{{nil, false}, {[]string{"1"}, true}, {[]string{"0", "1"}, true}, {[]string{"1, 1"}, false}, {[]string{" 1"}, false}, {[]string{"true"}, false}} {
		r := httptest.NewRequest("GET", "/", nil)
		for _, v := range c.values {
			r.Header.Add("Sec-GPC", v)
		}
		if GPC(r) != c.want {
			t.Errorf("%q: want %v", c.values, c.want)
		}
	}
}
