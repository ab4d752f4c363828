package replay

import "testing"

func TestWhatAReasonNamesIsWhatASuggestionRestsOn(t *testing.T) {
	opt := options(t)
	opt.N = 2
	row, err := measureReasons(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", row)
	if !row.Met || row.Plain > 2 {
		t.Errorf("missed: plain %.2f, tactful %.2f, beside %+v", row.Plain, row.Tactful, row.Beside)
	}
}

// The positive control: reasons that name anything the person did must miss.
func TestReasonsThatNameAnythingMissTheRow(t *testing.T) {
	opt := options(t)
	opt.N = 2
	row, err := reasonsFrom(t.Context(), opt, anything)
	if err != nil {
		t.Fatal(err)
	}
	if row.Met || row.Tactful > 2 {
		t.Errorf("met at %.2f", row.Tactful)
	}
}
