package decision

import (
	"slices"
	"strings"

	"github.com/tactful/tactful"
)

// Wishes are what a person declared, as it holds for one decision. nil wishes
// nothing. A decision that may use no more than the page has their Filters alone,
// one that is the same for everybody has none.
type Wishes struct {
	Topics   map[string]tactful.TopicWish // by topic, see tactful.Preferences
	Skipped  map[string]bool              // topics of the occasions that the person skips now
	Needs    []Need
	Muted    Classes // sensitive and harm classes that they muted
	Discreet bool    // others see the screen: reasons may name nothing, and Case.Visible is set
}

// Need is one declared need with what serves it.
type Need struct {
	Attribute  string   // of items
	Serve      []string // values that serve the person
	Categories []string // where it matters; none: on every item that has the attribute
	Class      Classes  // sensitive classes that who declares the need has asked for, of items that serve it
}

// Filters are the wishes that keep something out, or unsaid, and do nothing else:
// what of them holds where only the page may be used. nil if there are none.
func (w *Wishes) Filters() *Wishes {
	if w == nil {
		return nil
	}
	f := &Wishes{Skipped: w.Skipped, Muted: w.Muted, Discreet: w.Discreet}
	for topic, wish := range w.Topics {
		if wish == tactful.WishMuted {
			if f.Topics == nil {
				f.Topics = map[string]tactful.TopicWish{}
			}
			f.Topics[topic] = wish
		}
	}
	for _, need := range w.Needs {
		need.Class = 0 // it opens nothing
		f.Needs = append(f.Needs, need)
	}
	if len(f.Topics) == 0 && len(f.Skipped) == 0 && len(f.Needs) == 0 && f.Muted == 0 && !f.Discreet {
		return nil
	}
	return f
}

// Objection says why a person does not want to be shown an item. The numbers
// are the declared guard's details and part of the message keys that tell the
// customer (leftout.declared.1 and so on).
type Objection uint8

// Objections; the zero value is none.
const (
	NoObjection   Objection = iota
	ObjectMuted             // its topic is muted
	ObjectSkipped           // it belongs to an occasion that they skip
	ObjectNeed              // it does not serve what they need
)

// The factors of more, less and near. They are bounded and fixed; and powers of two,
// so that contributions multiplied by one still sum to the score bit for bit.
const (
	MoreFactor = 2.0
	LessFactor = 0.5
	NearFactor = 2.0 // of what a branch near the person has
)

// Factor returns what a wish makes of a score.
func Factor(w tactful.TopicWish) float64 {
	switch w {
	case tactful.WishMore:
		return MoreFactor
	case tactful.WishLess:
		return LessFactor
	case tactful.WishNone, tactful.WishMuted:
	}
	return 1
}

// Objects says why the person does not want the item, NoObjection if nothing
// speaks against it.
func (w *Wishes) Objects(item *tactful.Item) Objection {
	if w == nil || item == nil {
		return NoObjection
	}
	found := NoObjection
	if len(w.Topics) > 0 || len(w.Skipped) > 0 {
		walk := topics{item: item}
		walk.begin()
		for topic := walk.next(); topic != nil && found == NoObjection; topic = walk.next() {
			switch {
			case w.Topics[string(topic)] == tactful.WishMuted:
				found = ObjectMuted
			case w.Skipped[string(topic)]:
				found = ObjectSkipped
			}
		}
	}
	if found != NoObjection {
		return found
	}
	for i := range w.Needs {
		if !w.Needs[i].served(item) {
			return ObjectNeed
		}
	}
	return NoObjection
}

// Wish returns the topic by which the person wants more or less of an item, ""
// if by none. The most exact topic counts: the longest path, before a name that
// stands alone, before a label.
func (w *Wishes) Wish(item *tactful.Item) (topic string, wish tactful.TopicWish) {
	if w == nil || item == nil || len(w.Topics) == 0 {
		return "", tactful.WishNone
	}
	walk := topics{item: item}
	walk.begin()
	for at := walk.next(); at != nil; at = walk.next() {
		if said := w.Topics[string(at)]; said == tactful.WishMore || said == tactful.WishLess {
			return string(at), said
		}
	}
	return "", tactful.WishNone
}

