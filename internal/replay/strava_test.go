package replay

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"testing"

	"github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/report"
)

func TestAMapTellsNoHomeNoBaseAndNoClinic(t *testing.T) {
	opt := options(t)
	opt.N = 2
	row, err := measureStrava(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("plain %.3f, tactful %.3f", row.Plain, row.Tactful)
	for _, f := range row.Beside {
		t.Logf("%s: %.3f, goal %s", f.Name, f.Value, f.Goal)
	}
	if !row.Met {
		t.Errorf("missed: %+v", row)
	}
}

// The positive controls: each rule that is taken away makes the row miss.
func TestWithoutItsRulesTheMapTells(t *testing.T) {
	heat := report.Heat{On: true}
	heat.Defaults()
	for name, rules := range map[string]func(*land) (*place.Door, report.Heat){
		"without the isolation rule the bases are seen": func(l *land) (*place.Door, report.Heat) {
			door, _ := safeMap(l)
			lonely := heat
			lonely.Settled = 2 * lonely.K
			lonely.Places = []place.Zone{{Lat: l.lat, Lng: l.lng, Metres: 200_000}} // all is said to be a town
			return door, lonely
		},
		"without the list of sensitive places the clinic is": func(*land) (*place.Door, report.Heat) { return &place.Door{}, heat },
	} {
		opt := options(t)
		opt.N = 2
		row, err := stravaFrom(context.Background(), opt, rules)
		if err != nil {
			t.Fatal(err)
		}
		if row.Met {
			t.Errorf("%s: the row is met", name)
		}
	}
}

func TestTheTwoMapsAreDrawn(t *testing.T) {
	text, err := DrawMaps(7)
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Contains(text, []byte("<polygon")) {
		t.Error("the safe map is empty")
	}
}
