package replay

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestWhatPeopleTakeOutIsGoneAndABuildThatIgnoresAControlIsSeen plays on fewer
// people than the command does. Ignoring a control changes nothing, so all
// planted builds can use the same customers before the real one does.
func TestWhatPeopleTakeOutIsGoneAndABuildThatIgnoresAControlIsSeen(t *testing.T) {
	const people, planted = 40, 6
	opt := options(t)
	c, err := openCustomers(t.Context(), opt, fewestCustomers)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	for _, one := range controls() {
		t.Run("ignores "+one.name, func(t *testing.T) {
			build := &controlled{customers: c, controls: []control{one}, ignored: one.name}
			row, err := build.measure(t.Context(), opt, planted)
			if err != nil {
				t.Fatal(err)
			}
			if row.Met || row.Tactful < 0.9 || row.N == 0 {
				t.Errorf("the build passes: %+v", row)
			}
		})
	}
	row, err := (&controlled{customers: c, controls: controls()}).measure(t.Context(), opt, people)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	row.Name = "controls"
	if err := write(&out, row, false); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	if !row.Met || row.Tactful != 0 || row.Plain < 0.5 {
		t.Error("missed")
	}
	compared := slices.ContainsFunc(row.Beside, func(f Figure) bool { return strings.Contains(f.Name, "never did it") })
	undone := slices.ContainsFunc(row.Beside, func(f Figure) bool { return strings.Contains(f.Name, "undo") })
	if !compared || !undone {
		t.Errorf("the contribution or the undo was not looked at: %+v", row.Beside)
	}
}
