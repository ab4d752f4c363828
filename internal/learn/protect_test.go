package learn

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
)

// taste makes people who buy among 40 items; those with an even number mostly
// among the lower half.
func taste(people int, p *linear.Parameters, seed uint64) map[int]*linear.Contribution {
	r := rand.New(rand.NewPCG(seed, 8))
	all := map[int]*linear.Contribution{}
	for u := range people {
		var events []Event
		for range 8 {
			no := 1 + r.IntN(20)
			if (r.IntN(4) > 0) == (u%2 == 1) {
				no += 20
			}
			events = append(events, at(tactful.ItemNo(no), tactful.Purchased, 0))
		}
		c := Contribution(events, nil, p)
		all[u] = &c
	}
	return all
}

func membersOf(people map[int]*linear.Contribution, from, to int) (m Members) {
	for u := from; u < to; u++ {
		m[u%2] = append(m[u%2], people[u])
	}
	return m
}

// A protected model after changes is, byte for byte, that of a learner that
// only ever saw what is left, whoever came and went outside the panel or in it.
func TestProtectedModelRemembersNobodyWhoLeft(t *testing.T) {
	p := linear.NewParameters(7, 0.3)
	s := linear.DefaultSettings()
	s.K = 15
	ctx := context.Background()
	people := taste(300, p, 1)
	fit := func(l *Learner, panels ...Members) string {
		t.Helper()
		if panels != nil {
			if err := l.ProtectMembers(panels); err != nil {
				t.Fatal(err)
			}
		}
		r, err := l.Refit(ctx, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r.Model.Hash()
	}
	drop := func(l *Learner, from, to int) {
		t.Helper()
		for u := from; u < to; u++ {
			if err := l.Apply(people[u], nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	without := func(from, to int) map[int]*linear.Contribution {
		left := map[int]*linear.Contribution{}
		for u, c := range people {
			if u < from || u >= to {
				left[u] = c
			}
		}
		return left
	}
	l := learnerOf(t, people, p, s)
	plain := fit(l)
	levelled := fit(l, membersOf(people, 0, 100))
	l.Protect(nil)
	if got := fit(l); got != plain || levelled == plain {
		t.Error("the plain model did not come back")
	}
	fit(l, membersOf(people, 0, 100))
	drop(l, 290, 300) // nobody of the panel: only touched columns are solved
	outside := fit(l)
	if got := fit(learnerOf(t, without(290, 300), p, s), membersOf(people, 0, 100)); got != outside {
		t.Error("somebody outside the panel left a trace")
	}
	drop(l, 90, 100)
	member := fit(l, membersOf(people, 0, 90))
	left := without(290, 300)
	for u := 90; u < 100; u++ {
		delete(left, u)
	}
	if got := fit(learnerOf(t, left, p, s), membersOf(people, 0, 90)); got != member {
		t.Error("a member left a trace")
	}
	if got := fit(l, membersOf(people, 0, 50), membersOf(people, 50, 90)); got == member {
		t.Error("two panels make the model of one")
	}
	wrong := membersOf(people, 0, 10)
	wrong[0][0] = &linear.Contribution{Epoch: 8, Weight: 1, Items: wrong[0][0].Items}
	if err := l.ProtectMembers([]Members{wrong}); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("a member of another epoch: %v", err)
	}
}
