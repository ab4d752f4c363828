package access

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// PersonID is what is the same however somebody's name is written: names that
// differ only in case, spaces, width or marks that nobody sees are one person's.
func PersonID(name string) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(name))
	return strings.Join(strings.Fields(norm.NFKC.String(cases.Fold().String(seen))), " ")
}

// Maker is who made a key through the API; the zero Maker was at the machine itself.
type Maker struct {
	Name string
	Key  string // id of the key with which it was made
}

// Makers returns who made a key, who made the key with which that was done, and so on.
func (k *Keys) Makers(id string) (all []Maker) {
	byID := map[string]Key{}
	for _, key := range k.live.Load().all {
		byID[key.ID] = key
	}
	for key, ok := byID[id]; ok && key.Maker != (Maker{}) && len(all) < len(byID); key, ok = byID[key.Maker.Key] {
		all = append(all, key.Maker)
	}
	return all
}

// OfPerson returns the ids of the keys, also revoked ones, that are one person's.
func (k *Keys) OfPerson(name string) (ids []string) {
	person := PersonID(name)
	for _, key := range k.live.Load().all {
		if a := key.Actor(); PersonID(a.Name) == person {
			ids = append(ids, key.ID)
		}
	}
	return ids
}
