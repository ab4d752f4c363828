package centre

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// Redeemer opens what a single-use link or a token of the business opens.
type Redeemer interface {
	RedeemLink(ctx context.Context, token string) (engine.Visit, error)
	RedeemToken(ctx context.Context, token string) (engine.Visit, error)
}

const cookieVisit = "privacy_visit"

// Sessions is the identity of a centre that people enter by a link: a visit is
// a sealed cookie that ends by itself. Nothing is kept of it here, and its key
// lives as long as the process: a restart ends all visits.
type Sessions struct {
	clock  tactful.Clock
	sealer cipher.AEAD
	secure func(*http.Request) bool
}

var _ Identity = (*Sessions)(nil)

// NewSessions makes sessions with a key of their own. Behind a proxy that
// speaks https for us, https must be true, so that the cookie never travels in clear.
func NewSessions(clock tactful.Clock, entropy io.Reader, https bool) (*Sessions, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(entropy, key); err != nil {
		return nil, fmt.Errorf("draw the key of visits: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the key of visits: %w", err)
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make the key of visits: %w", err)
	}
	return &Sessions{clock: clock, sealer: sealer, secure: func(r *http.Request) bool { return https || r.TLS != nil }}, nil
}

// ticket is what the cookie holds, sealed.
type ticket struct {
	Kind  tactful.AliasKind `json:"k"`
	ID    string            `json:"i"`
	Until int64             `json:"u"`
}

// sealedFor keeps a sealed text from being taken for one of another kind.
const sealedFor = "privacy centre visit 1"

// Begin starts the visit that a redeemed link opens.
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, v engine.Visit) error {
	plain, err := json.Marshal(ticket{v.Subject.Kind, v.Subject.ID, v.Until.Unix()})
	if err != nil {
		return fmt.Errorf("write a visit: %w", err)
	}
	s.set(w, r, base64.RawURLEncoding.EncodeToString(s.sealer.Seal(nil, nil, plain, []byte(sealedFor))), v.Until.Sub(s.clock.Now()))
	return nil
}

func (s *Sessions) set(w http.ResponseWriter, r *http.Request, value string, lasts time.Duration) {
	c := &http.Cookie{Name: cookieVisit, Value: value, Path: Root, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.secure(r), MaxAge: max(1, int(lasts.Seconds()))}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// Who opens the cookie. What is forged, of another process or over is nobody.
func (s *Sessions) Who(r *http.Request) Visitor {
	sealed, err := base64.RawURLEncoding.DecodeString(cookie(r, cookieVisit))
	if err != nil || len(sealed) == 0 {
		return Visitor{}
	}
	plain, err := s.sealer.Open(nil, nil, sealed, []byte(sealedFor))
	if err != nil {
		return Visitor{}
	}
	var t ticket
	if err := json.Unmarshal(plain, &t); err != nil || s.clock.Now().Unix() >= t.Until {
		return Visitor{}
	}
	a := tactful.Alias{Kind: t.Kind, ID: t.ID}
	if a.Validate("visit") != nil {
		return Visitor{}
	}
	return Visitor{Alias: a}
}

// Join refuses: whoever came without a link stays nobody.
func (s *Sessions) Join(http.ResponseWriter, *http.Request) (tactful.Alias, error) {
	return tactful.Alias{}, errNobody()
}

// Note keeps nothing: there are no guests.
func (s *Sessions) Note(http.ResponseWriter, *http.Request, Visitor) {}

// Leave ends the visit.
func (s *Sessions) Leave(w http.ResponseWriter, r *http.Request) { s.set(w, r, "", 0) }

type linkPage struct {
	frame
	Token string
}

// link shows a button and changes nothing: whoever merely looks at a link, like
// a scanner of mails, does not use it up.
func (c *Centre) link(w http.ResponseWriter, r *http.Request, v *visit) error {
	token := r.PathValue("token")
	if len(token) > maxForm/2 {
		return tactful.Errorf(tactful.NotFound, "there is no such page")
	}
	f := c.frame(v, "title.link", "")
	f.Menu = nil
	w.Header().Set("Referrer-Policy", "no-referrer")
	return c.show(w, v, "link", linkPage{f, token})
}

// enter redeems a link or token, once, and begins the visit.
func (c *Centre) enter(w http.ResponseWriter, r *http.Request, _ *visit) error {
	token := form(r.PostForm).get("token")
	redeem := c.links.RedeemLink
	if strings.Count(token, ".") == 2 { // a compact JWS of the business's server
		redeem = c.links.RedeemToken
	}
	visit, err := redeem(r.Context(), token)
	if err != nil {
		return fmt.Errorf("open a link: %w", err)
	}
	if err := c.sessions.Begin(w, r, visit); err != nil {
		return err
	}
	to := Root
	if visit.Request != "" {
		to += "/data"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// leave ends the visit, for whoever shares a device.
func (c *Centre) leave(w http.ResponseWriter, r *http.Request, _ *visit) error {
	c.identity.Leave(w, r)
	c.set(w, r, cookieSaid, "", Root, 0)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, Root, http.StatusSeeOther)
	return nil
}