// Covers reports whether an item belongs to a topic.
func Covers(topic string, item *tactful.Item) bool {
	walk := topics{item: item}
	walk.begin()
	for at := walk.next(); at != nil; at = walk.next() {
		if string(at) == topic {
			return true
		}
	}
	return false
}

// TopicName is how a topic is called in a sentence: the last name of its path,
// or its label.
func TopicName(topic string) string {
	if label, is := strings.CutPrefix(topic, tactful.LabelPrefix); is {
		return label
	}
	return topic[strings.LastIndex(topic, tactful.TopicSeparator)+1:]
}

// topics walks over the topics of an item, the most exact first: by depth its
// path and its name, then the labels. It stays off the heap unless names are
// very long.
type topics struct {
	item  *tactful.Item
	room  [160]byte
	long  []byte // instead of room, where that is too small
	ends  [maxDepth]int
	at    int // category whose turn it is, counted from 1 and downwards
	alone bool
	label int
}

const maxDepth = 16 // categories of an item, see tactful.Item

func (t *topics) begin() {
	t.at = min(len(t.item.Categories), maxDepth)
	n := 0
	for _, name := range t.item.Categories[:t.at] {
		n += len(name) + len(tactful.TopicSeparator)
	}
	for _, label := range t.item.Labels {
		n = max(n, len(tactful.LabelPrefix)+len(label))
	}
	if n > len(t.room) {
		t.long = make([]byte, n)
	}
	path, n := t.path(), 0
	for i, name := range t.item.Categories[:t.at] {
		if i > 0 {
			n += copy(path[n:], tactful.TopicSeparator)
		}
		n += copy(path[n:], name)
		t.ends[i] = n
	}
}

func (t *topics) path() []byte {
	if t.long != nil {
		return t.long
	}
	return t.room[:]
}

// next returns the next topic, nil after the last. The bytes are good until
// the next call.
func (t *topics) next() []byte {
	if t.at > 0 {
		i := t.at - 1
		if i > 0 && !t.alone {
			t.alone = true
			return t.path()[:t.ends[i]]
		}
		t.at, t.alone = i, false
		return t.path()[t.ends[i]-len(t.item.Categories[i]) : t.ends[i]]
	}
	if t.label < len(t.item.Labels) {
		n := copy(t.path(), tactful.LabelPrefix)
		n += copy(t.path()[n:], t.item.Labels[t.label])
		t.label++
		return t.path()[:n]
	}
	return nil
}

// served reports whether an item serves a need. In a category where it matters,
// an item that does not say is one that does not serve.
func (n *Need) served(item *tactful.Item) bool {
	said, says := item.Attributes[n.Attribute]
	if len(n.Categories) == 0 {
		if !says {
			return true
		}
	} else if !slices.ContainsFunc(n.Categories, func(topic string) bool { return Covers(topic, item) }) {
		return true
	}
	return n.serves(said)
}

// serves reports whether what an item says of the attribute serves the person.
func (n *Need) serves(said string) bool {
	for value := range strings.SplitSeq(said, ",") {
		if slices.Contains(n.Serve, strings.TrimSpace(value)) {
			return true
		}
	}
	return false
}

// needed returns the sensitive classes of an item that the person asked for by
// declaring a need that this very item serves.
func (w *Wishes) needed(item *tactful.Item) (asked Classes) {
	if w == nil {
		return 0
	}
	for i := range w.Needs {
		n := &w.Needs[i]
		if n.Class != 0 && n.serves(item.Attributes[n.Attribute]) {
			asked |= n.Class
		}
	}
	return asked
}
