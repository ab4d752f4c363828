package campaign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Rules are what reading needs to know of the house.
type Rules struct {
	// Sensitive names the sensitive or harm class that a text speaks of, "" for
	// none. Without it nothing can be read: what nobody looked at is not harmless.
	Sensitive func(text string) string
	Item      func(id string) string // the same of a listed item; nil: items are not looked up
	Zone      *time.Location         // of schedules that name none
}

// Read reads one file of campaigns: YAML, or JSON, which is YAML. Every fault
// comes, each with its file and line; with a fault nothing is read.
func Read(file string, text []byte, rules *Rules) ([]Campaign, error) {
	r := &reader{file: file, rules: rules}
	if rules == nil || rules.Sensitive == nil {
		return nil, tactful.Errorf(tactful.Internal, "campaigns cannot be read without knowing what is sensitive")
	}
	if len(text) > MaxFileBytes {
		return nil, r.at(0, "campaigns", "are too large", fmt.Sprintf("write at most %d bytes in a file", MaxFileBytes))
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, r.at(0, "campaigns", "are missing", "see tactful campaign check --help for an example")
		}
		return nil, r.at(0, "campaigns", "cannot be read: "+oneLine(err.Error()), "write YAML; see tactful campaign check --help for an example")
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, r.at(more.Line, "campaigns", "are more than one document", "write one document in a file")
	}
	var all []Campaign
	r.object(document.Content[0], "", keys{"campaigns": func(n *yaml.Node, at string) {
		r.list(n, at, MaxCampaigns, func(n *yaml.Node, at string) { all = append(all, r.campaign(n, at)) })
	}}, "campaigns")
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	return all, nil
}

// ReadOne reads a single campaign, as the API takes it.
func ReadOne(text []byte, rules *Rules) (Campaign, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); len(text) > MaxFileBytes || err != nil || len(node.Content) != 1 {
		return Campaign{}, tactful.InvalidField("campaign", "cannot be read", "send one campaign as an object")
	}
	r := &reader{file: "campaign", rules: rules}
	if rules == nil || rules.Sensitive == nil {
		return Campaign{}, tactful.Errorf(tactful.Internal, "campaigns cannot be read without knowing what is sensitive")
	}
	c := r.campaign(node.Content[0], "campaign")
	c.File = "" // it came from none
	return c, errors.Join(r.faults...)
}

// reader walks a document and gathers what is wrong with it.
type reader struct {
	file   string
	rules  *Rules
	faults []error
	nodes  int // filters of the campaign at hand
}

type keys map[string]func(n *yaml.Node, at string)

// at makes a fault. Nothing of the value is repeated.
func (r *reader) at(line int, field, detail, remedy string) error {
	switch {
	case line > 0 && r.file != "":
		field = fmt.Sprintf("%s:%d: %s", r.file, line, field)
	case r.file != "":
		field = r.file + ": " + field
	}
	return tactful.InvalidField(field, detail, remedy)
}

func (r *reader) fault(n *yaml.Node, field, detail, remedy string) {
	const enough = 100
	if len(r.faults) < enough {
		r.faults = append(r.faults, r.at(n.Line, field, detail, remedy))
	}
}

// object reads a mapping. Unknown and doubled keys are faults, missing ones too.
func (r *reader) object(n *yaml.Node, at string, known keys, needed ...string) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, orRoot(at), "is not an object", "write key: value")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field := join(at, key.Value)
		read, is := known[key.Value]
		switch {
		case value.Kind == yaml.AliasNode || value.Anchor != "" || key.Kind != yaml.ScalarNode:
			r.fault(key, orRoot(at), "has an anchor, an alias or a key that is no word", "write everything out")
		case !is:
			r.unknown(key, orRoot(at), known)
		case seen[key.Value]:
			r.fault(key, field, "is there twice", "write it once")
		default:
			seen[key.Value] = true
			read(value, field)
		}
	}
	for _, name := range needed {
		if !seen[name] {
			r.fault(n, join(at, name), "is missing", "add it")
		}
	}
}

// unknown says of a key whether it is only unknown or may not be.
func (r *reader) unknown(key *yaml.Node, at string, known keys) {
	word := key.Value[:min(len(key.Value), maxWordBytes)]
	if Protected(word) {
		r.fault(key, at, strconv.Quote(word)+" is a protected attribute or a sensitive class", "no audience is chosen by it, whatever people agreed to; choose by what they did with you or asked for")
		return
	}
	if about := decision.AsksForTerms(word); about != "" {
		r.fault(key, at, strconv.Quote(word)+" asks for "+about+" that would differ from person to person", "set prices and eligibility by rules that are the same for everybody")
		return
	}
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	r.fault(key, at, strconv.Quote(word)+" is not a key here", "known are "+strings.Join(names, ", "))
}

