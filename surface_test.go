package tactful

import "testing"

func TestWhoElseSeesAChannel(t *testing.T) {
	for word, seen := range map[string]bool{
		"": false, "page": false, "email": false, "email_subject": true, "push": true, "sms": true, "letter": true, "household": true,
	} {
		surface, known := ParseSurface(word)
		if !known || surface.Seen() != seen || word != "" && surface.String() != word {
			t.Errorf("%q: %v %v %s", word, known, surface.Seen(), surface)
		}
	}
	if _, known := ParseSurface("billboard"); known {
		t.Error("a billboard is a surface")
	}
	if c := Surface(99); !c.Seen() || c.Known() {
		t.Error("what is not known is not seen")
	}
	r := Request{Placement: ForYou, Count: 1, Surface: 99}
	if KindOf(r.Validate()) != Invalid {
		t.Error("an unknown surface is served")
	}
}
