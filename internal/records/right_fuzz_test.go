package records

import (
	"bytes"
	"testing"
	"time"
)

func FuzzDecodeSaid(f *testing.F) {
	f.Add(appendSaid(nil, &Said{Time: time.Unix(1_790_000_000, 0).UTC(), By: "person", Text: "please", Detail: "{}"}))
	f.Add([]byte{wireVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, plain []byte) {
		s, err := decodeSaid(plain)
		if err == nil && !bytes.Equal(appendSaid(nil, &s), plain) {
			t.Fatalf("%x does not read back", plain)
		}
	})
}
