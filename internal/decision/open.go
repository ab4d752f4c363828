package decision

import "github.com/tactful/tactful"

// Unasked returns the sensitive classes of an item that keep it out of the list:
// those that this person did not ask for, and that the request itself is not
// about. Where others see the answer, asking changes nothing. also are classes
// that are open besides.
func (c *Case) Unasked(item *tactful.Item, also Classes) Classes {
	if c.Labels == nil || item == nil {
		return ^Classes(0)
	}
	of := c.Labels.At(item.No) & c.Labels.Sensitive
	if of == 0 || c.Visible {
		return of
	}
	if of &^= c.Asked | c.Sought | also; of != 0 {
		of &^= c.Wishes.needed(item)
	}
	return of
}

// Serves says what a piece of evidence may be used for: items of all classes in
// only (none: any item), or nothing at all. What tells of a sensitive class
// serves that class alone, and only who asked for it; what is harmful pulls
// towards nothing.
func (c *Case) Serves(p *Piece) (only Classes, ok bool) {
	l := c.Labels
	if l == nil {
		return 0, false
	}
	of := l.At(p.Item)
	if of&l.Harm != 0 {
		return 0, false
	}
	if of &= l.Sensitive; of == 0 {
		return 0, true
	}
	open := c.Asked
	if p.Origin == FromRequest {
		open |= c.Sought
	}
	if c.Visible || of&^open != 0 {
		return 0, false
	}
	return of, true
}

// Harmless says what becomes of an item for its harm classes.
type Harmless uint8

// What becomes of an item.
const (
	HarmNone    Harmless = iota // it has none
	HarmNoted                   // shown, with a note
	HarmDemoted                 // after everything else
	HarmSearch                  // not shown: nobody searched for it
	HarmNever                   // never shown
)

// Harmful says what becomes of an item for its harm classes, the strictest first.
func (c *Case) Harmful(item *tactful.Item) Harmless {
	if c.Labels == nil || item == nil {
		return HarmNever
	}
	l := c.Labels
	of := l.At(item.No) & l.Harm
	if of == 0 {
		return HarmNone
	}
	if of&^(l.Searched|l.Demoted|l.Noted) != 0 {
		return HarmNever
	}
	if searched := of & l.Searched; searched != 0 {
		if c.Request == nil || c.Request.Placement != tactful.Search || searched&^c.Sought != 0 {
			return HarmSearch
		}
		return HarmDemoted // it was searched for, and still nothing stands behind it
	}
	if of&l.Demoted != 0 {
		return HarmDemoted
	}
	return HarmNoted
}

// Mutes reports whether the person muted a class of the item.
func (c *Case) Mutes(item *tactful.Item) bool {
	return c.Wishes != nil && c.Wishes.Muted != 0 && item != nil && c.Labels.At(item.No)&c.Wishes.Muted != 0
}

// Free reports that nothing of what Barred asks about touches an item of this
// number: the usual case, told without looking at the item.
func (c *Case) Free(no tactful.ItemNo) bool {
	l := c.Labels
	if l == nil {
		return true
	}
	of := l.At(no)
	return of&(l.Sensitive|l.Harm) == 0 && (c.Wishes == nil || of&c.Wishes.Muted == 0)
}

// Barred reports whether an item's classes keep it out of the list, so that it
// need not be proposed. It is proposed all the same where the shop put it or a
// search found it; the guards judge it then. Without labels nothing is barred
// here, and the guards refuse everything.
func (c *Case) Barred(item *tactful.Item) bool {
	l := c.Labels
	if l == nil || item == nil {
		return false
	}
	if c.Free(item.No) {
		return false
	}
	return c.Unasked(item, 0) != 0 || c.Harmful(item) >= HarmSearch || c.Mutes(item)
}
