package centre

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// declare records a part of what somebody wants and offers to take it back.
func (c *Centre) declare(w http.ResponseWriter, r *http.Request, v *visit, back string, o outcome, patch tactful.PreferencesPatch) error {
	if !v.somebody() {
		return errNobody()
	}
	o.Before = c.listNow(r, v)
	change, err := c.engine.PatchPreferences(r.Context(), v.Alias, patch)
	if err != nil {
		return fmt.Errorf("record a wish: %w", err)
	}
	if was := change.Undo.Languages; was != nil && *was == nil {
		*was = []string{} // none, and not "as they are", on the way through the form
	}
	o.Undo.Prefs = &change.Undo
	return c.done(w, r, back, o)
}

type needsPage struct {
	frame
	Needs     []needLine
	Occasions []occasionLine
	Language  string
	Wish      tactful.Preferences
	Idle      string // what keeps it from counting, see Centre.idle
}

// needLine is one need that the business declared, with what was said of it.
type needLine struct {
	Name, Key string // Key is "" if the catalogue has no words for it
	Values    []string
	Said      string
}

type occasionLine struct {
	Name, Key string
	Skip      bool
}

// wordOf returns the message key of a word that the business declared, "" if
// the catalogue does not know it: then the word itself is shown.
func (c *Centre) wordOf(prefix, name string) string {
	if key := prefix + "." + name; c.texts.Known(key) {
		return key
	}
	return ""
}

// needs shows what only the person sets, and nobody infers.
func (c *Centre) needs(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "needs", "/needs")
	if err != nil {
		return err
	}
	p := needsPage{frame: f}
	if !v.somebody() {
		return c.show(w, v, "needs", p)
	}
	if p.Wish, err = c.engine.Preferences(r.Context(), v.Alias); err != nil {
		return fmt.Errorf("read what was declared: %w", err)
	}
	if p.Idle, err = c.idle(r.Context(), v); err != nil {
		return err
	}
	if len(p.Wish.Languages) > 0 {
		p.Language = p.Wish.Languages[0]
	}
	for _, n := range c.engine.Declarable().Needs {
		p.Needs = append(p.Needs, needLine{Name: n.Name, Key: c.wordOf("need", n.Name), Values: valuesOf(n), Said: p.Wish.Needs[n.Name]})
	}
	for _, o := range c.engine.Declarable().Occasions {
		_, skip := p.Wish.Occasions[o.Name]
		p.Occasions = append(p.Occasions, occasionLine{Name: o.Name, Key: c.wordOf("occasion", o.Name), Skip: skip})
	}
	return c.show(w, v, "needs", p)
}

func valuesOf(n engine.Need) []string {
	var values []string
	for value := range n.Values {
		values = append(values, value)
	}
	slices.Sort(values)
	return values
}

// changeNeeds records the whole form: what is not ticked is not wanted any more.
func (c *Centre) changeNeeds(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	patch := tactful.PreferencesPatch{Needs: map[string]string{}, Occasions: map[string]*tactful.Days{}}
	for _, n := range c.engine.Declarable().Needs {
		patch.Needs[n.Name] = strings.TrimSpace(in.get("need." + n.Name))
	}
	for _, o := range c.engine.Declarable().Occasions {
		patch.Occasions[o.Name] = nil
		if in.get("occasion."+o.Name) == "skip" {
			patch.Occasions[o.Name] = &tactful.Days{}
		}
	}
	easy := in.get("easy") == "1"
	patch.EasyReading = &easy
	languages := []string{}
	if tag := in.get("reads"); tag != "" {
		languages = append(languages, tag)
	}
	patch.Languages = &languages
	return c.declare(w, r, v, Root+"/needs", outcome{Key: "needs"}, patch)
}

// changeDiscreet hides names for whoever shares a screen, or shows them again.
func (c *Centre) changeDiscreet(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	on := in.get("do") == "hide"
	key := "discreet.off"
	if on {
		key = "discreet.on"
	}
	if !v.somebody() {
		return errNobody()
	}
	change, err := c.engine.PatchPreferences(r.Context(), v.Alias, tactful.PreferencesPatch{Discreet: &on})
	if err != nil {
		return fmt.Errorf("record a wish: %w", err)
	}
	return c.done(w, r, in.back(Root), outcome{Key: key, Undo: restore{Prefs: &change.Undo}})
}

// messagePurposes are the purposes of the channels, in the channels' order.
var messagePurposes = []tactful.Purpose{tactful.MessagesEmail, tactful.MessagesPush, tactful.MessagesSMS, tactful.MessagesLetter}

// channels are the ways of messages that this centre asks about.
func (c *Centre) channels() []tactful.Purpose {
	return slices.DeleteFunc(slices.Clone(messagePurposes), func(p tactful.Purpose) bool { return !slices.Contains(c.settings.Purposes, string(p)) })
}

type messagesPage struct {
	frame
	Questions []*question
	Limits    tactful.MessageLimits
	PerWeek   string // as weekOf
}

// messages shows the channels, how many at most, and when not.
func (c *Centre) messages(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "messages", "/messages")
	if err != nil {
		return err
	}
	p := messagesPage{frame: f}
	standing, err := c.standing(r.Context(), v)
	if err != nil {
		return err
	}
	for _, purpose := range c.channels() {
		if q := c.question(v, purpose, standing); q != nil {
			q.Back = Root + "/messages"
			p.Questions = append(p.Questions, q)
		}
	}
	if v.somebody() {
		said, err := c.engine.Preferences(r.Context(), v.Alias)
		if err != nil {
			return fmt.Errorf("read what was declared: %w", err)
		}
		p.Limits = said.Messages
		p.PerWeek = weekOf(&said.Messages)
	}
	return c.show(w, v, "messages", p)
}

// weekOf is the choice of the page that limits stand for: "" for none, a number of
// messages a week, or less. Where both were said elsewhere, the number is shown.
func weekOf(limits *tactful.MessageLimits) string {
	if most, set := limits.PerWeek.Most(); set {
		return fmt.Sprint(most)
	}
	if limits.LessOften {
		return "less"
	}
	return ""
}

func (c *Centre) changeMessages(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	if !v.somebody() {
		return errNobody()
	}
	said, err := c.engine.Preferences(r.Context(), v.Alias)
	if err != nil {
		return fmt.Errorf("read what was declared: %w", err)
	}
	limits := said.Messages
	if text := in.get("week"); text != weekOf(&limits) { // else what stands is meant, with what else was said beside it
		limits.PerWeek, limits.LessOften = tactful.WeeklyUnset, text == "less"
		if text != "" && text != "less" {
			most := map[string]int{"0": 0, "1": 1, "3": 3}
			n, ok := most[text]
			if !ok {
				return tactful.InvalidField("week", "is none of the choices", "go back and try again")
			}
			limits.PerWeek, _ = tactful.ParseWeeklyLimit(n)
		}
	}
	limits.Quiet = tactful.Quiet{From: in.get("from"), Until: in.get("until")}
	return c.declare(w, r, v, Root+"/messages", outcome{Key: "messages"}, tactful.PreferencesPatch{Messages: &limits})
}
