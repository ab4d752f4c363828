package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/transparency-dev/merkle/compact"

	"github.com/tactful/tactful/store"
)

// Report is what Verify found.
type Report struct {
	Head   Head
	Signed string   // the head's text
	Heads  int      // signed heads, all of them checked
	Faults []string // one sentence each; none means that everything fits
	Losses []Loss   // accepted earlier
}

const (
	maxFaults = 100 // told; more are counted
	page      = 1024
)

// Verify computes the whole tree again from its leaves and compares every row:
// nodes, indexes, the edge, every signed head against the root that the leaves
// had then, their order and their gaps, the head beside the keys, and, if
// given, a head that somebody kept. There must be no row beyond. What is
// appended meanwhile is not looked at.
func (l *Ledger) Verify(ctx context.Context, kept string, progress func(done, total int)) (Report, error) {
	v := verification{Ledger: l}
	last, before, err := l.present(ctx)
	if err != nil {
		return v.broken(err)
	}
	if last == nil {
		v.fault("there is no signed head")
		last = &Head{}
	} else if before.fits(last) != nil {
		v.fault("the edge of the tree does not fit the last head")
	}
	v.report.Head = *last
	if err := v.heads(ctx, last.Size); err != nil {
		return Report{}, err
	}
	if err := v.tree(ctx, last.Size, progress); err != nil {
		return Report{}, err
	}
	if err := v.nothingElse(ctx, last.Size); err != nil {
		return Report{}, err
	}
	if err := v.seen(ctx, kept); err != nil {
		return Report{}, err
	}
	if v.more > 0 {
		v.report.Faults = append(v.report.Faults, fmt.Sprintf("and %d more", v.more))
	}
	return v.report, nil
}

// present reads the last head with its edge. Both change in one write, so that
// of two reads they are of one moment, or nearly.
func (l *Ledger) present(ctx context.Context) (last *Head, e edge, err error) {
	for range appendTries {
		if last, err = l.lastHead(ctx); err != nil {
			return nil, edge{}, err
		}
		if e, err = l.readEdge(ctx); err != nil {
			return nil, edge{}, err
		}
		if last != nil && e.tree.End() <= last.Size {
			break
		}
	}
	return last, e, nil
}

// verification is one Verify under way.
type verification struct {
	*Ledger
	report Report
	more   int
	roots  map[uint64]Hash // at the sizes of heads
	inner  uint64          // inner nodes met
	signed []Head
	faulty int // rows of heads that do not read
}

func (v *verification) fault(sentence string, args ...any) {
	if len(v.report.Faults) >= maxFaults {
		v.more++
		return
	}
	v.report.Faults = append(v.report.Faults, fmt.Sprintf(sentence, args...))
}

// broken is the report where the ledger cannot even be begun to read.
func (v *verification) broken(err error) (Report, error) {
	if err != nil && isDamage(err) {
		v.fault("%s", err.Error())
		return v.report, nil
	}
	return Report{}, err
}

// rows visits the Log rows of one type in order, up to the end of type.
func (v *verification) rows(ctx context.Context, from, to []byte, visit func([]store.Row) error) error {
	for {
		answers, err := v.data.Read(ctx, []store.Query{{Partition: treePartition, Family: store.Log, From: from, To: to, Limit: page, Now: time.Unix(0, 0)}})
		if err != nil {
			return fmt.Errorf("read the ledger: %w", err)
		}
		rows := answers[0].Rows
		if len(rows) > 0 {
			if err := visit(rows); err != nil {
				return err
			}
		}
		if !answers[0].More || len(rows) == 0 {
			return nil
		}
		last := rows[len(rows)-1].Key
		from = append(last[:len(last):len(last)], 0)
	}
}

// heads reads every signed head.
func (v *verification) heads(ctx context.Context, size uint64) error {
	v.roots = map[uint64]Hash{}
	return v.rows(ctx, []byte{headType}, []byte{headType + 1}, func(rows []store.Row) error {
		for _, row := range rows {
			head, err := OpenHead(string(row.Value), v.public())
			switch {
			case err != nil || !bytes.Equal(row.Key, sizeKey(headType, head.Size)):
				v.fault("signed head %d does not read or is not signed by this ledger", len(v.signed)+v.faulty)
				v.faulty++
				continue
			case head.Size > size:
				return nil // signed meanwhile
			}
			if n := len(v.signed); n > 0 && (head.Before != v.signed[n-1].Size || head.Time.Before(v.signed[n-1].Time)) {
				v.fault("between the heads of %d and %d leaves one is missing or out of order", v.signed[n-1].Size, head.Size)
			} else if n == 0 && head.Before != 0 {
				v.fault("the heads before %d leaves are missing", head.Size)
			}
			if head.Size == size {
				v.report.Signed = string(row.Value)
			}
			v.signed = append(v.signed, head)
			v.report.Heads++
		}
		return nil
	})
}

