package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/explain"
	"github.com/tactful/tactful/internal/files"
	"github.com/tactful/tactful/internal/forgotten"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/ledger"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// Sizes of the block caches: what is read again and again (aliases, standings,
// recent histories) stays in memory, well inside the 2 GB that a million
// subjects may take.
const (
	dataCacheBytes = 256 << 20
	keyCacheBytes  = 32 << 20
)

// Options are what the engine needs of the world.
type Options struct {
	Dir     string // data store and models
	KeyDir  string // key table and, unless Keys is set, the key set; never inside Dir
	Keys    string // the key set itself in base64, for those who keep it in the environment
	Clock   tactful.Clock
	Entropy io.Reader // cryptographic
	Log     *slog.Logger

	// Explain says in a language what each stored record means, for the copies
	// that people have of their data; nil leaves copies unexplained.
	Explain func(language string) []rights.Explained

	Outbound Outbound // calls recipients; nil: they wait

	Settings []SettingValue // as they are in force, for the log of changes; none: nothing is recorded
	By       string         // who starts the engine, for the same log

	Despite Despite // why older copies are opened all the same; zero: they are refused

	storeFiles vfs.FS   // for tests that fail and crash the medium; nil: the operating system's
	files      files.FS // the same for the model and the key set

	fewPeople int64 // for tests; 0: fewPeople

	watch     func(*disk.Disk) store.Store // for tests of this package that look at what is read and written
	watchKeys func(*disk.Disk) store.Store // the same for the key table and the journal of erasures
}

