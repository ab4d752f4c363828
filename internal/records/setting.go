package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
)

// MaxSettings is how many items one person may have said something about.
const MaxSettings = 2000

// Setting is what a person said about one item of their history, and when.
type Setting struct {
	Setting decision.Setting
	Time    time.Time
}

// ReadSettings returns what a person said about items, and the version that a
// change must expect.
func (r *Records) ReadSettings(ctx context.Context, ref tactful.Ref, now time.Time) (map[string]Setting, store.Version, error) {
	s, err := r.Open(ctx, ref, Want{Settings: true}, now)
	if err != nil {
		return nil, 0, err
	}
	return s.Settings, s.Standing.Version, nil
}

// WriteSettings replaces what a person said about items. Somebody else's change
// in between is a Conflict: read again and repeat.
func (r *Records) WriteSettings(ctx context.Context, ref tactful.Ref, expect store.Version, settings map[string]Setting, now time.Time) (store.Version, error) {
	if len(settings) > MaxSettings {
		return 0, &tactful.Error{
			Kind: tactful.Refused, Detail: fmt.Sprintf("there are settings for %d items already", MaxSettings),
			Remedy: "take some of them back, or turn personalization off",
		}
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("write settings: %w", err)
	}
	noted, err := r.noteStop(ctx, sealer, ref, expect, &stop{Settings: settings}, now)
	if err != nil {
		return 0, fmt.Errorf("write settings: %w", err)
	}
	p := subjectPartition(ref)
	version, err := r.writeMarked(ctx, ref, store.Batch{
		Partition: p, Expect: expect,
		State: []store.Row{sealedRow(sealer, p, store.State, settingsKey, appendSettings(nil, settings), time.Time{})},
	})
	r.tidyStops(ctx, sealer, ref, latest{key: noted, kind: settingsStop, over: len(settings) == 0}, err, now)
	if err != nil {
		return 0, fmt.Errorf("write settings: %w", err)
	}
	return version, nil
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
