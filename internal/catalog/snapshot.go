package catalog

import (
	"slices"
	"strings"
	"sync"

	"github.com/tactful/tactful"
)

// Snapshot is the catalogue at one moment. It is immutable and safe for
// concurrent use; the items it hands out are shared and must not be changed.
type Snapshot struct {
	buckets []*bucket
	ids     map[string]tactful.ItemNo // of all ids ever listed
	short   shortIDs                  // of them the short ones
	all     []*tactful.Item
	next    tactful.ItemNo

	once sync.Once
	tree []Branch
}

// Branch is a category with what is under it.
type Branch struct {
	Name     string
	Items    int // items here and below
	Branches []Branch
}

func newSnapshot(buckets []*bucket, ids map[string]tactful.ItemNo, short shortIDs) *Snapshot {
	s := &Snapshot{buckets: buckets, ids: ids, short: short, next: 1}
	count := 0
	for _, b := range buckets {
		if b != nil {
			count += len(b.items)
		}
	}
	s.all = make([]*tactful.Item, 0, count)
	for _, b := range buckets {
		if b == nil {
			continue
		}
		for slot, id := range b.ids {
			if id != "" {
				s.next = tactful.ItemNo(b.number<<bucketBits|uint32(slot)) + 1
			}
			if b.items[slot] != nil {
				s.all = append(s.all, b.items[slot])
			}
		}
	}
	return s
}

func (s *Snapshot) bucket(number uint32) *bucket {
	if int(number) < len(s.buckets) {
		return s.buckets[number]
	}
	return nil
}

// ByNo returns the item, nil if it is not listed.
func (s *Snapshot) ByNo(no tactful.ItemNo) *tactful.Item {
	b := s.bucket(bucketOf(no))
	if slot := slotOf(no); b != nil && slot < len(b.items) {
		return b.items[slot]
	}
	return nil
}

// ByID returns the item, nil if it is not listed.
func (s *Snapshot) ByID(id string) *tactful.Item { return s.ByNo(s.ids[id]) }

// Number returns the number given to an id, listed or deleted; 0 if it never was.
func (s *Snapshot) Number(id string) tactful.ItemNo { return s.ids[id] }

// NumberOf is Number for an id that is not a string yet.
func (s *Snapshot) NumberOf(id []byte) tactful.ItemNo {
	if no, short := s.short.find(id); short {
		return no
	}
	return s.ids[string(id)]
}

// All returns the listed items by number. The slice is shared.
func (s *Snapshot) All() []*tactful.Item { return s.all }

// Len counts the listed items.
func (s *Snapshot) Len() int { return len(s.all) }

// Category returns the items that name the category at any level, by number.
func (s *Snapshot) Category(name string) []*tactful.Item {
	var found []*tactful.Item
	for _, b := range s.buckets {
		if b != nil {
			b.derive()
			found = append(found, b.categories[name]...)
		}
	}
	return found
}

// Group returns the variants of one product, by number.
func (s *Snapshot) Group(name string) []*tactful.Item {
	var found []*tactful.Item
	for _, b := range s.buckets {
		if b != nil {
			b.derive()
			found = append(found, b.groups[name]...)
		}
	}
	return found
}

// List pages through the items by number: up to limit items after the given
// id, "" to begin. next is what to pass for the next page, "" at the end. An
// item deleted in between does not break the walk; an id that was never
// listed is Invalid.
func (s *Snapshot) List(after string, limit int) (page []*tactful.Item, next string, err error) {
	if limit < 1 {
		return nil, "", tactful.InvalidField("limit", "is below 1", "ask for at least one item")
	}
	from := 0
	if after != "" {
		no := s.ids[after]
		if no == 0 {
			return nil, "", tactful.InvalidField("after", "is not an item", "pass the cursor of the last page")
		}
		from, _ = slices.BinarySearchFunc(s.all, no+1, func(item *tactful.Item, no tactful.ItemNo) int {
			return int(int64(item.No) - int64(no))
		})
	}
	page = s.all[from:min(from+limit, len(s.all))]
	if from+limit < len(s.all) {
		next = page[len(page)-1].ID
	}
	return slices.Clone(page), next, nil
}

// Categories returns the tree of categories, each level by name. The slice is shared.
func (s *Snapshot) Categories() []Branch {
	s.once.Do(func() {
		var root twig
		for _, item := range s.all {
			at := &root
			for _, name := range item.Categories {
				at = at.under(name)
				at.items++
			}
		}
		s.tree = root.branches()
	})
	return s.tree
}

// twig is a Branch while it grows.
type twig struct {
	items int
	next  map[string]*twig
}

func (t *twig) under(name string) *twig {
	if t.next == nil {
		t.next = map[string]*twig{}
	}
	if t.next[name] == nil {
		t.next[name] = &twig{}
	}
	return t.next[name]
}

func (t *twig) branches() []Branch {
	var all []Branch
	for name, twig := range t.next {
		all = append(all, Branch{Name: name, Items: twig.items, Branches: twig.branches()})
	}
	slices.SortFunc(all, func(a, b Branch) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// NewSnapshot makes a snapshot of items that no store holds, numbered in the
// order given: for evaluation and for trying settings out.
func NewSnapshot(items []tactful.Item) (*Snapshot, error) {
	s := newSnapshot(nil, map[string]tactful.ItemNo{}, shortIDs{})
	for chunk := range slices.Chunk(items, MaxItems) {
		if err := Validate(chunk); err != nil {
			return nil, err
		}
		wanted := make([]wish, len(chunk))
		for i := range chunk {
			wanted[i] = wish{id: chunk[i].ID, plain: encodeItem(nil, &chunk[i])}
		}
		p := planWrites(s, wanted)
		next, err := s.with(&p, nil)
		if err != nil {
			return nil, err
		}
		s = next
	}
	return s, nil
}
