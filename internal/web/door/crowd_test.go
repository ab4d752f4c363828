package door

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestConnectionsBeyondTheBoundAreToldToComeAgainAndClosed(t *testing.T) {
	const most = 8
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := Limits{}.Server(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("here")) }))
	go func() { _ = server.Serve(Crowd(inner, most)) }()
	t.Cleanup(func() { _ = server.Close() })
	ask := func() (net.Conn, *http.Response) {
		t.Helper()
		conn, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			return conn, nil
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return conn, nil // closed before the answer was read: the peer sent more than was taken
		}
		_ = answer.Body.Close()
		return conn, answer
	}
	var held []net.Conn
	for i := range most {
		conn, answer := ask()
		if answer == nil || answer.StatusCode != 200 {
			t.Fatalf("connection %d within the bound: %v", i, answer)
		}
		held = append(held, conn)
	}
	told := 0
	for range 5 {
		switch _, answer := ask(); {
		case answer == nil:
		case answer.StatusCode == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") == "2" && strings.EqualFold(answer.Header.Get("Connection"), "close"):
			told++
		case answer.StatusCode == http.StatusServiceUnavailable:
			told++
		default:
			t.Errorf("a connection beyond the bound is served: %d", answer.StatusCode)
		}
	}
	if told == 0 {
		t.Error("nobody beyond the bound was told anything")
	}
	_ = held[0].Close()
	for range 100 { // until the server has seen it
		if _, answer := ask(); answer != nil && answer.StatusCode == 200 {
			return
		}
	}
	t.Error("a place that was given back is not given out again")
}
