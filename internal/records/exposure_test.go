package records

import (
	"bytes"
	"testing"
	"time"
)

func FuzzDecodeExposure(f *testing.F) {
	f.Add(appendExposure(nil, &Exposure{Arm: "calm", Time: time.UnixMilli(1795319328866)}))
	f.Add([]byte{wireVersion, 0, 0})
	f.Fuzz(func(t *testing.T, plain []byte) {
		x, err := decodeExposure(plain)
		if err != nil {
			return
		}
		if again := appendExposure(nil, &x); !bytes.Equal(again, plain) {
			t.Errorf("%x is written %x", plain, again)
		}
	})
}
