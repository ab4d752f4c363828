package ingest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCodesThatArePeoplesNumbersAreRefused(t *testing.T) {
	cases := []struct {
		value string
		want  Finding
	}{
		{"85123A", Clean}, {"BANK CHARGES", Clean}, {"POST", Clean}, {"4006381333931", Clean}, {"sku-2026-000123", Clean}, {"536365", Clean},
		{"507f1f77bcf86cd799439011", Clean}, {"3c3ffa07-9aec-450d-b197-0b1c29fe03b0", Clean}, {"O-2026-11-22-0001", Clean}, {"1795319328866", Clean},
		{"gid://shop/Product/7391823", Clean}, {"shoes@home", EMail}, {"Ω-200", Clean}, {"خزانة-١٢", Clean}, {"ORD_20261122_991", Clean}, {"cat food", Clean},
		{"jane@example.com", EMail}, {"JANE.DOE+x@mail.example.co.uk", EMail}, {"jane＠example．com", EMail}, {"jane (at) example (dot) com", EMail},
		{"jane at example dot com", EMail}, {"ja\u200bne@example.com", EMail}, {"عميل@مثال.شبكة", EMail},
		{"+49 170 1234567", Phone}, {"+491701234567", Phone}, {"tel:0301234567", Phone}, {"(212) 555-0123", Phone}, {"212-555-0123", Phone}, {"0170 1234567", Phone}, {"＋４９１７０１２３４５６７", Phone}, {"+٤٩١٧٠١٢٣٤٥٦٧", Phone},
		{"4111111111111111", Card}, {"4111 1111 1111 1111", Card}, {"4111-1111-1111-1111", Card}, {"x 5555 5555 5555 4444", Card}, {"378282246310005", Card}, {"٤١١١١١١١١١١١١١١١", Card}, {"𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏", Card}, {"①111", Clean}, {"4\u03361\u03361\u03361 1111 1111 1111", Card},
		{"4111111111111112", Clean}, // fails Luhn
		{"DE89370400440532013000", Account}, {"DE89 3704 0044 0532 0130 00", Account}, {"gb82west12345698765432", Account}, {"MT84MALT011000012345MTLCAST001S", Account},
		{"DE88370400440532013000", Clean}, {"39a8fb63-78aa-45ad-ac35-503b9f5a4a98", Clean}, {"{\"email\":\"x\"}", Blob}, {"<b>x</b>", Blob},
		{"123-45-6789", Identity}, {"RSSMRA85T10A562S", Identity}, {"000-12-3456", Clean},
		{"52.520008,13.404954", Place}, {"52.520008 N, 13.404954 E", Place}, {"-33.8688 151.2093", Place},
		{"a\x00b", Control}, {"line\nbreak", Control},
		{"UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQ", Media}, {"data:audio/wav;base64,AAAA", Media}, {"audio/webm", Media},
		{strings.Repeat("Ab3", 30), Blob},
	}
	for _, c := range cases {
		if got := (screens{}).ID(c.value); got != c.want {
			t.Errorf("%q: got %v, want %v", c.value, got, c.want)
		}
	}
}

func TestQueriesAreRedacted(t *testing.T) {
	cases := []struct{ query, want string }{
		{"red lamp", "red lamp"}, {"  red\t lamp\n", "red lamp"}, {"lamp 60 w 230 v", "lamp 60 w 230 v"}, {"size 38 / 40", "size 38 / 40"}, {"iphone 15 pro max 256", "iphone 15 pro max 256"},
		{"lamp for jane@example.com please", "lamp for [e-mail] please"}, {"jane [at] example [dot] com", "[e-mail]"}, {"jane＠example．com", "[e-mail]"}, {"to jane@0 now", "to [e-mail] now"},
		{"call +49 (170) 123-4567 now", "call +[number] now"}, {"٠١٧٠١٢٣٤٥٦٧", "[number]"}, {"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[number]"},
		{"pay DE89 3704 0044 0532 0130 00", "pay [account]"}, {"qq 12 34 56 c", "qq 12 34 56 c"}, {"AB 12 34 56 C", "[number]"}, {"RSSMRA85T10A562S", "[number]"},
		{"123-45-6789", "[number]"}, {"near 52.520008, 13.404954", "near [place]"}, {"https://a.example/x?email=j%40x.y", "[link]"},
		{"d41d8cd98f00b204e9800998ecf8427e", "[code]"}, {strings.Repeat("xY9", 20), "[code]"}, {"مصباح أحمر", "مصباح أحمر"}, {`{"first_name":"Jane"}`, "[code]"}, {"größe ŠĐ", "größe ŠĐ"},
	}
	for _, c := range cases {
		got, _ := (screens{}).Text(c.query)
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.query, got, c.want)
		}
		if again, n := (screens{}).Text(got); again != got || n != 0 {
			t.Errorf("%q is redacted again to %q", got, again)
		}
	}
	if got, _ := (screens{}).Text(strings.Repeat("é ", 400)); len(got) > MaxQueryBytes {
		t.Errorf("%d bytes kept", len(got))
	}
}

