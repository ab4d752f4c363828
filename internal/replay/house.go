package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store/disk"
)

// house is the real engine over directories of its own.
type house struct {
	dir    string
	opt    Options
	engine *engine.Engine // nil once closed
}

// settings are the engine's own defaults with one declared property, so that
// there is something into which a sender can smuggle.
func settings() engine.Config {
	var c engine.Config
	c.Ingest.Properties = map[string]ingest.PropertyConfig{
		"shelf": {Purpose: tactful.Recommendations, Source: tactful.Observed.String(), Retention: 90 * 24 * time.Hour, Note: "where in the shop it stood"},
	}
	c.Defaults()
	return c
}

// openHouse opens an engine and gives every person live consent at level full:
// the attack must meet the screens, not the consent gate.
func openHouse(ctx context.Context, dir string, opt Options) (*house, error) {
	h := &house{dir: dir, opt: opt}
	e, err := engine.Open(ctx, settings(), engine.Options{
		Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: opt.Clock, Entropy: opt.Entropy, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, fmt.Errorf("open an engine: %w", err)
	}
	h.engine = e
	for i := range people {
		if err := agree(ctx, e, person(i), tactful.Full); err != nil {
			return nil, errors.Join(err, e.Close(ctx))
		}
	}
	return h, nil
}

// agree records a yes to recommendations and improvement on the texts in force.
func agree(ctx context.Context, e *engine.Engine, who string, level tactful.Level) error {
	return agreeTo(ctx, e, who, level, tactful.Recommendations, tactful.Improvement)
}

// agreeTo records a yes to these purposes on the texts in force.
func agreeTo(ctx context.Context, e *engine.Engine, who string, level tactful.Level, purposes ...tactful.Purpose) error {
	change := engine.ConsentChange{Level: level}
	for _, n := range e.Notices("en") {
		if slices.Contains(purposes, n.Purpose) {
			change.Answers = append(change.Answers, tactful.Consent{
				Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form",
			})
		}
	}
	if _, err := e.SetConsents(ctx, tactful.Alias{Kind: tactful.UserID, ID: who}, change); err != nil {
		return fmt.Errorf("record a consent: %w", err)
	}
	return nil
}

func (h *house) deliver(ctx context.Context, form engine.Form, body []byte) (int, error) {
	outcomes, err := h.engine.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: form, Body: body})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, o := range outcomes {
		if o.Status == engine.OutcomeAccepted {
			n++
		}
	}
	return n, nil
}

// stored closes the engine and reads its files as whoever holds the keys could.
func (h *house) stored(ctx context.Context) (*catch, error) {
	if err := h.close(ctx); err != nil {
		return nil, err
	}
	return reopen(ctx, h.dir, h.opt)
}

func (h *house) close(ctx context.Context) error {
	if h.engine == nil {
		return nil
	}
	e := h.engine
	h.engine = nil
	return e.Close(ctx)
}

// reopen looks at the data and key directories of a closed engine.
func reopen(ctx context.Context, dir string, opt Options) (c *catch, err error) {
	data, table, v, err := openFiles(ctx, dir, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, data.Close(), table.Close()) }()
	return lookAt(ctx, data, v, records.New(data, v, opt.Entropy, nil), opt.Clock.Now())
}

func openFiles(ctx context.Context, dir string, opt Options) (data, table *disk.Disk, v *vault.Vault, err error) {
	ring, err := vault.OpenRing(filepath.Join(dir, "keys", "keyset.json"))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open the key set: %w", err)
	}
	if data, err = disk.Open(filepath.Join(dir, "data", "store"), disk.Options{}); err != nil {
		return nil, nil, nil, fmt.Errorf("open the data store: %w", err)
	}
	if table, err = disk.Open(filepath.Join(dir, "keys", "table"), disk.Options{}); err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("open the key table: %w", err), data.Close())
	}
	if v, err = vault.Open(ctx, table, ring, vault.Options{Entropy: opt.Entropy}); err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("open the vault: %w", err), data.Close(), table.Close())
	}
	return data, table, v, nil
}
