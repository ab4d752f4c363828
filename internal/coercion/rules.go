package coercion

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

//go:embed rules.txt
var rulesText string

// sure says what a rule's hit is worth by itself.
type sure uint8

const (
	hinting  sure = iota // only the model weighs it
	asking               // a person decides
	stopping             // enough
	clearing             // calm, if it is all there is
)

// rule is a pattern over normal text.
type rule struct {
	category Category
	sure     sure
	language string
	pattern  *regexp.Regexp
}

// shippedRules are the shipped ones, read once; a test finds a fault in the file.
var shippedRules = sync.OnceValues(func() ([]rule, error) { return rulesIn(rulesText) })

// rules returns the shipped rules.
func rules() []rule {
	list, _ := shippedRules()
	return list
}

func rulesIn(text string) ([]rule, error) {
	var list []rule
	for i, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.SplitN(line, "\t", 4)
		if len(fields) != 4 {
			return nil, fmt.Errorf("rules, line %d: wants category, how sure, language, pattern", i+1)
		}
		c, ok := CategoryOf(fields[0])
		if !ok || (c == Calm) != (fields[1] == "plain") {
			return nil, fmt.Errorf("rules, line %d: %q is no category", i+1, fields[0])
		}
		if fields[1] == "plain" {
			fields[3] = `^(?:` + fields[3] + `)[.! ]*$`
		}
		level, ok := map[string]sure{"hint": hinting, "ask": asking, "block": stopping, "plain": clearing}[fields[1]]
		if !ok {
			return nil, fmt.Errorf("rules, line %d: %q is neither block, ask, hint nor plain", i+1, fields[1])
		}
		pattern, err := regexp.Compile(fields[3])
		if err != nil {
			return nil, fmt.Errorf("rules, line %d: %w", i+1, err)
		}
		list = append(list, rule{c, level, fields[2], pattern})
	}
	return list, nil
}

// hitsOf returns the rules that hit a text in the normal form, ascending.
func hitsOf(text string) []int {
	var hits []int
	for i, r := range rules() {
		if r.pattern.MatchString(text) {
			hits = append(hits, i)
		}
	}
	return hits
}
