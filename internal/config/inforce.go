package config

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"time"

	"github.com/tactful/tactful/engine"
)

// InForce is every setting as it stands, for the log of changes: a hash of each
// value, and the value itself only where it cannot be a secret.
func (c *Config) InForce() []engine.SettingValue {
	var out []engine.SettingValue
	inForce(reflect.ValueOf(*c), "", &out)
	return out
}

func inForce(v reflect.Value, prefix string, out *[]engine.SettingValue) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		value := v.Field(i)
		if strings.Contains(options, "inline") {
			inForce(value, prefix, out)
			continue
		}
		key := prefix + name
		if value.Kind() == reflect.Struct && value.Type() != reflect.TypeFor[time.Time]() {
			inForce(value, key+".", out)
			continue
		}
		text := show(value)
		sum := sha256.Sum256([]byte(text))
		setting := engine.SettingValue{Key: key, Print: hex.EncodeToString(sum[:12])}
		if number(value.Kind()) || value.Kind() == reflect.Bool {
			setting.Shown = text
		}
		*out = append(*out, setting)
	}
}
