package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxRowBytes bounds one line, and one record of CSV with all its lines.
const maxRowBytes = 1 << 20

// line is one physical line without its end.
type line struct {
	no   int // from 1
	text []byte
	long bool // longer than maxRowBytes; the text is only its beginning
}

// lineReader reads lines of any length in bounded memory, and takes lines back.
type lineReader struct {
	text *bufio.Reader
	no   int
	back []line // taken back, to be read first
}

func newLineReader(text io.Reader) *lineReader {
	return &lineReader{text: bufio.NewReaderSize(text, 1<<16)}
}

// next returns the next line; io.EOF ends.
func (l *lineReader) next() (line, error) {
	if len(l.back) > 0 {
		first := l.back[0]
		l.back = l.back[1:]
		return first, nil
	}
	next := line{no: l.no + 1}
	for {
		piece, err := l.text.ReadSlice('\n')
		if room := maxRowBytes - len(next.text); len(bytes.TrimRight(piece, "\r\n")) > room {
			next.long = true
			piece = piece[:room]
		}
		next.text = append(next.text, piece...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(next.text) == 0:
			return line{}, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return line{}, err
		}
		l.no++
		next.text = bytes.TrimSuffix(bytes.TrimSuffix(next.text, []byte("\n")), []byte("\r"))
		return next, nil
	}
}

// unread takes lines back, which next then returns again.
func (l *lineReader) unread(lines []line) { l.back = append(lines, l.back...) }
