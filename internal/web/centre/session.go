package centre

import (
	"context"
	"fmt"
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

// Visits makes, opens and ends the tickets of visits.
type Visits interface {
	BeginVisit(ctx context.Context, v engine.Visit) (string, error)
	VisitOf(ctx context.Context, ticket string) (engine.Visit, error)
	EndVisits(ctx context.Context, ticket string) error
}

// Sessions is the identity of a centre that people enter by a link: a visit is
// a sealed cookie that ends by itself, and before that when the person leaves,
// on whatever device, or is erased. Nothing is kept of it here.
type Sessions struct {
	visits Visits
	clock  tactful.Clock
	secure func(*http.Request) bool
}

var _ Identity = (*Sessions)(nil)

// NewSessions makes sessions. Behind a proxy that speaks https for us, https
// must be true, so that the cookie never travels in clear.
func NewSessions(visits Visits, clock tactful.Clock, https bool) *Sessions {
	return &Sessions{visits: visits, clock: clock, secure: func(r *http.Request) bool { return https || r.TLS != nil }}
}

// Begin starts the visit that a redeemed link opens.
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, v engine.Visit) error {
	ticket, err := s.visits.BeginVisit(r.Context(), v)
	if err != nil {
		return fmt.Errorf("begin a visit: %w", err)
	}
	s.set(w, r, ticket, v.Until.Sub(s.clock.Now()))
	return nil
}

func (s *Sessions) set(w http.ResponseWriter, r *http.Request, value string, lasts time.Duration) {
	c := &http.Cookie{Name: cookieVisit, Value: value, Path: Root, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.secure(r), MaxAge: max(1, int(lasts.Seconds()))}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// Who opens the cookie. What opens nothing, or cannot be looked up, is nobody.
func (s *Sessions) Who(r *http.Request) Visitor {
	v, err := s.visits.VisitOf(r.Context(), cookie(r, cookieVisit))
	if err != nil {
		return Visitor{}
	}
	return Visitor{Alias: v.Subject, Maker: v.Maker, Beginning: v.Beginning}
}

// Join refuses: whoever came without a link stays nobody.
func (s *Sessions) Join(http.ResponseWriter, *http.Request) (tactful.Alias, error) {
	return tactful.Alias{}, errNobody()
}

// Note keeps nothing: there are no guests.
func (s *Sessions) Note(http.ResponseWriter, *http.Request, Visitor) {}

// Leave ends the visit, and all others of the same person.
func (s *Sessions) Leave(w http.ResponseWriter, r *http.Request) error {
	s.set(w, r, "", 0)
	if err := s.visits.EndVisits(r.Context(), cookie(r, cookieVisit)); err != nil {
		return fmt.Errorf("end the visits: %w", err)
	}
	return nil
}

type linkPage struct {
	frame
	Token string
}

// link shows a button and changes nothing: whoever merely looks at a link, like
// a scanner of mails, does not use it up.
func (c *Centre) link(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.button(w, r, v, "link")
}

// proof is link for a request that was entered in the person's name. It says
// what pressing the button means, for whoever asked for nothing.
func (c *Centre) proof(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.button(w, r, v, "proof")
}

func (c *Centre) button(w http.ResponseWriter, r *http.Request, v *visit, name string) error {
	token := r.PathValue("token")
	if len(token) > maxForm/2 {
		return tactful.Errorf(tactful.NotFound, "there is no such page")
	}
	f := c.frame(v, "title."+name, "")
	f.Menu = nil
	return c.show(w, v, name, linkPage{f, token})
}

// proved is the page after a proof: it shows nothing of anybody.
func (c *Centre) proved(w http.ResponseWriter, _ *http.Request, v *visit) error {
	f := c.frame(v, "title.proved", "")
	f.Menu = nil
	return c.show(w, v, "proved", plainPage{f})
}

// enter redeems a link or token, once, and begins the visit if it opens one.
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
	if !visit.Opens {
		http.Redirect(w, r, Root+"/proved", http.StatusSeeOther)
		return nil
	}
	if err := c.sessions.Begin(w, r, visit); err != nil {
		return err
	}
	// What is still to be said was meant for who was here before, and so was their Undo.
	c.set(w, r, cookieSaid, "", Root, 0)
	c.set(w, r, cookieGone, "", Root+"/gone", 0)
	to := Root
	if visit.Request != "" {
		to += "/data"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// leave ends the visit, for whoever shares a device.
func (c *Centre) leave(w http.ResponseWriter, r *http.Request, _ *visit) error {
	c.set(w, r, cookieSaid, "", Root, 0)
	if err := c.identity.Leave(w, r); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, Root, http.StatusSeeOther)
	return nil
}
