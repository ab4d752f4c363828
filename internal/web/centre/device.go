package centre

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tactful/tactful"
)

// takesAway reports whether a click took something away that the model may
// have learned from: its page says until when the model knows it.
func takesAway(said string) bool {
	switch {
	case said == "off", said == "forgot", said == "no.improvement", said == "freeze":
		return true
	case strings.HasPrefix(said, "correct."):
		return true
	}
	of, word, _ := strings.Cut(said, ".")
	return (of == "setting" || of == "interest" || of == "range") && word != "none"
}

// changeDevice keeps the shop's history out of every decision, or lets it in again.
func (c *Centre) changeDevice(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return errNobody()
	}
	keep, key := false, "device.off"
	switch form(r.PostForm).get("do") {
	case "keep":
		keep, key = true, "device.on"
	case "use":
	default:
		return tactful.InvalidField("do", "is neither keep nor use", "go back and try again")
	}
	o := outcome{Key: key, Before: c.listNow(r, v)}
	change, err := c.engine.PatchPreferences(r.Context(), v.Alias, tactful.PreferencesPatch{KeepOnDevice: &keep})
	if err != nil {
		return fmt.Errorf("record a wish: %w", err)
	}
	o.Undo = restore{Prefs: &change.Undo}
	return c.done(w, r, Root, o)
}
