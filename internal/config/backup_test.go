package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestCopiesOfKeysAndDataAreKeptApartAndOutOfTheStores(t *testing.T) {
	for _, c := range []struct{ name, data, keys, want string }{
		{"control: apart", "b/data", "b/keys", ""},
		{"none", "", "", ""},
		{"copies in the data", "d/copies", "", "backup.dir"},
		{"copies in the keys", "k/copies", "", "backup.dir"},
		{"copies of keys in the data", "", "d/copies", "backup.key_dir"},
		{"keys among the data", "b", "b/keys", "backup.key_dir"},
		{"in one place", "b", "./b", "backup.key_dir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(fmt.Appendf(nil, "data_dir: d\nkey_dir: k\nbackup: {dir: %q, key_dir: %q}\n", c.data, c.keys))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
