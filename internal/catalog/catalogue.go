package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Sealer seals and opens rows under the tenant key. internal/vault provides it.
type Sealer interface {
	Seal(dst []byte, p store.Partition, f store.Family, key, plain []byte) []byte
	Open(dst []byte, p store.Partition, f store.Family, key, sealed []byte) ([]byte, error)
}

// Catalogue is the list of items. Safe for concurrent use; writers take turns.
type Catalogue struct {
	table   store.Store
	sealer  Sealer
	current atomic.Pointer[Snapshot]

	mu       sync.Mutex // writers and watchers
	stale    bool       // a write failed half-way: read the store again before the next one
	watchers map[uint64]func(Change)
	order    []uint64 // of watchers
	next     uint64
}

// Change is what one call did to the catalogue.
type Change struct {
	Snapshot *Snapshot        // the catalogue after the change
	Listed   []tactful.ItemNo // new items, and deleted ones that came back
	Changed  []tactful.ItemNo // items whose content is different now
	Deleted  []tactful.ItemNo
	Same     int // items sent that were already so
}

// Open reads all items of the store into memory.
func Open(ctx context.Context, table store.Store, sealer Sealer) (*Catalogue, error) {
	c := &Catalogue{table: table, sealer: sealer, watchers: map[uint64]func(Change){}}
	if err := c.load(ctx); err != nil {
		return nil, fmt.Errorf("open catalogue: %w", err)
	}
	return c, nil
}

// Snapshot returns the items as they stand now. It never changes afterwards.
func (c *Catalogue) Snapshot() *Snapshot { return c.current.Load() }

// Watch calls fn after every change, in order, before the writing call
// returns; fn must be quick and must not call the catalogue's writers. stop
// ends it.
func (c *Catalogue) Watch(fn func(Change)) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.next
	c.next++
	c.watchers[id] = fn
	c.order = append(c.order, id)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, id)
	}
}

func (c *Catalogue) announce(change Change) {
	for _, id := range c.order {
		if fn := c.watchers[id]; fn != nil {
			fn(change)
		}
	}
}

// Put lists or replaces items; the whole call is refused when one is invalid,
// with every fault named (items[3].price). At most MaxItems a call. If storage
// fails half-way, what was stored stays and the same call may be sent again.
func (c *Catalogue) Put(ctx context.Context, items []tactful.Item) (Change, error) {
	if err := Validate(items); err != nil {
		return Change{}, err
	}
	wanted := make([]wish, len(items))
	for i := range items {
		wanted[i] = wish{id: items[i].ID, plain: encodeItem(nil, &items[i])}
	}
	change, err := c.apply(ctx, wanted)
	if err != nil {
		return Change{}, fmt.Errorf("put items: %w", err)
	}
	return change, nil
}

// Delete takes items off the list and keeps their numbers. Ids that are not
// listed are passed over; Change.Deleted says which were there.
func (c *Catalogue) Delete(ctx context.Context, ids ...string) (Change, error) {
	if len(ids) > MaxItems {
		return Change{}, tactful.InvalidField("ids", fmt.Sprintf("has %d entries", len(ids)), fmt.Sprintf("send at most %d", MaxItems))
	}
	wanted := make([]wish, 0, len(ids))
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if id != "" && !seen[id] {
			seen[id] = true
			wanted = append(wanted, wish{id: id, plain: encodeTombstone(nil, id), deletes: true})
		}
	}
	change, err := c.apply(ctx, wanted)
	if err != nil {
		return Change{}, fmt.Errorf("delete items: %w", err)
	}
	return change, nil
}

// wish is one row that a caller wants to stand.
type wish struct {
	id      string
	plain   []byte
	deletes bool
}

// maxAttempts bounds how often a call starts again after another process wrote.
const maxAttempts = 8

func (c *Catalogue) apply(ctx context.Context, wanted []wish) (Change, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var done Change
	before := c.current.Load()
	for range maxAttempts {
		if c.stale {
			if err := c.load(ctx); err != nil {
				return Change{}, err
			}
		}
		plan := planWrites(c.current.Load(), wanted)
		if len(plan.writes) == 0 {
			done.add(&plan, nil)
			done.Same = plan.same
			break
		}
		landed, err := c.write(ctx, &plan)
		if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrUnknown) {
			done.add(&plan, landed)
		}
		if err == nil {
			done.Same = plan.same
			break
		}
		c.stale = true
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrUnknown) {
			return Change{}, err
		}
	}
	if c.stale {
		return Change{}, tactful.Errorf(tactful.Conflict, "the catalogue is being changed by others; send the call again")
	}
	done.Snapshot = c.current.Load()
	if done.Snapshot != before {
		c.announce(done)
	}
	return done, nil
}

// add notes the rows of a plan that are known to have landed.
func (d *Change) add(plan *plan, landed map[uint32]bool) {
	for _, w := range plan.writes {
		if !landed[bucketOf(w.no)] {
			continue
		}
		switch {
		case w.wish.deletes:
			d.Deleted = append(d.Deleted, w.no)
		case w.listed:
			d.Changed = append(d.Changed, w.no)
		default:
			d.Listed = append(d.Listed, w.no)
		}
	}
}
