package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// TestEmptyingHistoriesIsNoWayAroundTheBrake takes whole histories out by every
// way that a stolen key has, and counts who still has theirs.
func TestEmptyingHistoriesIsNoWayAroundTheBrake(t *testing.T) {
	all := rights.Selection{All: true}
	stretch := rights.Selection{From: noon.AddDate(-1, 0, 0), To: noon.AddDate(0, 0, 1)}
	for name, take := range map[string]func(w *world, ctx context.Context, who string) error{
		"all": func(w *world, ctx context.Context, who string) error {
			_, err := w.WithdrawEvents(ctx, user(who), all)
			return err
		},
		"a stretch that is all": func(w *world, ctx context.Context, who string) error {
			_, err := w.WithdrawEvents(ctx, user(who), stretch)
			return err
		},
		"a request": func(w *world, ctx context.Context, who string) error {
			_, err := w.OpenRight(ctx, RightRequest{Subject: user(who), Kind: rights.Withdrawal, Channel: rights.API, Detail: rights.Detail{Selection: &all}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Rights.Erasures = 3 })
			w.stock(3)
			var people []string
			for i := range 8 {
				who := fmt.Sprint("p", i)
				people = append(people, who)
				w.agree(who, tactful.Personal)
				w.mustSend(who, "purchased", 1)
			}
			var last *Held
			for _, who := range people {
				var held *Held
				if err := take(w, stolen("thief"), who); errors.As(err, &held) {
					last = held
				} else if err != nil {
					t.Fatal(err)
				}
			}
			left := 0
			for _, who := range people {
				if len(w.kept(user(who))) > 0 {
					left++
				}
			}
			if left != 5 {
				t.Errorf("%d of 8 histories are left, 3 removals an hour were allowed", left)
			}
			// One event of many people is the daily work of a shop and is not held.
			if _, err := w.WithdrawEvents(stolen("thief"), user("p7"), rights.Selection{Item: "item-1"}); err != nil {
				t.Errorf("one thing: %v", err)
			}
			if last == nil {
				return
			}
			if _, err := w.ReleaseRight(operator(), last.Request.ID); err != nil {
				t.Errorf("a second operator cannot release it: %v", err)
			}
		})
	}
}

// TestAHistoryIsNotTakenApartPieceByPieceEither removes single things of many
// people with one key, by both ways there are.
func TestAHistoryIsNotTakenApartPieceByPieceEither(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Rights.Erasures = 1 })
	w.stock(24)
	const each = 3
	var held, gone int
	for i := range 6 {
		who := fmt.Sprint("p", i)
		w.agree(who, tactful.Personal)
		w.mustSend(who, "purchased", 1, 2, 3)
		for item := 1; item <= each; item++ {
			var err error
			if i%2 == 0 {
				_, err = w.WithdrawEvents(stolen("thief"), user(who), rights.Selection{Item: fmt.Sprint("item-", item)})
			} else {
				events, listed := w.Events(context.Background(), user(who), 1)
				if listed != nil || len(events) == 0 {
					t.Fatal(events, listed)
				}
				err = w.Rectify(stolen("thief"), user(who), rights.Correction{Event: events[0].ID, NotMine: true})
			}
			var stop *Held
			switch {
			case errors.As(err, &stop):
				held++
			case err != nil:
				t.Fatal(err)
			default:
				gone++
			}
		}
	}
	if gone != piecesEach || held != 6*each-piecesEach {
		t.Errorf("%d pieces went and %d were held; %d an hour were allowed", gone, held, piecesEach)
	}
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	if _, err := w.WithdrawEvents(person, user("p5"), rights.Selection{Item: "item-1"}); err != nil && tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("the person's own is held: %v", err)
	}
}
