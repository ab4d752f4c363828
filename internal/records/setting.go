package records

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful/internal/decision"
)

// Setting is what a person said about one item of their history, and when.
type Setting struct {
	Setting decision.Setting
	Time    time.Time
}

func appendSettings(dst []byte, settings map[string]Setting) []byte {
	dst = binary.AppendUvarint(append(dst, wireVersion), uint64(len(settings)))
	for _, item := range slices.Sorted(maps.Keys(settings)) {
		s := settings[item]
		dst = appendTime(append(appendText(dst, item), byte(s.Setting)), s.Time)
	}
	return dst
}

func decodeSettings(plain []byte) (map[string]Setting, error) {
	r := read(plain)
	n := r.count(3)
	settings := make(map[string]Setting, n)
	last := ""
	for i := range n {
		item := r.text()
		if i > 0 && item <= last {
			r.fail()
		}
		settings[item] = Setting{Setting: decision.Setting(r.below(byte(decision.SettingWrong) + 1)), Time: r.time()}
		last = item
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return settings, nil
}
