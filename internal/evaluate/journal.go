package evaluate

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/tactful/tactful"
)

// journal remembers trials in a file of JSON lines: a header that names the
// data and the cut, then a line for each trial. A line cut short by a crash is
// dropped. A nil journal remembers nothing.
type journal struct{ file *os.File }

type journalHeader struct {
	Format string  `json:"format"`
	Data   string  `json:"data"`
	Share  float64 `json:"share"`
	Seed   uint64  `json:"seed"`
	Length int     `json:"length"`
}

const journalFormat = "tactful-tune-1"

func (j *journal) append(t Trial) error {
	if j == nil {
		return nil
	}
	line, err := json.Marshal(t)
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write tuning journal: %w", err)
	}
	return nil
}

func (s *search) close() {
	if s.journal != nil {
		s.journal.file.Close()
	}
}

// resume opens the journal and takes over its trials. It refuses the journal of
// other data or another cut.
func (s *search) resume(train *Pairs) error {
	if s.options.Journal == "" {
		return nil
	}
	want := journalHeader{journalFormat, fingerprint(train), s.options.Share, s.options.Seed, s.options.Length}
	old, err := os.ReadFile(s.options.Journal)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read tuning journal: %w", err)
	}
	kept := old[:bytes.LastIndexByte(old, '\n')+1]
	first, err := json.Marshal(want)
	if err != nil {
		return fmt.Errorf("write tuning journal: %w", err)
	}
	switch {
	case len(kept) > 0:
		if err := s.replay(kept, want); err != nil {
			return err
		}
	case !bytes.HasPrefix(first, old): // not even a header cut short: somebody else's file
		return errForeignJournal()
	}
	file, err := os.OpenFile(s.options.Journal, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open tuning journal: %w", err)
	}
	s.journal = &journal{file}
	if err = file.Truncate(int64(len(kept))); err == nil {
		_, err = file.Seek(int64(len(kept)), 0)
	}
	if err == nil && len(kept) == 0 {
		_, err = file.Write(append(first, '\n'))
	}
	if err != nil {
		s.close()
		return fmt.Errorf("open tuning journal: %w", err)
	}
	return nil
}

func (s *search) replay(kept []byte, want journalHeader) error {
	lines := bufio.NewScanner(bytes.NewReader(kept))
	var header journalHeader
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &header) != nil || header != want {
		return errForeignJournal()
	}
	for lines.Scan() {
		var t Trial
		if json.Unmarshal(lines.Bytes(), &t) != nil {
			return tactful.InvalidField("journal", "has a line that cannot be read", "delete the file to begin anew")
		}
		t.Resumed = true
		s.done[t.ReportedWith] = t
	}
	return nil
}

func errForeignJournal() error {
	return tactful.InvalidField("journal", "belongs to other data, another seed or another program",
		"name another file, or delete this one to begin anew")
}

// fingerprint names the training pairs.
func fingerprint(p *Pairs) string {
	h := sha256.New()
	var line []byte
	for _, items := range p.People {
		line = binary.LittleEndian.AppendUint32(line[:0], uint32(len(items)))
		for _, item := range items {
			line = binary.LittleEndian.AppendUint32(line, item)
		}
		h.Write(line)
	}
	return hex.EncodeToString(h.Sum(nil))
}
