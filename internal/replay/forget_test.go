package replay

import "testing"

func TestErasedIsNeverSeen(t *testing.T) {
	opt := options(t)
	opt.N = 8
	row, err := measureForget(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", row)
	if !row.Met || row.Tactful != 0 {
		t.Errorf("missed: %+v", row)
	}
}

// The positive controls: a build that skips unlearning, and one that leaves a
// row, must miss the row.
func TestABuildThatForgetsByHalvesMissesTheRow(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault plant
		by    func(Row) bool
	}{
		{"the model is not told", keepModel, func(r Row) bool { return r.Tactful > forgetGoal && r.Beside[0].Value > 0 && r.Beside[1].Value == 0 }},
		{"a row is left behind", leaveRow, func(r Row) bool { return r.Tactful == 0 && r.Beside[0].Value == 0 && r.Beside[1].Value > 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := options(t)
			opt.N = 8
			row, err := forgetFrom(t.Context(), opt, c.fault)
			if err != nil {
				t.Fatal(err)
			}
			if row.Met || !c.by(row) {
				t.Errorf("%+v", row)
			}
		})
	}
}
