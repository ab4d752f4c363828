package door

import (
	"testing"
	"unicode/utf8"

	"github.com/tactful/tactful"
)

func FuzzReadReason(f *testing.F) {
	for _, text := range []string{"she asked by phone", "UTF-8''sie%20fragte%20f%C3%BCr", "UTF-8''%", "UTF-8''%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A", "\xff\xfe", "   short   "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, header string) {
		reason, err := readReason(header)
		if err != nil {
			return
		}
		if n := utf8.RuneCountInString(reason); n < tactful.MinReason || n > tactful.MaxReason || !tactful.PlainLine(reason) {
			t.Fatalf("%q was taken", reason)
		}
	})
}