// Numbers of people in any script and spacing never get through a query.
func TestNoLongNumberSurvivesAQuery(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	scripts := []rune{'0', '٠', '۰', '०', '０', '𝟎', '০', '๐'}
	separators := []string{"", "", " ", "-", ".", " / ", "\u00a0", "\u200b", ") ("}
	for range 3000 {
		zero := scripts[rng.IntN(len(scripts))]
		separator := separators[rng.IntN(len(separators))]
		var b strings.Builder
		for range 9 + rng.IntN(10) {
			b.WriteRune(zero + rune(rng.IntN(10)))
			if rng.IntN(3) == 0 {
				b.WriteString(separator)
			}
		}
		got, n := (screens{}).Text("lamp " + b.String() + " please")
		if n == 0 || strings.ContainsAny(got, "0123456789") {
			t.Fatalf("%q becomes %q", b.String(), got)
		}
	}
}

func TestDeclaredWordsAreCheckedAndUndeclaredOnesDropped(t *testing.T) {
	r := testRules(t)
	send := func(properties string) Sent {
		d, err := r.Native(fmt.Appendf(nil, `{"events":[{"messageId":"m","userId":"u","action":"viewed","item":"1","properties":%s}]}`, properties), noon)
		if err != nil {
			t.Fatal(err)
		}
		return d.Items[0]
	}
	s := send(`{"shelf":"top","size":"M","rank":2.5,"gift":true,"fit":"slim","email":"j@x.de","firstName":"Jane","x":{"y":"z"}}`)
	if s.Problem != nil || len(s.Event.Properties) != 4 || s.Event.Properties["rank"] != "2.5" || s.Event.Properties["fit"] != "" {
		t.Fatalf("%+v", s)
	}
	for _, bad := range []string{
		`{"shelf":"jane@example.com"}`, `{"shelf":"+491701234567"}`, `{"shelf":"4111 1111 1111 1111"}`, `{"shelf":"d41d8cd98f00b204e9800998ecf8427e"}`, `{"shelf":"52.520008,13.404954"}`,
		`{"shelf":"{\"first_name\":\"Jane\"}"}`, `{"shelf":"name=Jane;x=1"}`, `{"shelf":"｛x｝"}`, `{"shelf":["a"]}`, `{"shelf":{"a":1}}`, `{"shelf":7}`, `{"size":"XXL"}`, `{"rank":4111111111111111}`, `{"rank":52.520008}`, `{"rank":"2"}`, `{"rank":1e9}`, `{"gift":"yes"}`,
		`{"shelf":"0123456"}`, `{"shelf":"` + strings.Repeat("a ", 40) + `"}`, `[]`, `"x"`,
	} {
		if s := send(bad); s.Problem == nil || s.Task == Store || s.Event.Item != "" {
			t.Errorf("%s passes: %+v", bad, s.Event)
		}
	}
}

func TestShapesAreRefusedWhateverTheFieldIsCalled(t *testing.T) {
	r := testRules(t)
	floats := strings.TrimSuffix(strings.Repeat("-0.0312,", 128), ",")
	ints := strings.TrimSuffix(strings.Repeat("17,", 128), ",")
	indexed := make([]string, 20)
	for i := range indexed {
		indexed[i] = fmt.Sprintf(`"%d":0.%d`, i, i+11)
	}
	for _, bad := range []string{
		`"x":"data:image/png;base64,iVBORw0KGgo="`, `"x":"DATA: Audio/WAV;base64,AAAA"`, `"x":"text data:image/jpeg;base64,/9j/4AAQ"`, `"x":"image/heic"`, `"x":" audio/mpeg; codecs=1"`, `"x":"video/mp4"`,
		`"x":"UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQ=="`, `"x":"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQ"`, `"x":"payload=T2dnUwACAAAAAAAAAAAyzN3NAAAAAGFf2X8BE09wdXNIZWFk"`,
		`"x":[` + floats + `]`, `"x":[[[` + floats + `]]]`, `"x":[` + ints + `]`, `"x":{` + strings.Join(indexed, ",") + `}`, `"x":"` + floats + `"`,
		`"x":"{\"face_template\":\"abc\"}"`, `"x":"[{\"a\":{\"voiceprint\":1}}]"`, `"x":"eyJmYWNlX3RlbXBsYXRlIjoiYWJjIn0="`, `"x":"` + strings.Repeat("QUJD", 200) + `"`,
		`"x":"ＤＡＴＡ：image/png;base64,AAAA"`, `"x":"5249464624000000574156456d7420100000000100010044ac000088580100"`,
	} {
		d, err := r.Native([]byte(`{"events":[{"messageId":"m","userId":"u","action":"viewed","item":"1","properties":{`+bad+`}}]}`), noon)
		if err != nil {
			t.Fatal(err)
		}
		if d.Items[0].Problem == nil {
			t.Errorf("%.80s passes", bad)
		}
	}
	for _, fine := range []string{
		`"x":"image of a lamp"`, `"x":"https://cdn.example/p/image/12.jpg?w=300"`, `"x":[1,2,3]`, `"x":[9.99,19.99]`, `"x":"metadata: none"`, `"x":"v1.2.3"`,
		`"x":"eyJ"`, `"x":"{not json"`, `"x":"{\"a\":1}"`, `"x":"3.5 x 4.5 x 2.5 cm"`, `"x":"a/b/c/d"`, `"x":"eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2ln"`,
	} {
		d, err := r.Native([]byte(`{"events":[{"messageId":"m","userId":"u","action":"viewed","item":"1","properties":{`+fine+`}}]}`), noon)
		if err != nil || d.Items[0].Problem != nil {
			t.Errorf("%s is refused: %v %v", fine, err, d.Items[0].Problem)
		}
	}
}
