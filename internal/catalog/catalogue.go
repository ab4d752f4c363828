package catalog

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Sealer seals and opens rows under the tenant key. internal/vault provides it.
type Sealer interface {
	Seal(dst []byte, p store.Partition, f store.Family, key, plain []byte) []byte
	Open(dst []byte, p store.Partition, f store.Family, key, sealed []byte) ([]byte, error)
}

// Catalogue is the list of items. Safe for concurrent use; writers take turns.
type Catalogue struct{}

// Open reads all items of the store into memory.
func Open(ctx context.Context, table store.Store, sealer Sealer) (*Catalogue, error) {
	return nil, errDraft
}

// Snapshot returns the items as they stand now. It never changes afterwards.
func (c *Catalogue) Snapshot() *Snapshot { return nil }

// Put lists or replaces items; the whole call is refused when one is invalid,
// with every fault named (items[3].price). At most MaxItems a call.
func (c *Catalogue) Put(ctx context.Context, items []tactful.Item) (Change, error) {
	return Change{}, errDraft
}

// Delete takes items off the list and keeps their numbers. Ids that are not
// listed are passed over; Change.Deleted says which were there.
func (c *Catalogue) Delete(ctx context.Context, ids ...string) (Change, error) {
	return Change{}, errDraft
}

// Watch calls fn after every change, in order, before the writing call
// returns; fn must be quick and must not write to the catalogue. stop ends it.
func (c *Catalogue) Watch(fn func(Change)) (stop func()) { return func() {} }

// Change is what one call did to the catalogue.
type Change struct {
	Snapshot *Snapshot        // the catalogue after the change
	Listed   []tactful.ItemNo // new items
	Changed  []tactful.ItemNo // items whose content is different now
	Deleted  []tactful.ItemNo
	Same     int // items sent that were already so
}

// Snapshot is the catalogue at one moment. It is immutable.
type Snapshot struct{}

// ByNo returns the item, nil if it is not listed.
func (s *Snapshot) ByNo(no tactful.ItemNo) *tactful.Item { return nil }

// ByID returns the item, nil if it is not listed.
func (s *Snapshot) ByID(id string) *tactful.Item { return nil }

// Number returns the number given to an id, listed or deleted; 0 if never listed.
func (s *Snapshot) Number(id string) tactful.ItemNo { return 0 }

// All returns the listed items by number. The slice is shared: do not change it.
func (s *Snapshot) All() []*tactful.Item { return nil }

// Len counts the listed items.
func (s *Snapshot) Len() int { return 0 }

// Category returns the items that name the category at any level, by number.
func (s *Snapshot) Category(name string) []*tactful.Item { return nil }

// Group returns the variants of one product, by number.
func (s *Snapshot) Group(name string) []*tactful.Item { return nil }

// Categories returns the tree of categories, each level by name. Shared: do not change it.
func (s *Snapshot) Categories() []Branch { return nil }

// List pages through the items by number: up to limit items after the given
// id, "" to begin; an id that was never listed is Invalid. next is "" at the end.
func (s *Snapshot) List(after string, limit int) (page []*tactful.Item, next string, err error) {
	return nil, "", errDraft
}

// Search returns the items that answer the query best, best first.
func (s *Snapshot) Search(query string, limit int) []Hit { return nil }

// Branch is a category with what is under it.
type Branch struct {
	Name     string
	Items    int // items here and below
	Branches []Branch
}

// Hit is one answer to a query.
type Hit struct {
	Item  *tactful.Item
	Score float64 // above 0
}

var errDraft = tactful.Errorf(tactful.Unavailable, "not built yet")
