package centre

import "strings"

// word returns the key of the text for a word of the engine's: the steps and
// the remains of an erasure, the terms of a decision. "" if the catalogues have
// none; the page then shows the engine's English, marked as such. What is
// signed or stored stays as it is.
func (c *Centre) word(family, text string) string {
	key := family + "." + strings.ReplaceAll(text, " ", "_")
	if text == "" || !c.texts.Known(key) {
		return ""
	}
	return key
}

// consented returns the purpose in "consent to purpose", "" if it is no consent.
func consented(principle string) string {
	purpose, ok := strings.CutPrefix(principle, "consent to ")
	if !ok {
		return ""
	}
	return purpose
}
