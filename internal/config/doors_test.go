package config

import (
	"strings"
	"testing"
)

func TestDoorsOfOtherWiresAreNamedWhole(t *testing.T) {
	good := "server: {public_url: 'https://events.shop.example'}\ndoors:\n  recombee: [{database: shop-1, token_file: token}]\n  personalize: [{access_key: AKIDEXAMPLE, secret_file: secret}]\n"
	if c, err := Parse([]byte(good)); err != nil || len(c.Doors.Recombee) != 1 || len(c.Doors.Personalize) != 1 {
		t.Fatalf("%+v %v", c.Doors, err)
	}
	if c, err := Load(""); err != nil || len(c.Doors.Recombee)+len(c.Doors.Personalize) != 0 {
		t.Fatalf("without a word of the operator there are %+v, %v", c.Doors, err)
	}
	for _, test := range []struct{ name, text, want string }{
		{"a name that is a path", "doors: {recombee: [{database: a/b, token_file: t}]}", "doors.recombee[0].database"},
		{"a database without a token", "doors: {recombee: [{database: shop}]}", "doors.recombee[0].token_file"},
		{"a database twice", "doors: {recombee: [{database: shop, token_file: a}, {database: shop, token_file: b}]}", "doors.recombee[1].database"},
		{"a key without a secret", "doors: {personalize: [{access_key: AKIDEXAMPLE}]}", "doors.personalize[0].secret_file"},
		{"a key with a slash", "doors: {personalize: [{access_key: a/b/c/d, secret_file: s}]}", "doors.personalize[0].access_key"},
		{"a public address with a path", "server: {public_url: 'https://shop.example/v1'}", "server.public_url"},
		{"a public address without a scheme", "server: {public_url: shop.example}", "server.public_url"},
	} {
		if _, err := Parse([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v does not name %s", test.name, err, test.want)
		}
	}
}
