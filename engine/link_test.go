package engine

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
)

const centre = "https://privacy.shop.example"

func (w *world) link(id, request string) Link {
	w.t.Helper()
	l, err := w.MakeLink(context.Background(), LinkRequest{Subject: user(id), Base: centre, Request: request})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func TestALinkOpensOnePersonOnce(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("ben", tactful.Personal)
	l := w.link("anna", "")
	if l.URL != centre+LinkPath+l.Token || strings.Contains(l.URL, "anna") {
		t.Errorf("%s", l.URL)
	}
	v, err := w.RedeemLink(ctx, l.Token)
	if err != nil || v.Subject != user("anna") || !v.Until.Equal(w.clock.Now().Add(w.cfg.Rights.Visit)) {
		t.Fatalf("%v %v", v.Subject == user("anna"), err)
	}
	if _, err := w.RedeemLink(ctx, l.Token); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("opened twice: %v", err)
	}
	t.Run("many at once, one gets in", func(t *testing.T) {
		l := w.link("anna", "")
		var in atomic.Int32
		var group sync.WaitGroup
		for range 32 {
			group.Go(func() {
				if _, err := w.RedeemLink(ctx, l.Token); err == nil {
					in.Add(1)
				}
			})
		}
		group.Wait()
		if in.Load() != 1 {
			t.Errorf("%d got in", in.Load())
		}
	})
	t.Run("two links of one person do not end each other", func(t *testing.T) {
		a, b := w.link("anna", ""), w.link("anna", "")
		for _, l := range []Link{b, a} {
			if v, err := w.RedeemLink(ctx, l.Token); err != nil || v.Subject != user("anna") {
				t.Error(err)
			}
		}
	})
	t.Run("it ends soon", func(t *testing.T) {
		l := w.link("anna", "")
		w.clock.pass(w.cfg.Rights.Links)
		if _, err := w.RedeemLink(ctx, l.Token); tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("%v", err)
		}
	})
	t.Run("only a hash is stored, and no name in clear", func(t *testing.T) {
		w.agree("canary-71c2", tactful.Personal)
		l := w.link("canary-71c2", "")
		all := everyByte(t, w.dir)
		raw, err := base64.RawURLEncoding.DecodeString(l.Token)
		if err != nil {
			t.Fatal(err)
		}
		for _, trace := range [][]byte{[]byte(l.Token), raw, []byte("canary-71c2")} {
			if bytes.Contains(all, trace) {
				t.Errorf("the files hold %q", trace)
			}
		}
	})
	t.Run("another house's link, a forged one and none open nothing, alike", func(t *testing.T) {
		other := newWorld(t, nil)
		other.agree("anna", tactful.Personal)
		foreign := other.link("anna", "").Token
		mine := w.link("anna", "").Token
		flipped := []byte(mine)
		flipped[10] ^= 1
		receipt, err := w.vault.SealID(make([]byte, linkBytes)) // sealed by us, but no link
		if err != nil {
			t.Fatal(err)
		}
		want := noVisit().Error()
		for name, token := range map[string]string{"foreign": foreign, "flipped": string(flipped), "empty": "", "long": strings.Repeat("a", 5000), "no link": receipt} {
			if _, err := w.RedeemLink(ctx, token); err == nil || err.Error() != want {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.RedeemLink(ctx, mine); err != nil {
			t.Errorf("the whole one: %v", err)
		}
	})
	t.Run("of somebody erased since it opens nothing, not even a namesake", func(t *testing.T) {
		l := w.link("ben", "")
		if err := eraseNow(w, "ben"); err != nil {
			t.Fatal(err)
		}
		w.agree("ben", tactful.Personal) // somebody new by the same name
		if _, err := w.RedeemLink(ctx, l.Token); tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("%v", err)
		}
	})
	for name, base := range map[string]string{"no scheme": "shop.example", "a script": "javascript:alert(1)", "a query": centre + "?x=1", "somebody's password": "https://a:b@shop.example", "nothing": ""} {
		if _, err := w.MakeLink(ctx, LinkRequest{Subject: user("anna"), Base: base}); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.MakeLink(ctx, LinkRequest{Subject: user("nobody"), Base: centre}); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a link to nobody: %v", err)
	}
}

