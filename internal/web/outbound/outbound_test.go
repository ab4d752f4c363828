package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// names answers look-ups from a script: the n-th look-up gets the n-th answer,
// and the last one stays.
type names struct {
	answers [][]netip.Addr
	asked   atomic.Int64
}

func (n *names) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	at := min(int(n.asked.Add(1)), len(n.answers))
	if at == 0 {
		return nil, errors.New("no such host")
	}
	return n.answers[at-1], nil
}

func say(texts ...string) *names {
	n := &names{}
	for _, text := range texts {
		var ips []netip.Addr
		for _, one := range strings.Split(text, " ") {
			ips = append(ips, netip.MustParseAddr(one))
		}
		n.answers = append(n.answers, ips)
	}
	return n
}

// inside is a server on this machine that must not be reached.
type inside struct {
	*httptest.Server
	met  atomic.Int64
	port string
}

func newInside(t *testing.T, handler http.HandlerFunc) *inside {
	t.Helper()
	in := &inside{}
	in.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in.met.Add(1)
		if handler != nil {
			handler(w, r)
		}
	}))
	t.Cleanup(in.Close)
	u, err := url.Parse(in.URL)
	if err != nil {
		t.Fatal(err)
	}
	in.port = u.Port()
	return in
}

func (in *inside) trust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(in.Certificate())
	return &tls.Config{RootCAs: pool, ServerName: "example.com"}
}

func TestNoAddressLeadsInside(t *testing.T) {
	in := newInside(t, nil)
	loopback := "127.0.0.1"
	for _, c := range []struct {
		name, address string
		names         *names
	}{
		{"loopback", "https://127.0.0.1:PORT/", say(loopback)},
		{"localhost", "https://localhost:PORT/", say(loopback)},
		{"another loopback", "https://127.8.9.1:PORT/", say(loopback)},
		{"loopback in IPv6", "https://[::1]:PORT/", say(loopback)},
		{"loopback mapped into IPv6", "https://[::ffff:127.0.0.1]:PORT/", say(loopback)},
		{"loopback mapped, in hex", "https://[::ffff:7f00:1]:PORT/", say(loopback)},
		{"loopback in the old IPv4-compatible form", "https://[::127.0.0.1]:PORT/", say(loopback)},
		{"loopback behind NAT64", "https://[64:ff9b::7f00:1]:PORT/", say(loopback)},
		{"loopback behind 6to4", "https://[2002:7f00:1::]:PORT/", say(loopback)},
		{"an address with a zone", "https://[fe80::1%25lo]:PORT/", say(loopback)},
		{"one decimal number, as some resolvers read it", "https://2130706433:PORT/", say(loopback)},
		{"one hexadecimal number", "https://0x7f000001:PORT/", say(loopback)},
		{"hexadecimal parts", "https://0x7f.0.0.0x1:PORT/", say(loopback)},
		{"octal parts", "https://0177.0.0.1:PORT/", say(loopback)},
		{"two parts", "https://127.1:PORT/", say(loopback)},
		{"a dot at the end", "https://127.0.0.1.:PORT/", say(loopback)},
		{"nothing", "https://0.0.0.0:PORT/", say(loopback)},
		{"zero", "https://0:PORT/", say(loopback)},
		{"nothing in IPv6", "https://[::]:PORT/", say(loopback)},
		{"the metadata address", "https://169.254.169.254/latest/meta-data/", say(loopback)},
		{"the metadata address mapped", "https://[::ffff:169.254.169.254]/", say(loopback)},
		{"the metadata address in IPv6", "https://[fd00:ec2::254]/", say(loopback)},
		{"the metadata address of another cloud", "https://100.100.100.200/", say(loopback)},
		{"a cloud's host in public space", "https://168.63.129.16/", say(loopback)},
		{"a private network", "https://10.1.2.3/", say(loopback)},
		{"a private network in IPv6", "https://[fd12::1]/", say(loopback)},
		{"multicast", "https://224.0.0.1/", say(loopback)},
		{"broadcast", "https://255.255.255.255/", say(loopback)},
		{"a public name with a private address", "https://shop.example:PORT/", say(loopback)},
		{"a public name with a mapped address", "https://shop.example:PORT/", say("::ffff:127.0.0.1")},
		{"a public name with a private address among public ones", "https://shop.example:PORT/", say("192.168.0.1 127.0.0.1 ::1")},
		{"a public name with the metadata address", "https://shop.example/", say("169.254.169.254")},
		{"a name that is nobody's", "https://shop.example:PORT/", say()},
		{"plain http", "http://shop.example:PORT/", say("93.184.215.14")},
		{"another scheme", "gopher://127.0.0.1:PORT/", say(loopback)},
		{"a file", "file:///etc/passwd", say(loopback)},
		{"a user name before the host", "https://shop.example@127.0.0.1:PORT/", say(loopback)},
		{"no host", "https:///path", say(loopback)},
		{"a fragment before the host", "https://127.0.0.1:PORT#.shop.example/", say(loopback)},
		{"a backslash", `https://shop.example\@127.0.0.1:PORT/`, say(loopback)},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := New(Options{Resolver: c.names, TLS: in.trust(), Timeout: time.Second})
			status, err := client.Post(t.Context(), strings.ReplaceAll(c.address, "PORT", in.port), nil, []byte("{}"))
			if err == nil {
				t.Errorf("an answer with status %d", status)
			}
			if strings.Contains(err.Error(), in.port) && strings.Contains(err.Error(), "https://") {
				t.Errorf("the error repeats the address: %v", err)
			}
		})
	}
	if n := in.met.Load(); n != 0 {
		t.Errorf("the server inside was reached %d times", n)
	}
}

