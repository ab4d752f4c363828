package engine

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/forgotten"
	"github.com/tactful/tactful/internal/rights"
)

func TestTheReceiptOfAnErasureIsSignedAndEveryChangeShows(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(4)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ms. Reed", Key: "key-of-reed", Reason: "anna asked by phone"})
	asked := w.ask(asAnn, "anna", rights.Erasure, rights.Phone, rights.Detail{Proof: "called back"})
	if r, err := w.ReleaseRight(ctx, asked.ID); err != nil || r.State != rights.Done {
		t.Fatal(r.State, err)
	}
	receipts, err := w.ErasureReceipts(context.Background(), 1)
	if err != nil || len(receipts) != 1 {
		t.Fatal(receipts, err)
	}
	receipt := receipts[0]
	read, err := VerifyErasure(receipt.Signed, w.PublicKey())
	if err != nil || read.ID != receipt.ID || read.State != "done" || read.By.Name != "Ms. Reed" {
		t.Fatalf("%+v %v", read, err)
	}
	var steps []string
	for _, s := range read.Steps {
		steps = append(steps, s.Step)
		if s.What == "" || s.Time.IsZero() {
			t.Errorf("%+v", s)
		}
	}
	if strings.Join(steps, " ") != "freeze cancel unlearn purge tell shred scan" {
		t.Errorf("%v", steps)
	}
	var left []string
	for _, r := range read.Remains {
		left = append(left, r.What)
		if r.Why == "" || r.Until.IsZero() && !strings.HasPrefix(r.What, "co") { // what names nobody stays

			t.Errorf("%+v", r)
		}
	}
	if strings.Join(left, ", ") != "this receipt, tombstone, suppression, older backups, consent ledger leaves, counts of looks and of requests" {
		t.Errorf("what remains: %v", left)
	}
	for _, trace := range []string{"anna", "key-of-reed", "phone"} {
		if bytes.Contains(receipt.Signed, []byte(trace)) {
			t.Errorf("the receipt holds %q", trace)
		}
	}
	again, err := w.ErasureReceipt(context.Background(), receipt.ID)
	if err != nil || !bytes.Equal(again.Signed, receipt.Signed) {
		t.Errorf("read again it is another: %v", err)
	}

	var pretty bytes.Buffer
	if err := json.Indent(&pretty, receipt.Signed, "", "  "); err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyErasure(pretty.Bytes(), w.PublicKey()); err != nil {
		t.Errorf("white space between the words breaks it: %v", err)
	}
	stranger, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyErasure(receipt.Signed, stranger); err == nil {
		t.Error("another key accepts it")
	}
	caught := 0
	for i := range receipt.Signed {
		forged := slices.Clone(receipt.Signed)
		forged[i] ^= 2
		if _, err := VerifyErasure(forged, w.PublicKey()); err == nil {
			t.Errorf("a changed byte at %d (%q) is not noticed", i, receipt.Signed[max(0, i-10):i+10])
		} else {
			caught++
		}
	}
	t.Logf("%d changed bytes of %d noticed", caught, len(receipt.Signed))
}

func FuzzVerifyErasure(f *testing.F) {
	f.Add([]byte(`{"receipt":{"kind":"tactful.erasure/1"},"publicKey":"AA==","signature":"AA=="}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		if r, err := VerifyErasure(document, nil); err == nil && r.Kind != receiptKind {
			t.Errorf("accepted as %q", r.Kind)
		}
	})
}

func TestTwoWhoEraseTheSamePersonGetOneReceipt(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(12)
	w.crowd(20, 12)
	w.agree("anna", tactful.Full)
	w.mustSend("anna", "purchased", 1, 2)
	if err := w.records.Link(ctx, device("anna"), w.ref("anna"), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	w.train()
	var mu sync.Mutex
	ids := map[string]int{}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			receipts, err := w.EraseAll(ctx, []tactful.Alias{user("anna"), device("anna")}[i%2:])
			mu.Lock()
			defer mu.Unlock()
			switch {
			case tactful.KindOf(err) == tactful.NotFound: // all over already
			case err != nil:
				t.Error(err)
			case len(receipts) != 1:
				t.Errorf("%d receipts for one person", len(receipts))
			default:
				ids[receipts[0].ID]++
			}
		})
	}
	group.Wait()
	all, err := w.ErasureReceipts(ctx, 10)
	if err != nil || len(all) != 1 || len(ids) != 1 || ids[all[0].ID] == 0 {
		t.Errorf("%d receipts, handed out as %v, %v", len(all), ids, err)
	}
}

func TestAnErasureEmptiesEveryQueue(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(4)
	w.agree("anna", tactful.Personal)
	w.agree("ben", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	w.mustSend("ben", "purchased", 1, 2)
	waiting := func(ref tactful.Ref) (n int) {
		marks, err := w.records.Dirty(ctx, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range marks {
			if m.Ref == ref {
				n++
			}
		}
		return n
	}
	anna, ben := w.ref("anna"), w.ref("ben")
	if waiting(anna) == 0 || waiting(ben) == 0 {
		t.Fatal("nothing waits: the look is blind")
	}
	begun, err := w.beginErasures(ctx, []tactful.Ref{anna}, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &saga{Engine: w.Engine, under: begun}
	if err := errors.Join(s.freezeAll(ctx), s.cancelAll(ctx)); err != nil {
		t.Fatal(err)
	}
	if waiting(anna) != 0 || waiting(ben) == 0 {
		t.Errorf("%d wait for her and %d for another", waiting(anna), waiting(ben))
	}
	for _, done := range s.under[0].Steps {
		if done.Step == forgotten.Cancel && done.Count == 0 {
			t.Error("the step counts nothing")
		}
	}
	if len(w.queues()) == 0 {
		t.Error("there are no queues")
	}
}

func TestAnErasureThatIsUnderWayHasAReceiptThatSaysSo(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	begun, err := w.beginErasures(ctx, []tactful.Ref{w.ref("anna")}, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.ErasureReceipt(ctx, begun[0].ID.String())
	if err != nil || r.State != "under way" || len(r.Steps) != 0 || len(r.Remains) != 0 {
		t.Errorf("%+v %v", r, err)
	}
	for _, id := range []string{"", "x", strings.Repeat("0", 32), strings.ToUpper(begun[0].ID.String()) + "Z"} {
		if _, err := w.ErasureReceipt(ctx, id); tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}