// TestDuplicatesNeitherBlockNorMixAProof is GHSA-qx5f-ghc2-7g5c: requests under
// the same identity got in each other's way when it was verified.
func TestDuplicatesNeitherBlockNorMixAProof(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(4)
	w.agree("anna", tactful.Personal)
	w.agree("eve", tactful.Personal)
	// Mallory rings up as Anna, many times, before and after Anna herself writes.
	var forged []Right
	for range 5 {
		forged = append(forged, w.ask(asAnn, "anna", rights.Erasure, rights.Phone, rights.Detail{}))
	}
	mine := w.ask(asAnn, "anna", rights.Restriction, rights.Letter, rights.Detail{})
	for range 5 {
		forged = append(forged, w.ask(asAnn, "anna", rights.Erasure, rights.Phone, rights.Detail{}))
	}
	l := w.link("anna", mine.ID)
	v, err := w.RedeemLink(ctx, l.Token)
	if err != nil || v.Request != mine.ID {
		t.Fatalf("%s, %v", v.Request, err)
	}
	if got := w.right(mine.ID).State; got != rights.Waiting {
		t.Errorf("hers is %s", got)
	}
	for _, r := range forged {
		if got := w.right(r.ID).State; got != rights.Proving {
			t.Errorf("a forged one became %s by her proof", got)
		}
	}
	t.Run("nobody proves a request of somebody else", func(t *testing.T) {
		if _, err := w.MakeLink(ctx, LinkRequest{Subject: user("eve"), Base: centre, Request: forged[0].ID}); tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("%v", err)
		}
	})
	t.Run("a request that was proved, or cancelled, is not proved again", func(t *testing.T) {
		if _, err := w.MakeLink(ctx, LinkRequest{Subject: user("anna"), Base: centre, Request: mine.ID}); tactful.KindOf(err) != tactful.Conflict {
			t.Errorf("%v", err)
		}
		l := w.link("anna", forged[0].ID)
		if _, err := w.CancelRight(asBob, forged[0].ID, "she did not send it"); err != nil {
			t.Fatal(err)
		}
		v, err := w.RedeemLink(ctx, l.Token)
		if err != nil || v.Request != "" || w.right(forged[0].ID).State != rights.Cancelled {
			t.Errorf("%q %v", v.Request, err)
		}
	})
	if r, err := w.ReleaseRight(asBob, mine.ID); err != nil || r.State != rights.Done || !w.ctl("anna").Restricted {
		t.Errorf("%s %v", r.State, err)
	}
}

// forge writes a compact token without any library, so that it can be wrong in
// every way.
func forge(t *testing.T, header, payload map[string]any, sign func([]byte) []byte) string {
	t.Helper()
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	input := part(header) + "." + part(payload)
	return input + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(input)))
}

