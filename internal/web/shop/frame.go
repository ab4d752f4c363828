package shop

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/page"
)

// frame is what every page shows around its own content.
type frame struct {
	TitleKey  string
	TitleArg  string
	Back      string // this page, for forms to return to
	Query     string
	Basket    int
	Person    *Person
	Visitor   bool // has a number of their own, given after a yes
	People    []Person
	Level     string // chosen level, "" until somebody chooses
	Levels    []string
	Question  *question // the consent question, until it is answered
	Said      string    // message key of what was just done, "" if nothing
	SaidItem  string    // title of the item it was done with
	Languages []string
	Shelves   []engine.CategoryCount
}

// question is one purpose with the text that is shown and the answer so far.
type question struct {
	Purpose  tactful.Purpose
	Notice   engine.Notice
	Answer   string // none, granted, denied, withdrawn
	Since    string
	RecordID string
	Made     bool   // the answer is simulated: nobody really gave it
	Level    string // the level that a yes leads to
	Back     string
}

var levelWords = []string{tactful.Generic.String(), tactful.Context.String(), tactful.Personal.String(), tactful.Full.String()}

// plainFrame makes a frame without asking the engine about anybody.
func (s *shop) plainFrame(v *visitor, titleKey string, r *http.Request) frame {
	f := frame{
		TitleKey: titleKey, Back: "/", Basket: len(v.basket), Person: v.person, People: s.people,
		Visitor: v.somebody() && v.person == nil, Levels: levelWords, Languages: s.texts.Languages(), Shelves: s.engine.Categories(),
	}
	if r.Method == http.MethodGet {
		f.Back = page.Back(r.URL.RequestURI())
	}
	if v.level != tactful.LevelUnknown {
		f.Level = v.level.String()
	}
	return f
}

// frame makes the frame of a page: with the level, the question if it is open,
// and once what was just done.
func (s *shop) frame(w http.ResponseWriter, r *http.Request, v *visitor, titleKey string) (frame, error) {
	f := s.plainFrame(v, titleKey, r)
	standing, err := s.standing(r.Context(), v)
	if err != nil {
		return f, err
	}
	if standing.Level != tactful.LevelUnknown {
		f.Level = standing.Level.String()
	}
	if open := standing.Purposes[tactful.Recommendations].Answer == tactful.NoAnswer; open && !v.saidNo {
		f.Question = s.question(v, tactful.Recommendations, standing)
		f.Question.Back = f.Back
	}
	if v.said.key != "" {
		f.Said = "said." + v.said.key
		if it, err := s.engine.Item(v.said.item); err == nil {
			f.SaidItem = it.Title
		}
		set(w, r, cookieSaid, "", 0)
	}
	return f, nil
}

// standing returns what the visitor allowed; nothing for somebody without a number.
func (s *shop) standing(ctx context.Context, v *visitor) (tactful.Consents, error) {
	if !v.somebody() {
		return tactful.Consents{}, nil
	}
	standing, err := s.engine.Consents(ctx, v.alias)
	if err != nil {
		return standing, fmt.Errorf("read what the visitor allowed: %w", err)
	}
	return standing, nil
}

// question puts a purpose into the words in which it is asked.
func (s *shop) question(v *visitor, p tactful.Purpose, standing tactful.Consents) *question {
	q := &question{Purpose: p, Answer: tactful.NoAnswer.String(), Level: tactful.Personal.String()}
	for _, n := range s.engine.Notices(v.lang) {
		if n.Purpose == p {
			q.Notice = n
		}
	}
	if c, ok := standing.Purposes[p]; ok {
		q.Answer, q.RecordID, q.Since, q.Made = c.Answer.String(), c.ID, day(c.Time), c.Method == simulated
	} else if v.saidNo && !v.somebody() && p == tactful.Recommendations {
		q.Answer = tactful.Denied.String()
	}
	return q
}
