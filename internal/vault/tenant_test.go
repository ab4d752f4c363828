package vault

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestDerivedNamesDifferByUseAndBySecret(t *testing.T) {
	v, _ := newVault(t)
	other, _ := newVault(t)
	seen := map[[16]byte]string{}
	for name, id := range map[string][16]byte{
		"user":          v.AliasID(tactful.Alias{Kind: tactful.UserID, ID: "1"}),
		"anonymous":     v.AliasID(tactful.Alias{Kind: tactful.Anonymous, ID: "1"}),
		"message":       v.MessageID("1"),
		"other user":    other.AliasID(tactful.Alias{Kind: tactful.UserID, ID: "1"}),
		"other message": other.MessageID("1"),
		"house":         v.HouseID(1, 2),
		"house shard":   v.HouseID(1, 3),
		"house day":     v.HouseID(2, 2),
	} {
		if twin, found := seen[id]; found {
			t.Errorf("%s is named as %s", name, twin)
		}
		seen[id] = name
	}
	long := strings.Repeat("x", 5000)
	if name := v.MessageID(long); name != v.MessageID(long) || name == v.MessageID(long[1:]) {
		t.Error("a long id has two names, or shares one")
	}
}

func TestTokensAreStableAndHaveOneSpelling(t *testing.T) {
	v, _ := newVault(t)
	other, _ := newVault(t)
	plain := bytes.Repeat([]byte{7}, 30)
	token, err := v.SealID(plain)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := v.SealID(plain); err != nil || again != token {
		t.Errorf("%q, %v", again, err)
	}
	if _, err := v.SealID(make([]byte, MaxIDBytes+1)); err == nil {
		t.Error("an overlong id was sealed")
	}
	full, err := v.SealID(make([]byte, MaxIDBytes))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.OpenID(full); err != nil || len(got) != MaxIDBytes {
		t.Errorf("longest id: %d bytes, %v", len(got), err)
	}
	foreign, err := other.SealID(plain)
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{"", "x", token + "A", token[:len(token)-1], token + "\n", token[:5] + "\r\n" + token[5:],
		token + "=", foreign, strings.Repeat("A", 10000)}
	for i := range token {
		swapped := []byte(token)
		if swapped[i] == 'A' {
			swapped[i] = 'B'
		} else {
			swapped[i] = 'A'
		}
		bad = append(bad, string(swapped))
	}
	for _, text := range bad {
		if _, err := v.OpenID(text); tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("a token nobody made: %v", err)
		}
	}
	if got, err := v.OpenID(token); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("control: %v", err)
	}
}

func FuzzOpenID(f *testing.F) {
	v, _ := newVault(f)
	token, err := v.SealID([]byte("0123456789abcdef0123456789"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token + "\n")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := v.OpenID(text)
		if err != nil {
			if tactful.KindOf(err) != tactful.NotFound {
				t.Fatalf("kind %v", tactful.KindOf(err))
			}
			return
		}
		if again, err := v.SealID(plain); err != nil || again != text {
			t.Fatal("a token has two spellings")
		}
	})
}

func BenchmarkAliasID(b *testing.B) {
	v, _ := newVault(b)
	a := tactful.Alias{Kind: tactful.UserID, ID: "customer-17850"}
	b.ReportAllocs()
	for b.Loop() {
		v.AliasID(a)
	}
}

func BenchmarkSealID(b *testing.B) {
	v, _ := newVault(b)
	plain := make([]byte, 30)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.SealID(plain); err != nil {
			b.Fatal(err)
		}
	}
}