func TestATokenOfTheBusinessOpensOnePersonOnceAndNoOtherWay(t *testing.T) {
	ctx := context.Background()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	secret := bytes.Repeat([]byte("k"), 32)
	ed := func(m []byte) []byte { return ed25519.Sign(private, m) }
	mac := func(key []byte) func([]byte) []byte {
		return func(m []byte) []byte { h := hmac.New(sha256.New, key); h.Write(m); return h.Sum(nil) }
	}
	for _, c := range []struct {
		algorithm, file, other string
		good                   func([]byte) []byte
		evil                   map[string]func([]byte) []byte // by the header's algorithm
	}{
		{"EdDSA", write("public.pem", publicPEM), "HS256", ed, map[string]func([]byte) []byte{
			"HS256": mac(publicPEM), "HS512": mac(public), "none": func([]byte) []byte { return nil }, "RS256": ed, "": ed}},
		{"HS256", write("secret", []byte(base64.StdEncoding.EncodeToString(secret))), "EdDSA", mac(secret), map[string]func([]byte) []byte{
			"none": func([]byte) []byte { return nil }, "EdDSA": ed, "HS384": mac(secret), "HS512": mac(secret)}},
	} {
		t.Run(c.algorithm, func(t *testing.T) {
			w := newWorld(t, func(cfg *Config) {
				cfg.Rights.Token = Token{Algorithm: c.algorithm, KeyFile: c.file, Audience: "shop-a"}
			})
			w.agree("anna", tactful.Personal)
			n := 0
			say := func(change func(map[string]any)) map[string]any {
				n++
				now := w.clock.Now().Unix()
				p := map[string]any{"sub": "anna", "aud": "shop-a", "iat": now, "exp": now + 60, "jti": base64.StdEncoding.EncodeToString([]byte{byte(n), byte(n >> 8)})}
				if change != nil {
					change(p)
				}
				return p
			}
			header := map[string]any{"alg": c.algorithm, "typ": "JWT"}
			good := forge(t, header, say(nil), c.good)
			if v, err := w.RedeemToken(ctx, good); err != nil || v.Subject != user("anna") {
				t.Fatalf("a good token: %v", err)
			}
			refused := func(name, token string) {
				t.Helper()
				if _, err := w.RedeemToken(ctx, token); tactful.KindOf(err) != tactful.NotFound || err.Error() != noVisit().Error() {
					t.Errorf("%s: %v", name, err)
				}
			}
			refused("replayed", good)
			for algorithm, sign := range c.evil {
				refused("algorithm "+algorithm, forge(t, map[string]any{"alg": algorithm}, say(nil), sign))
			}
			refused("signed with another key", forge(t, header, say(nil), func(m []byte) []byte { return c.good(append(m, 'x')) }))
			now := w.clock.Now().Unix()
			for name, change := range map[string]func(map[string]any){
				"expired":             func(p map[string]any) { p["iat"], p["exp"] = now-120, now-1 },
				"expires this second": func(p map[string]any) { p["iat"], p["exp"] = now-60, now },
				"of the future":       func(p map[string]any) { p["iat"], p["exp"] = now+300, now+360 },
				"lives for a day":     func(p map[string]any) { p["exp"] = now + 86400 },
				"of another shop":     func(p map[string]any) { p["aud"] = "shop-b" },
				"of many shops":       func(p map[string]any) { p["aud"] = []string{"shop-a", "shop-b"} },
				"without an audience": func(p map[string]any) { delete(p, "aud") },
				"without an end":      func(p map[string]any) { delete(p, "exp") },
				"without a beginning": func(p map[string]any) { delete(p, "iat") },
				"without an id":       func(p map[string]any) { delete(p, "jti") },
				"with an endless id":  func(p map[string]any) { p["jti"] = strings.Repeat("x", 129) },
				"about nobody":        func(p map[string]any) { delete(p, "sub") },
				"of an unknown kind":  func(p map[string]any) { p["kind"] = "admin" },
				"with text for times": func(p map[string]any) { p["exp"] = "tomorrow" },
			} {
				refused(name, forge(t, header, say(change), c.good))
			}
			refused("cut", good[:len(good)-4])
			refused("empty", "")
			refused("endless", strings.Repeat("a", maxTokenBytes+1))
			for _, crit := range []map[string]any{{"alg": c.algorithm, "crit": []string{"x"}, "x": 1}} {
				refused("with a critical header that nobody knows", forge(t, crit, say(nil), c.good))
			}
			t.Run("the same id at once opens once", func(t *testing.T) {
				token := forge(t, header, say(nil), c.good)
				var in atomic.Int32
				var group sync.WaitGroup
				for range 32 {
					group.Go(func() {
						if _, err := w.RedeemToken(ctx, token); err == nil {
							in.Add(1)
						}
					})
				}
				group.Wait()
				if in.Load() != 1 {
					t.Errorf("%d got in", in.Load())
				}
			})
			t.Run("a restart does not forget what was used", func(t *testing.T) {
				token := forge(t, header, say(nil), c.good)
				if _, err := w.RedeemToken(ctx, token); err != nil {
					t.Fatal(err)
				}
				w.shut()
				w.open()
				refused("replayed after a restart", token)
			})
			t.Run("it proves a request", func(t *testing.T) {
				r := w.ask(asAnn, "anna", rights.Access, rights.Letter, rights.Detail{})
				v, err := w.RedeemToken(ctx, forge(t, header, say(func(p map[string]any) { p["request"] = r.ID }), c.good))
				if err != nil || v.Request != r.ID || w.right(r.ID).State != rights.Waiting {
					t.Errorf("%q %v", v.Request, err)
				}
			})
			if c.algorithm == "EdDSA" {
				t.Run("a key of the wrong kind is refused at the start", func(t *testing.T) {
					for name, token := range map[string]Token{
						"a missing file":  {Algorithm: "EdDSA", KeyFile: filepath.Join(dir, "none"), Audience: "a"},
						"a public secret": {Algorithm: "HS256", KeyFile: c.file, Audience: "a"},
						"a short secret":  {Algorithm: "HS256", KeyFile: write("short", []byte(base64.StdEncoding.EncodeToString([]byte("short")))), Audience: "a"},
					} {
						if k, err := loadTokenKey(token); err == nil || k != nil {
							t.Errorf("%s was taken", name)
						}
					}
				})
			}
		})
	}
	t.Run("without a key nothing opens", func(t *testing.T) {
		w := newWorld(t, nil)
		now := w.clock.Now().Add(-time.Second).Unix()
		token := forge(t, map[string]any{"alg": "HS256"}, map[string]any{"sub": "anna", "aud": "", "iat": now, "exp": now + 60, "jti": "1"}, mac(nil))
		if _, err := w.RedeemToken(ctx, token); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%v", err)
		}
	})
}

