package records

import (
	"bytes"
	"testing"
)

func FuzzDecodeRecipients(f *testing.F) {
	f.Add(appendRecipients(nil, map[string]string{"mailer": "4711", "parcels": ""}))
	f.Add([]byte{wireVersion, 0})
	f.Fuzz(func(t *testing.T, plain []byte) {
		ids, err := decodeRecipients(plain)
		if err != nil {
			return
		}
		if again := appendRecipients(nil, ids); !bytes.Equal(again, plain) {
			t.Errorf("%x is written as %x", plain, again)
		}
	})
}
