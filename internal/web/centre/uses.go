package centre

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/web/page"
)

type usesPage struct {
	frame
	Questions []*question
	Answers   []engine.LedgerEntry // all that was ever said, newest first
	Shared    *shared              // nil where no place may be kept
	gpcNote
}

// gpcNote says that the browser's signal is honoured, and what it stops.
type gpcNote struct {
	GPC   bool
	Stops []tactful.Purpose
}

func (c *Centre) gpcNote(v *visit, standing tactful.Consents) gpcNote {
	status := c.engine.GPCStatus(standing, v.gpc)
	note := gpcNote{GPC: status.Honoured}
	for _, p := range status.Stops {
		if slices.Contains(c.settings.Purposes, string(p)) {
			note.Stops = append(note.Stops, p)
		}
	}
	return note
}

const answersShown = 100

// question is one purpose with the text that is shown and the answer so far.
type question struct {
	Purpose  tactful.Purpose
	Key      string // of its words, "other" for a purpose that the business declared
	Notice   engine.Notice
	Answer   string // none, granted, denied, withdrawn
	Since    time.Time
	Expires  time.Time
	RecordID string
	Made     bool   // the answer is simulated: nobody really gave it
	Level    string // the level that a yes leads to
	Back     string
}

// uses lists every purpose that is asked about, each alone.
func (c *Centre) uses(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "uses", "/uses")
	if err != nil {
		return err
	}
	standing, err := c.standing(r.Context(), v)
	if err != nil {
		return err
	}
	p := usesPage{frame: f, gpcNote: c.gpcNote(v, standing)}
	for _, name := range c.settings.Purposes {
		if q := c.question(v, tactful.Purpose(name), standing); q != nil {
			q.Back = Root + "/uses"
			p.Questions = append(p.Questions, q)
		}
	}
	if v.somebody() {
		if p.Answers, err = c.engine.ConsentLog(r.Context(), v.Alias, answersShown); err != nil {
			return fmt.Errorf("read the answers on record: %w", err)
		}
		if p.Shared, err = c.shared(r.Context(), v, standing); err != nil {
			return err
		}
	}
	return c.show(w, v, "uses", p)
}

// simulated is the method of consents and the source of events that a program
// made up for a demo. Pages mark it wherever it is shown.
const simulated = "simulated"

// question puts a purpose into the words in which it is asked; nil if there is
// no text in force.
func (c *Centre) question(v *visit, p tactful.Purpose, standing tactful.Consents) *question {
	q := &question{Purpose: p, Key: string(p), Answer: tactful.NoAnswer.String(), Level: tactful.Personal.String()}
	if !c.texts.Known("use." + q.Key) {
		if q.Key = "other"; strings.HasPrefix(string(p), string(label.PurposeOf(""))) {
			q.Key = "class" // its text names the class
		}
	}
	for _, n := range c.engine.Notices(v.lang) {
		if n.Purpose == p {
			q.Notice = n
		}
	}
	if q.Notice.Hash == "" {
		return nil
	}
	if record, ok := standing.Purposes[p]; ok {
		q.Answer, q.RecordID, q.Since, q.Expires, q.Made = record.Answer.String(), record.ID, record.Time, record.Expires, record.Method == simulated
	} else if v.SaidNo && !v.somebody() && p == tactful.Recommendations {
		q.Answer = tactful.Denied.String()
	}
	return q
}

type askPage struct {
	frame
	Question *question
	Wanted   string // level that waits for a yes, "" if none
}

// ask is the consent question as a page of its own.
func (c *Centre) ask(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "ask", "/ask")
	if err != nil {
		return err
	}
	standing, err := c.standing(r.Context(), v)
	if err != nil {
		return err
	}
	p := askPage{frame: f, Question: c.question(v, tactful.Recommendations, standing)}
	if p.Question == nil {
		return tactful.Errorf(tactful.NotFound, "there is nothing to ask")
	}
	p.Question.Back = Root
	if level, ok := tactful.ParseLevel(r.URL.Query().Get("level")); ok && level >= tactful.Personal {
		p.Wanted, p.Question.Level = level.String(), level.String()
	}
	return c.show(w, v, "ask", p)
}

// fragment is the consent question alone, for a page of the business; nothing
// (204) when it may not be put.
func (c *Centre) fragment(w http.ResponseWriter, r *http.Request, v *visit) error {
	part, err := c.questionFor(r, v, r.URL.Query().Get("back"))
	if err != nil {
		return err
	}
	if part == "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.lang)
	_, _ = w.Write([]byte(part)) // the visitor has gone; there is nobody to tell
	return nil
}

// Ask is the fragment for a page that the same process serves: the question
// for whom the request is by, "" when it may not be put. The answer leads back
// to the given path.
func (c *Centre) Ask(r *http.Request, back string) (template.HTML, error) {
	v := c.recognise(r)
	return c.questionFor(r, &v, back)
}

func (c *Centre) questionFor(r *http.Request, v *visit, back string) (template.HTML, error) {
	if !v.somebody() && !v.Guest || v.SaidNo && !v.somebody() {
		return "", nil
	}
	if v.somebody() {
		may, err := c.engine.MayAsk(r.Context(), v.Alias, c.settings.Region)
		if err != nil {
			return "", fmt.Errorf("see what may be asked: %w", err)
		}
		if !slices.Contains(may, tactful.Recommendations) {
			return "", nil // answered; nobody who said no is asked again soon
		}
	}
	standing, err := c.standing(r.Context(), v)
	if err != nil {
		return "", err
	}
	q := c.question(v, tactful.Recommendations, standing)
	if q == nil {
		return "", nil
	}
	q.Back = page.Back(back)
	return c.pages.Part(v.lang, "ask", "question", q)
}

