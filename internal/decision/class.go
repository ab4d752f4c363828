package decision

import "github.com/tactful/tactful"

// Class is the number of a sensitivity or harm class in the taxonomy of the live
// configuration, 0 to MaxClasses-1.
type Class uint8

// MaxClasses bounds a taxonomy, so that a set of classes is one word.
const MaxClasses = 64

// Classes is a set of classes, one bit each.
type Classes uint64

// Has reports whether the class is in the set.
func (s Classes) Has(c Class) bool { return c < MaxClasses && s>>c&1 == 1 }

// With returns the set with the class in it.
func (s Classes) With(c Class) Classes {
	if c >= MaxClasses {
		return s
	}
	return s | 1<<c
}

// Labels says of which classes each item of a catalogue snapshot is. It is made
// with the snapshot, shared by all decisions and read only.
type Labels struct {
	Names     []string  // by Class
	Sensitive Classes   // what is never shown unasked
	Harm      Classes   // what is never promoted
	Of        []Classes // by ItemNo, with what variants of one product share
	Own       []Classes // the same without that: each item by itself

	// What becomes of harm classes; one that is in none of these is never shown.
	Searched Classes // only for a search that is about the class itself
	Demoted  Classes // after everything else
	Noted    Classes // with a note

	Quality Classes // reliable sources: first where the subject of a search draws harmful ones
}

// At returns the classes of an item. An item that nobody has looked at yet is of
// every class: what is not known cannot be shown as harmless.
func (l *Labels) At(no tactful.ItemNo) Classes {
	if l == nil || int(no) >= len(l.Of) {
		return ^Classes(0)
	}
	return l.Of[no]
}
