package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// stolen acts with a write key of the shop.
func stolen(key string) context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorService, Name: key, Key: key})
}

// operator acts with an admin key.
func operator() context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "ada", Reason: "they are our own customers"})
}

// influence is how far an item got: in how many of the lists of honest people it
// stands, and its place among the popular ones, from 1; 0 if it is not there.
func (w *world) influence(item string, people int) (lists, place int) {
	w.t.Helper()
	for i := range people {
		d := w.decide(tactful.Request{Subject: user(fmt.Sprintf("crowd-%d", i)), Placement: tactful.ForYou})
		if slices.Contains(shown(d), item) {
			lists++
		}
	}
	d := w.decide(tactful.Request{Placement: tactful.Popular, Count: 20})
	return lists, 1 + slices.Index(shown(d), item)
}

// tastes lets n people buy a third each of what belongs to their taste, one of
// four, so that each has much left to be suggested.
func (w *world) tastes(n, items int) {
	w.t.Helper()
	together(n, func(i int) {
		id := fmt.Sprintf("crowd-%d", i)
		w.agree(id, tactful.Personal)
		var bought []int
		for item := 1 + i%4; item <= items; item += 4 {
			if (i/4*7+item*5)%11 < 4 {
				bought = append(bought, item)
			}
		}
		w.mustSend(id, "purchased", bought...)
	})
}

