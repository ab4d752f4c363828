package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
)

// telling are what the operator's list names: of the group that "me" buys from.
var telling = []string{"item-1", "item-5", "item-9", "item-13", "item-29", "item-33"}

// listed is a shop whose operator knows what speaks for a pregnancy: one such
// thing fits into a list, two into a week.
func listed(t *testing.T, lists ...CueList) *world {
	w := newWorld(t, func(c *Config) { c.Protection.Cues.Lists = lists })
	w.stock(60)
	w.crowd(160, 60)
	w.train()
	w.agree("me", tactful.Personal)
	w.mustSend("me", "purchased", 17, 21, 25)
	return w
}

func tell(w *world, without []string) (cues []string) {
	w.t.Helper()
	d := w.decide(tactful.Request{Subject: user("me"), Placement: tactful.ForYou, Count: 8, Filter: tactful.Filter{ExcludeItems: without}})
	if len(d.Suggestions) != 8 {
		w.t.Fatalf("the list has %d", len(d.Suggestions))
	}
	for _, id := range shown(d) {
		if slices.Contains(telling, id) {
			cues = append(cues, id)
		}
	}
	return cues
}

func TestListsTellNoMoreThanTheirBudgetInAWeek(t *testing.T) {
	if found := tell(listed(t), nil); len(found) < 3 {
		t.Fatalf("without the list of cues %v are shown: the case shows nothing", found)
	}
	w := listed(t, CueList{Class: "pregnancy", Items: telling, Odds: 0.15})
	first := tell(w, nil)
	if again := tell(w, nil); len(first) != 1 || !slices.Equal(first, again) {
		t.Fatalf("the list has %v, asked for again %v", first, again)
	}
	second := tell(w, first)
	if len(second) != 1 {
		t.Fatalf("without %v the list has %v", first, second)
	}
	if third := tell(w, append(first, second...)); len(third) != 0 {
		t.Errorf("a third one in the week: %v", third)
	}
	w.shut()
	w.open()
	if third := tell(w, append(first, second...)); len(third) != 0 {
		t.Errorf("a third one in the week, after a restart: %v", third)
	}
	d := w.decide(tactful.Request{Subject: user("me"), Placement: tactful.ForYou, Count: 8})
	if !slices.ContainsFunc(d.Withheld, func(x tactful.Withheld) bool { return x.Guard == "inference" && x.Count > 0 }) {
		t.Errorf("the receipt does not say what was left out: %+v", d.Withheld)
	}
	w.clock.pass(7 * 24 * time.Hour)
	if next := tell(w, append(first, second...)); len(next) != 1 {
		t.Errorf("in the next week %v", next)
	}
}

func TestListsAskedForAtOnceSpendOneBudget(t *testing.T) {
	w := listed(t, CueList{Class: "pregnancy", Items: telling, Odds: 0.15})
	var mu sync.Mutex
	distinct := map[string]bool{}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			without := slices.Clone(telling)
			without = slices.Delete(without, n%len(without), n%len(without)+1)
			d, err := w.Decide(context.Background(), &tactful.Request{Subject: user("me"), Placement: tactful.ForYou, Count: 8, Filter: tactful.Filter{ExcludeItems: without}})
			if tactful.KindOf(err) == tactful.Conflict {
				return // it may be asked again
			}
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range shown(d) {
				if slices.Contains(telling, id) {
					distinct[id] = true
				}
			}
		})
	}
	all.Wait()
	if len(distinct) == 0 || len(distinct) > 2 {
		t.Errorf("the lists of one week tell %v", distinct)
	}
}

// expecting is a shop where some buy for a pregnancy, and with it the rest of
// their group; n people agreed to protection.
func expecting(t *testing.T, n int, panel bool) *world {
	w := newWorld(t, func(c *Config) { c.Protection.Cues.Panel = panel })
	w.stock(60)
	item, err := w.Item("item-4")
	if err != nil {
		t.Fatal(err)
	}
	item.Labels = []string{"pregnancy"}
	if err := w.PutItems(context.Background(), []tactful.Item{item}); err != nil {
		t.Fatal(err)
	}
	w.crowd(160, 60)
	for i := range n {
		w.protect(fmt.Sprint("crowd-", i), tactful.Granted)
	}
	w.agree("me", tactful.Personal)
	w.mustSend("me", "purchased", 8, 12, 16)
	w.train()
	return w
}

func picked(w *world) (group int) {
	w.t.Helper()
	d := w.decide(tactful.Request{Subject: user("me"), Placement: tactful.ForYou, Count: 8})
	if len(d.Suggestions) != 8 {
		w.t.Fatalf("the list has %d", len(d.Suggestions))
	}
	for _, s := range d.Suggestions {
		var no int
		if _, err := fmt.Sscanf(s.Item.ID, "item-%d", &no); err != nil {
			w.t.Fatal(err)
		}
		if no%4 == 0 && s.Origin == tactful.Ranked {
			group++
		}
	}
	return group
}

func TestWhatAPanelShowsToTellServesNoList(t *testing.T) {
	if found := picked(expecting(t, 160, false)); found < 3 {
		t.Fatalf("without the panel %d of the group are picked: the case shows nothing", found)
	}
	w := expecting(t, 160, true)
	if found := picked(w); found != 0 {
		t.Errorf("%d are picked because of what tells", found)
	}
	w.shut()
	w.open() // nothing is fitted: the cues must be there all the same
	if cues := w.ground.Load().cues; cues.Missing || len(cues.Classes) != 1 {
		t.Errorf("after a restart the cues are %+v", cues.Classes)
	}
	if found := picked(w); found != 0 {
		t.Errorf("after a restart %d", found)
	}
	for i := range 160 { // the panel dissolves
		w.protect(fmt.Sprint("crowd-", i), tactful.Withdrawn)
	}
	w.train()
	if found := picked(w); found < 3 {
		t.Errorf("of people who agree no more it is still known what tells: %d picked", found)
	}
}

func TestAPanelOfFewTellsNothing(t *testing.T) {
	if found := picked(expecting(t, 40, true)); found < 3 { // 10 of them have the class
		t.Errorf("10 people tell what speaks for the class: %d picked", found)
	}
}

func TestCuesOfAnErasedPersonAreThoseOfOneNeverSeen(t *testing.T) {
	never, gone := expecting(t, 160, true), expecting(t, 160, true)
	gone.agree("anna", tactful.Personal)
	gone.protect("anna", tactful.Granted)
	gone.mustSend("anna", "purchased", 3, 4, 8, 27)
	gone.train()
	if cmp.Equal(never.ground.Load().told, gone.ground.Load().told) {
		t.Fatal("one more person changes nothing: the test shows nothing")
	}
	if _, err := gone.Erase(context.Background(), user("anna")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(never.ground.Load().told, gone.ground.Load().told); diff != "" {
		t.Error(diff)
	}
}

func TestFaultyCuesAreNamed(t *testing.T) {
	var c Config
	c.Protection.Cues = Cues{Least: 3, Lists: []CueList{{Class: "hats", Items: []string{"a"}}, {Odds: 99}}}
	c.Defaults()
	err := c.Validate()
	for _, field := range []string{"cues.least", "cues.lists[0].class", "cues.lists[1].class", "cues.lists[1].items", "cues.lists[1].odds"} {
		if err == nil || !strings.Contains(err.Error(), "engine.protection."+field) {
			t.Errorf("%s is not named in %v", field, err)
		}
	}
}
