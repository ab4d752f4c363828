package experiment

import "fmt"

// Metric is what may be measured, a closed list: things people do that they know
// they did. There is no other metric, and none about how somebody feels.
type Metric uint8

// The metrics. The zero value measures nothing.
const (
	NoMetric   Metric = iota
	Conversion        // bought something
	Click             // opened something that was suggested
	Dismissal         // sent a suggestion away
	Creepy            // said that something is creepy
	Complaint         // said that something is wrong, objected, restricted, or asked for a review
	OptOut            // said no to something, or left the experiment
	Metrics
)

var metricWords = [Metrics]string{"none", "conversion", "click", "dismissal", "creepy", "complaint", "opt_out"}

// String returns the word of files and answers.
func (m Metric) String() string {
	if m < Metrics {
		return metricWords[m]
	}
	return metricWords[0]
}

// ParseMetric reads a word.
func ParseMetric(word string) (Metric, bool) {
	for i, w := range metricWords {
		if i > 0 && w == word {
			return Metric(i), true
		}
	}
	return NoMetric, false
}

// MarshalText writes the word.
func (m Metric) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *Metric) UnmarshalText(text []byte) error {
	found, ok := ParseMetric(string(text))
	if !ok {
		return fmt.Errorf("no metric is called so")
	}
	*m = found
	return nil
}

// Harm reports whether more of it is worse.
func (m Metric) Harm() bool {
	switch m {
	case Dismissal, Creepy, Complaint, OptOut:
		return true
	case NoMetric, Conversion, Click, Metrics:
	}
	return false
}
