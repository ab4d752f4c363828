package engine

import "github.com/tactful/tactful/internal/label"

// labelRulings are what operators decided about labels, by item. relay guards it.
type labelRulings struct {
	byItem map[string][]label.Decision
	fresh  map[string]bool // items whose decisions are newer than the labels in use
}

// of returns the decisions about an item. The slice is shared.
func (j *labelRulings) of(item string) []label.Decision { return j.byItem[item] }

func (j *labelRulings) changed(item string) bool { return j.fresh[item] }

func (j *labelRulings) settled() { clear(j.fresh) }

// put takes in a decision in the place of an older one.
func (j *labelRulings) put(d label.Decision) {
	if j.byItem == nil {
		j.byItem, j.fresh = map[string][]label.Decision{}, map[string]bool{}
	}
	j.fresh[d.Item] = true
	list := append([]label.Decision(nil), j.byItem[d.Item]...) // readers may hold the old one
	for i := range list {
		if list[i].Class == d.Class {
			list[i] = d
			j.byItem[d.Item] = list
			return
		}
	}
	j.byItem[d.Item] = append(list, d)
}
