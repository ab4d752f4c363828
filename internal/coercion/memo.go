package coercion

import "sync"

// Memo remembers how texts were found, so that copy which claims something of stock
// or time, and is so read at each decision, is read anew only when a claim turns true
// or false: nothing else of the facts is in a finding. It is for copy as it is
// written, never for copy filled with what is somebody's own. The zero Memo is ready.
type Memo struct {
	mu    sync.RWMutex
	found map[memoKey]Finding
}

// memoMost is how many findings are remembered; beyond, all are forgotten.
const memoMost = 4096

type memoKey struct {
	model    *Model
	text     string
	language string
	truths   string // of the claims, in their order
}

// Read is m.Read. What it returns is shared: nobody may change it.
func (k *Memo) Read(m *Model, text, language string, facts *Facts) Finding {
	if len(text) > MaxText {
		return m.Read(text, language, facts)
	}
	var truths []byte
	for _, c := range claims(text, facts) {
		truths = append(truths, byte(c.Truth))
	}
	key := memoKey{m, text, language, string(truths)}
	k.mu.RLock()
	f, known := k.found[key]
	k.mu.RUnlock()
	if known {
		return f
	}
	f = m.Read(text, language, facts)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.found == nil || len(k.found) >= memoMost {
		k.found = map[memoKey]Finding{}
	}
	k.found[key] = f
	return f
}
