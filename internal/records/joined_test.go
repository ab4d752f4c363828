package records

import (
	"bytes"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
)

func FuzzDecodeJoined(f *testing.F) {
	f.Add(appendJoined(nil, []Joined{{No: 7, Ref: tactful.Ref{1, 2}, Time: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}}))
	f.Add(appendJoined(nil, nil))
	f.Fuzz(func(t *testing.T, plain []byte) {
		list, err := decodeJoined(plain)
		if err == nil && !bytes.Equal(appendJoined(nil, list), plain) {
			t.Errorf("%x reads as %+v, which is written as %x", plain, list, appendJoined(nil, list))
		}
	})
}

func FuzzDecodeInherited(f *testing.F) {
	f.Add(appendInherited(nil, []*linear.Contribution{{Epoch: 3, Weight: 9, Items: []linear.Entry{{No: 4, Quantity: -2}}}}))
	f.Add(appendInherited(nil, nil))
	f.Fuzz(func(t *testing.T, plain []byte) {
		list, err := decodeInherited(plain)
		if err == nil && !bytes.Equal(appendInherited(nil, list), plain) {
			t.Errorf("%x is written as %x", plain, appendInherited(nil, list))
		}
	})
}

func FuzzDecodeMerge(f *testing.F) {
	f.Add(appendMerge(nil, &Merge{No: 7, From: tactful.Ref{1}, Into: tactful.Ref{2}, Time: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}))
	f.Fuzz(func(t *testing.T, plain []byte) {
		m, err := decodeMerge(plain)
		if err == nil && !bytes.Equal(appendMerge(nil, m), plain) {
			t.Errorf("%x reads as %+v, which is written as %x", plain, m, appendMerge(nil, m))
		}
	})
}
