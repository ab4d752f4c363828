package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
)

// repeating is a shop in which n people buy Kitchen things again after 10 days.
func repeating(t *testing.T, n int, learn bool) *world {
	w := newWorld(t, func(c *Config) { c.Guards.Purchased.Learn = learn })
	w.stock(30)
	for i := range n {
		w.agree(fmt.Sprint("buyer-", i), tactful.Personal)
		w.mustSend(fmt.Sprint("buyer-", i), "purchased", 1, 2)
	}
	w.clock.pass(10 * 24 * time.Hour)
	for i := range n {
		w.mustSend(fmt.Sprint("buyer-", i), "purchased", 4)
	}
	w.train()
	return w
}

func TestIntervalsAreLearnedFromEnoughPeople(t *testing.T) {
	day := 24 * time.Hour
	w := repeating(t, 20, true)
	want := map[string]time.Duration{"Kitchen": 10 * day}
	if diff := cmp.Diff(want, w.ground.Load().intervals); diff != "" {
		t.Error(diff)
	}
	w.shut()
	w.open()
	if diff := cmp.Diff(want, w.ground.Load().intervals); diff != "" {
		t.Error("after a restart", diff)
	}
	if got := repeating(t, 19, true).ground.Load().intervals; len(got) != 0 {
		t.Errorf("19 people are told of: %v", got)
	}
	if got := repeating(t, 20, false).ground.Load().intervals; len(got) != 0 {
		t.Errorf("it was not wanted: %v", got)
	}
	if _, err := w.Erase(context.Background(), user("buyer-3")); err != nil { // then there are too few
		t.Fatal(err)
	}
	if got := w.ground.Load().intervals; len(got) != 0 {
		t.Errorf("an erased person is still counted: %v", got)
	}
}
