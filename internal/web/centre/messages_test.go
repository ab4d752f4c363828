package centre

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/internal/web/page"
)

func catalogue(t *testing.T) *page.Catalogue {
	t.Helper()
	c, err := page.Open(os.DirFS("messages"), "en")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var placeholder = regexp.MustCompile(`\{\d\}`)

func texts(t *testing.T, c *page.Catalogue, tag string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, key := range c.Keys(tag) {
		text, err := c.Text(tag, key)
		if err != nil {
			t.Fatal(err)
		}
		all[key] = text
	}
	return all
}

func TestThereAreFiveLanguagesWithTheSamePlaceholders(t *testing.T) {
	c := catalogue(t)
	if got := strings.Join(c.Languages(), " "); got != "en ar de es fr" {
		t.Errorf("languages: %s", got)
	}
	en := texts(t, c, "en")
	for _, tag := range c.Languages() {
		for key, text := range texts(t, c, tag) {
			base, form, plural := strings.Cut(key, "#")
			model, ok := en[key]
			if !ok {
				model = en[base+"#other"]
			}
			want, got := placeholder.FindAllString(model, -1), placeholder.FindAllString(text, -1)
			if plural && form != "other" { // "one thing" needs no number
				want, got = slices.DeleteFunc(want, first), slices.DeleteFunc(got, first)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) || text == "" && model != "" {
				t.Errorf("%s in %s: %q for %q", key, tag, text, model)
			}
		}
	}
}

func first(s string) bool { return s == "{1}" }

func TestLanguagesThatNobodyReviewedSaySo(t *testing.T) {
	w := newWorld(t)
	for _, tag := range w.centre.texts.Languages() {
		w.header.Set("Accept-Language", tag)
		for _, path := range []string{"", "/uses", "/ask", "/interests", "/history", "/why", "/tests", "/data", "/help"} {
			if marked := len(find(w.get(Root+path), "p", "unreviewed")) == 1; marked == reviewed[tag] {
				t.Errorf("%s in %s: marked %v", path, tag, marked)
			}
		}
	}
}

// Keys that are put together at run time: one for each value of an enum.
func TestEveryValueHasItsWord(t *testing.T) {
	c := catalogue(t)
	var keys []string
	for a := range tactful.Actions {
		keys = append(keys, "action."+tactful.Action(a).String())
	}
	for l := tactful.LevelUnknown; l <= tactful.Full; l++ {
		keys = append(keys, "level."+l.String())
	}
	for _, l := range levelWords {
		keys = append(keys, "level."+l+".does", "level."+l+".not", "said.level."+l)
	}
	for o := tactful.OriginUnknown; o <= tactful.Match; o++ {
		keys = append(keys, "origin."+o.String())
	}
	for p := tactful.PlacementUnknown; p <= tactful.Search; p++ {
		keys = append(keys, "place."+p.String())
	}
	for p := tactful.ProvenanceUnknown; p <= tactful.Inferred; p++ {
		keys = append(keys, "provenance."+p.String())
	}
	for f := tactful.FeedbackUnknown; f <= tactful.FeedbackWrong; f++ {
		keys = append(keys, "feedback."+f.String())
	}
	for a := tactful.NoAnswer; a <= tactful.Withdrawn; a++ {
		keys = append(keys, "answer."+a.String(), "said.was."+a.String())
	}
	for k := tactful.Internal; k <= tactful.Unavailable; k++ {
		keys = append(keys, "error."+k.String(), "error."+k.String()+".title")
	}
	for _, s := range []string{"none", "unused", "gift", "wrong"} {
		keys = append(keys, "setting."+s, "said.interest."+s)
		if s != "wrong" { // of an interest only
			keys = append(keys, "said.setting."+s, "said.range."+s)
		}
	}
	for _, p := range append(tactful.Purposes(), "class", "other") {
		keys = append(keys, "use."+string(p), "use."+string(p)+".yes", "use."+string(p)+".no")
	}
	for _, k := range rights.Kinds() {
		keys = append(keys, "right."+k.String())
	}
	for s := rights.StateUnknown; s <= rights.Cancelled; s++ {
		keys = append(keys, "state."+s.String())
	}
	for b := decision.BecauseNoSubject; b <= decision.BecausePaused; b++ {
		if b != decision.BecauseRequest && b != decision.BecausePurpose { // these cannot bound the centre's own question
			keys = append(keys, "because."+b.String())
		}
	}
	for _, word := range (^tactful.Opened(0)).Words() {
		keys = append(keys, "opened."+word)
	}
	for w := tactful.WishNone; w <= tactful.WishMuted; w++ {
		keys = append(keys, "wish."+w.String(), "wish.do."+w.String(), "said.wish."+w.String())
	}
	for _, s := range []string{"freeze", "thaw", "object", "allow", "minor", "pause.on", "pause.off", "needs", "messages", "discreet.on", "discreet.off", "forgot", "review", "correct.count", "correct.notmine", "off", "undone", "overtaken", "device.on", "device.off"} {
		keys = append(keys, "said."+s)
	}
	for _, tag := range c.Languages() {
		keys = append(keys, "tongue."+tag)
	}
	for _, m := range (&Centre{settings: config.Centre{Purposes: []string{"messages_sms"}}}).pagesThere() {
		keys = append(keys, "menu."+m.Key, "title."+m.Key)
	}
	for _, key := range keys {
		if !c.Known(key) {
			t.Errorf("there is no text for %s", key)
		}
	}
}

// TestYesAndNoHaveAboutTheSameWords: neither answer is longer, and both begin
// with the plain word.
func TestYesAndNoHaveAboutTheSameWords(t *testing.T) {
	c := catalogue(t)
	plain := map[string][2]string{"en": {"Yes", "No"}, "de": {"Ja", "Nein"}, "fr": {"Oui", "Non"}, "es": {"Sí", "No"}, "ar": {"نعم", "لا"}}
	for _, tag := range c.Languages() {
		all := texts(t, c, tag)
		for key, yes := range all {
			base, ok := strings.CutSuffix(key, ".yes")
			if !ok {
				continue
			}
			no := all[base+".no"]
			if !strings.HasPrefix(yes, plain[tag][0]) || !strings.HasPrefix(no, plain[tag][1]) {
				t.Errorf("%s %s: %q and %q do not begin with the plain words", tag, base, yes, no)
			}
			if d := len(strings.Fields(yes)) - len(strings.Fields(no)); d < -1 || d > 1 {
				t.Errorf("%s %s: %q and %q differ by %d words", tag, base, yes, no, d)
			}
		}
	}
}

// The measures of how easy a text is, each made for its language. Syllables
// are counted as groups of vowels.
var measures = map[string]struct {
	name   string
	of     func(count) float64
	one    float64 // no text may be harder
	all    float64 // nor all together
	higher bool    // a higher number is easier
}{
	// Kincaid et al. 1975: school grade.
	"en": {"Flesch-Kincaid grade", func(c count) float64 { return 0.39*c.sentence() + 11.8*c.perWord(c.syllables) - 15.59 }, 8, 5, false},
	// Bamberger and Vanecek 1984, first formula: school grade.
	"de": {"erste Wiener Sachtextformel", func(c count) float64 {
		return 19.35*c.perWord(c.long3) + 0.1672*c.sentence() + 12.97*c.perWord(c.long6) - 3.27*c.perWord(c.mono) - 0.875
	}, 9.5, 5, false},
	// Kandel and Moles 1958: 0 to 100, 60 is standard, 100 is very easy.
	"fr": {"Kandel-Moles", func(c count) float64 { return 207 - 1.015*c.sentence() - 73.6*c.perWord(c.syllables) }, 60, 90, true},
	// Fernández Huerta 1959: 0 to 100, 60 is normal, 90 is very easy.
	"es": {"Fernández-Huerta", func(c count) float64 { return 206.84 - 60*c.perWord(c.syllables) - 1.02*c.sentence() }, 60, 85, true},
}

// TestTextsAreEasyToRead: English at most at school grade 8 for each text of
// six words and more; the other languages by the measure that they have. For
// Arabic there is none that is agreed on.
func TestTextsAreEasyToRead(t *testing.T) {
	c := catalogue(t)
	for tag, m := range measures {
		var total count
		worst, where := math.Inf(1), ""
		for key, text := range texts(t, c, tag) {
			n := counted(tag, placeholder.ReplaceAllString(text, "3"))
			if n.words < 6 {
				continue
			}
			total.add(n)
			hard := m.of(n)
			if m.higher && hard < m.one || !m.higher && hard > m.one {
				t.Errorf("%s %s: %s is %.1f: %s", tag, key, m.name, hard, text)
			}
			if m.higher {
				hard = -hard
			}
			if -hard < worst {
				worst, where = -hard, key
			}
		}
		got := m.of(total)
		t.Logf("%s: %s of %d words is %.1f; the hardest is %s at %.1f", tag, m.name, total.words, got, where, math.Abs(worst))
		if m.higher && got < m.all || !m.higher && got > m.all {
			t.Errorf("%s: together %.1f", tag, got)
		}
	}
}

// TestConsentTextsAreEasyToRead: what people say yes or no to, by the same measures
// and bounds; a purpose that the configuration adds is the business's own text.
func TestConsentTextsAreEasyToRead(t *testing.T) {
	w := newWorld(t)
	for tag, m := range measures {
		notices := w.engine.Notices(tag)
		if len(notices) < 10 {
			t.Fatalf("%d texts", len(notices))
		}
		for _, n := range notices {
			if n.Language != tag {
				t.Errorf("%s has no text in %s", n.Purpose, tag)
			}
			hard := m.of(counted(tag, n.Text))
			if tag == "en" { // the stricter way to count: an e at the end is a syllable too
				hard = max(hard, m.of(counted("", n.Text)))
			}
			if m.higher && hard < m.one || !m.higher && hard > m.one {
				t.Errorf("%s %s: %s is %.1f: %s", tag, n.Purpose, m.name, hard, n.Text)
			}
		}
	}
}

func TestTheMeasuresTellEasyFromHard(t *testing.T) {
	for tag, pair := range map[string][2]string{
		"en": {"We do not use this any more.", "Notwithstanding the aforementioned considerations, personalization functionality necessitates authorization."},
		"de": {"Wir nutzen das nicht mehr.", "Die Datenverarbeitungseinwilligungserklärung berücksichtigt Personalisierungsfunktionalitäten entsprechend datenschutzrechtlicher Bestimmungen."},
		"fr": {"Nous ne le gardons pas.", "La personnalisation nécessite préalablement une autorisation explicitement matérialisée conformément aux dispositions réglementaires."},
		"es": {"Ya no usamos esto.", "La personalización requiere obligatoriamente autorizaciones explícitamente documentadas conforme a disposiciones reglamentarias."},
	} {
		m := measures[tag]
		easy, hard := m.of(counted(tag, pair[0])), m.of(counted(tag, pair[1]))
		if m.higher && (easy < m.one || hard >= m.one) || !m.higher && (easy > m.one || hard <= m.one) {
			t.Errorf("%s: %s finds %.1f easy and %.1f hard", tag, m.name, easy, hard)
		}
	}
}

// count is what the measures need of a text.
type count struct{ sentences, words, syllables, long3, long6, mono int }

func (c count) sentence() float64     { return float64(c.words) / float64(c.sentences) }
func (c count) perWord(n int) float64 { return float64(n) / float64(c.words) }
func (c *count) add(o count) {
	c.sentences += o.sentences
	c.words += o.words
	c.syllables += o.syllables
	c.long3 += o.long3
	c.long6 += o.long6
	c.mono += o.mono
}

func counted(tag, text string) count {
	var c count
	for s := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(".?!:¿¡", r) }) {
		words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' })
		if len(words) == 0 {
			continue
		}
		c.sentences++
		for _, w := range words {
			n := syllables(tag, strings.ToLower(w))
			c.words++
			c.syllables += n
			if n >= 3 {
				c.long3++
			}
			if len([]rune(w)) > 6 {
				c.long6++
			}
			if n == 1 {
				c.mono++
			}
		}
	}
	return c
}

// syllables counts groups of vowels; the e at the end is silent in English and French.
func syllables(tag, word string) int {
	n, inside := 0, false
	for _, r := range word {
		vowel := strings.ContainsRune("aeiouyäöüáéíóúàâèêëîïôûùœ", r)
		if vowel && !inside {
			n++
		}
		inside = vowel
	}
	switch {
	case tag == "en" && (strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") || strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "ted") && !strings.HasSuffix(word, "ded")),
		tag == "fr" && (strings.HasSuffix(word, "e") || strings.HasSuffix(word, "es")):
		n--
	}
	return max(1, n)
}
