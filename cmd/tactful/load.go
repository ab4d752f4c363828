package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// load is a closed-loop HTTP/1.1 generator: each client keeps one connection
// and sends its next request when the answer to the last one is read. It is
// spare on purpose, because it shares the machine's cores with the server.
type load struct {
	addr    string // loopback host:port
	clients int
	most    time.Duration
	// next returns the next request of a client, complete with head and body,
	// and a name for its row; nil ends the client.
	next func(client, turn int) (request []byte, row string)
}

// loadRow is what was measured for one kind of request.
type loadRow struct {
	Name      string        `json:"name"`
	Requests  int           `json:"requests"`
	Failed    int           `json:"failed"`
	Failure   string        `json:"failure,omitempty"` // the first failed answer
	PerSecond float64       `json:"per_second"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	Worst     time.Duration `json:"worst_ns"`
}

type sample struct {
	row     string
	took    time.Duration
	status  int
	failure string // of a failed answer, the beginning of its body
}

// run drives the server until the time is over or the context ends.
func (l *load) run(ctx context.Context) ([]loadRow, error) {
	ctx, cancel := context.WithTimeout(ctx, l.most)
	defer cancel()
	all := make([][]sample, l.clients)
	faults := make([]error, l.clients)
	var group sync.WaitGroup
	begun := time.Now()
	for client := range l.clients {
		group.Go(func() { all[client], faults[client] = l.client(ctx, client) })
	}
	group.Wait()
	took := time.Since(begun)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return tally(slices.Concat(all...), took), nil
}

func (l *load) client(ctx context.Context, client int) ([]sample, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", l.addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	reader := bufio.NewReaderSize(conn, 64<<10)
	var samples []sample
	for turn := 0; ctx.Err() == nil; turn++ {
		request, row := l.next(client, turn)
		if request == nil {
			break
		}
		begun := time.Now()
		if _, err := conn.Write(request); err != nil {
			return samples, fmt.Errorf("send: %w", err)
		}
		status, failure, err := answer(reader)
		if err != nil {
			return samples, fmt.Errorf("read the answer: %w", err)
		}
		samples = append(samples, sample{row: row, took: time.Since(begun), status: status, failure: failure})
	}
	return samples, nil
}

// answer reads one response and throws its body away, but for the beginning
// of a failed one.
func answer(reader *bufio.Reader) (status int, failure string, err error) {
	status, length, chunked, err := head(reader)
	if err != nil {
		return 0, "", err
	}
	if status > 299 && !chunked {
		begin, err := reader.Peek(min(length, 300))
		if err != nil {
			return 0, "", err
		}
		failure = string(begin)
	}
	return status, failure, discard(reader, length, chunked)
}

// head reads a response up to its body. It makes nothing: the lines lie in the
// reader's memory.
func head(reader *bufio.Reader) (status, length int, chunked bool, err error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return 0, 0, false, err
	}
	if len(line) < 12 {
		return 0, 0, false, io.ErrUnexpectedEOF
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, false, err
	}
	for {
		if line, err = reader.ReadSlice('\n'); err != nil {
			return 0, 0, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return status, length, chunked, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case len(name) == len(lengthHeader) && bytes.EqualFold(name, []byte(lengthHeader)):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, 0, false, err
			}
		case len(name) == len(chunkedHeader) && bytes.EqualFold(name, []byte(chunkedHeader)):
			chunked = true
		}
	}
}

const lengthHeader, chunkedHeader = "content-length", "transfer-encoding"

func discard(reader *bufio.Reader, length int, chunked bool) error {
	if !chunked {
		_, err := reader.Discard(length)
		return err
	}
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return err
		}
		if _, err = reader.Discard(int(size) + 2); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}

func tally(samples []sample, took time.Duration) []loadRow {
	byRow := map[string][]time.Duration{}
	failed, failure := map[string]int{}, map[string]string{}
	for _, s := range samples {
		byRow[s.row] = append(byRow[s.row], s.took)
		if s.status < 200 || s.status > 299 {
			if failed[s.row]++; failed[s.row] == 1 {
				failure[s.row] = strconv.Itoa(s.status) + " " + s.failure
			}
		}
	}
	var rows []loadRow
	for name, times := range byRow {
		slices.Sort(times)
		rows = append(rows, loadRow{
			Name: name, Requests: len(times), Failed: failed[name], Failure: failure[name], PerSecond: float64(len(times)) / took.Seconds(),
			P50: times[len(times)/2], P99: times[len(times)*99/100], Worst: times[len(times)-1],
		})
	}
	slices.SortFunc(rows, func(a, b loadRow) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// request renders one POST with a JSON body.
func post(path, key string, body []byte) []byte {
	request := make([]byte, 0, 160+len(path)+len(key)+len(body))
	request = append(append(request, "POST "...), path...)
	request = append(append(request, " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "...), key...)
	request = strconv.AppendInt(append(request, "\r\nContent-Type: application/json\r\nContent-Length: "...), int64(len(body)), 10)
	return append(append(request, "\r\n\r\n"...), body...)
}
