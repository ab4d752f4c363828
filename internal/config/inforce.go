package config

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"

	"github.com/tactful/tactful/engine"
)

// InForce is every setting as it stands, for the log of changes: a hash of each
// value, and the value itself only where it cannot be a secret.
func (c *Config) InForce() []engine.SettingValue {
	var out []engine.SettingValue
	each(reflect.ValueOf(*c), "", func(key string, value reflect.Value, _ reflect.StructTag) {
		text := show(value)
		sum := sha256.Sum256([]byte(text))
		setting := engine.SettingValue{Key: key, Print: hex.EncodeToString(sum[:12])}
		if number(value.Kind()) || value.Kind() == reflect.Bool {
			setting.Shown = text
		}
		out = append(out, setting)
	})
	return out
}
