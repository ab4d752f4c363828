package centre

import (
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/page"
)

// Cookies of the centre, beside the session of whoever mounts it. Both are
// first-party, unreadable for scripts, and set only as the answer to a form.
const (
	cookieSaid = "privacy_said" // what the next page has to say, once
	sayFor     = 10 * time.Minute
	tongueFor  = 365 * 24 * time.Hour
)

// visit is one request: who it is by, in which language, after which click.
type visit struct {
	Visitor
	lang     string
	gpc      bool
	said     outcome
	discreet bool // others see this screen: names are hidden
	easy     bool // large type
	file     []byte
}

// somebody reports whether there is anyone to ask the engine about.
func (v *visit) somebody() bool { return v.Alias.Kind != tactful.NoAlias }

// recognise reads the cookies. What does not have the right form counts as absent.
func (c *Centre) recognise(r *http.Request) visit {
	v := visit{Visitor: c.identity.Who(r), gpc: r.Header.Get("Sec-GPC") == "1", lang: cookie(r, c.tongue)}
	if !c.texts.Has(v.lang) {
		v.lang = c.texts.Match(r.Header.Get("Accept-Language"))
	}
	if said := readOutcome(cookie(r, cookieSaid)); c.texts.Known("said." + said.Key) {
		v.said = said
	}
	return v
}

// heed reads what the visitor said about how pages should look.
func (c *Centre) heed(r *http.Request, v *visit) error {
	if !v.somebody() {
		return nil
	}
	p, err := c.engine.Preferences(r.Context(), v.Alias)
	if err != nil {
		return fmt.Errorf("read how pages should look: %w", err)
	}
	v.discreet, v.easy = p.Discreet, p.EasyReading
	return nil
}

func cookie(r *http.Request, name string) string {
	k, err := r.Cookie(name)
	if err != nil || len(k.Value) > maxSaid {
		return ""
	}
	return k.Value
}

// set writes a cookie; an empty value removes it.
func (c *Centre) set(w http.ResponseWriter, r *http.Request, name, value, path string, lasts time.Duration) {
	k := &http.Cookie{
		Name: name, Value: value, Path: path, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure(r), MaxAge: int(lasts.Seconds()),
	}
	if value == "" {
		k.MaxAge = -1
	}
	http.SetCookie(w, k)
}

// secure reports whether the browser talks https to us, or to a proxy that
// stands at the configured address.
func (c *Centre) secure(r *http.Request) bool {
	return r.TLS != nil || len(c.settings.URL) > 8 && c.settings.URL[:8] == "https://"
}

func (c *Centre) chooseLanguage(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	tag := in.get("tag")
	if !c.texts.Has(tag) {
		return tactful.InvalidField("tag", "is not a language that we have", "go back and try again")
	}
	c.set(w, r, c.tongue, tag, "/", tongueFor)
	http.Redirect(w, r, page.Back(in.get("back")), http.StatusSeeOther)
	return nil
}
