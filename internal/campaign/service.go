package campaign

import "github.com/tactful/tactful/internal/coercion"

// Subjects are what a service message may be about. Whatever else a business would
// like to say is marketing, and needs a yes.
var Subjects = []string{"order", "delivery", "return", "payment", "contract", "appointment", "recall", "account", "security", "privacy"}

// waitsForHuman stands where calmer words do.
const waitsForHuman = "A service message also goes to people who said no to everything: somebody who reads it says yes first."

// serve makes the words of a service message wait for a human, however calm: a list
// of words is no proof that nothing is sold. It reports whether the reader found more
// than calm copy; such a message goes to nobody who did not agree to the channel, not
// even with a human's yes.
func serve(f *coercion.Finding) (sells bool) {
	sells = f.Ruling == coercion.Stop || f.Ruling == coercion.Ask && f.Category != coercion.Calm
	if f.Ruling == coercion.Pass {
		f.Ruling = coercion.Ask
	}
	if f.Calmer == "" {
		f.Calmer = waitsForHuman
	}
	return sells
}
