package replay

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/evidence"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/model"
	"github.com/tactful/tactful/internal/recommend"
)

// path is the way of a decision without stores: candidates, guards, choice and
// arrangement, as the engine composes them, over a model and a catalogue. Rows
// that need lists for thousands of people take it.
type path struct {
	ground *recommend.Ground
	items  *catalog.Snapshot
	guards []guard.Guard
	ready  func(*decision.Case) // completes the case of a list
	cue    float64              // guards.inference.cue
	level  tactful.Level        // of every list
	rules  evidence.Rules
}

// begun is the moment of every decision of a path.
var begun = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

const touchedAgo = 30 * 24 * time.Hour // every event of a path

// defaults are the guards' settings of a shop that sets none.
func defaults() *guard.Settings {
	s := settings().Guards
	return &s
}

func newPath(m *model.Model, items []tactful.Item, set *guard.Settings) (*path, error) {
	snapshot, err := catalog.NewSnapshot(items)
	if err != nil {
		return nil, fmt.Errorf("list the items: %w", err)
	}
	harmless := &decision.Labels{Of: make([]decision.Classes, len(items)+1)}
	rules := settings().Evidence
	rules.MaxPieces = 1 << 16 // plain lists rest on whole histories, so ours do
	return &path{
		level: tactful.Personal, rules: rules,
		ground: recommend.NewGround(m, snapshot), items: snapshot, guards: guard.All(set), cue: set.Inference.Cue,
		ready: func(c *decision.Case) { c.Labels = harmless },
	}, nil
}

// walker walks a path; one goroutine.
type walker struct {
	path    *path
	scratch recommend.Scratch
	rulings guard.Rulings
	deeds   []decision.Deed
	pieces  []decision.Piece
}

// walk decides for somebody with a history. The answer is the caller's.
func (w *walker) walk(history []uint32, request *tactful.Request) ([]*tactful.Item, error) {
	p := w.path
	c := decision.Case{
		Now: begun, Request: request, Crowds: p.ground.Crowds(), Shelves: p.ground.Shelves(), Touched: p.ground.Touched(),
		Permit: decision.Permit{Level: p.level, Purpose: tactful.Recommendations},
	}
	if p.level >= tactful.Personal {
		c.Permit.Allowed, c.Permit.ConsentID, c.Permit.Because = true, "replay", decision.BecauseAllowed
	}
	w.deeds = w.deeds[:0]
	for _, no := range history {
		w.deeds = append(w.deeds, decision.Deed{Action: tactful.Purchased, Provenance: tactful.Observed, No: tactful.ItemNo(no), Time: begun.Add(-touchedAgo)})
	}
	in := evidence.Input{Permit: c.Permit, Placement: request.Placement, Stored: w.deeds, Items: p.items, Now: begun, Room: w.pieces}
	c.Evidence = evidence.Gather(&p.rules, &in)
	w.pieces = c.Evidence.Pieces
	p.ready(&c)
	for i := range w.pieces {
		if _, serves := c.Serves(&w.pieces[i]); !serves {
			w.pieces[i].Weight = 0
		}
	}
	c.Silence(p.cue)
	candidates, err := recommend.Candidates(p.ground, &c, nil, &w.scratch)
	if err != nil {
		return nil, err
	}
	if err := guard.Run(p.guards, &c, candidates, &w.rulings); err != nil {
		return nil, err
	}
	order := recommend.Choose(&c, nil, candidates, w.rulings.Overall(), recommend.Reach(request.Count), &w.scratch)
	order = guard.Arrange(&c, candidates, order, w.scratch.Fixed(), &w.rulings)
	if failed := w.rulings.Failures(); len(failed) > 0 {
		return nil, fmt.Errorf("the guard %s failed: %w", failed[0].Guard, failed[0].Err)
	}
	list := make([]*tactful.Item, len(order))
	for k, i := range order {
		list[k] = candidates[i].Item
	}
	return list, nil
}

// lists decides for everybody, in the order of people.
func (p *path) lists(histories [][]uint32, count int) ([][]uint32, error) {
	lists := make([][]uint32, len(histories))
	faults := make([]error, runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for n := range faults {
		workers.Go(func() {
			w := &walker{path: p}
			request := &tactful.Request{Placement: tactful.ForYou, Count: count}
			for u := n; u < len(histories); u += len(faults) {
				list, err := w.walk(histories[u], request)
				if err != nil {
					faults[n] = err
					return
				}
				for _, item := range list {
					lists[u] = append(lists[u], uint32(item.No))
				}
			}
		})
	}
	workers.Wait()
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return lists, nil
}
