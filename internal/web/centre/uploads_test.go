package centre

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// TestSlowFilesKeepNobodyFromBringingOne: they hold no place until they are whole.
func TestSlowFilesKeepNobodyFromBringingOne(t *testing.T) {
	w := newWorld(t)
	file := w.takeAlong(ada)
	w.who.visitor = Visitor{Guest: true}
	address := strings.TrimPrefix(w.server.URL, "http://")
	for range 10 * filesAtOnce {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close() }()
		if _, err = fmt.Fprintf(connection, "POST %s/data/bring HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\n"+
			"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{", Root, address); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); ; { // until all are being read
		w.centre.uploads.mu.Lock()
		n := w.centre.uploads.all.files
		w.centre.uploads.mu.Unlock()
		if n == 10*filesAtOnce {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d are on their way", n)
		}
	}
	if status, doc := w.upload("file", file); status != http.StatusOK || !strings.Contains(text(doc), "First say yes") {
		t.Errorf("%d: %.300s", status, text(doc))
	}
}

func TestFilesOnTheirWayAreBounded(t *testing.T) {
	var u uploads
	guest, person := carrier{address: "192.0.2.1"}, carrier{person: ada}
	var begun []*upload
	for range uploadsAtOnce / 2 {
		one, err := u.begin(guest)
		if err != nil {
			t.Fatal(err)
		}
		begun = append(begun, one)
	}
	if _, err := u.begin(guest); tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("one address holds more than half: %v", err)
	}
	one, err := u.begin(person)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.begin(person); tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("a person brings two at once: %v", err)
	}
	full := begun[0].carry(strings.NewReader(strings.Repeat("x", uploadBytes/2)))
	if n, err := io.Copy(io.Discard, full); err != nil || n != uploadBytes/2 {
		t.Fatalf("%d %v", n, err)
	}
	if _, err := io.Copy(io.Discard, begun[1].carry(strings.NewReader("x"))); tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("one address holds more than half of the bytes: %v", err)
	}
	if _, err := io.Copy(io.Discard, one.carry(strings.NewReader("x"))); err != nil {
		t.Errorf("and keeps a person out: %v", err)
	}
	for _, b := range append(begun, one) {
		b.end()
	}
	if u.all != (load{}) || len(u.of) != 0 {
		t.Errorf("%+v is left, of %d", u.all, len(u.of))
	}
}

// TestAFileThatTakesLongerThanAnAnswerMayIsAnswered: over a server that gives up
// an answer sooner than the file is there.
func TestAFileThatTakesLongerThanAnAnswerMayIsAnswered(t *testing.T) {
	const write = 300 * time.Millisecond
	w := newWorld(t)
	file := w.takeAlong(ada)
	server := httptest.NewUnstartedServer(w.centre)
	server.Config.WriteTimeout, server.Config.ReadTimeout = write, write
	server.Start()
	defer server.Close()
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	part, err := form.CreateFormFile("file", "my-data.json")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(file) // to memory: cannot fail
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	body := head.Bytes()
	from, to := io.Pipe()
	go func() {
		_, _ = to.Write(body[:len(body)/2]) // a server that gave up is seen below
		<-time.After(3 * write)
		_, _ = to.Write(body[len(body)/2:])
		_ = to.Close()
	}()
	r, err := http.NewRequest(http.MethodPost, server.URL+Root+"/data/bring", from)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		t.Errorf("%s", answer.Status)
	}
}
