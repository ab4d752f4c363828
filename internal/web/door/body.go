package door

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/tactful/tactful"
)

// ReadBody reads a request's body, plain or gzipped, up to limit bytes on the
// wire and as many decompressed: a small body that unfolds to a large one is
// refused when it crosses the limit, not after. A body that comes slowly is read
// while its request holds no place of the door (slow.go).
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	p := watch(w, r, limit)
	if p == nil {
		return readBody(w, r, r.Body, limit)
	}
	defer p.stop()
	body, err := readBody(w, r, p, limit)
	if err = p.end(r.Context(), err); err != nil {
		return nil, err
	}
	return body, nil
}

func readBody(w http.ResponseWriter, r *http.Request, from io.ReadCloser, limit int64) ([]byte, error) {
	source := io.Reader(http.MaxBytesReader(w, from, limit))
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unzip, err := gzip.NewReader(source)
		if err != nil {
			return nil, bodyError(err, limit)
		}
		source = unzip
	default:
		return nil, mediaType("Content-Encoding", "is neither identity nor gzip", "send the body plain or gzipped")
	}
	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(source, limit+1))
	if err != nil {
		return nil, bodyError(err, limit)
	}
	if n > limit {
		return nil, tooLarge(limit)
	}
	return buf.Bytes(), nil
}

func bodyError(err error, limit int64) error {
	var tooMany *http.MaxBytesError
	switch {
	case errors.As(err, &tooMany):
		return tooLarge(limit)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return tactful.InvalidField("body", "is not gzip, though Content-Encoding says so", "send valid gzip, or no Content-Encoding")
	}
	// The connection broke, the read timed out or the stream ends too early:
	// nothing of it is used.
	return &tactful.Error{Kind: tactful.Invalid, Field: "body", Detail: "could not be read to its end", Remedy: "send it again", Err: err}
}

// DepthWithin reports whether JSON text nests at most limit deep. It looks at
// brackets outside strings only, so that it can run before any decoder.
func DepthWithin(body []byte, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}
