package decision

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tactful/tactful"
)

// Shelves says where each item of a catalogue snapshot stands and which others
// it is like, by number, so that guards compare no text. It is made with the
// snapshot, shared by all decisions and read only.
type Shelves struct {
	Names []string   // of categories
	Of    [][]uint16 // by ItemNo: the item's categories, each once, most general first
	Kin   []uint32   // by ItemNo: variants and near duplicates share a number; 0: nothing is like it
}

// maxShelves is how many categories are told apart; items of others stand on none.
const maxShelves = 1<<16 - 1

// NewShelves looks at the items of a snapshot, ascending by number.
func NewShelves(items []*tactful.Item) *Shelves {
	s := &Shelves{}
	if len(items) == 0 {
		return s
	}
	last := items[len(items)-1].No
	s.Of, s.Kin = make([][]uint16, last+1), make([]uint32, last+1)
	number := map[string]uint16{}
	kin := map[string]uint32{}
	for _, item := range items {
		shelves := make([]uint16, 0, len(item.Categories))
		for _, name := range item.Categories {
			at, known := number[name]
			if !known {
				if len(s.Names) == maxShelves {
					continue
				}
				at = uint16(len(s.Names))
				number[name] = at
				s.Names = append(s.Names, name)
			}
			if !slices.Contains(shelves, at) {
				shelves = append(shelves, at)
			}
		}
		s.Of[item.No] = shelves
		key := "g" + item.Group
		if item.Group == "" {
			key = "t" + kinTitle(item.Title)
		}
		if len(key) == 1 {
			continue
		}
		if kin[key] == 0 {
			kin[key] = uint32(len(kin) + 1)
		}
		s.Kin[item.No] = kin[key]
	}
	return s
}

// At returns the categories of an item, most general first; none for one that
// is not in the snapshot.
func (s *Shelves) At(no tactful.ItemNo) []uint16 {
	if s == nil || int(no) >= len(s.Of) {
		return nil
	}
	return s.Of[no]
}

// Alike reports whether two items are variants or near duplicates of each other.
func (s *Shelves) Alike(a, b tactful.ItemNo) bool {
	return s != nil && int(a) < len(s.Kin) && int(b) < len(s.Kin) && s.Kin[a] != 0 && s.Kin[a] == s.Kin[b]
}

// kinTitle is a title without what tells variants apart: numbers, sizes, colours
// and the order of words. Titles of which fewer than two words are left are
// like no other.
func kinTitle(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	kept := words[:0]
	for _, word := range words {
		if !strings.ContainsFunc(word, unicode.IsDigit) && len(word) > 1 && !variant[word] {
			kept = append(kept, word)
		}
	}
	slices.Sort(kept)
	kept = slices.Compact(kept)
	if len(kept) < 2 {
		return ""
	}
	return strings.Join(kept, " ")
}

// variant are words for which of several alike an item is, English and German.
var variant = func() map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(`
		red blue green yellow pink black white grey gray brown orange purple violet gold golden silver ivory cream beige turquoise navy lilac mint clear
		rot rote roter rotes blau blaue blauer grün grüne grüner gelb gelbe rosa schwarz schwarze schwarzer weiß weiße weißer grau graue braun lila silber türkis
		small medium large mini maxi xs xl xxl xxxl klein kleine kleiner mittel groß große großer
		cm mm ml kg oz pack packs set of the and with von und mit pcs stück pair`) {
		set[word] = true
	}
	return set
}()
