package replay

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/wording"
)

// nameCount is the row's own size: creepiness.md section 8, row 10.
const nameCount = 10_000

// filling turns copy into what is sent.
type filling func(copy string, at wording.Place, r *wording.Reader) string

// tactfully is the engine's own way.
func tactfully(copy string, at wording.Place, r *wording.Reader) string {
	return wording.Render(copy, at, r, map[string]string{wording.Category: "garden", wording.Shop: "Hilltop"}).Text
}

// measureNames plays reference/creepiness.md, replay 10: a shop that bought or
// scraped a customer list writes to strangers by their first name, in the
// template languages of every mail tool, cut short, nested and disguised.
func measureNames(ctx context.Context, opt Options) (Row, error) {
	return namesBy(ctx, opt, tactfully)
}

// aStranger is somebody of whom a list knows more than they told us.
func aStranger(rng *rand.Rand) (*wording.Reader, string, string) {
	first := firstNames[rng.IntN(len(firstNames))]
	last := lastNames[rng.IntN(len(lastNames))]
	from := []tactful.Provenance{tactful.Declared, tactful.Observed, tactful.Inferred, tactful.ProvenanceUnknown}[rng.IntN(4)]
	r := &wording.Reader{Values: map[string]wording.Value{
		wording.FirstName: {Text: first, Provenance: from}, wording.LastName: {Text: last, Provenance: from}, wording.Salutation: {Text: "Dr", Provenance: from},
		"city": {Text: last, Provenance: from}, "user.first_name": {Text: first, Provenance: from},
	}}
	if from != tactful.Declared { // bought something once; and still did not tell us the name
		r.Bought, r.SignedUp = rng.IntN(2) == 0, rng.IntN(2) == 0
	}
	return r, first, last
}

var firstNames = []string{"Anneliese", "Mohammed", "Siobhán", "Zoë", "Jean-Luc", "Oluwaseun", "Ekaterina", "Li Wei", "François", "Nguyễn", "Håkon", "Ximena", "Björn", "Aisha"}
var lastNames = []string{"Okonkwo", "Fitzgerald", "Müller-Lüdenscheidt", "Kowalczyk", "O’Shaughnessy", "Papadopoulos", "Yamamoto", "van der Berg", "Çelik", "Ivanova"}

// fields are ways to write a name's field, in our way and in those of others.
var nameFields = []string{
	"{{first_name}}", "{{ first_name }}", "{{first_name|\"friend\"}}", "{{first_name | default: \"friend\"}}", "{{first_name}} {{last_name}}", "{{salutation}} {{last_name}}", "{{{first_name}}}", "{{ {{first_name}} }}",
	"{{user.first_name}}", "{{firstName}}", "{{FIRST_NAME}}", "{{first_name|upcase}}", "{% if first_name %}{{first_name}}{% endif %}", "${first_name}", "#{first_name}", "*|FNAME|*", "%%first_name%%", "%FIRSTNAME%",
	"[[first_name]]", "[First Name]", "<<First Name>>", "{first_name}", "@@firstname@@", "<%= first_name %>", "｛｛first_name｝｝", "{{first\u200b_name}}", "{{first_name", "first_name}}", "{{fir{{first_name}}st_name}}", "{{city}}", "{{birthday}}",
}

var nameLetters = []string{
	"Hi %s, our garden range is here.", "%s, we saved this for you", "Dear %s,\nnew lamps have come.", "Only for %s: chairs of oak", "Good morning %s! Coffee?", "A letter for %s", "%s's picks of the week", "For %s and family",
}

func namesBy(ctx context.Context, opt Options, fill filling) (Row, error) {
	n := opt.N
	if n == 0 {
		n = nameCount
	}
	rng := rand.New(rand.NewPCG(opt.Seed, 10))
	leaks, plain, named, customers := 0, 0, 0, 0
	for i := range n {
		if i%1000 == 0 {
			if err := ctx.Err(); err != nil {
				return Row{}, err
			}
			opt.report("names", i, n)
		}
		field := nameFields[rng.IntN(len(nameFields))]
		copy := fmt.Sprintf(nameLetters[rng.IntN(len(nameLetters))], field)
		r, first, last := aStranger(rng)
		at := []wording.Place{wording.Letter, wording.Line, wording.Elsewhere}[rng.IntN(3)]
		if leaksName(fill(copy, at, r), first, last) {
			leaks++
		}
		if leaksName(naively(copy, r), first, last) {
			plain++
		}
		// Beside it: a customer who told us their name is called by it.
		if i%10 == 0 {
			customers++
			r := &wording.Reader{Bought: true, Values: map[string]wording.Value{wording.FirstName: {Text: first, Provenance: tactful.Declared}}}
			if got := fill("Hi {{first_name}}, thank you.", wording.Letter, r); got == "Hi "+first+", thank you." {
				named++
			}
		}
	}
	row := Row{
		Attack: "mail to strangers, in the fields of every template language, cut, nested and disguised", Metric: "strangers called by name, or shown a raw field",
		Plain: float64(plain) / float64(n), Tactful: float64(leaks) / float64(n), Goal: "0", N: n, Seeds: []uint64{opt.Seed}, Interval: upTo(leaks, n),
		Beside: []Figure{figure("customers who are called by the name they gave", float64(named)/float64(customers), "1", 1)},
	}
	row.Met = leaks == 0 && row.Beside[0].Met
	return row, nil
}

// leaksName reports whether a text says a name, or has something of a field left.
func leaksName(text, first, last string) bool {
	lower := strings.ToLower(text)
	for _, part := range append(strings.Fields(strings.ToLower(first)), strings.Fields(strings.ToLower(last))...) {
		if len(part) > 3 && strings.Contains(lower, part) {
			return true
		}
	}
	return strings.ContainsAny(text, "{}｛｝%|<>[]$#*@") || strings.Contains(lower, "first_name") || strings.Contains(lower, "fname") || strings.Contains(lower, "firstname")
}

// naively is what was usual: what is known of a field is put in its place,
// whoever said so, and what is not known stays.
func naively(copy string, r *wording.Reader) string {
	for name, value := range r.Values {
		copy = strings.ReplaceAll(copy, "{{"+name+"}}", value.Text)
		copy = strings.ReplaceAll(copy, "{{ "+name+" }}", value.Text)
	}
	return copy
}
