package engine

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/ledger"
	"github.com/tactful/tactful/internal/records"
)

// LedgerEntry is one consent record with its place in the ledger.
type LedgerEntry struct {
	Consent tactful.Consent
	Index   int64  // in the ledger's tree; -1: not yet, it follows within seconds
	Leaf    string // SHA-256(nonce || record), hex; all that the tree holds of it
}

// LedgerHead is what the ledger is now, signed.
type LedgerHead struct {
	Size      uint64
	Root      string // hex
	Time      time.Time
	Signed    string // the head as text (c2sp.org/tlog-checkpoint); keep it to prove later that nothing was taken out
	PublicKey string // to check it with; publish it
}

// LedgerReport is what a verification found.
type LedgerReport struct {
	LedgerHead
	Heads    int      // signed heads, each compared with the root of its time
	People   int      // with a standing or a record
	Records  int      // consent records that fit their nonce and their leaf
	Released int      // leaves of people who were erased
	Faults   []string // one sentence each, about nobody by name; none: everything fits
	Losses   []LedgerLoss
	Took     time.Duration
}

// Sound reports whether nothing was found.
func (r *LedgerReport) Sound() bool { return len(r.Faults) == 0 }

// LedgerLoss is a part of the ledger that somebody said may be missing.
type LedgerLoss struct {
	Time   time.Time
	Size   uint64 // leaves that had been signed
	Reason string
}

// openLedger begins the ledger at the first start that knows of one, says
// loudly what is missing, and gives waiting leaves their index. A damaged
// ledger does not keep the shop from opening: consent is in the standings.
func (e *Engine) openLedger(ctx context.Context) error {
	missing, err := e.ledger.Missing(ctx)
	if err != nil && tactful.KindOf(err) != tactful.Internal {
		return fmt.Errorf("open the ledger: %w", err)
	}
	if missing != "" || err != nil {
		e.log.Error("the consent ledger is not what was signed; run `tactful ledger verify`", "found", missing, "err", err)
	}
	begun, err := e.ledger.Begun(ctx)
	if err != nil {
		return fmt.Errorf("open the ledger: %w", err)
	}
	if !begun && missing == "" {
		adopted := 0
		for shard := range surveyShards {
			n, err := e.records.AdoptConsents(ctx, shard, surveyShards, e.clock.Now())
			if err != nil {
				return fmt.Errorf("open the ledger: %w", err)
			}
			adopted += n
		}
		if adopted > 0 {
			e.log.Info("the consent ledger begins with the records that were there", "records", adopted)
		}
	}
	if err := e.sequence(ctx); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("open the ledger: %w", err)
		}
		e.log.Error("consent records are not in the ledger yet", "err", err)
	}
	return nil
}

// sequenceEach is how many leaves get their index with one write.
const sequenceEach = 512

// sequence gives every waiting leaf its index. One at a time does it; who comes
// meanwhile waits and then finds little to do.
func (e *Engine) sequence(ctx context.Context) error {
	if err := e.sequencing.take(ctx); err != nil {
		return &tactful.Error{Kind: tactful.Unavailable, Detail: "the ledger is being written", Remedy: "try again in a moment", Err: ctx.Err()}
	}
	defer e.sequencing.give()
	damaged := 0
	for at := (records.PendingCursor{}); !at.Done; {
		waiting, bad, next, err := e.records.Pending(ctx, at, sequenceEach)
		if err != nil {
			return fmt.Errorf("sequence the ledger: %w", err)
		}
		damaged, at = damaged+bad, next
		if len(waiting) == 0 && !at.Done {
			continue
		}
		leaves := make([]ledger.Leaf, len(waiting))
		for i := range waiting {
			leaves[i] = waiting[i].Leaf
		}
		if _, err := e.ledger.Append(ctx, leaves, e.clock.Now()); err != nil {
			return fmt.Errorf("sequence the ledger: %w", err)
		}
		if err := e.records.ClearPending(ctx, waiting); err != nil {
			return fmt.Errorf("sequence the ledger: %w", err)
		}
	}
	if damaged > 0 {
		e.log.Error("consent records that wait for the ledger do not open; run `tactful ledger verify`", "records", damaged)
	}
	return nil
}

// LedgerHead returns the newest signed head, with everything recorded so far in it.
func (e *Engine) LedgerHead(ctx context.Context) (LedgerHead, error) {
	if err := e.enter(); err != nil {
		return LedgerHead{}, err
	}
	defer e.leave()
	if err := e.sequence(ctx); err != nil {
		return LedgerHead{}, err
	}
	head, text, err := e.ledger.Head(ctx)
	if err != nil {
		return LedgerHead{}, err
	}
	return e.headOf(head, text), nil
}

