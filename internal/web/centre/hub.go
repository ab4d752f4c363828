package centre

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type hubPage struct {
	frame
	Level   string // chosen level, "" until somebody chooses
	Levels  []string
	On, All int // uses that are allowed, of those asked about
	Things  int
	Off     int // things put out of use
	Decided int
	GPC     bool
}

var levelWords = []string{tactful.Generic.String(), tactful.Context.String(), tactful.Personal.String(), tactful.Full.String()}

func (c *Centre) hub(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "hub", "")
	if err != nil {
		return err
	}
	p := hubPage{frame: f, Levels: levelWords, All: len(c.settings.Purposes), GPC: v.gpc}
	standing, err := c.standing(r.Context(), v)
	if err != nil {
		return err
	}
	p.GPC = p.GPC || standing.GPC
	if standing.Level != tactful.LevelUnknown {
		p.Level = standing.Level.String()
	}
	for _, name := range c.settings.Purposes {
		if standing.Purposes[tactful.Purpose(name)].Answer == tactful.Granted {
			p.On++
		}
	}
	if v.somebody() {
		entries, err := c.engine.History(r.Context(), v.Alias, historyMost)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		p.Things = len(entries)
		for _, e := range entries {
			if e.Setting != "none" {
				p.Off++
			}
		}
		receipts, err := c.engine.Receipts(r.Context(), v.Alias, receiptsShown)
		if err != nil {
			return fmt.Errorf("read what was decided: %w", err)
		}
		p.Decided = len(receipts)
	}
	return c.show(w, v, "hub", p)
}

// chooseLevel sets the level. The two upper ones need a yes: without one the
// question is shown, and it is the answer that sets the level.
func (c *Centre) chooseLevel(w http.ResponseWriter, r *http.Request, v *visit) error {
	level, err := form(r.PostForm).level()
	if err != nil {
		return err
	}
	standing, err := c.standing(r.Context(), v)
	if err != nil {
		return err
	}
	if level >= tactful.Personal && standing.Purposes[tactful.Recommendations].Answer != tactful.Granted {
		http.Redirect(w, r, Root+"/ask?"+url.Values{"level": {level.String()}}.Encode(), http.StatusSeeOther)
		return nil
	}
	o := outcome{Key: "level." + level.String(), Undo: restore{Level: standing.Level}, Before: c.listNow(r, v)}
	switch {
	case v.somebody():
		if _, err := c.engine.SetConsents(r.Context(), v.Alias, engine.ConsentChange{Level: level}); err != nil {
			return fmt.Errorf("set the level: %w", err)
		}
	case v.Guest:
		c.identity.Note(w, r, Visitor{Level: level, SaidNo: v.SaidNo})
	default:
		return errNobody()
	}
	return c.done(w, r, Root, o)
}

// turnOff takes back every yes and sets the lowest level, at one click.
func (c *Centre) turnOff(w http.ResponseWriter, r *http.Request, v *visit) error {
	o := outcome{Key: "off", Before: c.listNow(r, v)}
	switch {
	case v.somebody():
		standing, err := c.standing(r.Context(), v)
		if err != nil {
			return err
		}
		change := engine.ConsentChange{Level: tactful.Generic}
		o.Undo.Level = standing.Level
		for _, purpose := range sortedPurposes(standing) {
			record := standing.Purposes[purpose]
			if record.Answer != tactful.Granted {
				continue
			}
			change.Answers = append(change.Answers, tactful.Consent{Purpose: purpose, Answer: tactful.Withdrawn, Method: method})
			if _, err := c.shown(v, purpose, record.NoticeHash); err == nil {
				o.Undo.Grants = append(o.Undo.Grants, grant{purpose, record.NoticeHash})
			}
		}
		if _, err := c.engine.SetConsents(r.Context(), v.Alias, change); err != nil {
			return fmt.Errorf("turn everything off: %w", err)
		}
	case v.Guest:
		o.Undo = restore{Level: v.Level, Guest: !v.SaidNo}
		c.identity.Note(w, r, Visitor{Level: tactful.Generic, SaidNo: true})
	default:
		return errNobody()
	}
	return c.done(w, r, Root, o)
}
