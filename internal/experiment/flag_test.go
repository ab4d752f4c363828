package experiment

import "testing"

func TestAFlagSeesDeclaredContextOnly(t *testing.T) {
	flag := file(t, good).Flags[1]
	for _, c := range []struct {
		name    string
		context map[string]any
		variant string
		ruled   bool
	}{
		{"all conditions hold", map[string]any{"country": "DE", "visits": 3.0}, "on", true},
		{"one does not", map[string]any{"country": "FR", "visits": 9.0}, "off", false},
		{"too few", map[string]any{"country": "DE", "visits": 2.9}, "off", false},
		{"nothing is said", nil, "off", false},
		{"another type does not hold", map[string]any{"country": "DE", "visits": "3"}, "off", false},
		{"what is not declared changes nothing", map[string]any{"country": "DE", "visits": 3.0, "gender": "f"}, "on", true},
	} {
		if variant, ruled := flag.Choose(c.context); variant != c.variant || ruled != c.ruled {
			t.Errorf("%s: %s, %v", c.name, variant, ruled)
		}
	}
	if wrong := flag.Mistyped(map[string]any{"visits": "3", "country": 5.0}); wrong != "country" {
		t.Errorf("%q has another type", wrong)
	}
	if wrong := flag.Mistyped(map[string]any{"visits": 3.0, "else": []any{}}); wrong != "" {
		t.Errorf("%q has another type", wrong)
	}
}

func TestConditionsCompareWhatTheySay(t *testing.T) {
	three, five := 3.0, 5.0
	for _, c := range []struct {
		name string
		when Condition
		said any
		want bool
	}{
		{"a text is", Condition{Is: "a"}, "a", true},
		{"a text is not", Condition{Is: "a"}, "b", false},
		{"a number is, whatever its kind", Condition{Is: 3}, 3.0, true},
		{"true is", Condition{Is: true}, true, true},
		{"a list is nothing", Condition{Is: "a"}, []any{"a"}, false},
		{"in", Condition{In: []string{"a", "b"}}, "b", true},
		{"from and below", Condition{AtLeast: &three, Below: &five}, 3.0, true},
		{"below leaves out its end", Condition{Below: &five}, 5.0, false},
	} {
		c.when.Name = "x"
		if got := c.when.Holds(map[string]any{"x": c.said}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