func (e *Engine) headOf(head ledger.Head, text string) LedgerHead {
	return LedgerHead{Size: head.Size, Root: hex.EncodeToString(head.Root[:]), Time: head.Time, Signed: text, PublicKey: e.ledger.PublicKey()}
}

// ConsentLog returns a person's consent records with their places in the
// ledger, newest first; none if nobody is known by that name.
func (e *Engine) ConsentLog(ctx context.Context, a tactful.Alias, limit int) ([]LedgerEntry, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedConsents)
	if err == nil {
		err = e.rationed(ctx, ref, now)
	}
	if err != nil || ref.IsZero() {
		return nil, err
	}
	if err := e.sequence(ctx); err != nil {
		return nil, err
	}
	found, err := e.records.ConsentEvidence(ctx, ref, min(max(limit, 1), maxListed), now)
	if err != nil {
		return nil, err
	}
	leaves := make([]ledger.Leaf, len(found))
	for i := range found {
		leaves[i] = found[i].Leaf()
	}
	places, err := e.ledger.Find(ctx, leaves)
	if err != nil {
		return nil, fmt.Errorf("find the leaves: %w", err)
	}
	entries := make([]LedgerEntry, len(found))
	for i := range found {
		entries[i] = LedgerEntry{Consent: found[i].Consent, Index: places[i], Leaf: hex.EncodeToString(leaves[i][:])}
	}
	return entries, nil
}

// evidence finds one record of a person.
func (e *Engine) evidence(ctx context.Context, a tactful.Alias, recordID string) (records.Evidence, error) {
	unknown := tactful.Errorf(tactful.NotFound, "there is no such consent record")
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedConsents)
	if err == nil {
		err = e.rationed(ctx, ref, now)
	}
	if err != nil {
		return records.Evidence{}, err
	}
	if ref.IsZero() || recordID == "" {
		return records.Evidence{}, unknown
	}
	found, err := e.records.ConsentEvidence(ctx, ref, 0, now)
	if err != nil {
		return records.Evidence{}, err
	}
	for _, one := range found {
		if one.Consent.ID == recordID {
			return one, nil
		}
	}
	return records.Evidence{}, unknown
}

// VerifyLedger computes the whole ledger again, opens every consent record and
// compares: each record with its leaf, each leaf with a record or an erasure,
// each standing with its records, the tree with every head that was signed. kept
// is a signed head from earlier, "" for none.
func (e *Engine) VerifyLedger(ctx context.Context, kept string, progress func(stage string, done, total int)) (LedgerReport, error) {
	if err := e.enter(); err != nil {
		return LedgerReport{}, err
	}
	defer e.leave()
	if progress == nil {
		progress = func(string, int, int) {}
	}
	begun := e.clock.Now()
	late := ""
	if err := e.sequence(ctx); err != nil {
		if tactful.KindOf(err) != tactful.Internal || ctx.Err() != nil {
			return LedgerReport{}, err
		}
		late = "records wait for the ledger, which cannot be written to"
	}
	tree, err := e.ledger.Verify(ctx, kept, func(done, total int) { progress("compute the tree", done, total) })
	if err != nil {
		return LedgerReport{}, err
	}
	r := LedgerReport{LedgerHead: e.headOf(tree.Head, tree.Signed), Heads: tree.Heads, Faults: tree.Faults}
	if late != "" {
		r.Faults = append(r.Faults, late)
	}
	for _, loss := range tree.Losses {
		r.Losses = append(r.Losses, LedgerLoss(loss))
	}
	found, err := e.account(ctx, tree.Head.Size, progress)
	if err == nil && found.orphans > 0 { // perhaps a record moved while we looked: look again
		found, err = e.account(ctx, tree.Head.Size, progress)
	}
	if err != nil {
		return LedgerReport{}, err
	}
	r.People, r.Records, r.Released = found.people, found.records, found.released
	r.Faults = append(r.Faults, found.faults()...)
	r.Took = e.clock.Now().Sub(begun)
	return r, nil
}

// AcceptLedgerLoss lets the ledger go on as it is after the data store was
// restored from an older copy. The loss stays on record.
func (e *Engine) AcceptLedgerLoss(ctx context.Context, reason string) (LedgerLoss, error) {
	if err := e.enter(); err != nil {
		return LedgerLoss{}, err
	}
	defer e.leave()
	loss, err := e.ledger.Accept(ctx, reason, e.clock.Now())
	return LedgerLoss(loss), err
}
