package evaluate

import (
	"bytes"
	"compress/gzip"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestPairsAreReadPlainAndZipped(t *testing.T) {
	const text = "0 5 3 3\n\n2\t7\r\n0 1\n"
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, given := range map[string]string{"plain": text, "gzip": zipped.String()} {
		p, err := ReadPairs(context.Background(), strings.NewReader(given))
		if err != nil {
			t.Fatal(err)
		}
		if len(p.People) != 3 || !slices.Equal(p.People[0], []uint32{2, 4, 6}) || len(p.People[1]) != 0 ||
			!slices.Equal(p.People[2], []uint32{8}) || p.Items != 9 || p.Count() != 4 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestMalformedPairsNameTheirLine(t *testing.T) {
	for name, text := range map[string]string{
		"a word":            "0 1\n1 abc\n",
		"a negative number": "0 1\n-1 2\n",
		"a fraction":        "0 1\n1 2.5\n",
		"a huge item":       "0 1\n1 99999999999999999999\n",
		"a huge person":     "0 1\n99999999999999999999 1\n",
	} {
		_, err := ReadPairs(context.Background(), strings.NewReader(text))
		if tactful.KindOf(err) != tactful.Invalid || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadPairs(f *testing.F) {
	f.Add([]byte("0 1 2\n1 5\n"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Add([]byte("7"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.ContainsFunc(b, func(r rune) bool { return r >= '0' && r <= '9' }) && len(b) > 24 {
			b = b[:24] // a person number allocates up to itself
		}
		p, err := ReadPairs(context.Background(), bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, items := range p.People {
			for i, item := range items {
				if item == 0 || int(item) >= p.Items || i > 0 && item <= items[i-1] {
					t.Fatalf("items %v of %d", items, p.Items)
				}
			}
		}
	})
}
