package engine

import (
	"context"
	"fmt"
	_ "time/tzdata" // quiet hours are in the person's zone, also where the machine has no zones

	"github.com/tactful/tactful"
)

// PreferencesChange is what a change did. The Undo of a patch takes back this
// change and nothing that came after it.
type PreferencesChange struct {
	Before, After tactful.Preferences
	Undo          tactful.PreferencesPatch
}

// Preferences returns what a person declared; nothing for nobody. It is shown to
// them whatever their level, also while processing is restricted: what somebody
// told us is never hidden from them.
func (e *Engine) Preferences(ctx context.Context, a tactful.Alias) (tactful.Preferences, error) {
	if err := e.enter(); err != nil {
		return tactful.Preferences{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedPreferences)
	if err != nil || ref.IsZero() {
		return tactful.Preferences{}, err
	}
	p, _, err := e.records.ReadPreferences(ctx, ref, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return tactful.Preferences{}, nil
	}
	if err != nil {
		return tactful.Preferences{}, fmt.Errorf("read preferences: %w", err)
	}
	return p, nil
}

// Declarable returns the needs and occasions that people may name here. The
// value is shared and must not be changed.
func (e *Engine) Declarable() *Declarable { return &e.cfg.Preferences }

// SetPreferences replaces all that a person declared; it is undone by setting
// what was Before. Only the person does that, or a service that acts for them:
// see PatchPreferences.
func (e *Engine) SetPreferences(ctx context.Context, a tactful.Alias, p tactful.Preferences) (PreferencesChange, error) {
	return e.declare(ctx, a, func(tactful.Preferences) (tactful.Preferences, tactful.PreferencesPatch) {
		return p.Clone(), tactful.PreferencesPatch{}
	})
}

// PatchPreferences changes what a person declared. The context must carry the
// person, or a service that acts for them at that moment, as the actor: nobody
// else's word counts as theirs, and no event or import can bring one. Nothing is
// learned from it, and it acts in the next decision.
func (e *Engine) PatchPreferences(ctx context.Context, a tactful.Alias, patch tactful.PreferencesPatch) (PreferencesChange, error) {
	return e.declare(ctx, a, func(now tactful.Preferences) (tactful.Preferences, tactful.PreferencesPatch) {
		return now.Patched(&patch)
	})
}

// declare changes preferences, again if somebody else was faster.
func (e *Engine) declare(
	ctx context.Context, a tactful.Alias, edit func(tactful.Preferences) (tactful.Preferences, tactful.PreferencesPatch),
) (PreferencesChange, error) {
	if err := e.enter(); err != nil {
		return PreferencesChange{}, err
	}
	defer e.leave()
	switch actor := tactful.ActorOf(ctx); actor.Kind {
	case tactful.ActorPerson, tactful.ActorService:
	case tactful.ActorUnknown, tactful.ActorOperator, tactful.ActorEngine:
		return PreferencesChange{}, notTheirs()
	default:
		return PreferencesChange{}, notTheirs()
	}
	now := e.clock.Now()
	ref, err := e.findToChange(ctx, a, now, tactful.OpenedPreferences)
	if err != nil {
		return PreferencesChange{}, err
	}
	for range writeTries {
		var change PreferencesChange
		if ref.IsZero() { // judged before anybody is made of it
			if change.After, _ = edit(tactful.Preferences{}); change.After.IsZero() {
				return change, nil
			}
			if err := e.declarable(&change.After); err != nil {
				return PreferencesChange{}, err
			}
			if ref, err = e.welcome(ctx, a, now); err != nil {
				return PreferencesChange{}, fmt.Errorf("make the subject: %w", err)
			}
		}
		before, version, err := e.records.ReadPreferences(ctx, ref, now)
		if err != nil {
			return PreferencesChange{}, fmt.Errorf("read preferences: %w", err)
		}
		change.Before = before
		change.After, change.Undo = edit(before)
		if err := e.declarable(&change.After); err != nil {
			return PreferencesChange{}, err
		}
		change.After.Changed = now
		_, err = e.records.WritePreferences(ctx, ref, version, &change.After, now)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return PreferencesChange{}, fmt.Errorf("write preferences: %w", err)
		}
		if change.After.Place != change.Before.Place || change.After.Place != tactful.PlaceUnset {
			if err := e.coarsen(ctx, ref, now); err != nil {
				return PreferencesChange{}, fmt.Errorf("make a place coarser: %w", err)
			}
		}
		return change, nil
	}
	return PreferencesChange{}, tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

func (e *Engine) declarable(p *tactful.Preferences) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return e.cfg.Preferences.admit(p)
}

func notTheirs() *tactful.Error {
	return &tactful.Error{
		Kind: tactful.Refused, Detail: "only the person says what they like and need",
		Remedy: "let them set it in the privacy centre, or send it with a key of the scope rights when they do so on your pages",
	}
}
