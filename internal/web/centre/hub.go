package centre

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

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
	gpcNote
	Paused time.Time // until then; zero: no
	Frozen bool
	Wishes int
	Device bool // decisions use no history that the shop holds
}

var levelWords = []string{tactful.Generic.String(), tactful.Context.String(), tactful.Personal.String(), tactful.Full.String()}

func (c *Centre) hub(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "hub", "")
	if err != nil {
		return err
	}
	p := hubPage{frame: f, Levels: levelWords, All: len(c.settings.Purposes)}
	standing, err := c.standing(r.Context(), v)
	if err != nil {
		return err
	}
	p.gpcNote = c.gpcNote(v, standing)
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
		control, err := c.engine.Control(r.Context(), v.Alias)
		if err != nil {
			return fmt.Errorf("read what is switched on: %w", err)
		}
		p.Paused, p.Frozen = control.Paused, control.Restricted
		said, err := c.engine.Preferences(r.Context(), v.Alias)
		if err != nil {
			return fmt.Errorf("read what was declared: %w", err)
		}
		p.Device = said.KeepOnDevice
		p.Wishes = len(said.Topics) + len(said.Needs) + len(said.Occasions)
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
	o := outcome{Key: "level." + level.String(), Before: c.listNow(r, v)}
	switch {
	case v.somebody():
		if o.Undo.Level, err = c.levelBefore(r.Context(), v, standing); err != nil {
			return err
		}
		if err := c.say(r.Context(), v, engine.ConsentChange{Level: level}); err != nil {
			return fmt.Errorf("set the level: %w", err)
		}
	case v.Guest:
		o.Undo = restore{Level: v.Level, Guest: !v.SaidNo}
		c.identity.Note(w, r, Visitor{Level: level, SaidNo: v.SaidNo})
	default:
		return errNobody()
	}
	return c.done(w, r, form(r.PostForm).back(Root), c.marked(r, v, o))
}

// levelBefore is the level that an Undo brings back: of somebody who had chosen none
// the one that held all the same.
func (c *Centre) levelBefore(ctx context.Context, v *visit, standing tactful.Consents) (tactful.Level, error) {
	if standing.Level != tactful.LevelUnknown {
		return standing.Level, nil
	}
	control, err := c.engine.Control(ctx, v.Alias)
	if err != nil {
		return tactful.LevelUnknown, fmt.Errorf("read what is switched on: %w", err)
	}
	return control.Level, nil
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
		if o.Undo.Level, err = c.levelBefore(r.Context(), v, standing); err != nil {
			return err
		}
		for _, purpose := range sortedPurposes(standing) {
			if standing.Purposes[purpose].Answer == tactful.Granted {
				change.Answers = append(change.Answers, tactful.Consent{Purpose: purpose, Answer: tactful.Withdrawn, Method: method})
			}
		}
		o.Undo.Grants = c.grants(v, standing, func(tactful.Purpose) bool { return true })
		if err := c.say(r.Context(), v, change); err != nil {
			return fmt.Errorf("turn everything off: %w", err)
		}
	case v.Guest:
		o.Undo = restore{Level: v.Level, Guest: !v.SaidNo}
		c.identity.Note(w, r, Visitor{Level: tactful.Generic, SaidNo: true})
	default:
		return errNobody()
	}
	return c.done(w, r, Root, c.marked(r, v, o))
}

const pauseFor = 30 * day

// pause stops all use for thirty days, or ends a pause.
func (c *Centre) pause(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return errNobody()
	}
	control, err := c.engine.Control(r.Context(), v.Alias)
	if err != nil {
		return fmt.Errorf("read what is switched on: %w", err)
	}
	o := outcome{Key: "pause.on", Before: c.listNow(r, v), Undo: restore{Switch: "pause"}}
	if !control.Paused.IsZero() {
		o.Undo.Switch += ":" + strconv.FormatInt(control.Paused.Unix(), 10)
	}
	var until time.Time
	switch form(r.PostForm).get("do") {
	case "start":
		until = c.clock.Now().Add(pauseFor)
	case "end":
		o.Key = "pause.off"
	default:
		return tactful.InvalidField("do", "is neither start nor end", "go back and try again")
	}
	if err := c.engine.Pause(r.Context(), v.Alias, until); err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	return c.done(w, r, Root, c.marked(r, v, o))
}
