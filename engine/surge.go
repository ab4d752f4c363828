package engine

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tactful/tactful/internal/model"
)

// Surge is an item that gained unusually many people from one fit to the next.
// It may be a campaign; it may also be a stolen key that sends events of people
// who are known, which no bound on newcomers sees.
type Surge struct {
	Item   string // "" if it is not listed any more
	Gained int64
}

// maxSurges bounds the list; the largest are kept.
const maxSurges = 20

// surges compares two models: who gained more people than one source's newcomers
// could bring. Nothing is a surge in a first model.
func (e *Engine) surges(before, after *model.Model) []Surge {
	if before == nil || before.Len() == 0 || after == nil {
		return nil
	}
	bound, items := int64(e.newcomersBound()), e.ground.Load().items
	var found []Surge
	for column := range int32(after.Len()) {
		no := after.Number(column)
		gained := int64(after.People(column))
		if was, met := before.Column(no); met {
			gained -= int64(before.People(was))
		}
		if gained <= bound {
			continue
		}
		s := Surge{Gained: gained}
		if item := items.ByNo(no); item != nil {
			s.Item = item.ID
		}
		found = append(found, s)
	}
	slices.SortFunc(found, func(a, b Surge) int { return cmp.Or(cmp.Compare(b.Gained, a.Gained), cmp.Compare(a.Item, b.Item)) })
	return found[:min(len(found), maxSurges)]
}

// watchSurges tells what the next model shows, before it is put to use.
func (e *Engine) watchSurges(next *model.Model) {
	found := e.surges(e.ground.Load().model, next)
	e.surged.Store(&found)
	if len(found) > 0 {
		e.log.Error("items gained unusually many people since the last fit: is it a campaign, or made up?",
			"items", len(found), "most", found[0].Item, "gained", found[0].Gained, "bound", e.newcomersBound())
	}
}

// surgeSentence is what the doctor says of the last fit; "" if nothing.
func (e *Engine) surgeSentence() string {
	found := e.surged.Load()
	if found == nil || len(*found) == 0 {
		return ""
	}
	first := (*found)[0]
	return fmt.Sprintf("With the last fit %d items gained unusually many people, %s the most (%d). Remedy: %s.", len(*found), first.Item, first.Gained,
		"a campaign is no harm; else find the key that sends the events, and revoke it")
}
