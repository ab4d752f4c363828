package api

import "sync"

// room has the places of one kind of heavy requests. One key takes no more than
// three quarters of them, two at the least, so that whoever sends a large body
// slowly, or asks for copy after copy, leaves a place to the others.
type room struct {
	places int

	mu    sync.Mutex
	taken int
	by    map[string]int
}

func newRoom(places int) *room { return &room{places: places, by: map[string]int{}} }

// enter takes a place for a key.
func (r *room) enter(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken >= r.places || r.by[key] >= max(2, r.places*3/4) {
		return false
	}
	r.taken++
	r.by[key]++
	return true
}

// leave gives it back.
func (r *room) leave(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken--
	if r.by[key]--; r.by[key] <= 0 {
		delete(r.by, key)
	}
}
