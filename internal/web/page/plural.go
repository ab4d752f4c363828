package page

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// A text that depends on a number stands in the catalogue once for each plural
// form of its language, as CLDR has them: key#one, key#few, ..., key#other.
const formMark = "#"

var formNames = map[plural.Form]string{
	plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
}

// form returns the word of the plural form that a whole number takes.
func form(tag string, n int) string {
	return formNames[plural.Cardinal.MatchPlural(language.Make(tag), n, 0, 0, 0, 0)]
}

// forms are the plural forms that whole numbers take in a language, sorted.
func forms(tag string) []string {
	var all []string
	for n := range 1000 {
		if f := form(tag, n); !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	slices.Sort(all)
	return all
}

// Count renders the text of a key that goes with n; {1} is n in the digits of
// the language, {2} the first further argument.
func (c *Catalogue) Count(tag, key string, n int, args ...any) (string, error) {
	return c.Text(tag, key+formMark+form(tag, max(n, -n)), append([]any{Number(tag, n)}, args...)...)
}

// Number writes a whole number as the language does: its digits, its groups.
func Number(tag string, n int) string {
	return message.NewPrinter(language.Make(tag)).Sprint(number.Decimal(n))
}

// wantedForms checks that every text with plural forms has all of the
// language's and no other.
func (c *Catalogue) wantedForms(tag string) error {
	has := map[string][]string{}
	for key := range c.texts[tag] {
		if base, f, ok := strings.Cut(key, formMark); ok {
			has[base] = append(has[base], f)
		}
	}
	want := forms(tag)
	for base, got := range has {
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("message catalogue %s has the plural forms %v of %q: the language has %v", tag, got, base, want)
		}
	}
	return nil
}
