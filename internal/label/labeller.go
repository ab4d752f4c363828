package label

import (
	"errors"
	"fmt"
	"html"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/decision"
)

// Source says where a label comes from; the smaller, the stronger.
type Source uint8

// Sources, strongest first. The zero value is none.
const (
	NoSource   Source = iota
	Decided           // an operator said so
	Declared          // the item says so itself
	Category          // its category in a taxonomy
	Words             // a phrase in its text
	Classifier        // a guess of the classifier: a proposal
)

var sourceWords = [...]string{"none", "decided", "declared", "category", "words", "classifier"}

// String returns the wire word.
func (s Source) String() string {
	if int(s) < len(sourceWords) {
		return sourceWords[s]
	}
	return sourceWords[0]
}

// Reason is one class of an item with the strongest source and what it saw.
type Reason struct {
	Class  decision.Class
	Source Source
	Saw    string // the label, the category's id and name, the phrase as written, the classifier's share
}

// Attributes of an item that hold ids of a taxonomy, several with , ; or | between.
// They are known in any spelling, see foldKey.
const (
	AttributeIAB    = "iab"
	AttributeGoogle = "google_product_category"
)

// Labeller gives items their classes. It is immutable and safe for concurrent use.
type Labeller struct {
	tax    *Taxonomy
	words  *phrases
	iab    map[string]branch
	google map[int]branch
	paths  []branch // of google, with names
	fields []string
	guess  *classifier
}

// New makes a labeller of a configuration that is valid.
func New(c *Config) (*Labeller, error) {
	l := &Labeller{tax: newTaxonomy(c), words: newPhrases(), iab: map[string]branch{}, google: map[int]branch{}, fields: c.Fields}
	read := func(name string) string {
		text, err := files.ReadFile(name)
		if err != nil {
			return "" // what is missing is found by the checks of its content
		}
		return string(text)
	}
	for _, language := range languages {
		if err := l.readWords(read("words/" + language + ".txt")); err != nil {
			return nil, fmt.Errorf("read words/%s.txt: %w", language, err)
		}
	}
	if err := l.readTable(read("iab.tsv"), func(id string, b branch) error { l.iab[id] = b; return nil }); err != nil {
		return nil, fmt.Errorf("read iab.tsv: %w", err)
	}
	if err := l.readGoogle(read("google.tsv")); err != nil {
		return nil, fmt.Errorf("read google.tsv: %w", err)
	}
	guess, err := openClassifier(l.tax)
	if err != nil {
		return nil, fmt.Errorf("read the classifier: %w", err)
	}
	l.guess = guess
	for i := range c.Classes {
		if err := l.own(&c.Classes[i]); err != nil {
			return nil, fmt.Errorf("labels.classes[%d]: %w", i, err)
		}
	}
	return l, nil
}

// own adds what an operator configures.
func (l *Labeller) own(o *Own) error {
	class, known := l.tax.Class(o.Name)
	if !known {
		return tactful.Errorf(tactful.Invalid, "is not in the taxonomy")
	}
	for kind, list := range [][]string{says: o.Words, except: o.Except, around: o.Around} {
		for _, text := range list {
			if err := l.addPhrase(class, phraseSort(kind), text); err != nil {
				return err
			}
		}
	}
	for _, id := range o.IAB {
		l.iab[id] = branch{class: class}
	}
	for _, no := range o.Google {
		l.google[no] = branch{class: class}
	}
	return nil
}

// Taxonomy returns the classes.
func (l *Labeller) Taxonomy() *Taxonomy { return l.tax }