func FuzzReadToken(f *testing.F) {
	key := &tokenKey{"HS256", bytes.Repeat([]byte("k"), 32)}
	f.Add("eyJhbGciOiJIUzI1NiJ9.e30.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if c, ok := key.readToken(token, "shop-a", noon); ok {
			t.Errorf("a token that nobody signed opens %q", c.Subject)
		}
	})
}

func TestALinkIsOnRecordAsALookAtEverything(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.ServicePeoplePerHour = 2 })
	for _, id := range []string{"anna", "ben", "cyd"} {
		w.agree(id, tactful.Personal)
	}
	if _, err := w.MakeLink(asBob, LinkRequest{Subject: user("anna"), Base: centre}); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("an operator made themself a way in: %v", err)
	}
	if _, err := w.MakeLink(asShop, LinkRequest{Subject: user("anna"), Base: centre}); err != nil {
		t.Fatal(err)
	}
	list, err := w.Looks(asPerson, user("anna"), 10)
	if err != nil || len(list) != 1 || list[0].Opened != openedByLink {
		t.Errorf("she sees %+v, %v", list, err)
	}
	if _, err := w.MakeLink(asShop, LinkRequest{Subject: user("ben"), Base: centre}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.MakeLink(asShop, LinkRequest{Subject: user("cyd"), Base: centre}); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("links beyond the bound on people: %v", err)
	}
	r := w.ask(asAnn, "ben", rights.Restriction, rights.Letter, rights.Detail{})
	if _, err := w.MakeLink(asAnn, LinkRequest{Subject: user("ben"), Base: centre, Request: r.ID}); err != nil {
		t.Fatal(err)
	}
	list, err = w.Looks(asPerson, user("ben"), 10)
	if err != nil || len(list) != 2 || list[0].Name != "ann" || list[0].Opened&tactful.OpenedLink == 0 {
		t.Errorf("he sees %+v, %v", list, err)
	}
}

