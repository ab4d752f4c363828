package ingest

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
)

// maxUnfold bounds how often JSON inside text inside JSON is opened.
const maxUnfold = 3

// inspect walks an event and returns the first thing that nobody may send, at
// any depth. Integrations and _metadata hold settings of the sender's library
// and are dropped whole.
func (r *Rules) inspect(n *node) *tactful.Error {
	if n.kind != object {
		return nil
	}
	for i, name := range n.names {
		if name == "integrations" || name == "_metadata" {
			continue
		}
		if p := r.member(name, &n.list[i], "", 0); p != nil {
			return p
		}
	}
	return nil
}

func (r *Rules) member(name string, n *node, path string, unfolded int) *tactful.Error {
	at := path + r.sayable(name)
	if f := r.screen.Name(name); f != Clean {
		return found(at, "has a name that speaks of "+f.String())
	}
	if n.kind == text && namesSource(name) {
		if f := r.screen.Source(n.text); f != Clean {
			return found(at, "names "+f.String()+" as its source")
		}
	}
	return r.inside(n, at, unfolded)
}

func (r *Rules) inside(n *node, at string, unfolded int) *tactful.Error {
	switch n.kind {
	case text:
		return r.text(n.text, at, unfolded)
	case array:
		count, fractions := tally(n)
		if f := r.screen.Numbers(count, fractions); f != Clean {
			return found(at, "is a list of numbers that looks like "+f.String())
		}
		for i := range n.list {
			if k := n.list[i].kind; k == number || k == boolean || k == null {
				continue
			}
			if p := r.inside(&n.list[i], at+"["+strconv.Itoa(i)+"]", unfolded); p != nil {
				return p
			}
		}
	case object:
		count, fractions := tally(n)
		if f := r.screen.Numbers(count, fractions); f != Clean {
			return found(at, "is a set of numbers that looks like "+f.String())
		}
		if p := r.pair(n, at); p != nil {
			return p
		}
		for i, name := range n.names {
			if p := r.member(name, &n.list[i], at+".", unfolded); p != nil {
				return p
			}
		}
	}
	return nil
}

// pair reads {"key": "face_template", "value": ...}, a name in a value's place.
func (r *Rules) pair(n *node, at string) *tactful.Error {
	if n.get("value").kind == absent && n.get("data").kind == absent && n.get("val").kind == absent && n.get("v").kind == absent {
		return nil
	}
	for _, name := range [...]string{"key", "name", "field", "property", "attribute", "trait", "label", "k"} {
		if key := n.get(name); key.kind == text && len(key.text) <= maxNameBytes {
			if f := r.screen.Name(key.text); f != Clean {
				return found(at+"."+name, "names a field that speaks of "+f.String())
			}
		}
	}
	return nil
}

func (r *Rules) text(s, at string, unfolded int) *tactful.Error {
	if f := r.screen.Shape(s); f != Clean {
		return found(at, "has a value that looks like "+f.String())
	}
	if unfolded >= maxUnfold || len(s) < 8 {
		return nil
	}
	inner := strings.TrimSpace(s)
	if strings.HasPrefix(inner, "eyJ") || strings.HasPrefix(inner, "W3si") || strings.HasPrefix(inner, "ey") {
		inner = unbase64(inner)
	}
	if inner == "" || inner[0] != '{' && inner[0] != '[' || !json.Valid([]byte(inner)) {
		return nil
	}
	n, problem := read(inner, span{0, len(inner)}, r.c.MaxDepth)
	if problem != nil {
		return found(at, "holds JSON that "+problem.Detail)
	}
	return r.inside(&n, at, unfolded+1)
}

// unbase64 decodes the first part of a text if it is base64, else returns "".
func unbase64(s string) string {
	s, _, _ = strings.Cut(s, ".") // a JSON Web Token's header
	s = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "").Replace(s), "=")
	decoded, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(decoded))
}

// tally counts the numbers, and the fractions among them, that a value holds
// directly or in arrays of arrays.
func tally(n *node) (count, fractions int) {
	for i := range n.list {
		switch e := &n.list[i]; e.kind {
		case number:
			count++
			if strings.ContainsAny(e.text, ".eE") {
				fractions++
			}
		case array:
			c, f := tally(e)
			count, fractions = count+c, fractions+f
		}
	}
	return count, fractions
}

// found makes the problem of a refused event.
func found(at, detail string) *tactful.Error {
	return &tactful.Error{
		Kind: tactful.Refused, Field: at, Detail: detail,
		Remedy: "do not send it: data on biometrics, voice, face, third parties and a person's own terms is never taken",
	}
}

// sayable is a field name that may stand in a problem: one of the interface or
// a declared one. A sender's own key could be data.
func (r *Rules) sayable(name string) string {
	if safeNames[name] || spoken[name] {
		return name
	}
	if _, declared := r.c.Properties[name]; declared {
		return name
	}
	return "*"
}
