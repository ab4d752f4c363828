package engine

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tactful/tactful"
)

func TestALinkForAStrangerKeepsNothingOfThemAndOpensOnce(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	stranger := func() Link {
		t.Helper()
		l, err := w.MakeLink(asShop, LinkRequest{Subject: user("new"), Base: centre, Newcomer: true})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	people := w.subjects()
	l := stranger()
	if l.URL != centre+LinkPath+l.Token || strings.Contains(l.URL, "new") {
		t.Errorf("%s", l.URL)
	}
	var in atomic.Int32
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if v, err := w.RedeemLink(ctx, l.Token); err == nil && v.Opens && v.Subject == user("new") && v.Maker != "" {
				in.Add(1)
			}
		})
	}
	group.Wait()
	if in.Load() != 1 {
		t.Errorf("%d got in", in.Load())
	}
	if w.subjects() != people {
		t.Error("somebody was made of a link")
	}
	refused := func(name, token string) {
		t.Helper()
		if v, err := w.RedeemLink(ctx, token); tactful.KindOf(err) != tactful.NotFound || v != (Visit{}) {
			t.Errorf("%s opens %v: %v", name, v.Opens, err)
		}
	}
	l = stranger()
	refused("a link that was changed", l.Token[:len(l.Token)-4]+"AAAA")
	refused("the ticket of a visit", w.visit("anna"))
	w.clock.pass(w.cfg.Rights.Links)
	refused("a link that has ended", l.Token)
	l = stranger()
	w.agree("new", tactful.Personal)
	refused("a link of somebody who is known by now", l.Token)
	if l = stranger(); w.looked("new") == nil {
		t.Error("for somebody known it is a link like any other, which they see")
	}
	if _, err := w.RedeemLink(ctx, l.Token); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		r    LinkRequest
		kind tactful.Kind
	}{
		"an operator's":                 {asBob, LinkRequest{Subject: user("other"), Base: centre, Newcomer: true}, tactful.Refused},
		"one for a request":             {asShop, LinkRequest{Subject: user("other"), Base: centre, Newcomer: true, Request: strings.Repeat("a", 32)}, tactful.NotFound},
		"one that says nothing of that": {asShop, LinkRequest{Subject: user("other"), Base: centre}, tactful.NotFound},
	} {
		if _, err := w.MakeLink(c.ctx, c.r); tactful.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAKeyDoesNotProveAStrangerByALinkOfItsOwn: who may make links could else say
// yes for anybody who is not known.
func TestAKeyDoesNotProveAStrangerByALinkOfItsOwn(t *testing.T) {
	here, there := newWorld(t, nil), newWorld(t, nil)
	here.agree("anna", tactful.Personal)
	l, err := there.MakeLink(asShop, LinkRequest{Subject: user("new"), Base: centre, Newcomer: true})
	if err != nil {
		t.Fatal(err)
	}
	people := there.subjects()
	file := here.export("anna", FormatPortable)
	if _, err := there.ImportSubject(asShop, ImportRequest{Subject: user("new"), Proof: l.Token}, bytes.NewReader(file)); tactful.KindOf(err) != tactful.NotFound || there.subjects() != people {
		t.Errorf("taken: %v", err)
	}
	if _, err := there.RedeemLink(context.Background(), l.Token); err != nil {
		t.Errorf("the link was used up by it: %v", err)
	}
}

func FuzzRedeemNewcomer(f *testing.F) {
	w := newWorld(f, nil)
	l, err := w.MakeLink(context.Background(), LinkRequest{Subject: user("new"), Base: centre, Newcomer: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("")
	f.Add("AAAA")
	f.Add(l.Token[:len(l.Token)-1])
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := w.RedeemLink(context.Background(), text); err == nil && text != l.Token {
			t.Errorf("%q opens %+v", text, v)
		}
	})
}
