package coercion

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"unicode"

	"github.com/tactful/tactful"
)

// ReadTexts reads judged texts from tab-separated lines under a header that names
// text and label (0 or 1), and category if there is one.
func ReadTexts(r io.Reader) ([]Example, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 2*MaxText)
	columns := map[string]int{}
	var list []Example
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if line == "" {
			continue
		}
		fields := strings.Split(line, "\t")
		if n == 1 {
			for i, name := range fields {
				columns[strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))] = i
			}
			if _, ok := columns["text"]; !ok {
				return nil, inLine(1, "has no column named text", "begin with the line: text, label, category, parted by tabs")
			}
			if _, ok := columns["label"]; !ok {
				return nil, inLine(1, "has no column named label", "begin with the line: text, label, category, parted by tabs")
			}
			continue
		}
		get := func(name string) string {
			if i, ok := columns[name]; ok && i < len(fields) {
				return fields[i]
			}
			return ""
		}
		e := Example{Text: get("text")}
		if strings.TrimSpace(e.Text) == "" || len(e.Text) > MaxText {
			return nil, inLine(n, "has no text, or one longer than 16 KB", "give one text a line")
		}
		known := true
		if c := get("category"); c != "" {
			e.Category, known = CategoryOf(c)
		}
		switch label := get("label"); {
		case !known:
			return nil, inLine(n, "names a category that is not known", "use one of: "+strings.Join(categoryWords[:], ", "))
		case label == "0":
			e.Category = Calm
		case label == "1" && e.Category == Calm:
			e.Category = Misdirection // pressing, nobody said how
		case label != "1":
			return nil, inLine(n, "has a label that is neither 0 nor 1", "write 1 for copy that presses or is eerie, 0 for calm copy")
		}
		if len(list) == MaxExamples {
			return nil, inLine(n, "is beyond the 100,000 texts that are read", "cut the file")
		}
		list = append(list, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	return list, nil
}

func inLine(n int, detail, remedy string) error {
	return tactful.InvalidField(fmt.Sprintf("line %d", n), detail, remedy)
}

// Disguise changes how a text is written and not how it reads.
type Disguise struct {
	Name   string
	Change func(text string, r *rand.Rand) string
}

// Disguises returns what a text must be seen through: other numbers, other case,
// letters of other alphabets, spaces inside words.
func Disguises() []Disguise {
	return []Disguise{
		{"digits", func(text string, r *rand.Rand) string {
			return strings.Map(func(c rune) rune {
				if c >= '0' && c <= '9' {
					return '0' + rune(r.IntN(10))
				}
				return c
			}, text)
		}},
		{"case", func(text string, r *rand.Rand) string {
			return strings.Map(func(c rune) rune {
				if r.IntN(2) == 0 {
					return unicode.ToUpper(c)
				}
				return unicode.ToLower(c)
			}, text)
		}},
		{"look-alikes", func(text string, r *rand.Rand) string {
			return strings.Map(func(c rune) rune {
				if twins := twinsOf[unicode.ToLower(c)]; len(twins) > 0 && r.IntN(3) == 0 {
					return twins[r.IntN(len(twins))]
				}
				return c
			}, text)
		}},
		{"spaces", func(text string, r *rand.Rand) string {
			var b strings.Builder
			runes := []rune(text)
			for i, c := range runes {
				b.WriteRune(c)
				if i+1 < len(runes) && unicode.IsLetter(c) && unicode.IsLetter(runes[i+1]) && r.IntN(7) == 0 {
					b.WriteByte(' ')
				}
			}
			return b.String()
		}},
	}
}

// twinsOf are common look-alikes by plain letter, also full-width and
// mathematical ones, which are not in the table because Unicode itself folds them.
var twinsOf = func() map[rune][]rune {
	t := map[rune][]rune{
		'a': {'а', 'α', 'á'}, 'c': {'с', 'ϲ'}, 'e': {'е', 'é'}, 'i': {'і', 'ı'}, 'j': {'ј'}, 'o': {'о', 'ο', 'օ', 'ö'}, 'p': {'р', 'ρ'}, 's': {'ѕ', 'ꜱ'}, 'x': {'х', 'χ'},
		'y': {'у', 'ү'}, 'h': {'һ', 'հ'}, 'l': {'ӏ', 'ʟ'}, 'n': {'ո', 'ɴ'}, 'u': {'ս', 'υ'}, 'd': {'ԁ'}, 'w': {'ԝ'}, 't': {'т', 'τ'},
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] = append(t[c], 'ａ'+c-'a', '𝐚'+c-'a')
	}
	return t
}()