// Of returns the classes of an item with what an operator decided about it, the
// strongest source of each class only, by class.
func (l *Labeller) Of(item *tactful.Item, decided []Decision) []Reason {
	var found []Reason
	note := func(r Reason) {
		if at := slices.IndexFunc(found, func(x Reason) bool { return x.Class == r.Class }); at < 0 {
			found = append(found, r)
		} else if r.Source < found[at].Source {
			found[at] = r
		}
	}
	l.declared(item, note)
	l.categories(item, note)
	texts := l.texts(item)
	l.guess.propose(texts[:1+len(item.Categories)], l.read(texts, note), note)
	print := ""
	for i := range decided {
		d := &decided[i]
		class, known := l.tax.Class(d.Class)
		if !known {
			continue
		}
		if print == "" {
			print = Fingerprint(item)
		}
		switch d.Stands(l.tax.classes[class].Kind, print) {
		case Is:
			note(Reason{Class: class, Source: Decided, Saw: d.last().Operator})
		case IsNot:
			found = slices.DeleteFunc(found, func(x Reason) bool { return x.Class == class })
		case Open:
		}
	}
	if Set(found)&l.tax.Quality() != 0 { // who said so outranks a guess to the contrary
		found = slices.DeleteFunc(found, func(x Reason) bool { return x.Source == Classifier && l.tax.harm.Has(x.Class) })
	}
	slices.SortFunc(found, func(a, b Reason) int { return int(a.Class) - int(b.Class) })
	return found
}

// Set makes a set of the reasons' classes.
func Set(reasons []Reason) decision.Classes {
	var s decision.Classes
	for _, r := range reasons {
		s = s.With(r.Class)
	}
	return s
}

// declared reads the item's own labels: the name of a class says so, and so does a
// phrase by which the class would be known in a title.
func (l *Labeller) declared(item *tactful.Item, note func(Reason)) {
	var room [16]match
	for _, said := range item.Labels {
		name, _ := declaredName(said)
		if class, known := l.tax.Class(name); known {
			note(Reason{Class: class, Source: Declared, Saw: said})
			continue
		}
		all := l.words.find(room[:0], catalog.Words(nil, strings.ReplaceAll(name, "_", " ")))
		for _, m := range all {
			if m.sort == says && !covered(m, all) {
				note(Reason{Class: m.class, Source: Declared, Saw: said})
			}
		}
	}
}

// declaredName folds a declared label to how classes are named, and reports whether it
// can mean nothing but a class.
func declaredName(said string) (name string, meant bool) {
	name = strings.ToLower(strings.TrimSpace(said))
	for _, prefix := range []string{"class:", "sensitive:", "harm:"} {
		if rest, cut := strings.CutPrefix(name, prefix); cut {
			name, meant = rest, true
			break
		}
	}
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.TrimSpace(name)), meant
}

// Check refuses items that say class:, sensitive: or harm: of what is no class: it
// was meant to keep the item from lists and would do nothing.
func (l *Labeller) Check(items []tactful.Item) error {
	var faults []error
	for i := range items {
		for j, said := range items[i].Labels {
			name, meant := declaredName(said)
			if _, known := l.tax.Class(name); meant && !known && len(faults) < maxCheckFaults {
				faults = append(faults, tactful.InvalidField(fmt.Sprintf("items[%d].labels[%d]", i, j), "names a class that is not there", "send one that tactful labels list shows, such as class:pregnancy"))
			}
		}
	}
	return errors.Join(faults...)
}

const maxCheckFaults = 20

// categories reads ids of the taxonomies, and whole paths of Google's.
func (l *Labeller) categories(item *tactful.Item, note func(Reason)) {
	for _, key := range slices.Sorted(maps.Keys(item.Attributes)) {
		switch foldKey(key) {
		case foldKey(AttributeIAB):
			for id := range strings.FieldsFuncSeq(item.Attributes[key], func(r rune) bool { return between(r) || r == ' ' }) {
				if b, known := l.iab[id]; known && !b.none {
					note(Reason{Class: b.class, Source: Category, Saw: "IAB " + id})
				}
			}
		case foldKey(AttributeGoogle):
			l.ofGoogle(item.Attributes[key], note)
		}
	}
	if len(item.Categories) > 0 && !l.numbered(item.Categories[0], note) {
		l.ofGoogle(strings.Join(item.Categories, " > "), note)
	}
}

// foldKey is what is the same of an attribute's name however a shop writes it:
// google_product_category, googleProductCategory, g:google product category.
func foldKey(key string) string {
	key = strings.TrimPrefix(strings.ToLower(key), "g:")
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_- .:", r) {
			return -1
		}
		return r
	}, key)
}

