package label

import (
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

//go:embed words/*.txt iab.tsv google.tsv
var files embed.FS

// languages are those that have a catalogue of words.
var languages = [...]string{"en", "de"}

// readWords adds a catalogue of words, in the format that words/en.txt explains.
func (l *Labeller) readWords(text string) error {
	class, known := decision.Class(0), false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[' && line[len(line)-1] == ']':
			if class, known = l.tax.Class(line[1 : len(line)-1]); !known {
				return tactful.Errorf(tactful.Invalid, "a catalogue of words has a class that the taxonomy has not")
			}
			continue
		case !known:
			return tactful.Errorf(tactful.Invalid, "a catalogue of words has a phrase before its first class")
		}
		kind := says
		if rest, is := strings.CutPrefix(line, "- "); is {
			kind, line = except, rest
		} else if rest, is := strings.CutPrefix(line, "? "); is {
			kind, line = around, rest
		}
		if err := l.addPhrase(class, kind, line); err != nil {
			return err
		}
	}
	return nil
}

func (l *Labeller) addPhrase(class decision.Class, kind phraseSort, text string) error {
	parts, err := parsePhrase(text)
	if err != nil {
		return fmt.Errorf("read the phrase %q: %w", text, err)
	}
	l.words.add(phrase{class: class, sort: kind, text: text, parts: parts})
	return nil
}

// branch is a category of a taxonomy with our class.
type branch struct {
	class  decision.Class
	name   string // path, "" if only the id is known
	folded string // the path as it is compared, see foldPath
	none   bool   // of no class, whatever the category above it is
}

// readTable reads a table of ids, classes and names.
func (l *Labeller) readTable(text string, add func(id string, b branch) error) error {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) < 2 || len(fields) > 3 || fields[0] == "" {
			return tactful.Errorf(tactful.Invalid, "a table of categories has a row that is not id, class and name")
		}
		class, known := l.tax.Class(fields[1])
		if !known && fields[1] != "-" {
			return tactful.Errorf(tactful.Invalid, "a table of categories has a class that the taxonomy has not")
		}
		b := branch{class: class, none: !known}
		if len(fields) == 3 {
			b.name = fields[2]
		}
		if err := add(fields[0], b); err != nil {
			return err
		}
	}
	return nil
}

// Pregnancy tests must be where Google put them: a public copy of the taxonomy
// numbers its rows anew, and with it every label would be wrong without a sign.
const (
	pregnancyTests     = 1680
	pregnancyTestsName = "Health & Beauty > Health Care > Medical Tests > Pregnancy Tests"
)

func (l *Labeller) readGoogle(text string) error {
	err := l.readTable(text, func(id string, b branch) error {
		no, err := strconv.Atoi(id)
		if err != nil || no < 1 {
			return tactful.Errorf(tactful.Invalid, "a row of the Google product taxonomy has no number")
		}
		l.google[no] = b
		if b.name != "" {
			b.folded = foldPath(b.name)
			l.paths = append(l.paths, b)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if l.google[pregnancyTests].name != pregnancyTestsName {
		return tactful.Errorf(tactful.Invalid, "number %d of the Google product taxonomy is not Pregnancy Tests: this copy numbers its rows anew", pregnancyTests)
	}
	return nil
}

// CheckGoogle compares a copy of the Google product taxonomy
// (taxonomy-with-ids, "1680 - Health & Beauty > ...") with the numbers that the
// labels rest on. A copy that numbers anew is refused.
func (l *Labeller) CheckGoogle(copyOf string) (checked int, err error) {
	if len(copyOf) > 8<<20 {
		return 0, tactful.Errorf(tactful.Invalid, "this is no product taxonomy: it has more than 8 MiB")
	}
	there := map[int]string{}
	for line := range strings.Lines(copyOf) {
		id, name, is := strings.Cut(strings.TrimSpace(line), " - ")
		if no, err := strconv.Atoi(id); is && err == nil {
			there[no] = name
		}
	}
	if there[pregnancyTests] != pregnancyTestsName {
		return 0, &tactful.Error{Kind: tactful.Invalid, Detail: fmt.Sprintf("number %d of this copy is not Pregnancy Tests, so it numbers its rows anew", pregnancyTests),
			Remedy: "take taxonomy-with-ids.en-US.txt from Google"}
	}
	for no, b := range l.google {
		if b.name == "" {
			continue
		}
		if there[no] != b.name {
			return 0, &tactful.Error{Kind: tactful.Invalid, Detail: fmt.Sprintf("number %d of this copy has another name than %q", no, b.name),
				Remedy: "take taxonomy-with-ids.en-US.txt from Google; if it is, the labels need a new table"}
		}
		checked++
	}
	return checked, nil
}
