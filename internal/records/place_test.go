package records

import (
	"bytes"
	"testing"
	"time"
)

func FuzzDecodePlace(f *testing.F) {
	f.Add(appendPlace(nil, Whereabouts{Precision: 2, Cell: 0x47a84e1 << 32, Hour: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}))
	f.Add(appendPlace(nil, Whereabouts{}))
	f.Fuzz(func(t *testing.T, plain []byte) {
		w, err := decodePlace(plain)
		if err == nil && !bytes.Equal(appendPlace(nil, w), plain) {
			t.Errorf("%x reads as %+v, which is written as %x", plain, w, appendPlace(nil, w))
		}
	})
}
