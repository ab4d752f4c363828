package shop

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// chooseLevel sets the level. The two upper ones need a yes: without one the
// question is shown, and it is the answer that sets the level.
func (s *shop) chooseLevel(w http.ResponseWriter, r *http.Request, v *visitor) error {
	in := form(r.PostForm)
	level, err := in.level()
	if err != nil {
		return err
	}
	standing, err := s.standing(r.Context(), v)
	if err != nil {
		return err
	}
	if level >= tactful.Personal && standing.Purposes[tactful.Recommendations].Answer != tactful.Granted {
		http.Redirect(w, r, "/privacy/ask?"+url.Values{"level": {level.String()}}.Encode(), http.StatusSeeOther)
		return nil
	}
	if v.somebody() {
		change := engine.ConsentChange{Level: level}
		if v.gpc {
			change.GPC = &v.gpc
		}
		if _, err := s.engine.SetConsents(r.Context(), v.alias, change); err != nil {
			return fmt.Errorf("set the level: %w", err)
		}
	} else {
		set(w, r, cookieLevel, level.String(), 0)
	}
	return s.done(w, r, in.back(), notice{key: "level." + level.String()})
}

// choosePerson shows the shop through the eyes of a customer of the data, or
// of nobody in particular. Nothing is carried over from one to the other.
func (s *shop) choosePerson(w http.ResponseWriter, r *http.Request, v *visitor) error {
	who := form(r.PostForm).get("who")
	value := ""
	for _, p := range s.people {
		if p.Number == who {
			value = "c." + p.Number
		}
	}
	if value == "" && who != "new" {
		return tactful.InvalidField("who", "is nobody of this list", "go back and try again")
	}
	for _, name := range []string{cookieNo, cookieLevel, cookieBasket} {
		set(w, r, name, "", 0)
	}
	set(w, r, cookieWho, value, 0)
	key := "person.customer"
	if value == "" {
		key = "person.new"
	}
	return s.done(w, r, "/", notice{key: key})
}

func (s *shop) chooseLanguage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	in := form(r.PostForm)
	tag := in.get("tag")
	if !s.texts.Has(tag) {
		return tactful.InvalidField("tag", "is not a language that we have", "go back and try again")
	}
	set(w, r, cookieTongue, tag, 0)
	http.Redirect(w, r, in.back(), http.StatusSeeOther)
	return nil
}