func between(r rune) bool { return r == ',' || r == ';' || r == '|' }

// numbered notes the numbers among the parts of a text, alone or before the name as
// in Google's own file ("1680 - Health & Beauty"), and reports whether each is one.
func (l *Labeller) numbered(text string, note func(Reason)) (all bool) {
	all = true
	for part := range strings.FieldsFuncSeq(text, between) {
		digits, _, _ := strings.Cut(strings.TrimSpace(part), " - ")
		no, err := strconv.Atoi(strings.TrimSpace(digits))
		if err != nil {
			all = false
			continue
		}
		if b, known := l.google[no]; known && !b.none {
			note(Reason{Class: b.class, Source: Category, Saw: strings.TrimSpace("Google " + strconv.Itoa(no) + " " + b.name)})
		}
	}
	return all
}

// ofGoogle reads numbers and paths. A comma stands within names ("Food, Beverages &
// Tobacco") as well as between paths, so that both readings are tried.
func (l *Labeller) ofGoogle(text string, note func(Reason)) {
	if l.numbered(text, note) {
		return
	}
	for part := range strings.FieldsFuncSeq(html.UnescapeString(text), func(r rune) bool { return r == ';' || r == '|' }) {
		if l.path(part, note) {
			continue
		}
		for path := range strings.SplitSeq(part, ",") {
			l.path(path, note)
		}
	}
}

// foldPath is what is the same of a path however blanks and case are written.
func foldPath(text string) string {
	names := strings.Split(text, ">")
	for i, name := range names {
		names[i] = strings.ToLower(strings.Join(strings.Fields(name), " "))
	}
	return strings.Join(names, " > ")
}

// path notes the classes of a path of Google, and reports whether it is listed.
func (l *Labeller) path(text string, note func(Reason)) bool {
	text = foldPath(text)
	under := func(name string) bool {
		return strings.HasPrefix(text, name) && (len(text) == len(name) || strings.HasPrefix(text[len(name):], " > "))
	}
	nearest := branch{}
	for i := range l.paths {
		if b := &l.paths[i]; under(b.folded) && len(b.name) > len(nearest.name) {
			nearest = *b
		}
	}
	for i := range l.paths {
		if b := &l.paths[i]; under(b.folded) && !b.none && !nearest.none {
			note(Reason{Class: b.class, Source: Category, Saw: "Google " + b.name})
		}
	}
	return nearest.name != ""
}

// texts are the words of an item, field by field.
func (l *Labeller) texts(item *tactful.Item) [][]string {
	texts := make([][]string, 0, 1+len(item.Categories)+len(l.fields))
	texts = append(texts, catalog.Words(nil, item.Title))
	for _, name := range item.Categories {
		texts = append(texts, catalog.Words(nil, name))
	}
	for _, field := range l.fields {
		if said := item.Attributes[field]; said != "" {
			texts = append(texts, catalog.Words(nil, said))
		}
	}
	return texts
}

// read finds phrases, and says of each text which classes it only looks like.
func (l *Labeller) read(texts [][]string, note func(Reason)) (excused []decision.Classes) {
	var room [16]match
	excused = make([]decision.Classes, len(texts))
	for i, words := range texts {
		all := l.words.find(room[:0], words)
		for _, m := range all {
			switch {
			case m.sort == except:
				excused[i] = excused[i].With(m.class)
			case m.sort == says && !covered(m, all):
				note(Reason{Class: m.class, Source: Words, Saw: m.text})
			}
		}
	}
	return excused
}

// Sought says which classes the words of a search are about, and around which
// subjects it moves: there quality comes first, and nothing harmful is sought.
func (l *Labeller) Sought(query string) (sought, subjects decision.Classes) {
	var room [16]match
	all := l.words.find(room[:0], catalog.Words(nil, query))
	for _, m := range all {
		switch {
		case m.sort == around:
			subjects = subjects.With(m.class)
		case m.sort == says && !covered(m, all):
			sought = sought.With(m.class)
		}
	}
	return sought, subjects
}
