package engine

import (
	"context"
	"fmt"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// refuseLostKeys refuses data whose keys are gone: a new set of keys would open
// none of it, and make the loss look like a beginning.
func (e *Engine) refuseLostKeys(ctx context.Context) error {
	keyed, err := vault.Used(ctx, e.keys)
	if err != nil || keyed {
		return err
	}
	used, err := records.Used(ctx, e.data)
	if err != nil || !used {
		return err
	}
	return &tactful.Error{Kind: tactful.Invalid, Field: "key_dir", Detail: "there are no keys here, but data_dir holds data that only its own keys open",
		Remedy: "use the key_dir that this data was written with, or restore it; without it the data is lost, and only an empty data_dir begins anew"}
}

// replayErasures finds out whether the data is a copy from before erasures that
// the journal knows, as a restored backup is, and carries them out again. It
// reports whether it was; the model of such a copy is gone then, since it may
// remember who was erased.
func (e *Engine) replayErasures(ctx context.Context) (restored bool, err error) {
	settled, said, err := e.records.Settled(ctx)
	if err != nil {
		return false, err
	}
	known, last, err := e.forgotten.Unsettled(ctx, nil)
	if err != nil {
		return false, err
	}
	switch {
	case settled > last:
		return false, &tactful.Error{Kind: tactful.Refused, Field: "key_dir", Detail: "key_dir is an older copy than data_dir: it holds keys that have been destroyed since, and does not know the erasures after it",
			Remedy: "use the newest key_dir; it is never restored from a backup together with the data"}
	case said && settled >= known:
		return false, nil
	case !said:
		used, err := records.Used(ctx, e.data)
		if err != nil {
			return false, err
		}
		if !used || known == 0 {
			return false, e.records.Settle(ctx, known)
		}
	}
	tombstones, err := e.forgotten.Since(ctx, settled, last, e.clock.Now())
	if err != nil {
		return false, err
	}
	e.log.Warn("the data is a copy from before erasures; they are carried out again before anything is served", "erasures", len(tombstones))
	refs, names, err := e.records.Buried(ctx, tombstones)
	if err != nil {
		return false, fmt.Errorf("repeat erasures: %w", err)
	}
	var emptied []store.Partition
	for _, ref := range refs {
		partitions, err := e.records.Empty(ctx, ref, names[ref])
		if err != nil {
			return false, fmt.Errorf("repeat erasures: %w", err)
		}
		emptied = append(emptied, partitions...)
	}
	if err := e.records.Purge(ctx, emptied); err != nil {
		return false, fmt.Errorf("repeat erasures: %w", err)
	}
	if err := e.dropModel(ctx); err != nil {
		return false, fmt.Errorf("repeat erasures: %w", err)
	}
	e.log.Warn("erasures were carried out again", "people", len(refs))
	return true, nil
}

// settleReplay fits the model of a restored copy anew, and lets the data say
// that it has carried out every erasure.
func (e *Engine) settleReplay(ctx context.Context) error {
	if err := e.lesson(ctx); err != nil {
		return fmt.Errorf("fit the model of a restored copy: %w", err)
	}
	known, _, err := e.forgotten.Unsettled(ctx, nil)
	if err != nil {
		return err
	}
	return e.records.Settle(ctx, known)
}

// stopAgain finds out whether the data is a copy from before something that
// people told us not to do, as a restored backup is, and carries all of that out
// again. It reports whether it was such a copy: its model knows what was taken back
// since, and is gone; another is learnt before anybody is served.
func (e *Engine) stopAgain(ctx context.Context, despite Despite) (behind bool, err error) {
	order, err := e.records.Behind(ctx)
	if err != nil {
		return false, err
	}
	if order > 0 {
		if err := e.despite(despite.OlderKeys, "key_dir", "key_dir is an older copy than data_dir: API keys that were revoked since would be in force again, and what people said no to since is not known there",
			"use the newest key_dir; if it is lost, start once with --older-keys \"WHY\", then look at `tactful keys list` and revoke"); err != nil {
			return false, err
		}
	}
	if seen := e.latest.saved.Latest; order < 0 && !seen.IsZero() && passed(seen, e.clock.Now(), e.cfg.Erasure.Backups+dayLength) {
		if err := e.despite(despite.OlderData, "data_dir", "this copy of the data is older than engine.erasure.backups: what people said no to until then is not remembered any more, and would be forgotten",
			"restore a newer backup; if there is none, start once with --older-data \"WHY\": who said no since the copy must be asked again"); err != nil {
			return false, err
		}
	}
	if behind = order < 0; !behind { // a copy of a running server's files may be behind and not know it
		missing, err := e.ledger.Missing(ctx)
		behind = err != nil || missing != ""
	}
	whole, err := e.mergeAgain(ctx, behind)
	if err != nil {
		return false, err
	}
	if behind = behind || len(whole) > 0; !behind {
		return false, e.settleMergesAgain(ctx)
	}
	if err := e.dropModel(ctx); err != nil {
		return false, err
	}
	people, err := e.records.StopAgain(ctx, whole, e.clock.Now())
	if err == nil {
		err = e.settleMergesAgain(ctx)
	}
	if err != nil {
		return false, err
	}
	if people > 0 {
		e.log.Warn("the data is a copy from before people said no; what they said is in force again", "people", people)
	}
	return true, nil
}

// Despite says why copies that forget what people said are opened all the same. No
// reason: they are refused. Data from before an erasure that nobody remembers is refused always.
type Despite struct {
	OlderKeys string // keys that are older than the data
	OlderData string // data that is older than what was said no to is remembered
}

// despite refuses unless somebody said why not; then that is said loudly, and kept
// in the log of changes.
func (e *Engine) despite(why, field, detail, remedy string) error {
	if why == "" {
		return &tactful.Error{Kind: tactful.Refused, Field: field, Detail: detail, Remedy: remedy}
	}
	if tactful.CheckReason(why) != nil {
		return tactful.InvalidField(field, "is to be opened although it is an older copy, for no reason in words", fmt.Sprintf("say why in %d to %d characters", tactful.MinReason, tactful.MaxReason))
	}
	e.log.Error(detail+"; it was opened all the same", "why", why)
	e.older = append(e.older, SettingChange{Setting: field, To: why})
	return nil
}

// noteOlder keeps in the log of changes that older copies were opened, and why.
func (e *Engine) noteOlder(ctx context.Context, by string) error {
	if len(e.older) == 0 {
		return nil
	}
	return e.appendChange(ctx, func(map[string]settingInForce) (*ConfigChange, map[string]settingInForce) {
		return &ConfigChange{Time: e.clock.Now(), By: by, What: ChangeOpened, Changed: e.older}, nil
	})
}
