package engine

import (
	"strings"

	"github.com/tactful/tactful/internal/decision"
)

// words renders what an offer says. Copy with a field that has nothing to say is not
// offered: nothing is ever read with braces in it.
func (o *choice) words(x *decision.Candidate) (title, body string, ok bool) {
	title, body = x.Offer.Title, x.Offer.Body
	return title, body, !strings.Contains(title+body, "{{")
}
