package explain

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Made counts a finished list.
type Made struct {
	Shown  int // suggestions in the list
	Picked int // of these, scored from evidence or matching the query
	Spared int // left out because the person said that they do not want it
}

// Note says in at most two sentences why the list is more general or shorter
// than asked, "" if it is neither. Popular lists are general by nature.
func (e *Explainer) Note(c *decision.Case, made Made) string {
	if c.Request == nil {
		return ""
	}
	words := e.in(c.Request.Language)
	p := &c.Permit
	short := made.Shown < c.Request.Count
	switch {
	case c.Request.Placement == tactful.Popular:
		if short {
			return words.say("note.short", "")
		}
		return ""
	case p.Allowed && !p.Frozen && p.Level >= tactful.Personal:
		if short && made.Spared > 0 {
			return words.say("note.spared", "")
		}
		if c.Request.Placement == tactful.ForYou && made.Picked == 0 {
			return words.say("note.new", "")
		}
	case p.Level == tactful.Context:
		return words.bounded("note.context", p.Because)
	default:
		// The same words for everyone: an answer at level generic must not tell
		// one person from another, not even by why it is generic.
		return words.say("note.generic", "")
	}
	if short && c.Request.Placement != tactful.Search {
		return words.say("note.short", "")
	}
	return ""
}

func (c *catalogue) bounded(scope string, because decision.Because) string {
	text := c.say(scope, "")
	if why := c.Messages["note.because."+because.String()]; why != "" {
		text += " " + why
	}
	return text
}
