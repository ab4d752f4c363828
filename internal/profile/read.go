package profile

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxProfileBytes bounds a profile after decompression.
const maxProfileBytes = 64 << 20

// errProfile says that bytes are no profile.
var errProfile = errors.New("profile: not a processor profile")

// Sample is how long the processor was seen in one stack.
type Sample struct {
	Stack []string // names of functions, the innermost first
	Time  time.Duration
}

// Read takes apart a processor profile as runtime/pprof writes it (profile.proto
// of github.com/google/pprof, gzipped).
func Read(from io.Reader) ([]Sample, error) {
	unzip, err := gzip.NewReader(from)
	if err != nil {
		return nil, fmt.Errorf("read a profile: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(unzip, maxProfileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read a profile: %w", err)
	}
	if len(text) > maxProfileBytes {
		return nil, errProfile
	}
	return decode(text)
}

// The numbers of profile.proto that are used.
const (
	profileSample, profileLocation, profileFunction, profileString = 2, 4, 5, 6

	sampleLocation, sampleValue   = 1, 2
	locationID, locationLine      = 1, 4
	lineFunction                  = 1
	functionID, functionName      = 1, 2
	valueTime                     = 1 // of a processor profile's values: how often, how long
	maxDepth, mostNames, mostRows = 1 << 12, 1 << 20, 1 << 20
)

// stored is one sample as it stands in the file.
type stored struct{ locations, values []uint64 }

// decode reads the message Profile.
func decode(text []byte) ([]Sample, error) {
	var rows []stored
	var names []string
	lines := map[uint64][]uint64{} // location: functions, the innermost first
	called := map[uint64]uint64{}  // function: number of its name
	err := fields(text, func(number int, value uint64, body []byte) error {
		switch number {
		case profileSample:
			s, err := decodeSample(body)
			rows = append(rows, s)
			return err
		case profileLocation:
			id, functions, err := decodeLocation(body)
			lines[id] = functions
			return err
		case profileFunction:
			id, name, err := decodeFunction(body)
			called[id] = name
			return err
		case profileString:
			names = append(names, string(body))
		}
		if len(rows) > mostRows || len(names) > mostNames {
			return errProfile
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	samples := make([]Sample, 0, len(rows))
	for _, row := range rows {
		if len(row.values) <= valueTime || row.values[valueTime] > 1<<62 {
			return nil, errProfile
		}
		s := Sample{Time: time.Duration(row.values[valueTime])}
		for _, location := range row.locations {
			for _, function := range lines[location] {
				if at := called[function]; at < uint64(len(names)) {
					s.Stack = append(s.Stack, names[at])
				}
			}
		}
		samples = append(samples, s)
	}
	return samples, nil
}

func decodeSample(text []byte) (s stored, err error) {
	err = fields(text, func(number int, value uint64, body []byte) error {
		switch number {
		case sampleLocation:
			s.locations, err = numbers(s.locations, value, body)
		case sampleValue:
			s.values, err = numbers(s.values, value, body)
		}
		return err
	})
	return s, err
}

func decodeLocation(text []byte) (id uint64, functions []uint64, err error) {
	err = fields(text, func(number int, value uint64, body []byte) error {
		switch number {
		case locationID:
			id = value
		case locationLine:
			return fields(body, func(number int, value uint64, _ []byte) error {
				if number == lineFunction {
					functions = append(functions, value)
				}
				return nil
			})
		}
		if len(functions) > maxDepth {
			return errProfile
		}
		return nil
	})
	return id, functions, err
}

func decodeFunction(text []byte) (id, name uint64, err error) {
	err = fields(text, func(number int, value uint64, _ []byte) error {
		switch number {
		case functionID:
			id = value
		case functionName:
			name = value
		}
		return nil
	})
	return id, name, err
}
