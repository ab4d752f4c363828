package engine

import (
	"context"
	"slices"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

func TestRequestsThatOthersMakeDoNotUseUpThePersonsOwn(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	flood := func(ctx context.Context, channel rights.Channel, proof string) (n int) {
		for range 3 * maxRightsOfThem {
			_, err := w.OpenRight(ctx, RightRequest{Subject: user("anna"), Kind: rights.Rectification, Channel: channel, Text: "it is wrong", Detail: rights.Detail{Proof: proof}})
			if err != nil && tactful.KindOf(err) != tactful.Refused {
				t.Fatal(err)
			}
			if err == nil {
				n++
			}
		}
		return n
	}
	if n := flood(operator(), rights.Phone, "knew the last order"); n != maxRightsOfThem {
		t.Errorf("an operator opened %d requests of one person", n)
	}
	if n := flood(stolen("shop"), rights.API, ""); n != maxRightsOfThem {
		t.Errorf("a key opened %d requests of one person", n)
	}
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for _, kind := range []rights.Kind{rights.Objection, rights.Restriction, rights.Rectification} {
		if _, err := w.OpenRight(person, RightRequest{Subject: user("anna"), Kind: kind, Channel: rights.Centre, Text: "please"}); err != nil {
			t.Errorf("the person's %s is refused: %v", kind, err)
		}
	}
}

func TestAStopIsNeverOneRequestTooMany(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	ask := func(kind rights.Kind) error {
		_, err := w.OpenRight(person, RightRequest{Subject: user("anna"), Kind: kind, Channel: rights.Centre, Text: "it is wrong"})
		return err
	}
	for range maxRights {
		if err := ask(rights.Rectification); err != nil {
			t.Fatal(err)
		}
	}
	if err := ask(rights.Rectification); tactful.KindOf(err) != tactful.Refused {
		t.Fatalf("the control: one more is refused, got %v", err)
	}
	for _, kind := range []rights.Kind{rights.Objection, rights.Restriction} {
		if err := ask(kind); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestWhoTriesOutAHistoryIsSeen(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1)
	for item := range 3 {
		_ = w.SetHistory(stolen("thief"), user("anna"), []string{"item-1", "item-2", "item-3"}[item], "unused")
	}
	looks, err := w.Looks(context.Background(), user("anna"), 10)
	seen := slices.ContainsFunc(looks, func(l tactful.Look) bool { return l.Opened&tactful.OpenedHistory != 0 })
	if err != nil || !seen { // looks of one moment stand in no order
		t.Errorf("nobody is told: %+v, %v", looks, err)
	}
}
