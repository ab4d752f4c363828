package wording

import (
	"slices"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func anna(edits ...func(*Reader)) *Reader {
	r := &Reader{Values: map[string]Value{
		FirstName: {"Anna", tactful.Declared}, LastName: {"Kovács-O’Neill", tactful.Declared}, Salutation: {"Frau", tactful.Declared},
	}}
	for _, edit := range edits {
		edit(r)
	}
	return r
}

func bought(r *Reader)   { r.Bought = true }
func signedUp(r *Reader) { r.SignedUp = true }
func named(v Value) func(*Reader) {
	return func(r *Reader) { r.Values[FirstName] = v }
}

func TestANameIsSaidToWhoeverGaveItToUsAndToNobodyElse(t *testing.T) {
	const hello = "Hi {{first_name}}, our garden range is here."
	const generic, personal = "Hi, our garden range is here.", "Hi Anna, our garden range is here."
	for _, c := range []struct {
		name   string
		reader *Reader
		at     Place
		want   string
	}{
		{"a customer reads it in a mail", anna(bought), Letter, personal},
		{"whoever signed up too", anna(signedUp), Letter, personal},
		{"a stranger does not, though we know the name", anna(), Letter, generic},
		{"nobody at all does not", nil, Letter, generic},
		{"nor whoever's name we do not know", &Reader{Bought: true}, Letter, generic},
		{"a name that we only observed is not said", anna(bought, named(Value{"Anna", tactful.Observed})), Letter, generic},
		{"nor one that was guessed", anna(bought, named(Value{"Anna", tactful.Inferred})), Letter, generic},
		{"nor one of which nobody says where it is from", anna(bought, named(Value{Text: "Anna"})), Letter, generic},
		{"in a subject a customer reads it", anna(bought), Line, personal},
		{"whoever only signed up does not", anna(signedUp), Line, generic},
		{"on a page of somebody else nobody does", anna(bought, signedUp), Elsewhere, generic},
		{"what is no name is not said", anna(bought, named(Value{"FIRSTNAME", tactful.Declared})), Letter, generic},
		{"nor a template in a name", anna(bought, named(Value{"{{last_name}}", tactful.Declared})), Letter, generic},
		{"nor markup in a name", anna(bought, named(Value{"<b>Anna</b>", tactful.Declared})), Letter, generic},
		{"nor an address in a name", anna(bought, named(Value{"anna@example.org", tactful.Declared})), Letter, generic},
		{"nor an address without a sign in a name", anna(bought, named(Value{"Anna. Visit evil.example now", tactful.Declared})), Letter, generic},
		{"nor a host", anna(bought, named(Value{"evil.example", tactful.Declared})), Letter, generic},
		{"nor one behind a name", anna(bought, named(Value{"Anna evil.co", tactful.Declared})), Letter, generic},
		{"nor a sentence", anna(bought, named(Value{"Only two left hurry", tactful.Declared})), Letter, generic},
		{"nor a point behind a word", anna(bought, named(Value{"Call. Anna", tactful.Declared})), Letter, generic},
		{"an initial is a part of a name", anna(bought, named(Value{"Anna M.", tactful.Declared})), Letter, "Hi Anna M., our garden range is here."},
		{"nor a number in a name", anna(bought, named(Value{"Anna1987", tactful.Declared})), Letter, generic},
	} {
		if got := Render(hello, c.at, c.reader, nil); got.Text != c.want {
			t.Errorf("%s: %q", c.name, got.Text)
		}
	}
}

func TestSentencesCloseOverWhatIsLeftOut(t *testing.T) {
	for copy, want := range map[string]string{
		"Hi {{first_name}}!":                                  "Hi!",
		"{{first_name}}, look at this":                        "Look at this",
		"{{first_name}}'s garden":                             "Garden",
		"Guten Tag {{salutation}} {{last_name}},\nwillkommen": "Guten Tag,\nwillkommen",
		"For {{first_name}} and friends":                      "For and friends",
		"For {{ first_name | \"you\" }} and friends":          "For you and friends",
		"For {{first_name|default: \"you\"}} alone":           "For you alone",
		"Good to see you, {{first_name}}":                     "Good to see you,",
		"No field here, (ok).":                                "No field here, (ok).",
		"Our {{category}} range":                              "Our garden range",
		"Until {{ends}}.":                                     "Until.",
		"{{first_name}} {{last_name}}: news":                  "News",
		"مرحبا {{first_name}}، عرض جديد":                      "مرحبا، عرض جديد",
	} {
		if got := Render(copy, Letter, anna(), map[string]string{Category: "garden"}); got.Text != want {
			t.Errorf("%q is %q, want %q", copy, got.Text, want)
		}
	}
}

// fieldsOfOthers are written for other tools, cut short, or disguised.
var fieldsOfOthers = []string{
	"{{user.first_name}}", "{{ contact.FIRSTNAME }}", "{{{first_name}}}", "{{firstName}}", "{{first_name | upcase}}", "{% if first_name %}you{% endif %}", "{% assign x = first_name %}",
	"${first_name}", "#{name}", "*|FNAME|*", "%%first_name%%", "%FIRSTNAME%", "%FIRST_NAME%", "[[name]]", "[First Name]", "[VORNAME]", "<<First Name>>", "{first_name}", "{FIRSTNAME}", "@@firstname@@",
	"<%= first_name %>", "__first_name__", "{{first_name", "first_name}}", "{{ {{first_name}} }}", "｛｛user.first_name｝｝", "{{fir\u200bstname}}", "{{date_of_birth}}", "{{city}}", "{{last_viewed_item}}", "((firstname))", "~name~",
	"{first}", "[first]", "$name", "{customer}", "<first_name>", "##NAME##", "FNAME", ":name:", "{0}", "%s", "%first%", "|FNAME|", "!!name!!", "⦃⦃user.first_name⦄⦄", "[CUSTOMER]", "%recipient.x%", "&lt;name&gt;",
	"[Your Name]", "[Kunde]", "<vorname>", "%1$s", "$first_name", "[[ prénom ]]", "LAST_NAME", ":first_name:", "#name#", "{ all }",
	"{# first_name #}", "{{first_name|\"{{last_name}}\"}}",
}

func TestNoFieldOfWhateverToolIsEverShownRaw(t *testing.T) {
	for _, field := range fieldsOfOthers {
		for _, r := range []*Reader{nil, anna(), anna(bought, signedUp)} {
			got := Render("Hi "+field+", our garden range is here.", Letter, r, nil)
			if strings.ContainsAny(got.Text, "{}%|<>[]$#*@_~") || strings.Contains(got.Text, "first") || strings.Contains(got.Text, "FIRST") || strings.Contains(got.Text, "upcase") {
				t.Errorf("%s is sent as %q", field, got.Text)
			}
			if r == nil && !strings.HasPrefix(got.Text, "Hi") {
				t.Errorf("%s is sent as %q", field, got.Text)
			}
		}
		if len(Check("Hi "+field)) == 0 {
			t.Errorf("%s passes when copy is loaded", field)
		}
	}
	for _, fine := range []string{"Hi {{first_name}}", "{{ first_name | \"you\" }}", "Save 20 % on chairs", "A box [large] for all", "Open: 9 to 5", "Last|First come", "The first: a chair", "A$AP and 5 $", "10 % so far", "!!!", "Our name: Tactful", "Q&A", "Wish-list <3", "Mail us: a@b.example", "Look: #garden", "2 * 3 | 4"} {
		if faults := Check(fine); len(faults) > 0 {
			t.Errorf("%q is refused for %q", fine, faults)
		}
	}
}

func TestWhatWasSaidIsOnRecord(t *testing.T) {
	got := Render("{{first_name}} {{last_name}} {{city}}", Letter, anna(signedUp, func(r *Reader) { delete(r.Values, LastName) }), nil)
	if !slices.Equal(got.Said, []string{FirstName}) || !slices.Equal(got.Generic, []string{LastName}) || !slices.Equal(got.Unknown, []string{"{{city}}"}) || got.Text != "Anna" {
		t.Errorf("%+v", got)
	}
	if !Personal("x {{salutation}}") || Personal("x {{category}}") {
		t.Error("personal fields are not told from others")
	}
}

func TestOnlyABodyOfOursIsALetter(t *testing.T) {
	for channel, want := range map[decision.Channel][2]Place{
		decision.ChannelSite: {Letter, Letter}, decision.ChannelMail: {Line, Letter}, decision.ChannelPush: {Line, Line}, decision.ChannelSMS: {Line, Line},
		decision.ChannelAd: {Elsewhere, Elsewhere}, decision.ChannelLetter: {Letter, Letter}, decision.ChannelNone: {Elsewhere, Elsewhere}, 99: {Elsewhere, Elsewhere},
	} {
		if got := [2]Place{Of(channel, Title), Of(channel, Body)}; got != want {
			t.Errorf("%s: %v", channel, got)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, field := range fieldsOfOthers {
		f.Add("Hi "+field+"!", "Anna")
	}
	f.Fuzz(func(t *testing.T, copy, name string) {
		stranger := Render(copy, Letter, &Reader{Values: map[string]Value{FirstName: {name, tactful.Declared}}}, nil)
		if again := Render(copy, Letter, nil, nil); again.Text != stranger.Text {
			t.Errorf("a stranger's name changes %q into %q", again.Text, stranger.Text)
		}
		if raw(stranger.Text) {
			t.Errorf("%q is sent as %q", copy, stranger.Text)
		}
	})
}
