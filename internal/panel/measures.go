package panel

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// Family names what measures have told in the ledger of reports.
const Family = "panel"

// Measures are what lists did with the panel's groups, as they were released.
type Measures struct {
	Month       string       `json:"month"`
	Given       time.Time    `json:"given"`
	Model       string       `json:"model"`   // hash of the one in use
	Epsilon     float64      `json:"epsilon"` // what they may tell of one person, at delta
	Delta       float64      `json:"delta"`
	Cost        noise.Cost   `json:"cost"`
	Comparisons []Comparison `json:"comparisons"`
}

// Beyond reports whether a declared bound is broken.
func (m *Measures) Beyond() bool {
	for i := range m.Comparisons {
		if len(m.Comparisons[i].Beyond) > 0 {
			return true
		}
	}
	return false
}

// Encode writes the measures as their row.
func (m *Measures) Encode() ([]byte, error) { return json.Marshal(m) }

// DecodeMeasures reads what Encode wrote.
func DecodeMeasures(text []byte) (*Measures, error) {
	var m Measures
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("read measures of the panel: %w", err)
	}
	if m.Month == "" || m.Cost <= 0 {
		return nil, tactful.Errorf(tactful.Internal, "kept measures of the panel are damaged")
	}
	return &m, nil
}
