package profile

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Area gathers functions under one name.
type Area struct {
	Name   string
	Begins []string // a function belongs here if its name begins with one of these
}

// Share is what one area took.
type Share struct {
	Area string        `json:"area"`
	Time time.Duration `json:"ns"`
	Part float64       `json:"part"` // of all of it
}

// Other is the area of what belongs nowhere.
const Other = "everything else"

// Shares adds up the samples by area, the largest first. A sample counts once,
// for the innermost of its functions that belongs anywhere: the reading of a
// row counts as reading, whoever asked for it.
func Shares(samples []Sample, areas []Area) []Share {
	times := make([]time.Duration, len(areas)+1)
	total := time.Duration(0)
	for i := range samples {
		total += samples[i].Time
		times[areaOf(samples[i].Stack, areas)] += samples[i].Time
	}
	var shares []Share
	for i, took := range times {
		if took == 0 {
			continue
		}
		name := Other
		if i < len(areas) {
			name = areas[i].Name
		}
		shares = append(shares, Share{Area: name, Time: took, Part: float64(took) / float64(total)})
	}
	slices.SortStableFunc(shares, func(a, b Share) int { return cmp.Compare(b.Time, a.Time) })
	return shares
}

func areaOf(stack []string, areas []Area) int {
	for _, function := range stack {
		for i := range areas {
			if slices.ContainsFunc(areas[i].Begins, func(begin string) bool { return strings.HasPrefix(function, begin) }) {
				return i
			}
		}
	}
	return len(areas)
}
