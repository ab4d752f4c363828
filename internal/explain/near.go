package explain

import "github.com/tactful/tactful/internal/decision"

// townLevel is the level of S2's grid at which a cell is a town.
const townLevel = 10

// nearKey picks the sentence about a place that changed the candidate's place in
// the list, "" if none did. It says what the person shares, and neither where
// that is nor when they were there.
func nearKey(c *decision.Case, candidate *decision.Candidate) string {
	switch {
	case candidate.Near == "" || c.Where == nil:
		return ""
	case c.Where.Finest <= townLevel:
		return "and.near.town"
	}
	return "and.near.quarter"
}
