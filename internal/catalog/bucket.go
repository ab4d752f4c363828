package catalog

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// bucketBits sets how many numbers share a partition (1,024): enough that a
// large import is few batches, few enough that a change copies little.
const (
	bucketBits = 10
	bucketSize = 1 << bucketBits
)

// bucket is one partition in memory. It is never changed once published.
type bucket struct {
	number  uint32
	version store.Version
	items   []*tactful.Item // by slot; nil: not listed
	ids     []string        // by slot; "": the number was never given

	once       sync.Once // guards what follows: made at the first use
	index      *index
	categories map[string][]*tactful.Item
	groups     map[string][]*tactful.Item
}

func bucketOf(no tactful.ItemNo) uint32 { return uint32(no) >> bucketBits }

func slotOf(no tactful.ItemNo) int { return int(no) & (bucketSize - 1) }

func partitionOf(number uint32) store.Partition {
	p := store.Partition{Section: store.Catalogue}
	binary.BigEndian.PutUint32(p.ID[12:], number)
	return p
}

// bucketNumber is the inverse of partitionOf; other partitions are not items.
func bucketNumber(p store.Partition) (uint32, bool) {
	number := binary.BigEndian.Uint32(p.ID[12:])
	return number, p == partitionOf(number) && number < 1<<(32-bucketBits)
}

func keyOf(no tactful.ItemNo) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(no))
}

// clone returns a copy that may be changed until it is published; a nil
// bucket gives an empty one.
func (b *bucket) clone(number uint32) *bucket {
	if b == nil {
		return &bucket{number: number}
	}
	return &bucket{number: number, version: b.version, items: slices.Clone(b.items), ids: slices.Clone(b.ids)}
}

// set puts a stored row into its slot.
func (b *bucket) set(no tactful.ItemNo, plain []byte) error {
	row, err := decodeItem(plain)
	if err != nil {
		return err
	}
	slot := slotOf(no)
	for len(b.items) <= slot {
		b.items = append(b.items, nil)
		b.ids = append(b.ids, "")
	}
	b.ids[slot] = row.item.ID
	b.items[slot] = nil
	if !row.deleted {
		item := row.item
		item.No = no
		b.items[slot] = &item
	}
	return nil
}

// derive makes the lookups of the bucket, once.
func (b *bucket) derive() {
	b.once.Do(func() {
		b.index = newIndex(b.items)
		b.categories = map[string][]*tactful.Item{}
		b.groups = map[string][]*tactful.Item{}
		for _, item := range b.items {
			if item == nil {
				continue
			}
			for i, category := range item.Categories {
				if !slices.Contains(item.Categories[:i], category) {
					b.categories[category] = append(b.categories[category], item)
				}
			}
			if item.Group != "" {
				b.groups[item.Group] = append(b.groups[item.Group], item)
			}
		}
	})
}
