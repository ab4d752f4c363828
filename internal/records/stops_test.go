package records

import (
	"reflect"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func wholeStop() *stop {
	at := time.UnixMilli(1_700_000_000_000).UTC()
	no := tactful.Consent{ID: "c1", Purpose: tactful.Offers, Answer: tactful.Denied, Time: at}
	return &stop{
		Standing: &Standing{Frozen: true, Objected: at, Created: at, Changed: at, Consents: tactful.Consents{Level: tactful.Generic, LevelTime: at, GPC: true, Purposes: map[tactful.Purpose]tactful.Consent{tactful.Offers: no}}},
		Said:     []tactful.Consent{no}, Settings: map[string]Setting{"lamp": {Setting: decision.SettingUnused, Time: at}}, Wishes: []byte{}, Removed: []decision.EventKey{{1, 2, 3}, {4}},
	}
}

func TestAStopReadsAsItWasWritten(t *testing.T) {
	for _, s := range []*stop{wholeStop(), {}, {Removed: []decision.EventKey{{9}}}} {
		row := appendStop(nil, s)
		back, err := decodeStop(row)
		if err != nil {
			t.Fatal(err)
		}
		if string(appendStop(nil, back)) != string(row) || (back.Wishes == nil) != (s.Wishes == nil) || len(back.Removed) != len(s.Removed) {
			t.Errorf("%+v came back as %+v", s, back)
		}
		for cut := range len(row) {
			if _, err := decodeStop(row[:cut]); err == nil {
				t.Errorf("cut after %d of %d bytes it still reads", cut, len(row))
			}
		}
	}
}

func TestAStopOnlyForbids(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000).UTC()
	yes := tactful.Consent{ID: "y", Purpose: tactful.Recommendations, Answer: tactful.Granted, Time: at}
	later := tactful.Consent{ID: "y2", Purpose: tactful.Offers, Answer: tactful.Granted, Time: at.Add(time.Hour)}
	no := tactful.Consent{ID: "n", Purpose: tactful.Recommendations, Answer: tactful.Withdrawn, Time: at.Add(time.Hour)}
	data := func() *Standing {
		return &Standing{Changed: at, Consents: tactful.Consents{Level: tactful.Full, LevelTime: at, Purposes: map[tactful.Purpose]tactful.Consent{yes.Purpose: yes}}}
	}
	newer := &Standing{Changed: at.Add(time.Hour), Paused: at.Add(48 * time.Hour), Consents: tactful.Consents{Level: tactful.Context, LevelTime: at.Add(time.Hour),
		Purposes: map[tactful.Purpose]tactful.Consent{no.Purpose: no, later.Purpose: later}}}
	s := data()
	said := restrict(s, &stop{Standing: newer, Said: []tactful.Consent{no, later}})
	if len(said) != 1 || said[0].ID != "n" || s.Consents.Purposes[tactful.Recommendations].Answer != tactful.Withdrawn || s.Consents.Level != tactful.Context || s.Paused.IsZero() {
		t.Errorf("%+v rests on %+v", s, said)
	}
	if _, granted := s.Consents.Purposes[tactful.Offers]; granted {
		t.Error("a yes that the copy does not know counts again")
	}
}

// TestEveryPartOfAStandingIsThoughtOfByAStop sets each field of a standing to
// something and sees whether a copy without it gets it back.
func TestEveryPartOfAStandingIsThoughtOfByAStop(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000).UTC()
	no := map[string]string{"Version": "of the row", "Created": "of the copy", "Changed": "set when it is written"}
	set := map[string]func(*Standing){
		"Consents": func(s *Standing) { s.Consents.GPC = true },
		"Minor":    func(s *Standing) { s.Minor = true },
		"Frozen":   func(s *Standing) { s.Frozen = true },
		"Objected": func(s *Standing) { s.Objected = at },
		"Paused":   func(s *Standing) { s.Paused = at },
		"Cleared":  func(s *Standing) { s.Cleared = at },
		"Erased":   func(s *Standing) { s.Erased = at },
		"Held":     func(s *Standing) { s.Held = "0a0b" },
	}
	kind := reflect.TypeFor[Standing]()
	for i := range kind.NumField() {
		name := kind.Field(i).Name
		if no[name] != "" {
			continue
		}
		if set[name] == nil {
			t.Errorf("a restored copy loses %s: take it into restrict, or say here why not", name)
			continue
		}
		newer, s := &Standing{}, &Standing{}
		set[name](newer)
		restrict(s, &stop{Standing: newer})
		if !sameStanding(s, newer) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func FuzzDecodeStop(f *testing.F) {
	f.Add(appendStop(nil, wholeStop()))
	f.Add([]byte{stopWire})
	f.Fuzz(func(t *testing.T, row []byte) {
		s, err := decodeStop(row)
		if err != nil {
			return
		}
		again, err := decodeStop(appendStop(nil, s))
		if err != nil || string(appendStop(nil, again)) != string(appendStop(nil, s)) {
			t.Errorf("%+v does not come back: %v", s, err)
		}
	})
}
