package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/model"
	"github.com/tactful/tactful/store"
)

// Train brings the sums up to date, fits the model and puts it to use.
func (e *Engine) Train(ctx context.Context, progress func(stage string, done, total int)) (TrainReport, error) {
	if err := e.enter(); err != nil {
		return TrainReport{}, err
	}
	defer e.leave()
	if progress == nil {
		progress = func(string, int, int) {}
	}
	if err := e.school.lesson.take(ctx); err != nil {
		return TrainReport{}, fmt.Errorf("train: %w", err)
	}
	defer e.school.lesson.give()
	e.school.full = time.Time{} // whoever asks for a fit gets the permissions of this moment
	return e.fit(ctx, progress)
}

// fit is one lesson; the lesson is held.
func (e *Engine) fit(ctx context.Context, progress func(string, int, int)) (TrainReport, error) {
	begun := e.clock.Now()
	counted := e.school.changed.Load()
	if err := e.unlearnJoined(ctx); err != nil {
		return TrainReport{}, fmt.Errorf("train: %w", err)
	}
	if err := e.attend(ctx, begun, progress); err != nil {
		return TrainReport{}, fmt.Errorf("train: %w", err)
	}
	result, protected, err := e.refit(ctx, begun, func(done, total int) { progress("fit the model", done, total) })
	if err != nil {
		return TrainReport{}, fmt.Errorf("train: %w", err)
	}
	if err := e.publish(ctx, result, e.clock.Now()); err != nil {
		return TrainReport{}, fmt.Errorf("train: %w", err)
	}
	e.school.changed.Add(-counted)
	e.school.fitted = e.clock.Now()
	return TrainReport{
		People: e.school.people, Items: int64(result.Model.Len()), Pairs: int64(result.Model.Edges()),
		Columns: result.Columns, Hash: result.Model.Hash(), Took: e.school.fitted.Sub(begun),
		Blind: slices.Clone(e.school.protected.blind), PanelFit: protected,
	}, nil
}

func (e *Engine) modelPath(hash string) string { return filepath.Join(e.modelDir, hash+".model") }

// publish makes a model the one in use: file first, then the row that names
// it, then the pointer, then the files of older models go, since an older one
// may remember somebody who has been forgotten since.
func (e *Engine) publish(ctx context.Context, result learn.Result, now time.Time) error {
	hash := result.Model.Hash()
	if card := e.card.Load(); card != nil && card.Hash == hash && e.ground.Load().version() == hash && e.school.forgotten.Load() == 0 {
		e.school.unpublished = false
		return nil // it is in use already
	}
	e.school.unpublished = true
	if err := result.Model.Write(e.files, e.modelPath(hash)); err != nil {
		return fmt.Errorf("write the model: %w", err)
	}
	if err := e.nameModel(ctx, e.nextCard(result, now)); err != nil {
		return err
	}
	e.watchSurges(result.Model)
	e.lay(result.Model, nil)
	e.school.unpublished = false
	return e.removeModels(hash)
}

func (e *Engine) removeModels(keep string) error {
	names, err := e.files.List(e.modelDir)
	if err != nil {
		return fmt.Errorf("remove older models: %w", err)
	}
	for _, name := range names {
		if strings.TrimSuffix(name, ".model") != keep {
			if err := e.files.Remove(filepath.Join(e.modelDir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove an older model: %w", err)
			}
		}
	}
	if err := e.files.SyncDir(e.modelDir); err != nil { // else a loss of power brings them back
		return fmt.Errorf("remove older models: %w", err)
	}
	return nil
}

// staleModels counts the files beside the model in use.
func (e *Engine) staleModels() (int, error) {
	names, err := e.files.List(e.modelDir)
	if err != nil {
		return 0, fmt.Errorf("look for older models: %w", err)
	}
	stale := 0
	for _, name := range names {
		if name != e.ground.Load().version()+".model" {
			stale++
		}
	}
	return stale, nil
}

// dropModel takes the model out of use for good: it may remember somebody who
// has been forgotten since.
func (e *Engine) dropModel(ctx context.Context) error {
	for range writeTries {
		answers, err := e.data.Read(ctx, []store.Query{{Partition: modelPartition, Family: store.State, Limit: 1, Now: e.clock.Now()}})
		if err != nil {
			return fmt.Errorf("drop the model: %w", err)
		}
		if len(answers[0].Rows) == 0 {
			return e.removeModels("")
		}
		results, err := e.data.Write(ctx, []store.Batch{{Partition: modelPartition, Expect: answers[0].Version, Delete: []store.FamilyKey{{Family: store.State, Key: modelKey}}}})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("drop the model: %w", err)
		}
		return e.removeModels("")
	}
	return tactful.Errorf(tactful.Conflict, "the current model is changing too fast")
}

