package engine

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/explain"
	"github.com/tactful/tactful/internal/files"
	"github.com/tactful/tactful/internal/forgotten"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/ledger"
	"github.com/tactful/tactful/internal/model"
	"github.com/tactful/tactful/internal/recommend"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store/disk"
)

// Engine is one running instance. Safe for concurrent use. Open makes it,
// Close ends it and waits for everything it started.
type Engine struct {
	cfg           Config
	clock         tactful.Clock
	latest        latest      // time that was seen
	recollecting  atomic.Bool // everybody is still looked at after the start
	sweepHeld     atomic.Bool // the clock may have jumped ahead
	entropy       io.Reader
	log           *slog.Logger
	policyVersion string

	data, keys *disk.Disk
	modelDir   string
	files      files.FS // under the models and the key set
	vault      *vault.Vault
	records    *records.Records
	ledger     *ledger.Ledger
	sequencing turn // one sequencer at a time
	catalogue  *catalog.Catalogue
	access     *access.Keys
	forgotten  *forgotten.Journal // of erasures; it lives with the keys
	signer     ed25519.PrivateKey // of receipts of erasures and of webhooks
	outbound   Outbound           // nil: nobody is called
	policy     *consent.Policy
	rules      *ingest.Rules
	guards     []guard.Guard
	adopted    atomic.Bool // the business's own rules are in their log
	explainer  *explain.Explainer
	labeller   *label.Labeller
	classes    decision.Labels // what is the same for every snapshot
	rulings    labelRulings    // what operators decided about labels; guarded by relay

	campaigns campaigns
	offered   atomic.Pointer[campaign.Set]
	stall     atomic.Pointer[stall] // offered over ground
	zone      *time.Location        // the shop's
	arms      atomic.Pointer[arms]  // how people who agreed to experiments responded to creatives

	ground    atomic.Pointer[ground] // the model in use laid over the catalogue as it stands
	card      atomic.Pointer[ModelCard]
	relay     sync.Mutex // held while a new ground is made from the current one
	benches   sync.Pool
	seats     seats // decisions being made
	tally     tally
	arrived   arrivals                // who brings new people, and how many
	surged    atomic.Pointer[[]Surge] // of the last fit
	rations   ration                  // of explanations and receipts
	pace      pace                    // who opens people's data, and how many
	school    school                  // learning: the sums and what has changed
	desk      desk                    // requests for rights
	lab       lab                     // flags and experiments
	joints    joints                  // who turned out to be whom
	tokens    *tokenKey
	explain   func(language string) []rights.Explained
	keyDir    string
	older     []SettingChange // older copies that were opened all the same, and why
	keysOut   bool            // the key set is kept in the environment
	tellers   turn            // one round of telling recipients at a time
	reporting turn            // one report at a time: each reads the whole store
	edition   edition         // the public lists
	stocked   stocked
	gauged    gauged
	telling   chan struct{}

	delivery delivery // of messages to the tools that send them

	tellNext atomic.Int64 // when somebody is due to be told again, in nanoseconds; 0 for nobody

	closing  atomic.Bool
	underway sync.WaitGroup // calls and background work
	stop     context.CancelFunc
	gate     sync.RWMutex // orders enter against Close
}

// ground is what every decision of one moment stands on.
type ground struct {
	model *model.Model // nil before the first fit
	name  string       // of the model in receipts, "" for none
	items *catalog.Snapshot
	on    *recommend.Ground

	labels *decision.Labels // the classes of the items
	told   *decision.Cues   // what the panel tells; nil: nothing is learned from it
	cues   *decision.Cues   // that with the operator's lists

	front []string // the public list of bestsellers; nil: none was published

	intervals map[string]time.Duration // after which people buy of a category again
}

func (g *ground) version() string { return g.name }

// enter counts a call in, or refuses it when the engine is closing.
func (e *Engine) enter() error {
	e.gate.RLock()
	defer e.gate.RUnlock()
	if e.closing.Load() {
		return &tactful.Error{Kind: tactful.Unavailable, Detail: "the engine is closing", Remedy: "try again in a moment"}
	}
	e.underway.Add(1)
	return nil
}

func (e *Engine) leave() { e.underway.Done() }

// lay makes a new ground from a model, a catalogue snapshot, or both; nil keeps
// what is there. Decisions under way finish on the old one.
func (e *Engine) lay(m *model.Model, items *catalog.Snapshot) {
	e.relay.Lock()
	defer e.relay.Unlock()
	next := ground{}
	if now := e.ground.Load(); now != nil {
		next = *now
	}
	if m != nil {
		next.model, next.name = m, m.Hash()
	}
	if items != nil {
		next.labels = e.labelsOf(e.ground.Load(), items)
		next.items = items
	}
	next.cues = e.cuesOf(&next)
	next.on = e.overlay(&next)
	e.ground.Store(&next)
}

// find resolves an alias; the zero Ref if nobody is known by it. It counts as a
// look at something of the person: say what with findFor, or use findToChange.
func (e *Engine) find(ctx context.Context, a tactful.Alias, now time.Time) (tactful.Ref, error) {
	return e.findFor(ctx, a, now, tactful.OpenedOther)
}

// Access keeps the API keys of this engine's doors.
func (e *Engine) Access() *access.Keys { return e.access }

// Health reports readiness.
func (e *Engine) Health() Health {
	g := e.ground.Load()
	h := Health{Ready: true, Items: g.items.Len(), ModelHash: g.version(), Behind: e.behind(e.clock.Now()), SweepHeld: e.sweepHeld.Load(), Limited: e.limited(), Panel: e.gauged.latest.Load()}
	if g.model != nil {
		h.ModelItems = g.model.Len()
		if card := e.card.Load(); card != nil {
			h.ModelPeople = int(card.People)
		}
	}
	for _, t := range e.lab.now.Load().harmed() {
		h.Harmed = append(h.Harmed, t.Registration.Name)
	}
	switch {
	case e.closing.Load():
		h.Ready, h.Reason = false, "closing"
	case e.data.Err() != nil || e.keys.Err() != nil:
		h.Ready, h.Reason = false, "the store has failed; restart the server"
	}
	return h
}

// Close stops background work, waits for calls under way until the context
// ends, writes the counters and closes the stores.
func (e *Engine) Close(ctx context.Context) error {
	e.gate.Lock()
	first := e.closing.CompareAndSwap(false, true)
	e.gate.Unlock()
	if !first {
		return nil
	}
	e.stop()
	done := make(chan struct{})
	go func() {
		e.underway.Wait()
		close(done)
	}()
	var late error
	select {
	case <-done:
	case <-ctx.Done():
		late = fmt.Errorf("close: calls still under way: %w", ctx.Err())
	}
	return errors.Join(late, e.saveTally(context.WithoutCancel(ctx)), e.saveClock(context.WithoutCancel(ctx)), e.saveReads(context.WithoutCancel(ctx)), e.saveArrivals(context.WithoutCancel(ctx)), e.data.Close(), e.keys.Close())
}
