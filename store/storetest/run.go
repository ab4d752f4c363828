package storetest

import (
	"errors"
	"testing"

	"github.com/tactful/tactful/store"
)

// Factory opens the store at a place: a directory that exists and is empty at
// the first call, or whatever the driver makes of that name. The same place
// gives the same data again after Close. The factory fails the test if it
// cannot open; the suite closes what it opened.
type Factory func(t testing.TB, place string) store.Store

// Capability is a part of the contract that a driver may lack.
type Capability string

// Capabilities.
const (
	Reopen Capability = "reopen" // data outlives Close
	Purge  Capability = "purge"  // the store is a store.Purger
)

// Lack declares that a driver lacks a capability, and why.
type Lack struct {
	Capability Capability
	Reason     string
}

// suite is one case's view of the driver.
type suite struct {
	open  Factory
	lacks map[Capability]string
}

type testCase struct {
	name  string
	needs Capability
	run   func(*testing.T, *suite)
}

// Run runs every case of the suite.
func Run(t *testing.T, open Factory, lacks ...Lack) {
	t.Helper()
	s := &suite{open: open, lacks: make(map[Capability]string)}
	for _, lack := range lacks {
		switch lack.Capability {
		case Reopen, Purge:
		default:
			t.Fatalf("the suite knows no capability %q to lack", lack.Capability)
		}
		if lack.Reason == "" {
			t.Fatalf("the driver lacks %q without a reason", lack.Capability)
		}
		s.lacks[lack.Capability] = lack.Reason
	}
	for _, group := range [][]testCase{
		batchCases(), raceCases(), readCases(), expiryCases(), dropCases(), scanCases(), closeCases(), reopenCases(), modelCases(),
	} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				if reason, lacking := s.lacks[c.needs]; lacking && c.needs != "" {
					t.Skipf("the driver declares that it lacks %q: %s", c.needs, reason)
				}
				c.run(t, s)
			})
		}
	}
}

// fresh opens an empty store that lives as long as the test.
func (s *suite) fresh(t testing.TB) store.Store {
	t.Helper()
	return s.at(t, t.TempDir())
}

// at opens the store at a place and closes it with the test, if the case has not.
func (s *suite) at(t testing.TB, place string) store.Store {
	t.Helper()
	opened := s.open(t, place)
	t.Cleanup(func() {
		if err := opened.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
			t.Errorf("close the store: %v", err)
		}
	})
	return opened
}
