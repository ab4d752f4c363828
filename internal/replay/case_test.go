package replay

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tactful/tactful/scandals"
)

func TestScandals(t *testing.T) {
	names, err := fs.Glob(scandals.Files(), "*.txt")
	if err != nil || len(names) < 6 {
		t.Fatal(names, err)
	}
	guards := make(map[string]bool)
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) {
			text, err := fs.ReadFile(scandals.Files(), name)
			if err != nil {
				t.Fatal(err)
			}
			v, err := PlayOne(t.Context(), name, string(text), options(t))
			if err != nil {
				t.Fatal(err)
			}
			guards[v.Guard] = true
			for _, fault := range v.Faults {
				t.Errorf("%s, %s", name, fault)
			}
		})
	}
	for _, guard := range []string{"consent", "provenance", "declared", "purchased", "fresh", "specific"} {
		if !guards[guard] {
			t.Errorf("no case for the guard %s", guard)
		}
	}
}

// A case that expects the opposite must fail: every kind of expectation can.
func TestACaseCanFail(t *testing.T) {
	const world = `scandal: s
guard: g
item: lamp | Desk lamp | Home | 49
item: bulb | Warm bulb | Home | 5
item: cup | Tea cup | Kitchen | 8
crowd: 30 | lamp bulb
train:
person: a | personal | yes recommendations
event: a | viewed | bulb | 1 day
event: b | viewed | bulb | now | %s
request: a | for_you
%s
`
	wrong := []string{
		"level: full", "shown: nothing", "not shown: lamp", "picked: cup", "not picked: lamp", "withheld: lamp by fresh",
		"sentence: lamp = Because we know.", "sentence lacks: Because", "note: hm", "same as: stranger",
	}
	v, err := PlayOne(t.Context(), "wrong", fmt.Sprintf(world, "accepted", strings.Join(wrong, "\n")), options(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := make(map[string]bool)
	for _, fault := range v.Faults {
		line, _, _ := strings.Cut(fault, ":")
		lines[line] = true
	}
	if len(lines) != len(wrong)+1 {
		t.Errorf("%d of %d wrong expectations fail: %v", len(lines), len(wrong)+1, v.Faults)
	}
	row, err := measureVerdicts(t.Context(), fstest.MapFS{"wrong.txt": {Data: fmt.Appendf(nil, world, "accepted", strings.Join(wrong, "\n"))}}, options(t))
	if err != nil || row.Met || row.Tactful == 0 {
		t.Errorf("the row does not fail: %+v, %v", row, err)
	}
	for _, bad := range []string{"no words", "scandal: s\nguard: g\n", "level: personal", "item: x", "crowd: many | lamp", "person: a | total", "event: a | viewed | x | soon", "request: a | nowhere", "nonsense: x"} {
		if _, err := PlayOne(t.Context(), "bad", bad, options(t)); err == nil {
			t.Errorf("%q is played", bad)
		}
	}
}
