package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// proof makes the proof of somebody's newest record.
func (w *world) proof(id string) ([]byte, LedgerHead) {
	w.t.Helper()
	ctx := context.Background()
	entries, err := w.ConsentLog(ctx, user(id), 1)
	if err != nil || len(entries) != 1 {
		w.t.Fatal(len(entries), err)
	}
	p, err := w.ProveConsent(ctx, user(id), entries[0].Consent.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		w.t.Fatal(err)
	}
	head, err := w.LedgerHead(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return text, head
}

func TestAProofIsCheckedOfflineAndStaysGoodAfterAnErasure(t *testing.T) {
	w := newWorld(t, nil)
	for _, who := range []string{"anna", "ben", "cem"} {
		w.agree(who, tactful.Personal)
	}
	text, head := w.proof("ben")
	checked, err := CheckConsentProof(text, head.PublicKey)
	if err != nil || !checked.Known || checked.Size != 6 || checked.Says.Answer != "granted" || checked.Says.NoticeHash == "" {
		t.Fatalf("%+v %v", checked, err)
	}
	if checked, err := CheckConsentProof(text, ""); err != nil || checked.Known {
		t.Fatalf("without a key it must say that it knows nothing of it: %+v %v", checked, err)
	}
	if _, err := w.Erase(context.Background(), user("ben")); err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.open()
	if _, err := CheckConsentProof(text, head.PublicKey); err != nil {
		t.Fatal(err)
	}
	other := newWorld(t, nil)
	if _, foreign := func() ([]byte, LedgerHead) { other.agree("x", tactful.Personal); return other.proof("x") }(); foreign.PublicKey == head.PublicKey {
		t.Fatal("two engines sign with one key")
	} else if _, err := CheckConsentProof(text, foreign.PublicKey); err == nil {
		t.Fatal("another ledger's key accepts the proof")
	}
}

func TestAProofIsRefusedWhenAnyLetterOfItChanges(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("ben", tactful.Personal)
	text, head := w.proof("ben")
	flips, harmless := 0, 0
	for i := range text {
		changed := bytes.Clone(text)
		changed[i] ^= 1 // another letter, seldom another meaning of white space
		flips++
		if _, err := CheckConsentProof(changed, head.PublicKey); err == nil {
			// Only the key inside the proof may change unseen: the one that was given counts.
			if at := bytes.Index(text, []byte(`"publicKey":"`)); i < at || i > at+len(`"publicKey":"`)+len(head.PublicKey) {
				t.Errorf("letter %d (%q) changed unseen", i, text[i])
			}
			harmless++
		}
	}
	t.Logf("%d letters changed one by one: refused, but for %d of the key that was not asked", flips, harmless)
	for name, change := range map[string]func(string) string{
		"a yes made of a no":  func(s string) string { return strings.Replace(s, `"granted"`, `"denied"`, 1) },
		"a field more":        func(s string) string { return strings.Replace(s, `{"kind"`, `{"more":1,"kind"`, 1) },
		"something behind it": func(s string) string { return s + "{}" },
		"nothing":             func(string) string { return "" },
	} {
		if _, err := CheckConsentProof([]byte(change(string(text))), head.PublicKey); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestNobodysRecordAndAnotherPersonsRecordAreNotFoundAlike(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("ben", tactful.Personal)
	entries, err := w.ConsentLog(context.Background(), user("anna"), 1)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, ask := range []struct{ who, id string }{{"ben", entries[0].Consent.ID}, {"nobody", entries[0].Consent.ID}, {"ben", "made up"}, {"ben", ""}} {
		_, err := w.ProveConsent(context.Background(), user(ask.who), ask.id)
		if tactful.KindOf(err) != tactful.NotFound {
			t.Fatalf("%v: %v", ask, err)
		}
		said = append(said, err.Error())
	}
	for _, text := range said {
		if text != said[0] {
			t.Errorf("%q and %q tell a difference", text, said[0])
		}
	}
}

func FuzzCheckConsentProof(f *testing.F) {
	w := newWorld(f, nil)
	w.agree("anna", tactful.Personal)
	text, head := w.proof("anna")
	f.Add(text)
	f.Add([]byte(`{"kind":"tactful-consent-proof/1"}`))
	record := json.RawMessage(nil)
	var known struct{ Record, Nonce json.RawMessage }
	if err := json.Unmarshal(text, &known); err != nil {
		f.Fatal(err)
	}
	record = known.Record
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := CheckConsentProof(text, head.PublicKey); err != nil {
			return
		}
		var other struct{ Record json.RawMessage }
		if err := json.Unmarshal(text, &other); err != nil || !bytes.Equal(other.Record, record) {
			t.Fatal("a proof of another record is accepted")
		}
	})
}