// tree computes everything again from the leaves.
func (v *verification) tree(ctx context.Context, size uint64, progress func(done, total int)) error {
	tree := v.factory.NewEmptyRange(0)
	next := 0
	note := func() error {
		for next < len(v.signed) && v.signed[next].Size <= tree.End() {
			head := v.signed[next]
			e := edge{tree: tree}
			root, err := e.root()
			if err != nil {
				return err
			}
			v.roots[head.Size] = root
			if head.Size != tree.End() || root != head.Root {
				v.fault("the root over the first %d leaves is not the one that was signed", head.Size)
			}
			next++
		}
		return nil
	}
	if err := note(); err != nil {
		return err
	}
	for from := uint64(0); from < size; {
		n := min(page, size-from)
		ids := make([]compact.NodeID, n)
		for i := range ids {
			ids[i] = compact.NewNodeID(0, from+uint64(i))
		}
		stored, err := v.stored(ctx, ids)
		if err != nil {
			return err
		}
		indexes := make([]store.Query, 0, n)
		var inner []compact.NodeID
		var computed [][]byte
		for i, node := range stored {
			if len(node) != len(Hash{}) {
				v.fault("leaf %d is missing or damaged", from+uint64(i))
				node = make([]byte, len(Hash{}))
			}
			indexes = append(indexes, exactly(indexKey(Hash(node))))
			err := tree.Append(node, func(id compact.NodeID, hash []byte) {
				if id.Level > 0 {
					inner, computed = append(inner, id), append(computed, bytes.Clone(hash))
				}
			})
			if err != nil {
				return err
			}
			if err := note(); err != nil {
				return err
			}
		}
		if err := v.compare(ctx, from, indexes, inner, computed); err != nil {
			return err
		}
		from += n
		progress(int(from), int(size))
	}
	return nil
}

func (v *verification) compare(ctx context.Context, from uint64, indexes []store.Query, inner []compact.NodeID, computed [][]byte) error {
	answers, err := v.data.Read(ctx, indexes)
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	for i, answer := range answers {
		if len(answer.Rows) != 1 || !bytes.Equal(answer.Rows[0].Value, binary.BigEndian.AppendUint64(nil, from+uint64(i))) {
			v.fault("the index of leaf %d is missing or wrong", from+uint64(i))
		}
	}
	v.inner += uint64(len(inner))
	stored, err := v.stored(ctx, inner)
	if err != nil {
		return err
	}
	for i, node := range stored {
		if !bytes.Equal(node, computed[i]) {
			v.fault("node %d of level %d is missing or wrong", inner[i].Index, inner[i].Level)
		}
	}
	return nil
}

// stored reads nodes; nil where there is none.
func (l *Ledger) stored(ctx context.Context, ids []compact.NodeID) ([][]byte, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	queries := make([]store.Query, len(ids))
	for i, id := range ids {
		queries[i] = exactly(nodeKey(id))
	}
	answers, err := l.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	out := make([][]byte, len(ids))
	for i, answer := range answers {
		if len(answer.Rows) == 1 {
			out[i] = answer.Rows[0].Value
		}
	}
	return out, nil
}

// nodes is stored where all of them must be there.
func (l *Ledger) nodes(ctx context.Context, ids []compact.NodeID) ([][]byte, error) {
	stored, err := l.stored(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, node := range stored {
		if len(node) != len(Hash{}) {
			return nil, errDamaged("a node")
		}
	}
	return stored, nil
}

// nothingElse counts the rows: all that should be there were found, so any
// other number means rows that nobody put there.
func (v *verification) nothingElse(ctx context.Context, size uint64) error {
	count, later := uint64(0), false
	err := v.rows(ctx, nil, nil, func(rows []store.Row) error {
		count += uint64(len(rows))
		return nil
	})
	if err != nil {
		return err
	}
	if last, err := v.lastHead(ctx); err == nil && last != nil && last.Size != size {
		later = true // appended meanwhile: the next verification counts
	}
	if want := 2*size + v.inner + uint64(len(v.signed)+v.faulty); count != want && !later {
		v.fault("the ledger has %d rows and should have %d", count, want)
	}
	return nil
}

// seen compares with heads that others kept.
func (v *verification) seen(ctx context.Context, kept string) error {
	losses, err := v.losses(ctx)
	switch {
	case isDamage(err):
		v.fault("%s", err.Error())
	case err != nil:
		return err
	}
	v.report.Losses = losses
	witness, _, _, err := v.witness(ctx)
	switch {
	case isDamage(err):
		v.fault("%s", err.Error())
	case err != nil:
		return err
	case witness == nil && len(v.signed) > 0:
		v.fault("there is no head beside the keys")
	case witness != nil && witness.Size > v.report.Head.Size:
		if last, err := v.lastHead(ctx); err != nil || last == nil || last.Size < witness.Size { // else appended meanwhile
			v.continues("the head beside the keys", *witness)
		}
	case witness != nil:
		v.continues("the head beside the keys", *witness)
	}
	if kept == "" {
		return nil
	}
	head, err := OpenHead(kept, v.public())
	if err != nil {
		return err
	}
	v.continues("the head you kept", head)
	return nil
}

func (v *verification) continues(whose string, head Head) {
	root, known := v.roots[head.Size]
	switch size := v.report.Head.Size; {
	case head.Size > size:
		v.fault("%s is of %d leaves, and the ledger has %d: it was cut or restored from an older copy", whose, head.Size, size)
	case !known || root != head.Root:
		v.fault("%s has another root over its %d leaves: the ledger was rewritten", whose, head.Size)
	}
}
