package engine

import (
	"context"
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
