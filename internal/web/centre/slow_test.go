package centre

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Whoever sends a form slowly takes no place: with more of them than there are
// places, everybody else is served.
func TestSlowSendersDoNotCloseTheCentre(t *testing.T) {
	w := newWorld(t)
	address := strings.TrimPrefix(w.server.URL, "http://")
	for range atOnce + 10 {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close() }()
		_, err = fmt.Fprintf(connection, "POST %s/off HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=", Root, address)
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for range atOnce {
		response, err := w.client.Get(w.server.URL + Root)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			refused++
		}
	}
	if refused > 0 {
		t.Fatalf("%d of %d visitors were turned away", refused, atOnce)
	}
}
