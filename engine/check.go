package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful/internal/model"
)

// Verification is what Verify found.
type Verification struct {
	Tables  int            // files of both stores, each block compared with its checksum
	Bytes   int64          // of them
	People  int            // with a row in the store
	Rows    map[string]int // opened, by the name of their section
	Items   int
	Model   string // hash of the model file, "" before the first fit
	Leaves  uint64 // of the consent ledger
	Records int    // of consent, each with its leaf
	Erased  int    // erasures that the journal knows and the data has carried out
	Faults  []string
	Took    time.Duration
}

// Sound reports whether nothing was found.
func (v *Verification) Sound() bool { return len(v.Faults) == 0 }

// Verify reads everything: every block of every file, every row with its key,
// the ledger, the model, and whether data and keys agree on what was erased.
func (e *Engine) Verify(ctx context.Context, progress func(stage string, done, total int)) (*Verification, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if progress == nil {
		progress = func(string, int, int) {}
	}
	begun := e.clock.Now()
	v := &Verification{Items: e.ground.Load().items.Len()}
	for _, s := range []struct {
		name  string
		check func(context.Context, *Verification, func(string, int, int)) error
	}{
		{"files", e.verifyFiles}, {"rows", e.verifyRows}, {"model", e.verifyModel}, {"erasures", e.verifyErasures}, {"ledger", e.verifyLedgerIn},
	} {
		if err := s.check(ctx, v, progress); err != nil {
			return nil, fmt.Errorf("verify the %s: %w", s.name, err)
		}
	}
	v.Took = e.clock.Now().Sub(begun)
	return v, nil
}

func (e *Engine) verifyFiles(ctx context.Context, v *Verification, progress func(string, int, int)) error {
	data, err := e.data.Check(ctx, func(done, total int) { progress("read every file of the data", done, total) })
	if err != nil {
		return err
	}
	keys, err := e.keys.Check(ctx, func(done, total int) { progress("read every file of the keys", done, total) })
	if err != nil {
		return err
	}
	v.Tables, v.Bytes = data.Tables+keys.Tables, data.Bytes+keys.Bytes
	for _, name := range data.Damaged {
		v.Faults = append(v.Faults, "the data's file "+name+" is not as it was written: put a copy back with `tactful restore`")
	}
	for _, name := range keys.Damaged {
		v.Faults = append(v.Faults, "the keys' file "+name+" is not as it was written: put the newest copy of key_dir back")
	}
	return nil
}

func (e *Engine) verifyRows(ctx context.Context, v *Verification, progress func(string, int, int)) error {
	found, err := e.records.Check(ctx, progress)
	if err != nil {
		return err
	}
	v.People, v.Rows = found.People, found.Rows
	for _, sentence := range slices.Sorted(maps.Keys(found.Faults)) {
		v.Faults = append(v.Faults, sentence+times(found.Faults[sentence]))
	}
	if len(found.Keyless) == 0 {
		return nil
	}
	// Somebody who is being erased has rows and no key for a moment: wait for it.
	if err := e.school.lesson.take(ctx); err != nil {
		return err
	}
	defer e.school.lesson.give()
	left, err := e.records.HaveRows(ctx, found.Keyless)
	if left > 0 {
		v.Faults = append(v.Faults, "a person has rows and no key"+times(left))
	}
	return err
}

func (e *Engine) verifyModel(ctx context.Context, v *Verification, _ func(string, int, int)) error {
	if err := e.school.lesson.take(ctx); err != nil { // a fit replaces the file
		return err
	}
	defer e.school.lesson.give()
	card, err := e.readCard(ctx)
	if err != nil || card == nil {
		return err
	}
	m, err := model.Open(e.files, e.modelPath(card.Hash))
	switch {
	case err != nil:
		v.Faults = append(v.Faults, "the model file is missing or damaged: run `tactful train`")
	case m.Hash() != card.Hash:
		v.Faults = append(v.Faults, "the model file is not the one that was put to use: run `tactful train`")
	default:
		v.Model = m.Hash()
	}
	return nil
}

func (e *Engine) verifyErasures(ctx context.Context, v *Verification, _ func(string, int, int)) error {
	settled, _, err := e.records.Settled(ctx)
	if err != nil {
		return err
	}
	_, last, err := e.forgotten.Unsettled(ctx, nil)
	if err != nil {
		return err
	}
	under, err := e.forgotten.Open(ctx)
	if err != nil {
		return err
	}
	v.Erased = int(min(settled, last))
	if settled > last {
		v.Faults = append(v.Faults, "the data has carried out erasures that the keys do not know: key_dir is an older copy")
	}
	if settled < last && len(under) == 0 {
		v.Faults = append(v.Faults, "the data has not carried out every erasure"+times(int(last-settled)))
	}
	return nil
}

func (e *Engine) verifyLedgerIn(ctx context.Context, v *Verification, progress func(string, int, int)) error {
	report, err := e.VerifyLedger(ctx, "", progress)
	if err != nil {
		return err
	}
	v.Leaves, v.Records = uint64(report.Size), report.Records
	for _, fault := range report.Faults {
		v.Faults = append(v.Faults, "ledger: "+fault)
	}
	return nil
}
