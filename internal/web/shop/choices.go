package shop

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type choicesPage struct {
	frame
	Questions []*question
	Wanted    string // level that waits for a yes, "" if none
	GPC       bool
}

// asked are the purposes that this shop asks about, each alone.
var asked = []tactful.Purpose{tactful.Recommendations, tactful.Improvement}

func (s *shop) choices(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := s.frame(w, r, v, "title.choices")
	if err != nil {
		return err
	}
	f.Question = nil // it stands on the page itself
	standing, err := s.standing(r.Context(), v)
	if err != nil {
		return err
	}
	p := choicesPage{frame: f, GPC: v.gpc}
	if level, ok := tactful.ParseLevel(r.URL.Query().Get("level")); ok && level >= tactful.Personal {
		p.Wanted = level.String()
	}
	for _, purpose := range asked {
		q := s.question(v, purpose, standing)
		q.Back = "/choices"
		if p.Wanted != "" {
			q.Level = p.Wanted
		}
		p.Questions = append(p.Questions, q)
	}
	return s.show(w, v, "choices", p)
}

// answer records yes or no to one purpose, with the text that was shown. A no
// from somebody without a number is remembered without giving them one.
func (s *shop) answer(w http.ResponseWriter, r *http.Request, v *visitor) error {
	in := form(r.PostForm)
	purpose, said, err := in.answer()
	if err != nil {
		return err
	}
	change := engine.ConsentChange{GPC: &v.gpc}
	if !v.gpc {
		change.GPC = nil
	}
	word := "no." + string(purpose)
	if said == tactful.Denied && !v.somebody() {
		set(w, r, cookieNo, "1", rememberNo)
		return s.done(w, r, in.back(), notice{key: word})
	}
	n, err := s.shown(v, purpose, in.get("hash"))
	if err != nil && said == tactful.Granted {
		return err // a no counts whatever text it was given to
	}
	if !v.somebody() {
		id, err := s.token()
		if err != nil {
			return err
		}
		v.alias = tactful.Alias{Kind: tactful.Anonymous, ID: id}
		set(w, r, cookieWho, "v."+id, 0)
		set(w, r, cookieLevel, "", 0)
	}
	change.Answers = []tactful.Consent{{
		Purpose: purpose, Answer: said, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form",
	}}
	standing, err := s.standing(r.Context(), v)
	if err != nil {
		return err
	}
	if said == tactful.Granted {
		word = "yes." + string(purpose)
		set(w, r, cookieNo, "", 0)
		change.Level = max(standing.Level, tactful.Personal) // a yes that keeps nothing would be no yes
		if wanted, err := in.level(); err == nil && purpose == tactful.Recommendations && wanted >= tactful.Personal {
			change.Level = wanted
		}
	} else if purpose == tactful.Recommendations && standing.Level >= tactful.Personal {
		change.Level = tactful.Context
	}
	if _, err := s.engine.SetConsents(r.Context(), v.alias, change); err != nil {
		return fmt.Errorf("record the answer: %w", err)
	}
	return s.done(w, r, in.back(), notice{key: word})
}

// shown returns the text that the form was sent under. If it is no longer in
// force the answer does not count: what was read is not what would be recorded.
func (s *shop) shown(v *visitor, p tactful.Purpose, hash string) (engine.Notice, error) {
	for _, n := range s.engine.Notices(v.lang) {
		if n.Purpose == p && n.Hash == hash {
			return n, nil
		}
	}
	return engine.Notice{}, &tactful.Error{Kind: tactful.Conflict, Field: "hash", Detail: "the text has changed since it was shown", Remedy: "read the new one and answer again"}
}

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
		http.Redirect(w, r, "/choices?"+url.Values{"level": {level.String()}}.Encode(), http.StatusSeeOther)
		return nil
	}
	if v.somebody() {
		if _, err := s.engine.SetConsents(r.Context(), v.alias, engine.ConsentChange{Level: level}); err != nil {
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
