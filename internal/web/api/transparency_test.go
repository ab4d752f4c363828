package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/web/api/wire"
)

func TestTransparencyIsWhatTheConfigurationSays(t *testing.T) {
	d := newDesk(t, quiet)
	var got wire.Transparency
	if err := json.Unmarshal(d.call("GET", "/v1/transparency?language=en-GB", "decide", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	m := defaultMap()
	for _, c := range []struct {
		name string
		got  wire.Document
		want *datamap.Document
	}{{"notice", got.Notice, m.Notice("en")}, {"how", got.How, m.HowItWorks("en")}} {
		lines := 0
		for _, s := range c.got.Sections {
			for _, l := range s.Lines {
				if lines >= len(c.want.Lines()) || l.Text != c.want.Lines()[lines].Text {
					t.Fatalf("%s, line %d: %q", c.name, lines, l.Text)
				}
				if len(l.Settings) > 0 {
					t.Errorf("%s tells the name of a setting: %v", c.name, l.Settings)
				}
				lines++
			}
		}
		if lines != len(c.want.Lines()) || lines == 0 || c.got.Language != "en" {
			t.Errorf("%s in %s has %d lines, want %d", c.name, c.got.Language, lines, len(c.want.Lines()))
		}
	}
	if len(got.Languages) != len(datamap.Languages()) {
		t.Errorf("languages %v", got.Languages)
	}
}

func TestTheRecordOfProcessingIsForRightsAndAdminOnly(t *testing.T) {
	d := newDesk(t, quiet)
	for _, key := range []string{"decide", "write", "browser"} {
		if w := d.call("GET", "/v1/transparency/processing", key, ""); w.Code != 403 {
			t.Errorf("%s: %d", key, w.Code)
		}
	}
	var got wire.Processing
	w := d.call("GET", "/v1/transparency/processing", "admin", "")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Records) != len(defaultMap().Records) || !strings.Contains(w.Body.String(), "engine.receipts.keep") || len(got.Assessment.Sections) == 0 {
		t.Errorf("%d records", len(got.Records))
	}
}
