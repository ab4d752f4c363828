package main

import (
	"fmt"
	"regexp"
	"strings"
)

// otherCategory is where a title goes that no rule knows.
const otherCategory = "Other"

// rules are category paths with the words that lead to them; the first match wins.
type rules []rule

type rule struct {
	path    string
	phrases []string // each " word word " in singular
}

// parseRules reads lines "path: phrase, phrase"; # begins a comment.
func parseRules(text string) (rules, error) {
	var all rules
	for n, l := range strings.Split(text, "\n") {
		l, _, _ = strings.Cut(l, "#")
		if strings.TrimSpace(l) == "" {
			continue
		}
		path, words, ok := strings.Cut(l, ":")
		if !ok || strings.TrimSpace(path) == "" {
			return nil, fmt.Errorf("rules line %d: write \"path: word, word\"", n+1)
		}
		r := rule{path: strings.TrimSpace(path)}
		for phrase := range strings.SplitSeq(words, ",") {
			r.phrases = append(r.phrases, singular(phrase))
		}
		all = append(all, r)
	}
	return all, nil
}

// category returns the path of the first rule with a phrase in the title.
func (rs rules) category(title string) string {
	text := singular(title)
	for _, r := range rs {
		for _, phrase := range r.phrases {
			if strings.Contains(text, phrase) {
				return r.path
			}
		}
	}
	return otherCategory
}

var word = regexp.MustCompile(`[a-z0-9'&-]+`)

// singular writes a text as " word word " in small letters without plural s, so
// that one phrase finds "mug" and "mugs".
func singular(text string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, w := range word.FindAllString(strings.ToLower(text), -1) {
		w = strings.TrimSuffix(w, "'s")
		if len(w) > 3 && !strings.HasSuffix(w, "ss") {
			w = strings.TrimSuffix(w, "s")
		}
		b.WriteString(w + " ")
	}
	return b.String()
}
