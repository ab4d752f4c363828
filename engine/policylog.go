package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/store"
)

// PolicyChange is one entry of the log of the business's own rules: the rules as
// they were from then on, and who changed them and why.
type PolicyChange struct {
	No      uint64        `json:"no"`
	Time    time.Time     `json:"time"`
	By      string        `json:"by"`
	Why     string        `json:"why"`
	Version string        `json:"version"` // hash of the rules
	Added   []string      `json:"added,omitempty"`
	Removed []string      `json:"removed,omitempty"`
	Changed []string      `json:"changed,omitempty"`
	Rules   []policy.Rule `json:"rules"`
}

// The rows of the log: a small one that says where it stands, and the entries.
var (
	policyPartition = store.Partition{Section: store.Duties, ID: [16]byte{'p', 'o', 'l', 'i', 'c', 'y'}}
	policyStandsKey = []byte("last")
)

// Rules returns the business's own rules as they are configured.
func (e *Engine) Rules() []policy.Rule { return slices.Clone(e.cfg.Guards.Policy.Rules) }

// RulesVersion is the word by which the log calls a list of rules.
func RulesVersion(rules []policy.Rule) string {
	if len(rules) == 0 {
		return "none"
	}
	text, err := json.Marshal(rules) // texts only: it cannot fail
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// AdoptPolicy writes the rules of the configuration into the log, if they are
// others than before. Nothing is decided under rules that are not in it, and
// nothing gets into it without a name and a reason of its own.
func (e *Engine) AdoptPolicy(ctx context.Context) error {
	for range maxAdoptions {
		if e.adopted.Load() {
			return nil
		}
		if err := e.adopt(ctx, e.clock.Now()); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return &tactful.Error{Kind: tactful.Unavailable, Detail: "the log of the rules is being written by many", Remedy: "try again in a moment"}
}

const maxAdoptions = 8 // at a log that others may write in between

func (e *Engine) adopt(ctx context.Context, now time.Time) error {
	last, stands, err := e.lastPolicy(ctx, now)
	if err != nil {
		return fmt.Errorf("read the log of the rules: %w", err)
	}
	own := &e.cfg.Guards.Policy
	next := PolicyChange{No: last.No + 1, Time: now.UTC(), By: own.Changed.By, Why: own.Changed.Why, Version: RulesVersion(own.Rules), Rules: own.Rules}
	switch {
	case last.No == 0 && len(own.Rules) == 0, last.Version == next.Version:
		e.adopted.Store(true)
		return nil
	case next.By == "" || next.Why == "":
		return errUnsaid("the rules are others than before, and nobody says who changed them and why")
	case next.By == last.By && next.Why == last.Why:
		return errUnsaid("the rules are others than before, and the reason is still that of the last change")
	}
	next.compare(last.Rules)
	if err := e.keepPolicy(ctx, &next, stands); err != nil {
		return fmt.Errorf("write the log of the rules: %w", err)
	}
	e.log.Info("the rules of the business changed", "version", next.Version, "rules", len(next.Rules),
		"added", len(next.Added), "removed", len(next.Removed), "changed", len(next.Changed), "by", next.By, "why", next.Why)
	e.adopted.Store(true)
	return nil
}

func errUnsaid(detail string) error {
	return &tactful.Error{Kind: tactful.Refused, Field: "engine.guards.policy.changed", Detail: detail,
		Remedy: "set by and why for this change; `tactful policy log` shows the last one"}
}

// compare names what is different.
func (p *PolicyChange) compare(before []policy.Rule) {
	find := func(rules []policy.Rule, name string) *policy.Rule {
		if at := slices.IndexFunc(rules, func(r policy.Rule) bool { return r.Name == name }); at >= 0 {
			return &rules[at]
		}
		return nil
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		switch old := find(before, r.Name); {
		case old == nil:
			p.Added = append(p.Added, r.Name)
		case old.When != r.When || old.Then != r.Then || old.Why != r.Why:
			p.Changed = append(p.Changed, r.Name)
		}
	}
	for i := range before {
		if find(p.Rules, before[i].Name) == nil {
			p.Removed = append(p.Removed, before[i].Name)
		}
	}
}

// policyKey orders entries by number.
func policyKey(no uint64) []byte { return binary.BigEndian.AppendUint64([]byte{'p'}, no) }

func (e *Engine) lastPolicy(ctx context.Context, now time.Time) (last PolicyChange, stands store.Version, err error) {
	answers, err := e.data.Read(ctx, []store.Query{
		{Partition: policyPartition, Family: store.State, Limit: 1, Now: now},
		{Partition: policyPartition, Family: store.Log, Limit: 1, Reverse: true, Now: now},
	})
	if err != nil {
		return last, 0, err
	}
	for _, row := range answers[1].Rows {
		if last, err = e.openPolicy(row); err != nil {
			return last, 0, err
		}
	}
	return last, answers[0].Version, nil
}

func (e *Engine) openPolicy(row store.Row) (entry PolicyChange, err error) {
	plain, err := e.vault.Tenant().Open(nil, policyPartition, store.Log, row.Key, row.Value)
	if err != nil {
		return entry, fmt.Errorf("open an entry: %w", err)
	}
	if err := json.Unmarshal(plain, &entry); err != nil {
		return entry, fmt.Errorf("read an entry: %w", err)
	}
	return entry, nil
}

func (e *Engine) keepPolicy(ctx context.Context, entry *PolicyChange, stands store.Version) error {
	plain, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	key, tenant := policyKey(entry.No), e.vault.Tenant()
	results, err := e.data.Write(ctx, []store.Batch{{
		Partition: policyPartition, Expect: stands,
		State: []store.Row{{Family: store.State, Key: policyStandsKey, Value: tenant.Seal(nil, policyPartition, store.State, policyStandsKey, []byte(entry.Version))}},
		Log:   []store.Row{{Family: store.Log, Key: key, Value: tenant.Seal(nil, policyPartition, store.Log, key, plain)}},
	}})
	if err == nil {
		err = results[0].Err
	}
	return err
}

// PolicyLog returns the changes of the rules, newest first.
func (e *Engine) PolicyLog(ctx context.Context, limit int) ([]PolicyChange, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	answers, err := e.data.Read(ctx, []store.Query{{Partition: policyPartition, Family: store.Log, Limit: min(max(limit, 1), maxListed), Reverse: true, Now: e.clock.Now()}})
	if err != nil {
		return nil, fmt.Errorf("read the log of the rules: %w", err)
	}
	list := make([]PolicyChange, 0, len(answers[0].Rows))
	for _, row := range answers[0].Rows {
		entry, err := e.openPolicy(row)
		if err != nil {
			return nil, fmt.Errorf("read the log of the rules: %w", err)
		}
		list = append(list, entry)
	}
	return list, nil
}
