package tactful_test

import (
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestAReasonSaysSomething(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		says         bool
	}{
		{"a sentence", "she asked by phone what we know", true},
		{"two words", "customer call", true},
		{"Chinese has no spaces", "客户来电询问我们知道什么事", true},
		{"Japanese neither", "お客様から電話で問い合わせがありました", true},
		{"Arabic", "اتصلت العميلة وسألت", true},
		{"Hindi, with marks", "ग्राहक ने फ़ोन पर पूछा", true},
		{"one letter again and again", "aaaaaaaaaa", false},
		{"the same in two words", "aaaaa aaaaa", false},
		{"dots", "..........", false},
		{"one word", "investigation", false},
		{"a key held down over two rows", "asasasasas asasas", false},
		{"nine characters", "she asked", false},
		{"301 characters", strings.Repeat("ab c", 75) + "d", false},
	} {
		if err := tactful.CheckReason(tt.reason); (err == nil) != tt.says {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
