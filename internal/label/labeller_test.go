package label

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func labeller(t testing.TB, change func(*Config)) *Labeller {
	t.Helper()
	var c Config
	if change != nil {
		change(&c)
	}
	c.Defaults()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	l, err := New(&c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// told writes reasons as "class by source", in order.
func (l *Labeller) told(reasons []Reason) string {
	var all []string
	for _, r := range reasons {
		all = append(all, l.tax.names[r.Class]+" by "+r.Source.String())
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func item(title string, change func(*tactful.Item)) *tactful.Item {
	it := &tactful.Item{ID: "i", Title: title}
	if change != nil {
		change(it)
	}
	return it
}

func TestAnItemHasItsClassesByTheStrongestSource(t *testing.T) {
	l := labeller(t, nil)
	attribute := func(name, value string) func(*tactful.Item) {
		return func(it *tactful.Item) { it.Attributes = map[string]string{name: value} }
	}
	categories := func(names ...string) func(*tactful.Item) {
		return func(it *tactful.Item) { it.Categories = names }
	}
	labels := func(names ...string) func(*tactful.Item) {
		return func(it *tactful.Item) { it.Labels = names }
	}
	for _, c := range []struct {
		name string
		item *tactful.Item
		want string
	}{
		{"a lamp is of no class", item("Desk lamp", nil), ""},
		{"a phrase says so", item("Clear Sign pregnancy test, 2 pieces", nil), "pregnancy by words"},
		{"a category says so in words", item("Two-pack", categories("Drugstore", "Family planning")), "pregnancy by words"},
		{"in German", item("Schwangerschaftstest, 2 Stück", nil), "pregnancy by words"},
		{"a German compound by its end", item("Festbier, 6 Flaschen", nil), "alcohol by words"},
		{"case and accents do not matter", item("LIKÖR vom See", nil), "alcohol by words"},
		{"a glass for it is not it", item("Red wine glass, set of 6", nil), ""},
		{"nor is a book of a colour", item("Wine red scarf", nil), ""},
		{"but wine beside a wine glass is", item("Red wine and wine glass gift set", nil), "alcohol by words"},
		{"a swine is no wine", item("Guinea swine plush", nil), ""},
		{"a box for cigars' matches is none", item("Retrospot cigar box matches", nil), ""},
		{"a glue gun is no weapon", item("Glue gun, 40 W", nil), ""},
		{"a gun is", item("Air gun", nil), "weapons by words"},
		{"an own label is stronger than words", item("Pregnancy test", labels("pregnancy")), "pregnancy by declared"},
		{"an own label of any spelling", item("Thing", labels("Self-Harm")), "self_harm by declared"},
		{"an own label that is no class says nothing", item("Thing", labels("gift")), ""},
		{"quality comes from a label", item("A guide to vaccination", labels("quality")), "health by words, quality by declared"},
		{"and never from words", item("Quality and reliable quality source", nil), ""},
		{"an id of IAB", item("Page", attribute("iab", "12, 305")), "pregnancy by category"},
		{"an id of IAB that lost its flag in 3.0", item("Page", attribute("iab", "322")), "health by category"},
		{"an id of IAB without a flag", item("Page", attribute("iab", "2")), ""},
		{"a number of Google", item("Kit", attribute(AttributeGoogle, "1680")), "pregnancy by category"},
		{"a number of Google under one that is listed", item("Pack", attribute(AttributeGoogle, "3905")), "health by category"},
		{"a number of Google as category", item("Kit", categories("1680")), "pregnancy by category"},
		{"a path of Google", item("Kit", attribute(AttributeGoogle, "Mature > Weapons > Swords")), "weapons by category"},
		{"a path of Google as categories", item("Kit", categories("Mature", "Weapons")), "weapons by category"},
		{"diapers by number", item("Pack", attribute(AttributeGoogle, "551")), "children by category"},
		{"cigars by number", item("Box", attribute(AttributeGoogle, "3682")), "addiction by category"},
		{"an urn by its path", item("Vessel", attribute(AttributeGoogle, "Religious & Ceremonial > Memorial Ceremony Supplies > Memorial Urns")), "bereavement by category"},
		{"vitamins by number, though they are under health care", item("Jar", attribute(AttributeGoogle, "525")), ""},
		{"vitamins by their path", item("Jar", attribute(AttributeGoogle, "Health & Beauty > Health Care > Fitness & Nutrition > Vitamins & Supplements")), ""},
		{"tube feeding by its path", item("Jar", attribute(AttributeGoogle, "Health & Beauty > Health Care > Fitness & Nutrition > Tube Feeding Supplements")), "health by category"},
		{"a path that only begins alike", item("Kit", attribute(AttributeGoogle, "Baby & Toddlers of old")), ""},
		{"several numbers of Google", item("Kit", attribute(AttributeGoogle, "435, 1680")), "addiction by category, pregnancy by category"},
		{"as Google's own file writes it", item("Kit", attribute(AttributeGoogle, "1680 - Health & Beauty > Health Care > Medical Tests > Pregnancy Tests")), "pregnancy by category"},
		{"the same as categories", item("Kit", categories("1680 - Kits", "Sets")), "pregnancy by category"},
		{"a path without blanks, in small letters", item("Kit", attribute(AttributeGoogle, "mature>weapons")), "weapons by category"},
		{"a path with its signs escaped", item("Vessel", attribute(AttributeGoogle, "Religious &amp; Ceremonial &gt; Memorial Ceremony Supplies")), "bereavement by category"},
		{"several paths", item("Kit", attribute(AttributeGoogle, "Furniture > Chairs, Mature > Weapons")), "weapons by category"},
		{"a path with a comma in a name", item("Kit", attribute(AttributeGoogle, "Food, Beverages & Tobacco > Tobacco Products > Cigars")), "addiction by category"},
		{"the attribute's name as in Google's API", item("Kit", attribute("googleProductCategory", "1680")), "pregnancy by category"},
		{"ids of IAB with other signs between", item("Page", attribute("IAB", "2; 12|305")), "pregnancy by category"},
		{"an own label with a prefix", item("Thing", labels("sensitive:pregnancy")), "pregnancy by declared"},
		{"an own label in words", item("Thing", labels("Schwangerschaft")), "pregnancy by declared"},
		{"an own label in words that only looks like it", item("Thing", labels("wine glass")), ""},
		{"the text of a field", item("Kit", attribute("description", "For diabetics: blood glucose meter")), "health by words"},
		{"not of every field", item("Kit", attribute("care", "Not for use with beer")), ""},
		{"a compound that begins with it", item("Pregnancytest", nil), "pregnancy by words"},
		{"an ending that no phrase has is proposed", item("Antibabypillen", nil), "pregnancy by classifier"},
		{"what only looks like it is not proposed", item("Wine glasses", nil), ""},
		{"a harm that is written as one word is proposed", item("Miraclecure", nil), "misinformation by classifier"},
		{"not where the item says that it is reliable", item("Miraclecure", labels("quality")), "quality by declared"},
		{"a subject is not the harm that gathers around it", item("A day with vaccines", nil), "health by words"},
		{"harm: a miracle cure", item("The truth about vaccines they hide", nil), "health by words, misinformation by words"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := l.told(l.Of(c.item, nil)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatOperatorsDecide(t *testing.T) {
	l := labeller(t, nil)
	test, wine := item("Pregnancy test", nil), item("Holocaust denial exposed: a history", nil)
	vote := func(a Answer, person string, it *tactful.Item) Vote {
		return Vote{Answer: a, Operator: person, Person: person, Reason: "looked at it", Time: time.Unix(1, 0), Print: Fingerprint(it)}
	}
	changed := item("Pregnancy test, now three", nil)
	for _, c := range []struct {
		name  string
		item  *tactful.Item
		class string
		votes []Vote
		want  string
		waits bool
	}{
		{"nobody looked: it acts", test, "pregnancy", nil, "pregnancy by words", false},
		{"one person does not release a sensitive class", test, "pregnancy", []Vote{vote(IsNot, "ann", test)}, "pregnancy by words", true},
		{"nor one person twice", test, "pregnancy", []Vote{vote(IsNot, "ann", test), vote(IsNot, "ann", test)}, "pregnancy by words", true},
		{"nor somebody without a name", test, "pregnancy", []Vote{vote(IsNot, "ann", test), vote(IsNot, "", test)}, "pregnancy by words", true},
		{"two people do", test, "pregnancy", []Vote{vote(IsNot, "ann", test), vote(IsNot, "bob", test)}, "", false},
		{"not if one of them said yes since", test, "pregnancy", []Vote{vote(IsNot, "ann", test), vote(Is, "ann", test), vote(IsNot, "bob", test)}, "pregnancy by words", true},
		{"a release ends with a yes", test, "pregnancy", []Vote{vote(IsNot, "ann", test), vote(IsNot, "bob", test), vote(Is, "ann", test)}, "pregnancy by decided", false},
		{"a release ends when the item is another", changed, "pregnancy", []Vote{vote(IsNot, "ann", test), vote(IsNot, "bob", test)}, "pregnancy by words", false},
		{"the second must have seen what the first saw", changed, "pregnancy", []Vote{vote(IsNot, "ann", test), vote(IsNot, "bob", changed)}, "pregnancy by words", true},
		{"and nobody else in between saw another thing", test, "pregnancy", []Vote{vote(IsNot, "ann", test), vote(IsNot, "bob", changed), vote(IsNot, "bob", test)}, "pregnancy by words", true},
		{"one person gives a class", test, "health", []Vote{vote(Is, "ann", test)}, "health by decided, pregnancy by words", false},
		{"a yes stays when the item changes", changed, "health", []Vote{vote(Is, "ann", test)}, "health by decided, pregnancy by words", false},
		{"one person releases a harm class", wine, "hate", []Vote{vote(IsNot, "ann", wine)}, "", false},
		{"a class that is gone says nothing", test, "nothing", []Vote{vote(Is, "ann", test)}, "pregnancy by words", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Decision{Item: "i", Class: c.class, Votes: c.votes}
			if got := l.told(l.Of(c.item, []Decision{d})); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			kind := Sensitive
			if c.class == "hate" {
				kind = Harm
			}
			if got := d.Waits(kind, Fingerprint(c.item)); got != c.waits {
				t.Errorf("waits for a second person: %v", got)
			}
		})
	}
}

func TestAClassThatIsNotThereIsRefused(t *testing.T) {
	l := labeller(t, nil)
	for said, field := range map[string]string{
		"class:pregnancy": "", "Sensitive: Self-Harm": "", "gift": "", "pregnancy": "",
		"class:pregnant": "items[1].labels[0]", "sensitive:sex life": "items[1].labels[0]", "harm:": "items[1].labels[0]",
	} {
		err := l.Check([]tactful.Item{{ID: "a"}, {ID: "b", Labels: []string{said}}})
		var fault *tactful.Error
		if found := errors.As(err, &fault); found != (field != "") || found && (fault.Kind != tactful.Invalid || fault.Field != field) {
			t.Errorf("%q: %v", said, err)
		}
	}
}

func TestOldVotesMakeRoom(t *testing.T) {
	var d Decision
	for range 2 * MaxVotes {
		d.Add(Vote{Answer: IsNot, Person: "ann"})
	}
	if len(d.Votes) != MaxVotes {
		t.Errorf("%d votes are kept", len(d.Votes))
	}
}

func TestWhatASearchIsAbout(t *testing.T) {
	l := labeller(t, nil)
	for _, c := range []struct{ query, sought, subjects string }{
		{"lamp", "", ""},
		{"pregnancy test", "pregnancy", ""},
		{"schwangerschaftstest", "pregnancy", ""},
		{"wine", "alcohol", ""},
		{"wine glass", "", ""},
		{"vaccines", "health", "misinformation"},
		{"Impfung", "health", "misinformation"},
		{"vaccines cause autism", "health misinformation", "misinformation"},
		{"books about suicide", "", "self_harm"},
	} {
		sought, subjects := l.Sought(c.query)
		if got := names(l, sought); got != c.sought {
			t.Errorf("%q seeks %q, want %q", c.query, got, c.sought)
		}
		if got := names(l, subjects); got != c.subjects {
			t.Errorf("%q moves around %q, want %q", c.query, got, c.subjects)
		}
	}
}

func names(l *Labeller, s decision.Classes) string {
	var all []string
	for c, name := range l.tax.names {
		if s.Has(decision.Class(c)) {
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

func TestTheTaxonomyHasEveryClassOfTheIssue(t *testing.T) {
	l := labeller(t, nil)
	if got := names(l, l.tax.Sensitive()); got != "health pregnancy sexuality religion politics ethnicity union biometrics genetics crime money addiction gambling alcohol weight dating bereavement children" {
		t.Errorf("sensitive: %s", got)
	}
	if got := names(l, l.tax.Harm()); got != "misinformation conspiracy self_harm hate weapons fraud adult" {
		t.Errorf("harm: %s", got)
	}
	if l.tax.classes[l.tax.quality].Kind != Quality {
		t.Error("quality is not the class of quality")
	}
}

func TestEveryClassHasWordsInBothLanguages(t *testing.T) {
	l := labeller(t, nil)
	for _, language := range languages {
		text, err := files.ReadFile("words/" + language + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, class := range l.tax.classes {
			_, rest, there := strings.Cut(string(text), "["+class.Name+"]\n")
			section, _, _ := strings.Cut(rest, "\n[")
			said := slices.ContainsFunc(strings.Split(section, "\n"), func(line string) bool {
				return line != "" && !strings.ContainsAny(line[:1], "-?#")
			})
			if class.Kind != Quality && (!there || !said) {
				t.Errorf("%s has no words for %s", language, class.Name)
			}
			if class.Kind == Harm && class.Name != "adult" && class.Name != "fraud" && !strings.Contains(section, "\n? ") && !strings.HasPrefix(section, "? ") {
				t.Errorf("%s names no subject of %s", language, class.Name)
			}
		}
	}
}

// The flags of IAB's 3.0 and 3.1 are wrong: these are the differences by which
// one would notice that the table was made from them.
func TestTheFlagsAreThoseOfContentTaxonomy22(t *testing.T) {
	l := labeller(t, nil)
	for id, class := range map[string]string{"322": "health", "188": "dating", "189": "dating", "468": "genetics", "199": "health", "462": "religion", "463": "religion", "196": "children"} {
		if b, flagged := l.iab[id]; !flagged || l.tax.names[b.class] != class {
			t.Errorf("%s is not %s", id, class)
		}
	}
	flagged := 0
	text, err := files.ReadFile("iab.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasSuffix(line, "\tSCD\n") {
			flagged++
		}
	}
	if flagged != 64 {
		t.Errorf("%d nodes are flagged, 2.2 flags 64", flagged)
	}
	if path := os.Getenv("TACTFUL_IAB"); path != "" { // the published file, which we do not ship
		published, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for scan := bufio.NewScanner(bytes.NewReader(published)); scan.Scan(); {
			fields := strings.Split(scan.Text(), "\t")
			if _, known := l.iab[fields[0]]; len(fields) > 7 && fields[7] == "SCD" && !known {
				t.Errorf("%s %s is flagged and has no class", fields[0], fields[2])
			}
		}
	}
}

func TestACopyOfGooglesTaxonomyThatNumbersAnewIsRefused(t *testing.T) {
	l := labeller(t, nil)
	var right strings.Builder
	right.WriteString("# Google_Product_Taxonomy_Version: 2021-09-21\n")
	for no, b := range l.google {
		if b.name != "" {
			right.WriteString(strings.Join([]string{strconv.Itoa(no), b.name}, " - ") + "\n")
		}
	}
	if n, err := l.CheckGoogle(right.String()); err != nil || n < 15 {
		t.Errorf("the right one: %d, %v", n, err)
	}
	for name, wrong := range map[string]string{
		"another number for pregnancy tests": strings.Replace(right.String(), "1680 - ", "1681 - ", 1),
		"another thing under 1680":           strings.Replace(right.String(), "Tests > Pregnancy Tests", "Tests > Urine Tests", 1),
		"another number for condoms":         strings.Replace(right.String(), "775 - ", "776 - ", 1),
		"nothing":                            "",
	} {
		if _, err := l.CheckGoogle(wrong); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	damaged := &Labeller{tax: l.tax, google: map[int]branch{}}
	if err := damaged.readGoogle("1681\tpregnancy\t" + pregnancyTestsName + "\n"); err == nil {
		t.Error("a table without 1680 is loaded")
	}
}

func TestOwnClassesWordsAndNumbers(t *testing.T) {
	l := labeller(t, func(c *Config) {
		c.Classes = []Own{
			{Name: "knitting", Kind: "sensitive", Words: []string{"yarn*"}, Except: []string{"yarn bomb*"}, IAB: []string{"2"}, Google: []int{4}},
			{Name: "alcohol", Words: []string{"moonshine"}},
		}
	})
	for title, want := range map[string]string{"Soft yarns": "knitting by words", "Yarn bombing, a book": "", "Moonshine": "alcohol by words"} {
		if got := l.told(l.Of(item(title, nil), nil)); got != want {
			t.Errorf("%s: %q", title, got)
		}
	}
	if got := l.told(l.Of(item("x", func(it *tactful.Item) { it.Attributes = map[string]string{"iab": "2", AttributeGoogle: "4"} }), nil)); got != "knitting by category" {
		t.Errorf("by number: %q", got)
	}
	if class, _ := l.tax.Class("knitting"); !l.tax.Sensitive().Has(class) {
		t.Error("an own class of kind sensitive is not sensitive")
	}
}

func TestAnOrdinaryClassIsKeptButNotSensitive(t *testing.T) {
	l := labeller(t, func(c *Config) { c.Ordinary = map[string]string{"alcohol": "we are a wine shop"} })
	alcohol, _ := l.tax.Class("alcohol")
	if l.tax.Sensitive().Has(alcohol) {
		t.Error("it is still sensitive")
	}
	if got := l.told(l.Of(item("Red wine", nil), nil)); got != "alcohol by words" {
		t.Errorf("it is not kept: %q", got)
	}
}

func TestFaultsOfTheConfigurationAreNamed(t *testing.T) {
	many := make([]Own, decision.MaxClasses)
	for i := range many {
		many[i] = Own{Name: "own" + strconv.Itoa(i+1), Kind: "harm"}
	}
	for _, c := range []struct {
		name, field string
		config      Config
	}{
		{"a name that is no word", "labels.classes[0].name", Config{Classes: []Own{{Name: "Big Class", Kind: "harm"}}}},
		{"a name twice", "labels.classes[1].name", Config{Classes: []Own{{Name: "own", Kind: "harm"}, {Name: "own", Kind: "harm"}}}},
		{"a kind that is none", "labels.classes[0].kind", Config{Classes: []Own{{Name: "own"}}}},
		{"quality by configuration", "labels.classes[0].kind", Config{Classes: []Own{{Name: "own", Kind: "quality"}}}},
		{"another kind for a built-in class", "labels.classes[0].kind", Config{Classes: []Own{{Name: "health", Kind: "harm"}}}},
		{"a star alone", "labels.classes[0].words", Config{Classes: []Own{{Name: "health", Words: []string{"*"}}}}},
		{"a star with two letters", "labels.classes[0].words", Config{Classes: []Own{{Name: "health", Words: []string{"ab*"}}}}},
		{"a star in the middle", "labels.classes[0].words", Config{Classes: []Own{{Name: "health", Words: []string{"med*cine"}}}}},
		{"a phrase without words", "labels.classes[0].words", Config{Classes: []Own{{Name: "health", Words: []string{"  "}}}}},
		{"too many classes", "labels.classes", Config{Classes: many}},
		{"health as ordinary", "labels.ordinary.health", Config{Ordinary: map[string]string{"health": "we are a pharmacy"}}},
		{"a harm as ordinary", "labels.ordinary.hate", Config{Ordinary: map[string]string{"hate": "no reason"}}},
		{"ordinary without a reason", "labels.ordinary.alcohol", Config{Ordinary: map[string]string{"alcohol": " "}}},
		{"asking for a harm", "labels.ask[0]", Config{Ask: []string{"hate"}}},
		{"asking twice", "labels.ask[1]", Config{Ask: []string{"health", "health"}}},
	} {
		err := c.config.Validate()
		if err == nil || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%s: %s is not named in: %v", c.name, c.field, err)
		}
	}
}

func TestAFingerprintTellsEveryTextApart(t *testing.T) {
	base := func() *tactful.Item {
		return &tactful.Item{Title: "a", Categories: []string{"b"}, Labels: []string{"c"}, Attributes: map[string]string{"d": "e"}}
	}
	seen := map[string]string{Fingerprint(base()): "base"}
	for name, change := range map[string]func(*tactful.Item){
		"title": func(it *tactful.Item) { it.Title = "x" }, "category": func(it *tactful.Item) { it.Categories = []string{"b", "x"} },
		"label": func(it *tactful.Item) { it.Labels = nil }, "attribute": func(it *tactful.Item) { it.Attributes["d"] = "x" },
		"moved": func(it *tactful.Item) { it.Categories, it.Labels = nil, []string{"b", "c"} },
	} {
		it := base()
		change(it)
		if other, twice := seen[Fingerprint(it)]; twice {
			t.Errorf("%s looks like %s", name, other)
		}
		seen[Fingerprint(it)] = name
	}
	priced := base()
	priced.Price, priced.Availability = 5, tactful.InStock
	if seen[Fingerprint(priced)] != "base" {
		t.Error("a price makes it another thing")
	}
}

func FuzzPhrase(f *testing.F) {
	for _, seed := range []string{"baby*", "*bier", "wine glass*", "*", "a*b", "ß*", "s*"} {
		f.Add(seed, "a baby in a wine glass")
	}
	f.Fuzz(func(t *testing.T, text, title string) {
		parts, err := parsePhrase(text)
		if err != nil {
			return
		}
		p := newPhrases()
		p.add(phrase{text: text, parts: parts})
		l := &Labeller{tax: &Taxonomy{}, words: p}
		l.Sought(title)
	})
}

func FuzzTaxonomyCopy(f *testing.F) {
	l := labeller(f, nil)
	f.Add("1680 - " + pregnancyTestsName)
	f.Add("# x\n1 - a\n - \n")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := l.CheckGoogle(text); err == nil && n < 15 {
			t.Fatal("a copy without the rows was taken")
		}
	})
}

func BenchmarkOf(b *testing.B) {
	l := labeller(b, nil)
	it := item("Vintage red retrospot cake stand with hearts, set of 3", func(it *tactful.Item) { it.Categories = []string{"Kitchen & dining", "Cake & baking"} })
	b.ReportAllocs()
	for b.Loop() {
		if len(l.Of(it, nil)) != 0 {
			b.Fatal("wrong")
		}
	}
}
