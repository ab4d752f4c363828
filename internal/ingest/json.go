package ingest

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tactful/tactful"
)

// kind of a JSON value. The zero value is no value.
type kind uint8

const (
	absent kind = iota
	null
	boolean
	number
	text
	array
	object
)

// node is one decoded JSON value. Strings share the delivery's memory.
type node struct {
	kind  kind
	text  string   // of a string, a number's literal, "true" or "false"
	names []string // of an object's members, beside list
	list  []node
}

// get returns a member, or an absent node.
func (n *node) get(name string) *node {
	if n.kind == object {
		for i := range n.names {
			if n.names[i] == name {
				return &n.list[i]
			}
		}
	}
	return &nothing
}

// nothing is what get returns for a missing member. It is never written to.
var nothing node

// Limits of one event that need no configuration.
const (
	maxNodes       = 4096
	maxNumberBytes = 40
	maxNameBytes   = 256
)

// span is a value's place in the delivery.
type span struct{ from, to int }

// reader walks JSON text that json.Valid has accepted. It is bounded by depth
// and count, and reads past nothing even if that promise were broken.
type reader struct {
	s     string
	at    int
	nodes int
	depth int
	max   int    // depth
	fault string // first limit that was hit, a sentence's end
}

// top checks a whole delivery and returns its members' places.
func top(body []byte, maxBytes int) (string, map[string]span, error) {
	switch {
	case len(body) > maxBytes:
		return "", nil, tactful.InvalidField("", fmt.Sprintf("the delivery has %d bytes", len(body)), fmt.Sprintf("send at most %d, in several deliveries", maxBytes))
	case !utf8.Valid(body):
		return "", nil, tactful.InvalidField("", "the delivery is not UTF-8", "send JSON in UTF-8")
	case !json.Valid(body):
		return "", nil, tactful.InvalidField("", "the delivery is not JSON", "send one JSON object")
	}
	r := reader{s: string(body), max: 1}
	r.space()
	if r.peek() != '{' {
		return "", nil, tactful.InvalidField("", "the delivery is not a JSON object", `send an object such as {"events":[...]}`)
	}
	members := make(map[string]span)
	r.at++
	for r.space(); r.peek() == '"'; r.space() {
		name := r.str()
		r.space()
		r.at++ // the colon
		if _, twice := members[name]; twice {
			return "", nil, tactful.InvalidField("", "the delivery has a name twice", "send each name once")
		}
		members[name] = r.skip()
		if r.space(); r.peek() == ',' {
			r.at++
		}
	}
	return r.s, members, nil
}

// elements returns the places of an array's elements, or false if the span
// holds something else. It stops after limit+1.
func elements(s string, at span, limit int) ([]span, bool) {
	r := reader{s: s[:at.to], at: at.from}
	if r.space(); r.peek() != '[' {
		return nil, false
	}
	r.at++
	var found []span
	for r.space(); r.at < len(r.s) && r.peek() != ']' && len(found) <= limit; r.space() {
		found = append(found, r.skip())
		if r.space(); r.peek() == ',' {
			r.at++
		}
	}
	return found, true
}

// read decodes one value. The error names the limit it broke.
func read(s string, at span, maxDepth int) (node, *tactful.Error) {
	r := reader{s: s[:at.to], at: at.from, max: maxDepth}
	n := r.value()
	if r.fault != "" {
		return node{}, tactful.InvalidField("", r.fault, "send a plain, flat event")
	}
	return n, nil
}

func (r *reader) peek() byte {
	if r.at < len(r.s) {
		return r.s[r.at]
	}
	return 0
}

func (r *reader) space() {
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// skip passes one value without building it, in constant memory.
func (r *reader) skip() span {
	r.space()
	at := span{from: r.at}
	open := 0
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case '"':
			r.quoted()
		case '{', '[':
			open++
			r.at++
		case '}', ']':
			open--
			r.at++
		default:
			if open > 0 {
				r.at++
				continue
			}
			for r.at < len(r.s) && !strings.ContainsRune(",]} \t\n\r", rune(r.s[r.at])) {
				r.at++
			}
		}
		if open <= 0 {
			break
		}
	}
	at.to = r.at
	return at
}

// quoted passes a string and reports whether it has escapes.
func (r *reader) quoted() (escaped bool) {
	for r.at++; r.at < len(r.s); r.at++ {
		switch r.s[r.at] {
		case '\\':
			escaped = true
			r.at++
		case '"':
			r.at++
			return escaped
		}
	}
	r.at = len(r.s)
	return escaped
}

func (r *reader) str() string {
	from := r.at
	if !r.quoted() {
		return r.s[min(from+1, r.at):max(from+1, r.at-1)]
	}
	var s string
	if json.Unmarshal([]byte(r.s[from:r.at]), &s) != nil {
		r.fail("holds a string that cannot be read")
	}
	return s
}

func (r *reader) fail(fault string) {
	if r.fault == "" {
		r.fault = fault
	}
}

func (r *reader) value() node {
	r.space()
	if r.nodes++; r.nodes > maxNodes {
		r.fail(fmt.Sprintf("has more than %d values", maxNodes))
	}
	if r.fault != "" {
		r.skip()
		return node{}
	}
	switch c := r.peek(); c {
	case '"':
		return node{kind: text, text: r.str()}
	case '{', '[':
		if r.depth >= r.max {
			r.fail(fmt.Sprintf("is nested deeper than %d", r.max))
			r.skip()
			return node{}
		}
		r.depth++
		defer func() { r.depth-- }()
		r.at++
		if c == '{' {
			return r.object()
		}
		return r.array()
	}
	at := r.skip()
	literal := r.s[at.from:at.to]
	switch literal {
	case "null":
		return node{kind: null}
	case "true", "false":
		return node{kind: boolean, text: literal}
	}
	if len(literal) > maxNumberBytes {
		r.fail(fmt.Sprintf("has a number of more than %d digits", maxNumberBytes))
	}
	return node{kind: number, text: literal}
}

func (r *reader) array() node {
	n := node{kind: array}
	for r.space(); r.at < len(r.s) && r.peek() != ']'; r.space() {
		n.list = append(n.list, r.value())
		if r.space(); r.peek() == ',' {
			r.at++
		}
	}
	r.at++
	return n
}

func (r *reader) object() node {
	n := node{kind: object, names: make([]string, 0, 12), list: make([]node, 0, 12)}
	var seen map[string]bool // only once an object is large
	for r.space(); r.peek() == '"'; r.space() {
		name := r.str()
		if len(name) > maxNameBytes {
			r.fail(fmt.Sprintf("has a name of more than %d bytes", maxNameBytes))
		}
		if len(n.names) == 16 {
			seen = make(map[string]bool)
			for _, old := range n.names {
				seen[old] = true
			}
		}
		if seen != nil && seen[name] || seen == nil && contains(n.names, name) {
			r.fail("has a name twice")
		}
		if seen != nil {
			seen[name] = true
		}
		r.space()
		r.at++ // the colon
		n.names = append(n.names, name)
		n.list = append(n.list, r.value())
		if r.space(); r.peek() == ',' {
			r.at++
		}
	}
	r.at++
	return n
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