func (r *reader) list(n *yaml.Node, at string, most int, each func(n *yaml.Node, at string)) {
	switch {
	case n.Kind != yaml.SequenceNode || len(n.Content) == 0:
		r.fault(n, at, "is not a list of at least one", "write [one, two], or a line with - for each")
	case len(n.Content) > most:
		r.fault(n, at, fmt.Sprintf("has %d entries", len(n.Content)), fmt.Sprintf("write at most %d", most))
	default:
		for i, one := range n.Content {
			if one.Kind == yaml.AliasNode || one.Anchor != "" {
				r.fault(one, at, "has an anchor or an alias", "write everything out")
				continue
			}
			each(one, fmt.Sprintf("%s[%d]", at, i))
		}
	}
}

// text reads a plain line of text.
func (r *reader) text(n *yaml.Node, at string, most int) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" || len(n.Value) > most || !tactful.PlainLine(n.Value) {
		r.fault(n, at, "is empty, too long or no plain line of text", fmt.Sprintf("write 1 to %d bytes in one line", most))
		return ""
	}
	return n.Value
}

// copyText reads what people will read; it may have lines.
func (r *reader) copyText(n *yaml.Node, at string, most int) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" || len(n.Value) > most || strings.ToValidUTF8(n.Value, "") != n.Value ||
		strings.ContainsFunc(n.Value, func(c rune) bool {
			return c < ' ' && c != '\n' || c == 0x7f || c == '\u200b' || c == '\u2060' || c >= '\u202a' && c <= '\u202e' || c == '\ufeff'
		}) {
		r.fault(n, at, "is empty, too long, or has signs that nobody can see", fmt.Sprintf("write 1 to %d bytes of plain text", most))
		return ""
	}
	return n.Value
}

func (r *reader) word(n *yaml.Node, at string) string {
	s := r.text(n, at, maxWordBytes)
	if s != "" && !isWord(s) {
		r.fault(n, at, "is no word", "use lower-case letters, digits, - and _, beginning with a letter or digit; at most 60")
		return ""
	}
	return s
}

func isWord(s string) bool {
	for i := range len(s) {
		b := s[i]
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && (i == 0 || b != '-' && b != '_') {
			return false
		}
	}
	return s != "" && len(s) <= maxWordBytes
}

func (r *reader) number(n *yaml.Node, at string, low, high int64) int64 {
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if n.Kind != yaml.ScalarNode || err != nil || v < low || v > high {
		r.fault(n, at, "is no whole number in range", fmt.Sprintf("write %d to %d", low, high))
		return 0
	}
	return v
}

func (r *reader) yes(n *yaml.Node, at string) bool {
	switch {
	case n.Kind == yaml.ScalarNode && n.Value == "true":
		return true
	case n.Kind != yaml.ScalarNode || n.Value != "false":
		r.fault(n, at, "is neither true nor false", "write true or false")
	}
	return false
}

// span reads a duration: 90d, 12h, 30m.
func (r *reader) span(n *yaml.Node, at string) time.Duration {
	if n.Kind == yaml.ScalarNode {
		text, unit := n.Value, time.Duration(0)
		if days, is := strings.CutSuffix(text, "d"); is {
			text, unit = days, 24*time.Hour
		} else if hours, is := strings.CutSuffix(text, "h"); is {
			text, unit = hours, time.Hour
		} else if minutes, is := strings.CutSuffix(text, "m"); is {
			text, unit = minutes, time.Minute
		}
		const most = 3660 * 24 * time.Hour
		if v, err := strconv.ParseInt(text, 10, 32); err == nil && unit > 0 && v > 0 && time.Duration(v) <= most/unit {
			return time.Duration(v) * unit
		}
	}
	r.fault(n, at, "is no time", "write days, hours or minutes: 90d, 12h, 30m")
	return 0
}

func (r *reader) moment(n *yaml.Node, at string, zone *time.Location) time.Time {
	if n.Kind == yaml.ScalarNode {
		if t, err := time.Parse(time.RFC3339, n.Value); err == nil {
			return t
		}
		if t, err := time.ParseInLocation("2006-01-02", n.Value, zone); err == nil {
			return t
		}
	}
	r.fault(n, at, "is no date", "write 2026-12-24, or a moment as 2026-12-24T18:00:00+01:00")
	return time.Time{}
}

func join(at, key string) string {
	key = key[:min(len(key), maxWordBytes)]
	if at == "" {
		return key
	}
	return at + "." + key
}

func orRoot(at string) string {
	if at == "" {
		return "the file"
	}
	return at
}

func oneLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "yaml: "), "\n")
	return s[:min(len(s), 200)]
}
