package engine

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
)

// writeTries bounds how often a conditional write is tried again when somebody
// else changed the subject in between.
const writeTries = 16

// Consents returns a subject's standing; the zero Consents if nobody is known by that name.
func (e *Engine) Consents(ctx context.Context, a tactful.Alias) (tactful.Consents, error) {
	if err := e.enter(); err != nil {
		return tactful.Consents{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedConsents)
	if err != nil || ref.IsZero() {
		return tactful.Consents{}, err
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return tactful.Consents{}, fmt.Errorf("read consent: %w", err)
	}
	if standings[0] == nil {
		return tactful.Consents{}, nil
	}
	return standings[0].Consents, nil
}

// SetConsents records what a person said and returns the new standing. When an
// answer is refused (an unknown purpose, a text that is not in force), the
// others still count: a no is never lost because of a yes beside it. The error
// then names every refused answer, and those that are recorded. Nobody is made
// of a change of which nothing is recorded. Of what an operator enters only what
// restricts counts.
func (e *Engine) SetConsents(ctx context.Context, a tactful.Alias, c ConsentChange) (tactful.Consents, error) {
	if err := e.enter(); err != nil {
		return tactful.Consents{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findToChange(ctx, a, now, tactful.OpenedConsents)
	if err != nil {
		return tactful.Consents{}, err
	}
	said := consent.Change{Level: c.Level, Answers: c.Answers, GPC: c.GPC}
	var alone error // of a yes that an operator says for somebody
	judge := func(prev *records.Standing) (consent.Applied, error) {
		if err := stillStands(prev, c.Mark); err != nil {
			return consent.Applied{}, err
		}
		var entered consent.Change
		entered, alone = enteredAlone(ctx, said, prev.Consents)
		return e.apply(prev, entered, now)
	}
	next, refused, err := e.hear(ctx, a, ref, judge, now)
	if err != nil {
		return tactful.Consents{}, err
	}
	return next, cmp.Or(alone, refusals(refused, len(c.Answers)))
}

// hear lets what was said change how somebody stands; nobody is made of what
// changes nothing.
func (e *Engine) hear(
	ctx context.Context, a tactful.Alias, ref tactful.Ref, judge func(*records.Standing) (consent.Applied, error), now time.Time,
) (tactful.Consents, []*tactful.Error, error) {
	if ref.IsZero() {
		nobody, err := e.stranger(ctx, a, now)
		if err != nil {
			return tactful.Consents{}, nil, err
		}
		applied, err := judge(nobody)
		if err != nil {
			return tactful.Consents{}, nil, fmt.Errorf("apply consent: %w", err)
		}
		if sameStanding(tactful.Consents{}, applied.Next) {
			return tactful.Consents{}, applied.Refused, nil
		}
		if ref, err = e.welcome(ctx, a, now); err != nil {
			return tactful.Consents{}, nil, fmt.Errorf("make the subject: %w", err)
		}
	}
	return e.change(ctx, ref, judge, now)
}

// refusals is one error of all answers that did not count; nil if there are none.
func refusals(refused []*tactful.Error, answers int) error {
	if len(refused) == 0 {
		return nil
	}
	first := *refused[0]
	if answers < 2 && len(refused) == 1 {
		return &first
	}
	bad, faults := make(map[string]bool, len(refused)), make([]error, len(refused))
	for i, r := range refused {
		faults[i] = r
		at, _, _ := strings.Cut(r.Field, ".")
		bad[at] = true
	}
	var out, in []string
	for i := range answers {
		if at := fmt.Sprintf("answers[%d]", i); bad[at] {
			out = append(out, at)
		} else {
			in = append(in, at)
		}
	}
	first.Detail += "; refused: " + orNone(out) + "; recorded all the same: " + orNone(in)
	first.Err = errors.Join(faults...)
	return &first
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// change lets a judgement change a subject's standing, again if somebody else
// was faster.
func (e *Engine) change(
	ctx context.Context, ref tactful.Ref, judge func(prev *records.Standing) (consent.Applied, error), now time.Time,
) (tactful.Consents, []*tactful.Error, error) {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return tactful.Consents{}, nil, fmt.Errorf("read consent: %w", err)
		}
		s := standings[0]
		if s == nil {
			return tactful.Consents{}, nil, tactful.Errorf(tactful.NotFound, "the subject is not there any more")
		}
		applied, err := judge(s)
		if err != nil {
			return tactful.Consents{}, nil, fmt.Errorf("apply consent: %w", err)
		}
		if len(applied.Appended) == 0 && sameStanding(s.Consents, applied.Next) {
			return applied.Next, applied.Refused, nil
		}
		changed := *s
		changed.Consents = applied.Next
		_, err = e.records.WriteStanding(ctx, ref, s.Version, changed, applied.Appended, now)
		switch {
		case tactful.KindOf(err) == tactful.Conflict:
			continue
		case err != nil:
			return tactful.Consents{}, nil, fmt.Errorf("write consent: %w", err)
		}
		e.school.note(1) // what may be learned has changed
		e.standingChanged(ctx, ref, &changed, now)
		return applied.Next, applied.Refused, nil
	}
	return tactful.Consents{}, nil, tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

func sameStanding(a, b tactful.Consents) bool {
	if a.Level != b.Level || !a.LevelTime.Equal(b.LevelTime) || a.GPC != b.GPC || len(a.Purposes) != len(b.Purposes) {
		return false
	}
	for purpose, was := range a.Purposes {
		if is, ok := b.Purposes[purpose]; !ok || was.ID != is.ID || !was.Time.Equal(is.Time) {
			return false
		}
	}
	return true
}

// newID makes a random record id.
func (e *Engine) newID() (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(e.entropy, id[:]); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return hex.EncodeToString(id[:]), nil
}

// Notices returns the current purpose texts in the best matching language.
func (e *Engine) Notices(language string) []Notice {
	var notices []Notice
	for _, purpose := range e.policy.Purposes() {
		if n, ok := e.policy.Notice(purpose, language); ok {
			notices = append(notices, Notice{Purpose: purpose, Version: n.Version, Language: n.Language, Text: n.Text, Hash: n.Hash})
		}
	}
	return notices
}

// History returns what a person did, newest first, one entry per item with its
// newest action, from all that decisions look at and more. Purchases stand before later views of the same item, because
// that is what people look for.
func (e *Engine) History(ctx context.Context, a tactful.Alias, limit int) ([]HistoryEntry, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedHistory)
	if err != nil || ref.IsZero() {
		return nil, err
	}
	subject, err := e.usable(ctx, ref, records.Want{Settings: true, Events: maxHistory}, now)
	if err != nil || subject == nil {
		return nil, err
	}
	items := e.ground.Load().items
	at := map[string]int{}
	var entries []HistoryEntry
	for i := range subject.Events {
		event := &subject.Events[i].Event
		if event.Item == "" {
			continue
		}
		if j, seen := at[event.Item]; seen {
			if event.Action == tactful.Purchased && entries[j].Action != tactful.Purchased {
				entries[j].Action, entries[j].Source, entries[j].Day = event.Action, event.Source, event.Time.Truncate(24*time.Hour)
			}
			continue
		}
		entry := HistoryEntry{
			Item: tactful.Item{ID: event.Item}, Action: event.Action, Source: event.Source,
			Day: event.Time.Truncate(24 * time.Hour), Setting: subject.Settings[event.Item].Setting.String(), Event: eventID(subject.Events[i].Key),
		}
		if item := items.ByID(event.Item); item != nil {
			entry.Item = *item
		}
		at[event.Item] = len(entries)
		entries = append(entries, entry)
	}
	slices.SortStableFunc(entries, func(a, b HistoryEntry) int { return b.Day.Compare(a.Day) })
	return entries[:min(len(entries), max(limit, 0))], nil
}

// SetHistory records what a person says about an item of their history:
// "none", "unused", "gift" or "wrong". The next decision obeys; the model
// forgets it at its next fit.
func (e *Engine) SetHistory(ctx context.Context, a tactful.Alias, item, word string) error {
	return e.SetHistories(ctx, a, map[string]string{item: word})
}

// SetHistories is SetHistory for many items, all or none, with one write.
func (e *Engine) SetHistories(ctx context.Context, a tactful.Alias, words map[string]string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	said := make(map[string]decision.Setting, len(words))
	for item, word := range words {
		setting, ok := decision.ParseSetting(word)
		if !ok {
			return tactful.InvalidField("setting", "is unknown", "send none, unused, gift or wrong")
		}
		if setting == decision.SettingNone {
			if err := theirsOnly(ctx, "let count again what somebody put aside", asTheyDoIt); err != nil {
				return err
			}
		}
		said[item] = setting
	}
	now := e.clock.Now()
	ref, err := e.findToChange(ctx, a, now, tactful.OpenedHistory) // whether it is there is an answer
	if err != nil {
		return err
	}
	if ref.IsZero() {
		return tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	for range writeTries {
		subject, err := e.records.Open(ctx, ref, records.Want{Settings: true, Events: records.AllEvents}, now)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		settings, err := saidOf(subject, said, now)
		if err != nil {
			return err
		}
		_, err = e.records.WriteSettings(ctx, ref, subject.Standing.Version, settings, now)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return fmt.Errorf("write the setting: %w", err)
		}
		e.school.note(1)
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// saidOf adds what is said to what was said of a person's items; each must be
// in their history.
func saidOf(subject *records.Subject, said map[string]decision.Setting, now time.Time) (map[string]records.Setting, error) {
	there := make(map[string]bool, len(said))
	for i := range subject.Events {
		if _, asked := said[subject.Events[i].Event.Item]; asked {
			there[subject.Events[i].Event.Item] = true
		}
	}
	if len(there) < len(said) {
		return nil, tactful.InvalidField("item", "is not in the history", "send an item of the list")
	}
	settings := subject.Settings
	if settings == nil {
		settings = map[string]records.Setting{}
	}
	for item, setting := range said {
		if setting == decision.SettingNone {
			delete(settings, item)
			continue
		}
		settings[item] = records.Setting{Setting: setting, Time: now}
	}
	return settings, nil
}