// The control: where its network is listed,
// the same server answers, so that the refusals above are not mere failures.
func TestTheServerInsideCanBeReachedWhereItsNetworkIsListed(t *testing.T) {
	in := newInside(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != `{"a":1}` || r.Header.Get("Webhook-Id") != "x" {
			t.Errorf("got %q %v %v", body, r.Header, err)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	client := New(Options{Resolver: say("127.0.0.1"), TLS: in.trust(), Private: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	status, err := client.Post(t.Context(), "https://shop.example:"+in.port+"/hook", map[string]string{"webhook-id": "x"}, []byte(`{"a":1}`))
	if err != nil || status != http.StatusAccepted || in.met.Load() != 1 {
		t.Errorf("%d %v, met %d times", status, err, in.met.Load())
	}
}

func TestANameThatChangesItsAnswerIsJudgedAtEachCall(t *testing.T) {
	in := newInside(t, nil)
	// The first look-up, as a check would make it, is public; the next leads inside.
	changing := say("93.184.215.14", "127.0.0.1")
	client := New(Options{Resolver: changing, TLS: in.trust(), Timeout: 300 * time.Millisecond})
	address := "https://rebind.example:" + in.port + "/"
	if err := client.Check(address); err != nil {
		t.Fatal(err)
	}
	if ips, err := changing.LookupNetIP(t.Context(), "ip", "rebind.example"); err != nil || !Public(ips[0]) {
		t.Fatalf("%v %v", ips, err)
	}
	_, err := client.Post(t.Context(), address, nil, nil)
	if tactful.KindOf(err) != tactful.Refused || in.met.Load() != 0 {
		t.Errorf("%v, met %d times", err, in.met.Load())
	}
	if changing.asked.Load() != 2 {
		t.Errorf("one call asked for the name %d times: what is judged must be what is dialled", changing.asked.Load()-1)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	target := newInside(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		in := newInside(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://localhost:"+target.port+"/", status)
		})
		client := New(Options{Resolver: say("127.0.0.1"), TLS: in.trust(), Private: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		got, err := client.Post(t.Context(), "https://shop.example:"+in.port, nil, nil)
		if err != nil || got != status {
			t.Errorf("%d: %d %v", status, got, err)
		}
	}
	if target.met.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

func TestWhatNoListOpens(t *testing.T) {
	client := New(Options{Private: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}, PlainHTTP: true})
	for _, address := range []string{"https://169.254.169.254/", "http://169.254.170.2/", "https://[fd00:ec2::254]/", "https://224.0.0.1/", "https://0.0.0.0/", "https://[fe80::1]/"} {
		if _, err := client.Post(t.Context(), address, nil, nil); err == nil || tactful.KindOf(err) == tactful.Unavailable {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestPlainHTTPGoesToListedNetworksOnly(t *testing.T) {
	var met atomic.Int64
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { met.Add(1) }))
	defer plain.Close()
	u, err := url.Parse(plain.URL)
	if err != nil {
		t.Fatal(err)
	}
	own := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	if _, err := New(Options{Private: own}).Post(t.Context(), plain.URL, nil, nil); err == nil {
		t.Error("plain http went out without being asked for")
	}
	if status, err := New(Options{Private: own, PlainHTTP: true}).Post(t.Context(), plain.URL, nil, nil); err != nil || status != 200 {
		t.Errorf("%d %v", status, err)
	}
	public := New(Options{Private: own, PlainHTTP: true, Resolver: say("93.184.215.14")})
	if _, err := public.Post(t.Context(), "http://shop.example:"+u.Port(), nil, nil); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("plain http to a public address: %v", err)
	}
	if met.Load() != 1 {
		t.Errorf("met %d times", met.Load())
	}
}

func TestACallHasLimits(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	t.Run("a server that never answers", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		client := New(Options{Private: own, PlainHTTP: true, Timeout: 50 * time.Millisecond})
		began := time.Now()
		if _, err := client.Post(t.Context(), "http://"+listener.Addr().String(), nil, nil); tactful.KindOf(err) != tactful.Unavailable {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
	t.Run("an answer without end", func(t *testing.T) {
		var sent atomic.Int64
		endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			chunk := make([]byte, 64<<10)
			for {
				n, err := w.Write(chunk)
				sent.Add(int64(n))
				if err != nil {
					return
				}
			}
		}))
		defer endless.Close()
		client := New(Options{Private: own, PlainHTTP: true})
		if status, err := client.Post(t.Context(), endless.URL, nil, nil); err != nil || status != 200 {
			t.Errorf("%d %v", status, err)
		}
	})
	t.Run("headers without end", func(t *testing.T) {
		long := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := range 2000 {
				w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("x", 100))
			}
		}))
		defer long.Close()
		if _, err := New(Options{Private: own, PlainHTTP: true}).Post(t.Context(), long.URL, nil, nil); err == nil {
			t.Error("200 KB of headers were taken")
		}
	})
	t.Run("a body that is too long", func(t *testing.T) {
		if _, err := New(Options{}).Post(t.Context(), "https://shop.example", nil, make([]byte, maxBody+1)); tactful.KindOf(err) != tactful.Internal {
			t.Errorf("%v", err)
		}
	})
	t.Run("a certificate of somebody else", func(t *testing.T) {
		in := newInside(t, nil)
		client := New(Options{Private: own, Resolver: say("127.0.0.1")}) // the system's roots
		if _, err := client.Post(t.Context(), "https://shop.example:"+in.port, nil, nil); tactful.KindOf(err) != tactful.Unavailable || in.met.Load() != 0 {
			t.Errorf("%v", err)
		}
	})
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	proxy := newInside(t, nil)
	t.Setenv("HTTPS_PROXY", "https://localhost:"+proxy.port)
	t.Setenv("HTTP_PROXY", "https://localhost:"+proxy.port)
	if client := New(Options{}); client.http.Transport.(*http.Transport).Proxy != nil {
		t.Error("there is a proxy: it would resolve names where nobody judges them")
	}
}

func FuzzPublic(f *testing.F) {
	for _, seed := range []string{"8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2606:4700::1111", "fe80::1%eth0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return
		}
		std := net.IP(ip.Unmap().AsSlice())
		if Public(ip) && (std.IsLoopback() || std.IsPrivate() || std.IsLinkLocalUnicast() || std.IsMulticast() || std.IsUnspecified()) {
			t.Errorf("%s is called public", text)
		}
	})
}
