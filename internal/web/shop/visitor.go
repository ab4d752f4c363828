package shop

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/door"
)

// Cookies of the shop. All are first-party, unreadable for scripts, and set
// only as the answer to a form that cannot do without (docs: /about).
const (
	cookieWho    = "shop_who"    // "c.<number>" of a customer of the data, or "v.<32 hex>" after a yes
	cookieNo     = "shop_no"     // "1": said no; names nobody
	cookieLevel  = "shop_level"  // level chosen by somebody without a number
	cookieBasket = "shop_basket" // codes of items
	cookieTongue = "shop_lang"   // language chosen
	cookieSaid   = "shop_said"   // what the next page has to say, once
)

const (
	maxBasket  = 30
	rememberNo = 180 * 24 * time.Hour // nobody who said no is asked again within six months
)

var (
	visitorID = regexp.MustCompile(`^[0-9a-f]{32}$`)
	itemCode  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// visitor is who looks at a page, as far as we know.
type visitor struct {
	alias  tactful.Alias // zero: nobody in particular
	person *Person       // nil unless the shop is seen as a customer of the data
	level  tactful.Level // chosen without a number: generic, context or unknown
	saidNo bool
	basket []string
	lang   string
	gpc    bool
	said   notice
}

// notice is one message for the next page.
type notice struct {
	key, item string
}

// somebody reports whether there is anyone to ask the engine about.
func (v *visitor) somebody() bool { return v.alias.Kind != tactful.NoAlias }

// recognise reads the cookies. What does not have the right form counts as absent.
func (s *shop) recognise(r *http.Request) visitor {
	v := visitor{gpc: door.GPC(r), lang: cookie(r, cookieTongue)}
	if !s.texts.Has(v.lang) {
		v.lang = s.texts.Match(r.Header.Get("Accept-Language"))
	}
	g := Guests{People: s.people}
	v.alias, v.person = g.who(r)
	v.level, v.saidNo = g.Said(r)
	for code := range strings.SplitSeq(cookie(r, cookieBasket), ".") {
		if itemCode.MatchString(code) && !slices.Contains(v.basket, code) && len(v.basket) < maxBasket {
			v.basket = append(v.basket, code)
		}
	}
	if words, err := url.ParseQuery(cookie(r, cookieSaid)); err == nil {
		v.said = notice{key: words.Get("k"), item: words.Get("i")}
		if !s.texts.Known("said." + v.said.key) {
			v.said = notice{}
		}
	}
	return v
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || len(c.Value) > 3000 {
		return ""
	}
	return c.Value
}

// set writes a session cookie, or one that lasts; an empty value removes it.
func set(w http.ResponseWriter, r *http.Request, name, value string, lasts time.Duration) {
	c := &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
		MaxAge: int(lasts.Seconds()),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func (n notice) encode() string {
	words := url.Values{"k": {n.key}}
	if n.item != "" {
		words.Set("i", n.item)
	}
	return words.Encode()
}
