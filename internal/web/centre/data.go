package centre

import (
	"fmt"
	"net/http"
)

type plainPage struct{ frame }

// plain shows a page that has nothing but words.
func (c *Centre) plain(w http.ResponseWriter, r *http.Request, v *visit, name, path string) error {
	f, err := c.begin(w, r, v, name, path)
	if err != nil {
		return err
	}
	return c.show(w, v, name, plainPage{f})
}

// tests says which tests of variants somebody is in: there are none yet.
func (c *Centre) tests(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.plain(w, r, v, "tests", "/tests")
}

func (c *Centre) help(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.plain(w, r, v, "help", "/help")
}

func (c *Centre) data(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.plain(w, r, v, "data", "/data")
}

// eraseAsk says what an erasure takes and leaves, before anything is done.
func (c *Centre) eraseAsk(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.plain(w, r, v, "erase", "/data/erase")
}

func (c *Centre) gone(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.plain(w, r, v, "gone", "/gone")
}

// erase forgets the person. It is the one control that cannot be taken back,
// and its page says so.
func (c *Centre) erase(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return c.done(w, r, Root+"/data", outcome{Key: "nohistory"})
	}
	if err := c.engine.Erase(r.Context(), v.Alias); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	c.set(w, r, cookieSaid, "", Root, 0)
	c.identity.Leave(w, r)
	http.Redirect(w, r, Root+"/gone", http.StatusSeeOther)
	return nil
}