// openModel puts the named model to use. One that is missing, damaged or
// foreign is refused with a clear line, and the engine serves without personal
// lists until the next fit.
func (e *Engine) openModel(ctx context.Context) error {
	card, err := e.readCard(ctx)
	if err != nil || card == nil {
		return err
	}
	e.card.Store(card)
	e.school.fitted = card.Fitted // a start does not make a fit due
	return e.loadModel(card.Hash)
}

func (e *Engine) loadModel(hash string) error {
	m, err := model.Open(e.files, e.modelPath(hash))
	if err == nil && m.Hash() != hash {
		err = tactful.Errorf(tactful.Invalid, "the model file is not the one that was put to use")
	}
	if err != nil {
		e.log.Error("the model is refused; lists are general until the next fit: run `tactful train`", "err", err)
		e.school.note(e.cfg.Learn.Changes)
		return nil
	}
	e.lay(m, nil)
	return nil
}

// Warm reads the sums into memory and fits them, so that the first erasure
// after a start need not. The model in use is replaced only if something has
// changed meanwhile. A server calls it beside serving; commands need not.
func (e *Engine) Warm(ctx context.Context) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	if err := e.tendQueue(ctx); err != nil {
		return err
	}
	if e.ground.Load().model == nil {
		return nil
	}
	return e.lesson(ctx)
}

// study is the background: it fits when a fit is due, gives consent records
// their place in the ledger, saves the counters, and removes what has expired. It ends with the context.
func (e *Engine) study(ctx context.Context) {
	tick := time.NewTicker(min(e.cfg.Learn.Check, sweepEvery))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-e.school.wake:
		}
		now := e.clock.Now()
		e.watchClock(now)
		if err := e.saveClock(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the latest time was not saved", "err", err)
		}
		if e.joints.owed.Load() {
			if err := e.finishMerges(ctx); err != nil && ctx.Err() == nil {
				e.log.Error("a merge that was noted is not finished yet; it is tried again", "err", err)
			}
		}
		if e.school.owed.Load() {
			if err := e.finishErasures(ctx); err != nil && ctx.Err() == nil {
				e.log.Error("an erasure that was noted is not finished yet; it is tried again", "err", err)
			}
		}
		if err := e.sequence(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("consent records are not in the ledger yet; it is tried again", "err", err)
		}
		if err := e.saveTally(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the counters were not saved", "err", err)
		}
		if err := e.Restock(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the list of bestsellers was not made; the one before stays", "err", err)
		}
		if err := e.remeasure(ctx, now); err != nil && ctx.Err() == nil {
			e.log.Error("the panel was not measured; it is tried again tomorrow", "err", err)
		}
		if err := e.reissue(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the public lists were not made; the edition before stays until it runs out", "err", err)
		}
		if err := e.saveArrivals(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the counts of newcomers were not saved", "err", err)
		}
		if err := e.saveReads(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the counts of looks were not saved", "err", err)
		}
		if err := e.sweepIfDue(ctx, now); err != nil && ctx.Err() == nil {
			e.log.Error("the sweep of expired rows failed; it is tried again", "err", err)
		}
		if e.due(now) {
			if err := e.lesson(ctx); err != nil && ctx.Err() == nil {
				e.log.Error("the background fit failed; the model in use stays", "err", err)
			}
		}
	}
}

func (e *Engine) due(now time.Time) bool {
	changed := e.school.changed.Load()
	if e.school.widened.Load() {
		changed++
	}
	select {
	case e.school.lesson <- struct{}{}:
	default:
		return false // somebody fits or erases at this moment
	}
	fitted, full := e.school.fitted, e.school.full
	e.school.lesson.give()
	if e.card.Load() != nil && passed(full, now, surveyEach) {
		return true // permissions run out without anybody doing anything
	}
	return changed >= int64(e.cfg.Learn.Changes) || changed > 0 && passed(fitted, now, e.cfg.Learn.Every)
}

func (e *Engine) lesson(ctx context.Context) error {
	if err := e.school.lesson.take(ctx); err != nil {
		return err
	}
	defer e.school.lesson.give()
	_, err := e.fit(ctx, func(string, int, int) {})
	return err
}
