// Package outbound is the door to the outside: the one HTTP client with which
// the engine calls addresses that somebody configured. It is built so that such
// an address cannot be used to reach what stands inside (SSRF): every address
// is judged after its name was resolved, at the moment of the connection, and
// the judged address is the one that is dialled.
package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/tactful/tactful"
)

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

var _ Resolver = (*net.Resolver)(nil)

// Options of a client. The zero value is the careful choice: https to public
// addresses only.
type Options struct {
	Private   []netip.Prefix // networks of the business's own that may be called although they are not public
	PlainHTTP bool           // http too, to Private networks only
	Timeout   time.Duration  // for one call, from the look-up to the last byte; 0: DefaultTimeout
	Resolver  Resolver       // nil: the system's
	TLS       *tls.Config    // nil: the system's roots; tests bring their own
}

// DefaultTimeout bounds one call.
const DefaultTimeout = 10 * time.Second

const (
	maxBody    = 64 << 10 // sent
	maxAnswer  = 16 << 10 // read, and thrown away
	maxHeaders = 16 << 10
	maxDialled = 4 // addresses of one name that are tried
	tlsTime    = 5 * time.Second
)

// Client calls. It is safe for concurrent use.
type Client struct {
	opt  Options
	http *http.Client
}

// New makes a client.
func New(opt Options) *Client {
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.Resolver == nil {
		opt.Resolver = net.DefaultResolver
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if opt.TLS != nil {
		settings = opt.TLS.Clone()
		settings.MinVersion = tls.VersionTLS12
	}
	c := &Client{opt: opt}
	c.http = &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would resolve names itself, out of our sight
			DialContext:            c.dial,
			TLSClientConfig:        settings,
			TLSHandshakeTimeout:    tlsTime,
			ResponseHeaderTimeout:  opt.Timeout,
			MaxResponseHeaderBytes: maxHeaders,
			DisableKeepAlives:      true, // each call is judged anew
			DisableCompression:     true, // what is thrown away need not be unpacked
			ForceAttemptHTTP2:      false,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       opt.Timeout,
	}
	return c
}

// Check says whether an address may be configured at all. What its name leads
// to is judged at every call.
func (c *Client) Check(address string) error {
	_, err := c.parse(address)
	return err
}

func refused(detail, remedy string) error { return tactful.InvalidField("url", detail, remedy) }

func (c *Client) parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, refused("is not a URL", "for example https://mail.example/erasures")
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !c.opt.PlainHTTP):
		return nil, refused("is not https", "use https")
	case u.User != nil:
		return nil, refused("carries a user name or password", "leave it out: the signature says who calls")
	case u.Fragment != "":
		return nil, refused("has a fragment", "leave out what follows the #")
	case oddNumber(u.Hostname()):
		return nil, refused("names its host by an unusual number", "write the name, or the address in its usual form")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		if err := c.judge(ip, u.Scheme); err != nil {
			return nil, refused("leads to an address that is not public", "name a public address, or list your own network under outbound.private")
		}
	}
	return u, nil
}

// oddNumber reports hosts such as 2130706433, 0x7f.1 or 127.1: some resolvers
// read them as addresses, and no name ends in a number.
func oddNumber(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.HasPrefix(last, "0x") {
		return true
	}
	return last == "" || strings.Trim(last, "0123456789") == ""
}

// Post sends a body and returns the status of the answer, whose own body is not
// kept. It never follows a redirect: a 3xx is an answer like any other.
func (c *Client) Post(ctx context.Context, address string, header map[string]string, body []byte) (status int, err error) {
	if len(body) > maxBody {
		return 0, tactful.Errorf(tactful.Internal, "a call of %d bytes is too long", len(body))
	}
	u, err := c.parse(address)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, schemeKey{}, u.Scheme), c.opt.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, refused("is not a URL", "for example https://mail.example/erasures")
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	request.Header.Set("User-Agent", "tactful")
	response, err := c.http.Do(request)
	if err != nil {
		return 0, kindly(err)
	}
	defer response.Body.Close()
	// Read a little, so that the other side sees its answer taken. A fault in it changes nothing.
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, nil
}

// kindly leaves out the address, which url.Error repeats.
func kindly(err error) error {
	var place *url.Error
	if errors.As(err, &place) {
		err = place.Err
	}
	var known *tactful.Error
	if errors.As(err, &known) {
		return known
	}
	return &tactful.Error{Kind: tactful.Unavailable, Detail: "the call did not come through", Remedy: "it is tried again", Err: err}
}

type schemeKey struct{}

// dial resolves the name, judges every address and connects to one that may be
// called. The address is judged once more by the socket itself, just before it
// connects, so that nothing between here and there can exchange it.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("split the address: %w", err)
	}
	scheme, _ := ctx.Value(schemeKey{}).(string)
	ips, err := c.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: c.opt.Timeout, Control: func(_, at string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(at)
		if err != nil {
			return errInside()
		}
		return c.judge(to.Addr(), scheme)
	}}
	var faults []error
	for _, ip := range ips[:min(len(ips), maxDialled)] {
		if err := c.judge(ip, scheme); err != nil {
			faults = append(faults, err)
			continue
		}
		conn, err := dialer.DialContext(ctx, network, net.JoinHostPort(ip.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		faults = append(faults, err)
	}
	if len(faults) == 0 {
		return nil, errInside()
	}
	return nil, errors.Join(faults...)
}

func (c *Client) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	ips, err := c.opt.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, &tactful.Error{Kind: tactful.Unavailable, Detail: "the name of the host was not found", Remedy: "check the address", Err: err}
	}
	return ips, nil
}

func errInside() error {
	return &tactful.Error{Kind: tactful.Refused, Detail: "the address leads inside, where calls do not go",
		Remedy: "name a public address, or list your own network under outbound.private"}
}

// judge refuses addresses that are not public, unless their network is listed;
// plain http goes to listed networks only.
func (c *Client) judge(ip netip.Addr, scheme string) error {
	ip = ip.Unmap()
	if ip.Zone() == "" && !never(ip) {
		for _, own := range c.opt.Private {
			if own.Contains(ip) {
				return nil
			}
		}
	}
	if scheme != "https" || !Public(ip) {
		return errInside()
	}
	return nil
}
