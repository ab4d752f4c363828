package coercion

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// TestWhatIsRememberedIsWhatWouldBeRead asks twice for each text at many facts, in
// turns, and compares with a reader that remembers nothing.
func TestWhatIsRememberedIsWhatWouldBeRead(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	var memo Memo
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	rulings := map[Ruling]bool{}
	for range 2 {
		for _, text := range []string{"Only 3 left!", "The sale ends tonight.", "Ends in 5 hours: new pots", "New pots and pans.", "Hurry! Only 3 left, ends today", "Nur noch wenige da"} {
			for _, facts := range []*Facts{
				nil, {Stock: -1}, {Stock: 3, Now: now}, {Stock: 4, Now: now}, {Stock: 3, Ends: now.Add(5 * time.Hour), Now: now}, {Stock: 0, Ends: now.AddDate(0, 0, 9), Now: now},
			} {
				got, want := memo.Read(m, text, "en", facts), m.Read(text, "en", facts)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%q with %+v: %+v, read anew %+v", text, facts, got, want)
				}
				rulings[got.Ruling] = true
			}
		}
	}
	if len(rulings) < 3 {
		t.Errorf("the texts are too much alike: %v", rulings)
	}
}

func TestAMemoIsBounded(t *testing.T) {
	memo := Memo{found: map[memoKey]Finding{}}
	for i := range memoMost {
		memo.found[memoKey{text: fmt.Sprint(i)}] = Finding{}
	}
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if memo.Read(m, "New pots and pans.", "en", nil); len(memo.found) != 1 {
		t.Errorf("%d are remembered", len(memo.found))
	}
}
