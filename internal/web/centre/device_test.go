package centre

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestWhatIsTakenAwaySaysUntilWhenTheModelKnowsIt: the model was fitted at noon,
// is fitted once an hour at most, and looks each hour whether it is time.
func TestWhatIsTakenAwaySaysUntilWhenTheModelKnowsIt(t *testing.T) {
	const until = "What was learned from it is gone by 22 November 2026, 14:00 UTC at the latest."
	for button, c := range map[string]struct {
		path string
		says bool
	}{
		"Don't use this : Thing number 3": {"/history", true}, "All of it": {"/history", true}, "Delete all of it": {"/history", true}, "Remove : Kitchen": {"/interests", true},
		"Turn everything off": {"", true}, "Yes, choose offers": {"/uses", false}, "Mute : Kitchen": {"/interests", false}, "Pause for 30 days": {"", false},
	} {
		w := newWorld(t)
		if said := text(find(w.press(w.get(Root+c.path), button), "div", "said")[0]); strings.Contains(said, until) != c.says {
			t.Errorf("%s: %q", button, said)
		}
	}
}

func TestTheSwitchOfTheDeviceShowsHowItStands(t *testing.T) {
	w := newWorld(t)
	w.press(w.get(Root), "Keep it on this device")
	w.press(w.get(Root), "Use what you hold again")
	if w.rests("") == 0 {
		t.Error("the history is not used again")
	}
	if status, _ := w.do(http.MethodPost, Root+"/device", url.Values{"do": {"x"}}); status != http.StatusBadRequest {
		t.Errorf("another word: %d", status)
	}
}
