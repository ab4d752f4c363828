package label

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestADecisionSurvivesItsRow(t *testing.T) {
	d := Decision{Item: "a/b", Class: "health", Votes: []Vote{
		{Answer: IsNot, Operator: "Ada B.", Key: "k1", Person: "ada b.", Reason: "a lamp", Time: time.Unix(5, 0).UTC(), Print: "ff"},
		{Answer: Is, Operator: "Ben", Person: "ben", Reason: "no lamp", Time: time.Unix(6, 0).UTC(), Print: "fe"},
	}}
	text, err := EncodeDecision(&d)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeDecision(text)
	if err != nil || !reflect.DeepEqual(back, d) {
		t.Errorf("%+v %v", back, err)
	}
	for name, bad := range map[string]string{
		"nothing":           "",
		"something after":   string(text) + "{}",
		"no item":           strings.Replace(string(text), `"a/b"`, `""`, 1),
		"an unknown answer": strings.Replace(string(text), `"is_not"`, `"perhaps"`, 1),
		"an unknown field":  strings.Replace(string(text), `"i":`, `"j":`, 1),
		"no votes":          `{"i":"a","c":"health","v":[]}`,
		"nobody":            strings.Replace(string(text), `"Ben"`, `""`, 1),
	} {
		if _, err := DecodeDecision([]byte(bad)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	long := Decision{Item: "i", Class: "health"}
	for range MaxVotes {
		long.Add(Vote{Answer: IsNot, Operator: strings.Repeat("o", 128), Person: strings.Repeat("o", 128), Key: strings.Repeat("k", 32), Reason: strings.Repeat("r", MaxReasonBytes), Print: strings.Repeat("f", 16)})
	}
	if _, err := EncodeDecision(&long); err != nil {
		t.Errorf("the longest does not fit: %v", err)
	}
}

func FuzzDecodeDecision(f *testing.F) {
	f.Add([]byte(`{"i":"a","c":"health","v":[{"a":"is","o":"Ada","p":"ada","r":"r","t":1,"f":"f"}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := DecodeDecision(text)
		if err != nil {
			return
		}
		again, err := EncodeDecision(&d)
		if err != nil {
			return // text may be shorter than what is written of it
		}
		back, err := DecodeDecision(again)
		if err != nil || !reflect.DeepEqual(back, d) {
			t.Fatalf("%+v came back as %+v: %v", d, back, err)
		}
	})
}
