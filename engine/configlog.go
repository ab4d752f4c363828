package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// SettingValue is one setting as it is in force, so that a change of it can be
// recorded. No text of a setting is kept, since a text may be a secret.
type SettingValue struct {
	Key   string
	Print string // a hash of the value
	Shown string // the value of a number, a time or a switch; "" for everything else
}

// ConfigChange is one change of how the engine is run: when, by whom, of what.
type ConfigChange struct {
	Time    time.Time       `json:"time"`
	By      string          `json:"by"`
	What    string          `json:"what"`
	Changed []SettingChange `json:"changed,omitempty"`
}

// SettingChange is one setting that changed. From and To are empty for texts,
// lists and maps: that they changed is said, and not what they hold.
type SettingChange struct {
	Setting string `json:"setting"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
}

// Words of ConfigChange.What.
const (
	ChangeFirst    = "first settings"
	ChangeSettings = "settings changed"
	ChangeReleased = "newcomers released"
	ChangeOpened   = "older copy opened"
)

// Bounds of the log: the oldest changes go first.
const (
	maxConfigChanges  = 1000
	maxSettingChanges = 500
)

// The rows of the log. They are State, so that a change and what is in force
// since are written at once.
var (
	changesPartition = store.Partition{Section: store.Duties, ID: [16]byte{'c', 'h', 'a', 'n', 'g', 'e', 's'}}
	inForceKey       = []byte{1}
	changeFrom       = []byte{2}
	changeTo         = []byte{3}
)

func changeKey(no uint64) []byte { return binary.BigEndian.AppendUint64([]byte{2}, no) }

// settingInForce is a setting as the row keeps it.
type settingInForce struct {
	Print string `json:"p"`
	Shown string `json:"s,omitempty"`
}

// noteSettings records how the settings differ from those of the last start. An
// engine that was given none, in another program, records nothing.
func (e *Engine) noteSettings(ctx context.Context, values []SettingValue, by string) error {
	if len(values) == 0 {
		return nil
	}
	now := make(map[string]settingInForce, len(values))
	for _, v := range values {
		now[v.Key] = settingInForce{v.Print, v.Shown}
	}
	return e.appendChange(ctx, func(before map[string]settingInForce) (*ConfigChange, map[string]settingInForce) {
		change := ConfigChange{Time: e.clock.Now(), By: by, What: ChangeSettings}
		if before == nil {
			change.What = ChangeFirst
			return &change, now
		}
		for _, key := range slices.Sorted(maps.Keys(now)) {
			if was, known := before[key]; !known || was.Print != now[key].Print {
				change.Changed = append(change.Changed, SettingChange{key, was.Shown, now[key].Shown})
			}
		}
		for _, key := range slices.Sorted(maps.Keys(before)) {
			if _, known := now[key]; !known {
				change.Changed = append(change.Changed, SettingChange{key, before[key].Shown, ""})
			}
		}
		if len(change.Changed) == 0 {
			return nil, nil
		}
		change.Changed = change.Changed[:min(len(change.Changed), maxSettingChanges)]
		for _, c := range change.Changed {
			e.log.Warn("a setting differs from the last start", "setting", c.Setting, "from", c.From, "to", c.To, "by", by)
		}
		return &change, now
	})
}

// appendChange writes one change, and what is in force if that is not nil. decide
// is asked again if somebody else was faster; a nil change writes nothing.
func (e *Engine) appendChange(ctx context.Context, decide func(before map[string]settingInForce) (*ConfigChange, map[string]settingInForce)) error {
	for range writeTries {
		answers, err := e.data.Read(ctx, []store.Query{{Partition: changesPartition, Family: store.State, Now: e.clock.Now()}})
		if err != nil {
			return fmt.Errorf("read the log of changes: %w", err)
		}
		var before map[string]settingInForce
		next := uint64(1)
		batch := store.Batch{Partition: changesPartition, Expect: answers[0].Version}
		for i, row := range answers[0].Rows {
			if len(row.Key) == len(inForceKey) {
				if err := e.openChange(row, &before); err != nil {
					return err
				}
				continue
			}
			if len(row.Key) == 9 {
				next = binary.BigEndian.Uint64(row.Key[1:]) + 1
			}
			if len(answers[0].Rows)-i >= maxConfigChanges {
				batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.State, Key: row.Key})
			}
		}
		change, inForce := decide(before)
		if change == nil {
			return nil
		}
		rows := map[string]any{string(changeKey(next)): change}
		if inForce != nil {
			rows[string(inForceKey)] = inForce
		}
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			plain, err := json.Marshal(rows[key])
			if err != nil {
				return fmt.Errorf("write the log of changes: %w", err)
			}
			batch.State = append(batch.State, store.Row{Key: []byte(key), Value: e.vault.Tenant().Seal(nil, changesPartition, store.State, []byte(key), plain)})
		}
		results, err := e.data.Write(ctx, []store.Batch{batch})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("write the log of changes: %w", err)
		}
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the log of changes is changing too fast")
}

func (e *Engine) openChange(row store.Row, into any) error {
	plain, err := e.vault.Tenant().Open(nil, changesPartition, store.State, row.Key, row.Value)
	if err == nil {
		err = json.Unmarshal(plain, into)
	}
	if err != nil {
		return fmt.Errorf("read the log of changes: %w", err)
	}
	return nil
}

// ConfigLog returns the newest changes of how the engine is run, newest first.
func (e *Engine) ConfigLog(ctx context.Context, limit int) ([]ConfigChange, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	answers, err := e.data.Read(ctx, []store.Query{{
		Partition: changesPartition, Family: store.State, From: changeFrom, To: changeTo, Limit: min(max(limit, 1), maxConfigChanges), Reverse: true, Now: e.clock.Now(),
	}})
	if err != nil {
		return nil, fmt.Errorf("read the log of changes: %w", err)
	}
	list := make([]ConfigChange, len(answers[0].Rows))
	for i, row := range answers[0].Rows {
		if err := e.openChange(row, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}
