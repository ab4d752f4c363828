package consent

import (
	"slices"
	"strings"

	"github.com/tactful/tactful"
)

// Marketing reports whether a purpose is direct marketing: offers and every
// kind of message. Who objects (GDPR 21(2)) is spared all of them.
func Marketing(purpose tactful.Purpose) bool {
	return purpose == tactful.Offers || strings.HasPrefix(string(purpose), "messages_")
}

// Objection is what an objection to direct marketing says: no to every
// declared purpose of it, whatever was said before.
func (p *Policy) Objection() Change {
	var c Change
	for _, purpose := range p.purposes {
		if Marketing(purpose) {
			c.Answers = append(c.Answers, tactful.Consent{Purpose: purpose, Answer: tactful.Denied})
		}
	}
	c.Answers = c.Answers[:min(len(c.Answers), maxAnswers)]
	return c
}

// MarketingPurposes lists the declared purposes that are direct marketing.
func (p *Policy) MarketingPurposes() []tactful.Purpose {
	return slices.DeleteFunc(p.Purposes(), func(purpose tactful.Purpose) bool { return !Marketing(purpose) })
}
