package centre

import (
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/tactful/tactful"
)

// Bounds of files on their way. Whoever sends slowly holds what they have sent
// so far, and no place that others need.
const (
	uploadsAtOnce = 256
	uploadBytes   = 64 << 20
)

var errCrowded error = tactful.Errorf(tactful.Unavailable, "too many files are on their way")

// uploads are the files on their way: of one person one, of one address half of
// them all.
type uploads struct {
	mu  sync.Mutex
	all load
	of  map[carrier]load
}

type load struct{ files, bytes int }

// carrier is who sends a file: a person, or an address of people whom nobody knows.
type carrier struct {
	person  tactful.Alias
	address string
}

func carrierOf(r *http.Request, v *visit) carrier {
	if v.somebody() {
		return carrier{person: v.Alias}
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr) // no address: all such are one
	return carrier{address: host}
}

func (c carrier) most() load {
	if c.address == "" && c.person.Kind != tactful.NoAlias {
		return load{1, uploadBytes}
	}
	return load{uploadsAtOnce / 2, uploadBytes / 2}
}

// upload is one file on its way.
type upload struct {
	from  io.Reader
	who   carrier
	among *uploads
	bytes int
}

func (u *uploads) begin(who carrier) (*upload, error) {
	if !u.add(who, load{files: 1}) {
		return nil, errCrowded
	}
	return &upload{who: who, among: u}, nil
}

func (u *uploads) add(who carrier, l load) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	all, one, most := u.all.and(l), u.of[who].and(l), who.most()
	if all.files > uploadsAtOnce || all.bytes > uploadBytes || one.files > most.files || one.bytes > most.bytes {
		return false
	}
	if u.of == nil {
		u.of = map[carrier]load{}
	}
	u.all, u.of[who] = all, one
	return true
}

func (l load) and(m load) load { return load{l.files + m.files, l.bytes + m.bytes} }

// carry counts what is read.
func (u *upload) carry(r io.Reader) io.Reader {
	u.from = r
	return u
}

func (u *upload) Read(b []byte) (int, error) {
	n, err := u.from.Read(b)
	if n > 0 && !u.among.add(u.who, load{bytes: n}) {
		return 0, errCrowded
	}
	u.bytes += n
	return n, err
}

// end gives everything back.
func (u *upload) end() {
	u.among.mu.Lock()
	defer u.among.mu.Unlock()
	gone := load{-1, -u.bytes}
	u.among.all = u.among.all.and(gone)
	if one := u.among.of[u.who].and(gone); one.files > 0 {
		u.among.of[u.who] = one
	} else {
		delete(u.among.of, u.who)
	}
}
