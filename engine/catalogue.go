package engine

import (
	"context"
	"fmt"

	"github.com/tactful/tactful"
)

// maxListed bounds every list that the engine hands out.
const maxListed = 1000

// maxHistory bounds what is shown to a person of what they did: four times what
// a decision looks at, so that nothing counts which they cannot see and put aside.
const maxHistory = 4 * historyRead

// CheckLabels names what items declare as a class that is none; PutItems refuses it.
func (e *Engine) CheckLabels(items []tactful.Item) error { return e.labeller.Check(items) }

// PutItems lists or changes items; all or none.
func (e *Engine) PutItems(ctx context.Context, items []tactful.Item) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	if err := e.CheckLabels(items); err != nil {
		return err
	}
	change, err := e.catalogue.Put(ctx, items)
	if err != nil {
		return fmt.Errorf("put items: %w", err)
	}
	e.lay(nil, change.Snapshot)
	if len(change.Listed) > 0 {
		e.school.widen() // events about these items were kept and count from now on
	}
	return nil
}

// DeleteItem takes an item off the list; NotFound if it is not there.
func (e *Engine) DeleteItem(ctx context.Context, id string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	change, err := e.catalogue.Delete(ctx, id)
	if err != nil {
		return fmt.Errorf("delete an item: %w", err)
	}
	if len(change.Deleted) == 0 {
		return errNoItem()
	}
	e.lay(nil, change.Snapshot)
	return nil
}

func errNoItem() error { return tactful.Errorf(tactful.NotFound, "no such item is listed") }

// Item returns a listed item.
func (e *Engine) Item(id string) (tactful.Item, error) {
	item := e.ground.Load().items.ByID(id)
	if item == nil {
		return tactful.Item{}, errNoItem()
	}
	return *item, nil
}

// Items pages through the listed items in order of number; after is the last id seen, "" to begin.
func (e *Engine) Items(after string, limit int) ([]tactful.Item, error) {
	page, _, err := e.ground.Load().items.List(after, min(max(limit, 1), maxListed))
	if err != nil {
		return nil, err
	}
	return copies(page), nil
}

// Categories returns the top-level categories with their number of items, by name.
func (e *Engine) Categories() []CategoryCount {
	tree := e.ground.Load().items.Categories()
	counts := make([]CategoryCount, len(tree))
	for i, branch := range tree {
		counts[i] = CategoryCount{Name: branch.Name, Items: branch.Items}
	}
	return counts
}

// CategoryCount is a category and how many items it lists.
type CategoryCount struct {
	Name  string
	Items int
}

// InCategory returns the items of a category, by number.
func (e *Engine) InCategory(name string, limit int) []tactful.Item {
	items := e.ground.Load().items.Category(name)
	return copies(items[:min(len(items), max(limit, 0), maxListed)])
}

func copies(items []*tactful.Item) []tactful.Item {
	out := make([]tactful.Item, len(items))
	for i, item := range items {
		out[i] = *item
	}
	return out
}
