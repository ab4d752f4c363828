package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// free finds an address nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// get asks until the server answers or the time is over.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	look, late := time.NewTicker(10*time.Millisecond), time.After(15*time.Second)
	defer look.Stop()
	for {
		answer, err := http.Get(url)
		if err == nil {
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			return answer.StatusCode, string(text)
		}
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("nobody answers: %v", err)
		}
	}
}

func TestServeAnswersAndStopsWithoutCuttingAnybodyOff(t *testing.T) {
	s := newShell(t)
	s.on("import", "items", s.write("items.csv", "id,title\nA1,First\nA2,Second\n"))
	s.agree("anna")
	key := strings.TrimSpace(s.on("keys", "create", "--name", "shop", "--scope", "write"))
	public, admin := free(t), free(t)
	file := s.write("tactful.yaml", fmt.Sprintf("server:\n  addr: 127.0.0.1:1\n  admin_addr: %s\n  shutdown_timeout: 10s\n", admin))

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var errOut lockedBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--config", file, "--addr", public}, s.stores()...), io.Discard, &errOut)
	}()

	for url, want := range map[string]string{
		"http://" + public + "/healthz": "", "http://" + public + "/readyz": "",
		"http://" + public + "/.well-known/gpc.json": `"gpc":true`,
		"http://" + public + "/docs":                 "/v1/decisions/recommendations", "http://" + public + "/openapi.yaml": "openapi: 3.1.0",
		"http://" + admin + "/healthz": "", "http://" + admin + "/readyz": "",
		"http://" + admin + "/metrics": "tactful_", "http://" + admin + "/debug/pprof/": "goroutine",
	} {
		if status, body := get(t, url); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s", url, status, body)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/nowhere"} {
		if status, _ := get(t, "http://"+public+path); status != http.StatusNotFound {
			t.Errorf("%s on the public address: %d", path, status)
		}
	}

	// A request is half sent when the server is told to stop.
	conn, err := net.Dial("tcp", public)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"events":[{"messageId":"m-1","userId":"anna","action":"viewed","item":"A1","source":"web","time":"2026-10-01T10:00:00Z"}]}`
	fmt.Fprintf(conn, "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", key, len(body))
	reader := bufio.NewReader(conn)
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("%q %v", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil { // the empty line
		t.Fatal(err)
	}
	stop()
	waitUntilClosed(t, public)
	select {
	case code := <-ended:
		t.Fatalf("the server ended with %d while a request was under way", code)
	default:
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(text), "accepted") {
		t.Errorf("the request under way was answered %d %s %v", answer.StatusCode, text, err)
	}
	select {
	case code := <-ended:
		if code != 0 {
			t.Errorf("exit %d: %s", code, errOut.String())
		}
	case <-time.After(15 * time.Second):
		t.Fatal("the server does not stop")
	}
	if accepted := parse[struct{ Accepted int }](t, s.on("doctor", "--json")).Accepted; accepted != 1 {
		t.Errorf("%d events are stored", accepted)
	}
	if strings.Contains(errOut.String(), "anna") || strings.Contains(errOut.String(), key) {
		t.Errorf("the log holds a name or a key:\n%s", errOut.String())
	}
}

// waitUntilClosed waits until nobody is let in any more.
func waitUntilClosed(t *testing.T, addr string) {
	t.Helper()
	look, late := time.NewTicker(10*time.Millisecond), time.After(10*time.Second)
	defer look.Stop()
	for {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		_ = conn.Close()
		select {
		case <-look.C:
		case <-late:
			t.Fatal("the server still lets people in")
		}
	}
}

func TestServeSaysWhenAnAddressIsTaken(t *testing.T) {
	s := newShell(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tt := range []struct{ name, addr, admin, says string }{
		{"the public one", taken.Addr().String(), "127.0.0.1:0", "server.addr"},
		{"the one for metrics", "127.0.0.1:0", taken.Addr().String(), "server.admin_addr"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := s.write("tactful.yaml", fmt.Sprintf("server:\n  addr: %s\n  admin_addr: %s\n", tt.addr, tt.admin))
			_, errOut, code := s.run(append([]string{"serve", "--config", file}, s.stores()...)...)
			if code != 1 || !strings.Contains(errOut, tt.says) {
				t.Errorf("exit %d: %s", code, errOut)
			}
		})
	}
}