func (w *world) agreeAs(ctx context.Context, id string) {
	w.t.Helper()
	change := ConsentChange{Level: tactful.Personal}
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			change.Answers = append(change.Answers, tactful.Consent{
				Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	if _, err := w.SetConsents(ctx, user(id), change); err != nil {
		w.t.Error(err)
	}
}

// attackers is how many people are made up: enough to own every list many times
// over; TACTFUL_ATTACK=1 makes the 5,000 of the threat model.
func attackers() int {
	if os.Getenv("TACTFUL_ATTACK") != "" {
		return 5000
	}
	return 400
}

// poisoned is a shop of honest people that one key attacks: made-up people buy
// the target, which nobody else buys, beside other things.
func poisoned(t *testing.T, support int, beside func(i int) []int) (w *world, clean TrainReport) {
	t.Helper()
	w = newWorld(t, func(c *Config) {
		c.Learn.Newcomers = Newcomers{Share: 0.02, Least: poisonBound, Within: 24 * time.Hour}
		c.Learn.Support = support
	})
	w.stock(140)
	w.tastes(poisonHonest, 120)
	clean = w.train()
	if lists, place := w.influence(poisonItem, poisonHonest); lists != 0 || place != 0 {
		t.Fatalf("before anybody attacks the target stands in %d lists, at place %d", lists, place)
	}
	together(attackers(), func(i int) {
		id := fmt.Sprintf("made-up-%d", i)
		w.agreeAs(stolen("shop"), id)
		w.mustSend(id, "purchased", append(beside(i), poisonTarget)...)
	})
	return w, clean
}

const (
	poisonHonest, poisonBound = 200, 4
	poisonTarget, poisonItem  = 130, "item-130"
)

// Made-up people of one key each buy other things beside the target, so that it
// goes with everything. What the bound held back is then released: the positive
// control.
func TestMadeUpPeopleOfOneKeyDoNotMoveTheListsOfOthersBeyondTheBound(t *testing.T) {
	w, clean := poisoned(t, 2, func(i int) []int { return []int{1 + i%40, 41 + i%40, 81 + i%40} })
	bounded := w.train()
	boundedLists, boundedPlace := w.influence(poisonItem, poisonHonest)
	if bounded.People != clean.People+poisonBound {
		t.Errorf("the model learns from %d people, before from %d: the bound is %d", bounded.People, clean.People, poisonBound)
	}
	found, err := w.Newcomers(context.Background())
	if err != nil || len(found.Sources) != 1 || found.Sources[0].Key != "shop" || found.Sources[0].Held != attackers()-poisonBound || found.Sources[0].Lately != attackers() {
		t.Errorf("the newcomers are %+v, %v", found, err)
	}
	doctor, err := w.Diagnose(context.Background())
	if err != nil || doctor.Held != attackers()-poisonBound {
		t.Errorf("the doctor counts %d held, %v", doctor.Held, err)
	}

	released, err := w.ReleaseNewcomers(operator(), "shop")
	if err != nil || released != attackers()-poisonBound {
		t.Errorf("released %d, %v", released, err)
	}
	w.train()
	freeLists, freePlace := w.influence(poisonItem, poisonHonest)
	t.Logf("%d made-up people, %d honest ones: lists of honest people with the target: 0 before, %d with the bound, %d without; place among the popular: none, %d, %d (0: none)",
		attackers(), poisonHonest, boundedLists, freeLists, boundedPlace, freePlace)
	if freeLists < poisonHonest/2 || freePlace != 1 {
		t.Error("without the bound the attack does next to nothing, so this test shows nothing")
	}
	if boundedLists > poisonHonest/50 || boundedPlace != 0 {
		t.Errorf("with the bound the target stands in %d of %d lists of others, at place %d", boundedLists, poisonHonest, boundedPlace)
	}
}

// A few who act together and all buy the same things need no flood: against them
// stands only that a pair needs more people than one key may bring
// (learn.support). With a support below the bound they get through: the positive
// control, and the limit that docs/SECURITY.md names.
func TestAFewWhoActTogetherAreStoppedByASupportAboveTheBoundOnly(t *testing.T) {
	same := func(int) []int { return []int{1, 42, 83} }
	var lists [2]int
	for i, support := range []int{poisonBound + 1, 2} {
		w, _ := poisoned(t, support, same)
		w.train()
		lists[i], _ = w.influence(poisonItem, poisonHonest)
	}
	t.Logf("%d people who all buy the same beside the target: it stands in %d of %d lists with a support of %d, in %d with one of 2", poisonBound, lists[0], poisonHonest, poisonBound+1, lists[1])
	if lists[0] != 0 {
		t.Errorf("a pair that fewer people made than its support stands in %d lists", lists[0])
	}
	if lists[1] == 0 {
		t.Error("with a low support the attack does nothing: this test shows nothing, and the limit in docs/SECURITY.md can go")
	}
}

func TestTenThousandEventsOfOnePersonWeighLikeTwoOfEachItem(t *testing.T) {
	const honest, target = 60, 24
	model := func(times int) (hash string, people int64) {
		w := newWorld(t, nil)
		w.stock(24)
		w.crowd(honest, 20)
		if times > 0 {
			w.agree("eager", tactful.Personal)
		}
		for range times {
			w.mustSend("eager", "purchased", 1, 2, 3, target)
			w.clock.pass(time.Second)
		}
		w.clock.pass(time.Hour - time.Duration(times)*time.Second)
		r := w.train()
		return r.Hash, r.People
	}
	without, crowd := model(0)
	one, _ := model(1)
	two, people := model(2)
	many, _ := model(2500)
	if many != two {
		t.Error("10,000 events of one person make another model than eight: the bound of an item does not hold")
	}
	if two == without || one == two || people != crowd+1 {
		t.Error("one person changes nothing at all, so this test shows nothing")
	}
}

func TestNewcomersAreCountedBySourceAndAllTogether(t *testing.T) {
	set := func(c *Config) { c.Learn.Newcomers = Newcomers{Share: 0.05, Least: 4, Within: 24 * time.Hour} }
	held := func(w *world) (n int) {
		t.Helper()
		d, err := w.Diagnose(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return d.Held
	}
	make1 := func(w *world, ctx context.Context, name string, n int) {
		for i := range n {
			w.agreeAs(ctx, fmt.Sprintf("%s-%d", name, i))
		}
	}
	for _, tt := range []struct {
		name string
		act  func(w *world)
		held int
	}{
		{"so many as the bound are let in", func(w *world) { make1(w, stolen("a"), "p", 4) }, 0},
		{"what is beyond is held", func(w *world) { make1(w, stolen("a"), "p", 6) }, 2},
		{"a second key has a bound of its own", func(w *world) { make1(w, stolen("a"), "p", 4); make1(w, stolen("b"), "q", 4) }, 0},
		{"a third key is no way around it: all together bring twice the bound", func(w *world) {
			make1(w, stolen("a"), "p", 4)
			make1(w, stolen("b"), "q", 4)
			make1(w, stolen("c"), "r", 3)
		}, 3},
		{"after the time the key may bring others", func(w *world) {
			make1(w, stolen("a"), "p", 6)
			w.clock.pass(25 * time.Hour)
			make1(w, stolen("a"), "q", 4)
		}, 2},
		{"a start forgets no count", func(w *world) {
			make1(w, stolen("a"), "p", 4)
			w.shut()
			w.open()
			make1(w, stolen("a"), "q", 2)
		}, 2},
		{"a clock that goes back forgets no count", func(w *world) {
			make1(w, stolen("a"), "p", 4)
			w.clock.pass(-5 * time.Hour)
			make1(w, stolen("a"), "q", 2)
		}, 2},
		{"people who come by themselves are one source", func(w *world) {
			make1(w, tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), "p", 6)
		}, 2},
		{"what is done at the machine itself is not counted", func(w *world) {
			make1(w, tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine}), "p", 6)
		}, 0},
		{"who is released is learned from, and the key counts anew", func(w *world) {
			make1(w, stolen("a"), "p", 6)
			if n, err := w.ReleaseNewcomers(operator(), "a"); n != 2 || err != nil {
				t.Errorf("released %d, %v", n, err)
			}
			make1(w, stolen("a"), "q", 4)
		}, 0},
		{"a service releases nobody", func(w *world) {
			make1(w, stolen("a"), "p", 6)
			if n, err := w.ReleaseNewcomers(stolen("a"), "a"); n != 0 || tactful.KindOf(err) != tactful.Refused {
				t.Errorf("released %d, %v", n, err)
			}
		}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, set)
			tt.act(w)
			if n := held(w); n != tt.held {
				t.Errorf("%d are held, want %d", n, tt.held)
			}
		})
	}
}

// TestNobodyIsMadeWithoutBeingCounted reads the source of this package: people
// are made in one place.
func TestNobodyIsMadeWithoutBeingCounted(t *testing.T) {
	makes := regexp.MustCompile(`records\.Create(All|Held)?\(`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(makes.FindAll(text, -1)); n > 0 && !strings.HasSuffix(file, "_test.go") {
			found[file] = n
		}
	}
	if len(found) != 1 || found["newcomers.go"] != 1 {
		t.Errorf("people are made in %v: call welcome, which counts them", found)
	}
}