// answer records yes or no to one purpose, with the text that was shown. A no
// from a guest is remembered without naming them.
func (c *Centre) answer(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	purpose := tactful.Purpose(in.get("purpose"))
	if !slices.Contains(c.settings.Purposes, string(purpose)) {
		return tactful.InvalidField("purpose", "is not one that we ask about", "go back and try again")
	}
	answer, err := in.answer()
	if err != nil {
		return err
	}
	back := in.back(Root + "/uses")
	o := outcome{Key: "no." + string(purpose)}
	if !v.somebody() {
		switch {
		case !v.Guest:
			return errNobody()
		case answer == tactful.Denied:
			c.identity.Note(w, r, Visitor{Level: v.Level, SaidNo: true})
			o.Undo = restore{Guest: true, Level: v.Level}
			return c.done(w, r, back, c.worded(o, "no"))
		}
	}
	n, err := c.shown(v, purpose, in.get("hash"))
	if err != nil && answer == tactful.Granted {
		return err // a no counts whatever text it was given to
	}
	if !v.somebody() {
		if v.Alias, err = c.identity.Join(w, r); err != nil {
			return fmt.Errorf("make room for a yes: %w", err)
		}
	}
	standing, err := c.standing(r.Context(), v)
	if err != nil {
		return err
	}
	o.Before, o.Undo = c.listNow(r, v), c.unsay(v, standing, purpose, answer)
	change := engine.ConsentChange{Answers: []tactful.Consent{said(n, answer)}}
	change.Answers[0].Purpose = purpose
	kind := "no"
	switch {
	case answer == tactful.Granted:
		kind = "yes"
		if purpose != tactful.Recommendations {
			break // it was not asked whether lists may be personal: a yes to mail is a yes to mail
		}
		change.Level = max(standing.Level, tactful.Personal) // a yes that keeps nothing would be no yes
		if wanted, err := in.level(); err == nil && wanted >= tactful.Personal {
			change.Level = wanted
		}
	case purpose == tactful.Recommendations && standing.Level >= tactful.Personal:
		change.Level = tactful.Context
	}
	if change.Level != tactful.LevelUnknown {
		if o.Undo.Level, err = c.levelBefore(r.Context(), v, standing); err != nil {
			return err
		}
	}
	if err := c.say(r.Context(), v, change); err != nil {
		return fmt.Errorf("record the answer: %w", err)
	}
	o.Key = kind + "." + string(purpose)
	return c.done(w, r, back, c.marked(r, v, c.worded(o, kind)))
}

// worded falls back to the words for any purpose.
func (c *Centre) worded(o outcome, kind string) outcome {
	if !c.texts.Known("said." + o.Key) {
		o.Key = kind + ".other"
	}
	return o
}

// unsay is what takes an answer back: the answer that stood before it.
func (c *Centre) unsay(v *visit, standing tactful.Consents, p tactful.Purpose, answer tactful.Answer) restore {
	last := standing.Purposes[p]
	if answer == tactful.Granted && last.Answer != tactful.Granted {
		return restore{Denies: []tactful.Purpose{p}}
	}
	if _, err := c.shown(v, p, last.NoticeHash); answer == tactful.Denied && last.Answer == tactful.Granted && err == nil {
		return restore{Grants: []grant{{p, last.NoticeHash}}}
	}
	return restore{}
}

// said is an answer to a text that was shown.
func said(n engine.Notice, answer tactful.Answer) tactful.Consent {
	return tactful.Consent{Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: method}
}

// shown returns the text that an answer was given to, in whichever of our
// languages it was. If it is no longer in force the answer does not count:
// what was read is not what would be recorded.
func (c *Centre) shown(v *visit, p tactful.Purpose, hash string) (engine.Notice, error) {
	for _, tag := range append([]string{v.lang}, c.texts.Languages()...) {
		for _, n := range c.engine.Notices(tag) {
			if n.Purpose == p && n.Hash == hash {
				return n, nil
			}
		}
	}
	return engine.Notice{}, &tactful.Error{Kind: tactful.Conflict, Field: "hash", Detail: "the text has changed since it was shown", Remedy: "read the new one and answer again"}
}

// record hands out the receipt of one answer, in the terms of ISO/IEC TS 27560.
func (c *Centre) record(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return tactful.Errorf(tactful.NotFound, "there is no such record")
	}
	receipt, err := c.engine.ConsentReceipt(r.Context(), v.Alias, r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("find the record of an answer: %w", err)
	}
	attach(w, "application/ld+json", "consent.jsonld")
	_, _ = w.Write(receipt) // the visitor has gone; there is nobody to tell
	return nil
}

func sortedPurposes(standing tactful.Consents) []tactful.Purpose {
	var all []tactful.Purpose
	for p := range standing.Purposes {
		all = append(all, p)
	}
	slices.SortFunc(all, compare)
	return all
}

func compare[T cmp.Ordered](a, b T) int { return cmp.Compare(a, b) }