// Open starts an engine over its directories, making them if they are not
// there. The configuration must have its defaults.
func Open(ctx context.Context, cfg Config, opt Options) (*Engine, error) {
	cfg.freshen()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if opt.Clock == nil || opt.Entropy == nil || opt.Log == nil || opt.Dir == "" || opt.KeyDir == "" {
		return nil, tactful.Errorf(tactful.Invalid, "the engine needs directories, a clock, entropy and a log")
	}
	e := &Engine{cfg: cfg, clock: opt.Clock, entropy: opt.Entropy, log: opt.Log, modelDir: filepath.Join(opt.Dir, "models"), keyDir: opt.KeyDir, keysOut: opt.Keys != "", explain: opt.Explain, files: opt.files}
	if e.files == nil {
		e.files = files.OS{}
	}
	e.school.lesson, e.school.wake = make(turn, 1), make(chan struct{}, 1)
	e.sequencing = make(turn, 1)
	e.joints.turn = make(turn, 1)
	e.reporting = make(turn, 1)
	e.outbound, e.tellers, e.telling = opt.Outbound, make(turn, 1), make(chan struct{}, 1)
	if err := errors.Join(e.checkRecipients(), e.checkRoutes(), e.checkAlert()); err != nil {
		return nil, err
	}
	e.benches.New = func() any { return new(bench) }
	e.seats = newSeats()
	if err := e.build(); err != nil {
		return nil, err
	}
	if err := e.openStores(ctx, opt); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.openClock(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	restored, err := e.replayErasures(ctx) // before anybody is served, and before the model is read
	if err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	stopped, err := e.stopAgain(ctx, opt.Despite)
	if err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.openModel(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.openShelf(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.openEdition(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.loadTally(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.noteSettings(ctx, opt.Settings, opt.By); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.noteOlder(ctx, opt.By); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.loadArrivals(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.remember(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.finishMerges(ctx); err != nil { // before anybody is served
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.learnedBefore(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.finishErasures(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.openLedger(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if restored || stopped {
		if err := e.settleReplay(ctx); err != nil {
			return nil, errors.Join(err, e.closeStores())
		}
	}
	if err := e.openLab(ctx, restored || stopped); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.openDelivery(ctx, restored || stopped); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	if err := e.records.Beat(ctx); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	works := []func(context.Context){e.study, e.watchQueue, e.tell, e.watchTrials, e.deliver}
	if card := e.card.Load(); e.looksAtEverybody() && card != nil && card.People > cmp.Or(opt.fewPeople, fewPeople) {
		e.recollecting.Store(true)
		works = append(works, e.recollectLater)
	} else {
		e.recollect(ctx)
	}
	if err := e.countArms(ctx, e.clock.Now()); err != nil {
		e.log.Error("how people responded to creatives is not known until the next fit", "err", err)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.stop = stop
	for _, work := range works {
		e.underway.Add(1)
		go func() {
			defer e.underway.Done()
			work(background)
		}()
	}
	return e, nil
}

// build makes the pure stages from the configuration.
func (e *Engine) build() (err error) {
	if e.policy, err = consent.New(e.cfg.Consent); err != nil {
		return fmt.Errorf("consent: %w", err)
	}
	if e.rules, err = ingest.New(e.cfg.Ingest); err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	if e.explainer, err = explain.New(e.cfg.Language, e.cfg.Guards.Support); err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	if e.tokens, err = loadTokenKey(e.cfg.Rights.Token); err != nil {
		return err
	}
	if e.zone, err = time.LoadLocation(e.cfg.Campaigns.Zone); err != nil {
		return fmt.Errorf("campaigns: %w", err)
	}
	if err := e.buildLabels(); err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	e.guards = guard.All(&e.cfg.Guards)
	policy, err := json.Marshal(e.cfg)
	if err != nil {
		return fmt.Errorf("name the policy: %w", err)
	}
	sum := sha256.Sum256(policy)
	e.policyVersion = hex.EncodeToString(sum[:8])
	return nil
}

func (e *Engine) openStores(ctx context.Context, opt Options) (err error) {
	for _, dir := range []string{opt.Dir, opt.KeyDir, e.modelDir} {
		if err := files.MakeDir(e.files, dir); err != nil {
			return &tactful.Error{Kind: tactful.Invalid, Detail: "a directory cannot be made", Remedy: "check data_dir and key_dir", Err: err}
		}
	}
	if e.data, err = disk.Open(filepath.Join(opt.Dir, "store"), disk.Options{FS: opt.storeFiles, CacheBytes: dataCacheBytes}); err != nil {
		return fmt.Errorf("open the data store: %w", err)
	}
	if e.keys, err = disk.Open(filepath.Join(opt.KeyDir, "table"), disk.Options{FS: opt.storeFiles, CacheBytes: keyCacheBytes}); err != nil {
		return fmt.Errorf("open the key table: %w", err)
	}
	if err := e.refuseLostKeys(ctx); err != nil {
		return err
	}
	var keys store.Store = e.keys
	if opt.watchKeys != nil {
		keys = opt.watchKeys(e.keys)
	}
	var ring *vault.Keyring
	if opt.Keys != "" {
		ring, err = vault.EnvironmentRing(opt.Keys)
	} else {
		ring, err = vault.OpenRingOf(ctx, e.files, filepath.Join(opt.KeyDir, keySetFile), e.keys)
	}
	if err != nil {
		return fmt.Errorf("open the key set: %w", err)
	}
	if e.vault, err = vault.Open(ctx, keys, ring, vault.Options{Entropy: opt.Entropy}); err != nil {
		return err
	}
	var data store.Store = e.data
	if opt.watch != nil {
		data = opt.watch(e.data)
	}
	e.forgotten = forgotten.New(keys, e.vault)
	e.records = records.New(data, e.vault, opt.Entropy, e.forgotten.ErasedUnder)
	e.records.KeepStops(e.cfg.Erasure.Backups + dayLength) // a day more than any copy of the data
	heads, err := e.vault.SigningKey("ledger-head")
	if err != nil {
		return fmt.Errorf("open the ledger: %w", err)
	}
	e.ledger = ledger.New(data, e.keys, heads)
	if e.signer, err = e.vault.SigningKey("erasure"); err != nil {
		return fmt.Errorf("open the journal of erasures: %w", err)
	}
	if _, _, err := e.records.Settled(ctx); err != nil { // do these keys belong to this data?
		return err
	}
	if e.catalogue, err = catalog.Open(ctx, e.data, e.vault.Tenant()); err != nil {
		return fmt.Errorf("open the catalogue: %w", err)
	}
	if e.access, err = access.Open(ctx, access.Options{Store: keys, Before: e.data, Sealer: e.vault.Tenant(), Clock: opt.Clock, Entropy: opt.Entropy, Changed: e.records.Beat}); err != nil {
		return fmt.Errorf("open the API keys: %w", err)
	}
	if err := e.loadLabels(ctx); err != nil {
		return err
	}
	e.lay(nil, e.catalogue.Snapshot())
	return e.openCampaigns(ctx)
}

// closeStores is for an Open that failed half way.
func (e *Engine) closeStores() error {
	var faults []error
	if e.data != nil {
		faults = append(faults, e.data.Close())
	}
	if e.keys != nil {
		faults = append(faults, e.keys.Close())
	}
	return errors.Join(faults...)
}

// RotateKeys makes a new key-encryption key, wraps every data key anew and
// destroys the old one: a stolen backup of the key table opens nothing after.
func (e *Engine) RotateKeys(ctx context.Context, progress func(done, total int)) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	if progress == nil {
		progress = func(int, int) {}
	}
	return e.vault.Rotate(ctx, progress)
}
