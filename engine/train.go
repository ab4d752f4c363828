package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
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
	e.school.lesson.Lock()
	defer e.school.lesson.Unlock()
	e.school.full = time.Time{} // whoever asks for a fit gets the permissions of this moment
	return e.fit(ctx, progress)
}

// fit is one lesson; the lesson is held.
func (e *Engine) fit(ctx context.Context, progress func(string, int, int)) (TrainReport, error) {
	begun := e.clock.Now()
	counted := e.school.changed.Load()
	if err := e.attend(ctx, begun, progress); err != nil {
		return TrainReport{}, fmt.Errorf("train: %w", err)
	}
	result, err := e.school.learner.Refit(ctx, linear.Day(begun), func(done, total int) { progress("fit the model", done, total) })
	if err != nil {
		return TrainReport{}, fmt.Errorf("train: %w", err)
	}
	if err := e.publish(ctx, result); err != nil {
		return TrainReport{}, fmt.Errorf("train: %w", err)
	}
	e.school.changed.Add(-counted)
	e.school.fitted = e.clock.Now()
	return TrainReport{
		People: e.school.people, Items: int64(result.Model.Len()), Pairs: int64(result.Model.Edges()),
		Columns: result.Columns, Hash: result.Model.Hash(), Took: e.school.fitted.Sub(begun),
	}, nil
}

// The row that says which model is in use, by the hash of its bytes.
var (
	modelPartition = store.Partition{Section: store.Duties, ID: [16]byte{'m', 'o', 'd', 'e', 'l'}}
	modelKey       = []byte("current")
)

func (e *Engine) modelPath(hash string) string { return filepath.Join(e.modelDir, hash+".model") }

// publish makes a model the one in use: file first, then the row that names
// it, then the pointer, then the files of older models go, since an older one
// may remember somebody who has been forgotten since.
func (e *Engine) publish(ctx context.Context, result learn.Result) error {
	hash := result.Model.Hash()
	if err := result.Model.Write(e.modelPath(hash)); err != nil {
		return fmt.Errorf("write the model: %w", err)
	}
	if err := e.nameModel(ctx, hash); err != nil {
		return err
	}
	e.lay(result.Model, nil)
	return e.removeModels(hash)
}

func (e *Engine) nameModel(ctx context.Context, hash string) error {
	raw, err := hex.DecodeString(hash)
	if err != nil {
		return fmt.Errorf("name the model: %w", err)
	}
	for range writeTries {
		answers, err := e.data.Read(ctx, []store.Query{{Partition: modelPartition, Family: store.State, Limit: 1, Now: e.clock.Now()}})
		if err != nil {
			return fmt.Errorf("name the model: %w", err)
		}
		sealed := e.vault.Tenant().Seal(nil, modelPartition, store.State, modelKey, raw)
		results, err := e.data.Write(ctx, []store.Batch{{Partition: modelPartition, Expect: answers[0].Version, State: []store.Row{{Key: modelKey, Value: sealed}}}})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("name the model: %w", err)
		}
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the current model is changing too fast")
}

func (e *Engine) removeModels(keep string) error {
	entries, err := os.ReadDir(e.modelDir)
	if err != nil {
		return fmt.Errorf("remove older models: %w", err)
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.TrimSuffix(name, ".model") != keep {
			if err := os.Remove(filepath.Join(e.modelDir, name)); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("remove an older model: %w", err)
			}
		}
	}
	return nil
}

// openModel puts the named model to use. One that is missing, damaged or
// foreign is refused with a clear line, and the engine serves without personal
// lists until the next fit.
func (e *Engine) openModel(ctx context.Context) error {
	answers, err := e.data.Read(ctx, []store.Query{{Partition: modelPartition, Family: store.State, Now: e.clock.Now()}})
	if err != nil {
		return fmt.Errorf("find the model: %w", err)
	}
	if len(answers[0].Rows) == 0 {
		return nil
	}
	row := answers[0].Rows[0]
	raw, err := e.vault.Tenant().Open(nil, modelPartition, store.State, row.Key, row.Value)
	if err != nil {
		return fmt.Errorf("find the model: %w", err)
	}
	return e.loadModel(hex.EncodeToString(raw))
}

func (e *Engine) loadModel(hash string) error {
	m, err := model.Open(e.modelPath(hash))
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

// study is the background: it fits when a fit is due, saves the counters, and
// removes what has expired. It ends with the context.
func (e *Engine) study(ctx context.Context) {
	tick := time.NewTicker(e.cfg.Learn.Check)
	defer tick.Stop()
	swept := e.clock.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := e.clock.Now()
		if err := e.saveTally(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the counters were not saved", "err", err)
		}
		if now.Sub(swept) >= sweepEvery {
			swept = now
			if _, err := e.data.Sweep(ctx, now); err != nil && ctx.Err() == nil {
				e.log.Error("the sweep of expired rows failed", "err", err)
			}
		}
		if e.due(now) {
			if err := e.lesson(ctx); err != nil && ctx.Err() == nil {
				e.log.Error("the background fit failed; the model in use stays", "err", err)
			}
		}
	}
}

// sweepEvery is how often expired rows are removed. They are hidden at once
// anyway; the promise is that nothing is older than its term plus one hour.
const sweepEvery = 20 * time.Minute

func (e *Engine) due(now time.Time) bool {
	changed := e.school.changed.Load()
	if e.school.widened.Load() {
		changed++
	}
	e.school.lesson.Lock()
	fitted := e.school.fitted
	e.school.lesson.Unlock()
	return changed >= int64(e.cfg.Learn.Changes) || changed > 0 && now.Sub(fitted) >= e.cfg.Learn.Every
}

func (e *Engine) lesson(ctx context.Context) error {
	e.school.lesson.Lock()
	defer e.school.lesson.Unlock()
	_, err := e.fit(ctx, func(string, int, int) {})
	return err
}
