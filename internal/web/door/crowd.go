package door

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// full is what a connection beyond the bound is told before it is closed. It is
// short, so that it fits into the socket's buffer and nobody waits for its reader.
const full = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 2\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 30\r\n\r\nThere are too many connections"

// Crowd bounds how many connections a listener has open at once: each costs
// memory, whether it asks for anything or not. Those beyond are told to come
// again, and closed.
func Crowd(inner net.Listener, most int) net.Listener {
	return &crowd{Listener: inner, most: int64(most)}
}

type crowd struct {
	net.Listener
	most int64
	open atomic.Int64
}

// Accept hands out the next connection that there is room for.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c.open.Add(1) <= c.most {
			return &member{Conn: conn, crowd: c}, nil
		}
		c.open.Add(-1)
		turnAway(conn)
	}
}

// turnAway answers without reading, and without waiting for long: it runs where
// connections are accepted.
func turnAway(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	_, _ = conn.Write([]byte(full))
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // what was written arrives before the end
	}
	_ = conn.Close()
}

type member struct {
	net.Conn
	crowd *crowd
	once  sync.Once
}

// Close gives the place back, once.
func (m *member) Close() error {
	m.once.Do(func() { m.crowd.open.Add(-1) })
	return m.Conn.Close()
}
