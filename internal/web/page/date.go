package page

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// months in the form that stands inside a date (CLDR, format wide).
var months = map[string][12]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"de": {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
	"fr": {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	"es": {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
	"ar": {"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
}

// orders are the long dates of CLDR, with {d}, {m} and {y}.
var orders = map[string]string{"en": "{d} {m} {y}", "de": "{d}. {m} {y}", "fr": "{d} {m} {y}", "es": "{d} de {m} de {y}", "ar": "{d} {m} {y}"}

// Date writes a day in words of the language; "" for no day. A language
// without a table gets the ISO form.
func Date(tag string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	base, _, _ := strings.Cut(tag, "-")
	order, ok := orders[base]
	if !ok {
		return t.Format(time.DateOnly)
	}
	day := digits(base, t.Day())
	if base == "fr" && t.Day() == 1 {
		day = "1er"
	}
	return strings.NewReplacer("{d}", day, "{m}", months[base][t.Month()-1], "{y}", digits(base, t.Year())).Replace(order)
}

// Moment writes a day and the time of day, in UTC.
func Moment(tag string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	base, _, _ := strings.Cut(tag, "-")
	t = t.UTC()
	comma := ","
	if base == "ar" {
		comma = "،"
	}
	return fmt.Sprintf("%s%s %s:%s UTC", Date(tag, t), comma, two(base, t.Hour()), two(base, t.Minute()))
}

func two(base string, n int) string {
	if n < 10 {
		return digits(base, 0) + digits(base, n)
	}
	return digits(base, n)
}

// digits writes a number without groups, in the digits that Number uses.
func digits(base string, n int) string {
	text := strconv.Itoa(n)
	if base != "ar" {
		return text
	}
	return strings.Map(func(r rune) rune { return r - '0' + '٠' }, text)
}
