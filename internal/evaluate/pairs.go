package evaluate

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/tactful/tactful"
)

// Pairs is a set of (person, item) pairs, as published splits have them: for
// each person the items, ascending, as numbers from 1. People are told apart by
// the number on their line only.
type Pairs struct {
	People [][]uint32 // by the number on the line; items as written, plus one
	Items  int        // one more than the largest item number
}

// Limits of a pairs file, so that a foreign file is refused and not swallowed.
const (
	maxPairsPeople = 10_000_000
	maxPairsItems  = 1 << 24
	maxPairsLine   = 16 << 20
)

// Count returns the number of pairs.
func (p *Pairs) Count() (n int) {
	for _, items := range p.People {
		n += len(items)
	}
	return n
}

// ReadPairsFile reads a file of lines "person item item ...", plain or gzip.
func ReadPairsFile(ctx context.Context, path string) (*Pairs, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read pairs: %w", err)
	}
	defer f.Close()
	return ReadPairs(ctx, f)
}

// ReadPairs reads lines "person item item ...", numbers from 0, plain or gzip.
// A person may have several lines, a pair may be repeated: it counts once. The
// first fault is reported with its line.
func ReadPairs(ctx context.Context, r io.Reader) (*Pairs, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if head, _ := buffered.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("read pairs: %w", err)
		}
		defer unzipped.Close()
		buffered = bufio.NewReaderSize(unzipped, 1<<16)
	}
	lines := bufio.NewScanner(buffered)
	lines.Buffer(make([]byte, 1<<16), maxPairsLine)
	p := &Pairs{}
	for n := 1; lines.Scan(); n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := p.addLine(lines.Bytes()); err != nil {
			return nil, tactful.InvalidField("line "+strconv.Itoa(n), err.Error(),
				"each line is: person item item ..., whole numbers from 0, separated by spaces or tabs")
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read pairs: %w", err)
	}
	for i, items := range p.People {
		slices.Sort(items)
		p.People[i] = slices.Compact(items)
	}
	return p, nil
}

var (
	errNotANumber = errors.New("has something that is not a whole number")
	errTooLarge   = errors.New("has a number beyond the largest allowed")
)

func (p *Pairs) addLine(line []byte) error {
	person, rest, ok, err := number(line, maxPairsPeople)
	if err != nil || !ok {
		return err
	}
	for len(p.People) <= person {
		p.People = append(p.People, nil)
	}
	items := p.People[person]
	for {
		item, after, ok, err := number(rest, maxPairsItems-2)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		items = append(items, uint32(item)+1)
		p.Items = max(p.Items, item+2)
		rest = after
	}
	p.People[person] = items
	return nil
}

// number cuts the first number off a line. ok is false at its end.
func number(line []byte, limit int) (value int, rest []byte, ok bool, err error) {
	at := 0
	for at < len(line) && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r' || line[at] == ',') {
		at++
	}
	if at == len(line) {
		return 0, nil, false, nil
	}
	from := at
	for at < len(line) && line[at] >= '0' && line[at] <= '9' {
		value = value*10 + int(line[at]-'0')
		if value > limit {
			return 0, nil, false, errTooLarge
		}
		at++
	}
	if at == from || at < len(line) && line[at] != ' ' && line[at] != '\t' && line[at] != '\r' && line[at] != ',' {
		return 0, nil, false, errNotANumber
	}
	return value, line[at:], true, nil
}