// TestAnOperatorsLinkProvesARequestAndOpensNothing: whoever keeps the link for
// themself, its maker above all, reads and changes nothing of the person.
func TestAnOperatorsLinkProvesARequestAndOpensNothing(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	r := w.ask(asBob, "anna", rights.Restriction, rights.Letter, rights.Detail{})
	send := func() Link {
		t.Helper()
		l, err := w.MakeLink(asBob, LinkRequest{Subject: user("anna"), Base: centre, Request: r.ID})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	mine, spare := send(), send()
	if mine.URL != centre+ProofPath+mine.Token {
		t.Errorf("%s", mine.URL)
	}
	if used := w.used("anna"); used != 0 {
		t.Errorf("%d uses of links on record before one was used", used)
	}
	var copied bytes.Buffer
	if err := w.Export(asPerson, ExportRequest{Subject: user("anna"), Format: FormatPortable}, &copied); err != nil {
		t.Fatal(err)
	}
	_, err := w.ImportSubject(asShop, ImportRequest{Subject: user("anna"), Proof: send().Token}, bytes.NewReader(copied.Bytes()))
	if tactful.KindOf(err) != tactful.Refused {
		t.Errorf("a proof of one request proved an import: %v", err)
	}
	if used := w.used("anna"); used != 1 || w.right(r.ID).State != rights.Waiting {
		t.Errorf("%d uses on record, the request is %s", used, w.right(r.ID).State)
	}
	for name, l := range map[string]Link{"a spare one, after the request was proved": spare, "used up": mine} {
		if v, err := w.RedeemLink(ctx, l.Token); tactful.KindOf(err) != tactful.NotFound || v != (Visit{}) {
			t.Errorf("%s: %+v, %v", name, v.Opens, err)
		}
	}
	r = w.ask(asBob, "anna", rights.Access, rights.Phone, rights.Detail{})
	v, err := w.RedeemLink(ctx, send().Token)
	if err != nil || v.Request != r.ID || v.Opens {
		t.Fatalf("%+v, %v", v.Opens, err)
	}
	if ticket, err := w.BeginVisit(ctx, v); tactful.KindOf(err) != tactful.NotFound || ticket != "" {
		t.Errorf("it opened the centre: %v", err)
	}
	// Positive control: what her server makes opens her centre, and its use is on record too.
	l, err := w.MakeLink(asShop, LinkRequest{Subject: user("anna"), Base: centre})
	if err != nil {
		t.Fatal(err)
	}
	v, err = w.RedeemLink(ctx, l.Token)
	if err != nil || !v.Opens {
		t.Fatal(err)
	}
	if ticket, err := w.BeginVisit(ctx, v); err != nil || !w.visits(ticket) {
		t.Errorf("her own link opens nothing: %v", err)
	}
	if used := w.used("anna"); used != 2 { // Bob's within ten minutes are one entry
		t.Errorf("%d entries say that a link was used", used)
	}
}

// used counts the entries under "who looked" that say that a link was used.
func (w *world) used(id string) (n int) {
	w.t.Helper()
	list, err := w.Looks(asPerson, user(id), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range list {
		if l.Opened&tactful.OpenedRedeemed != 0 {
			n++
		}
	}
	return n
}

// TestALinkThatWasNotUsedEndsWithThePerson: its row tells the tenant key neither a
// name nor a reason, and after an erasure nobody.
func TestALinkThatWasNotUsedEndsWithThePerson(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("canary-71c2", tactful.Personal)
	r := w.ask(asBob, "canary-71c2", rights.Access, rights.Letter, rights.Detail{})
	why := "canary reason 5d1e"
	asked := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorOperator, Name: "bob", Key: "k-bob", Reason: why})
	if _, err := w.MakeLink(asked, LinkRequest{Subject: user("canary-71c2"), Base: centre, Request: r.ID}); err != nil {
		t.Fatal(err)
	}
	ref, err := w.resolve(ctx, user("canary-71c2"), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	rows := func() (n int) {
		t.Helper()
		cursor := store.Cursor{}
		for !cursor.Done {
			cursor, err = w.data.Scan(ctx, store.Range{Section: store.Cases, Family: store.State, To: []byte{0xff}, Now: w.clock.Now()}, cursor, func(p store.Partition, rows []store.Row) error {
				for _, row := range rows {
					plain, err := w.vault.Tenant().Open(nil, p, store.State, row.Key, row.Value)
					if err != nil {
						return err
					}
					if row.Key[0] == 1 { // a request, which names them until the erasure
						continue
					}
					n++
					for _, trace := range [][]byte{[]byte("canary"), ref[:], []byte("bob")} {
						if bytes.Contains(plain, trace) {
							t.Errorf("the row tells %q", trace)
						}
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	if n := rows(); n != 1 {
		t.Fatalf("%d links", n)
	}
	if err := eraseNow(w, "canary-71c2"); err != nil {
		t.Fatal(err)
	}
	rows()
}
