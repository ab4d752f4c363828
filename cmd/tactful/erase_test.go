package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tactful/tactful/engine"
)

// mailer is a recipient on this machine.
type mailer struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string // id, timestamp, signature, body
}

func newMailer(t *testing.T) *mailer {
	t.Helper()
	m := &mailer{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.heard = append(m.heard, r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), string(body))
	}))
	t.Cleanup(m.Close)
	return m
}

func TestAPersonIsErasedByACommandAndTheReceiptHolds(t *testing.T) {
	s := newShell(t)
	m := newMailer(t)
	const parties = `engine: {parties: {recipients: [{name: Post House, role: processor, country: DE, why: they print letters, purpose: recommendations, records: [event], webhook: "%s/erased"}]}}
`
	inside := s.write("inside.yaml", fmt.Sprintf(parties, m.URL))
	if _, errOut, code := s.run(append([]string{"erasures", "list", "--config", inside}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "engine.parties.recipients[0].webhook") {
		t.Fatalf("a webhook inside, without a word about it: exit %d %s", code, errOut)
	}
	config := s.write("tactful.yaml", fmt.Sprintf(parties, m.URL)+"outbound: {private: [127.0.0.0/8], plain_http: true}\n")
	s.agree("anna")
	s.agree("ben")
	if _, errOut, code := s.run(append([]string{"erase", "--subject", "anna"}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "--as") {
		t.Errorf("without a name: exit %d %s", code, errOut)
	}
	if _, errOut, code := s.run(append([]string{"erase", "--subject", "anna", "--as", "Ada B.", "--reason", "she asked us by letter"}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "a second one must agree") {
		t.Errorf("alone: exit %d %s", code, errOut)
	}
	var entered struct {
		Request queuedLine `json:"request"`
	}
	because := []string{"--as", "Ada B.", "--reason", "she asked us by letter", "--config", config, "--json"}
	text := s.on(append([]string{"erase", "--subject", "anna", "--channel", "letter", "--proof", "the signature on file"}, because...)...)
	if err := json.Unmarshal([]byte(text), &entered); err != nil || entered.Request.State != "waiting" {
		t.Fatalf("entered: %s %v", text, err)
	}
	if _, errOut, code := s.run(append(append([]string{"rights", "release", entered.Request.ID}, because...), s.stores()...)...); code != 1 || !strings.Contains(errOut, "never released by who entered it") {
		t.Errorf("released by herself: exit %d %s", code, errOut)
	}
	s.on("rights", "release", entered.Request.ID, "--as", "Ben C.", "--config", config)
	var receipts []json.RawMessage
	if err := json.Unmarshal([]byte(s.on("erasures", "list", "--json")), &receipts); err != nil || len(receipts) != 1 {
		t.Fatalf("%s %v", receipts, err)
	}
	signed := string(receipts[0])
	file := s.write("receipt.json", signed)
	key := strings.TrimSpace(s.on("erasures", "key"))
	out, errOut, code := s.run("erasures", "verify", file, "--public-key", key)
	if code != 0 || !strings.Contains(out, "valid: erasure") {
		t.Errorf("exit %d %s%s", code, out, errOut)
	}
	r, err := engine.VerifyErasure([]byte(signed), nil)
	if err != nil || r.By.Name != "Ben C." || len(r.Recipients) != 1 || r.Recipients[0].State != "told" {
		t.Fatalf("%+v %v", r, err)
	}
	public, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	heard := m.heard
	m.mu.Unlock()
	signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(heard[2], "v1a,"))
	if err != nil || len(heard) != 4 || !ed25519.Verify(public, []byte(heard[0]+"."+heard[1]+"."+heard[3]), signature) || !strings.Contains(heard[3], r.ID) {
		t.Errorf("the recipient heard %v, %v", heard, err)
	}
	forged := s.write("forged.json", strings.Replace(signed, "Ben C.", "Eve C.", 1))
	if _, errOut, code := s.run("erasures", "verify", forged); code != 1 || !strings.Contains(errOut, "signature") {
		t.Errorf("a forged one: exit %d %s", code, errOut)
	}
	if _, errOut, code := s.run(append([]string{"erase", "--subject", "anna", "--as", "Ada B.", "--reason", "she asked us by letter"}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "nobody is known") || strings.Contains(errOut, "anna") {
		t.Errorf("once more: exit %d %s", code, errOut)
	}
	if out := s.on("erasures", "show", r.ID); !strings.Contains(out, "unlearn") || !strings.Contains(out, "suppression") || strings.Contains(out, "anna") {
		t.Errorf("the receipt reads %s", out)
	}

	shop := strings.TrimSpace(s.on("keys", "create", "--name", "shop", "--scope", "rights"))
	admin := strings.TrimSpace(s.on("keys", "create", "--name", "desk", "--scope", "rights", "--operator", "Ben C."))
	url := s.serving(t)
	if _, errOut, code := s.run("erase", "--subject", "ben", "--url", url, "--key", admin, "--reason", "he asked us by phone"); code != 1 || !strings.Contains(errOut, "a second one must agree") {
		t.Errorf("an operator's key alone: exit %d %s", code, errOut)
	}
	out, errOut, code = s.run("erase", "--subject", "ben", "--url", url, "--key", shop)
	if code != 0 || !strings.Contains(out, "shop") || !strings.Contains(out, "scan") {
		t.Errorf("the key of the shop's server: exit %d %s%s", code, out, errOut)
	}
	out, errOut, code = s.run("erasures", "list", "--url", url, "--key", admin)
	if code != 0 || strings.Count(out, "done") != 2 || !strings.Contains(out, "1 of 1") || !strings.Contains(out, r.ID) {
		t.Errorf("exit %d %s%s", code, out, errOut)
	}
	if out, _, _ := s.run("erasures", "key", "--url", url, "--key", admin); strings.TrimSpace(out) != key {
		t.Errorf("the server's key is %s", out)
	}
}
