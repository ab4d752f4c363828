package storetest

import (
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"github.com/tactful/tactful/store"
)

// plantedFault tells the child process which fault its driver has.
const plantedFault = "STORETEST_PLANTED_FAULT"

func referenceFactory(planted fault) Factory {
	return func(testing.TB, string) store.Store { return newReference(planted) }
}

func referenceLacks() []Lack {
	return []Lack{
		{Capability: Reopen, Reason: "the reference lives in memory"},
		{Capability: Purge, Reason: "the reference has no medium"},
	}
}

func TestTheReferencePassesTheSuite(t *testing.T) {
	Run(t, referenceFactory(sound), referenceLacks()...)
}

// TestChild is the suite on a faulty driver, run by the test below in a process
// of its own, because a test cannot fail in safety inside another.
func TestChild(t *testing.T) {
	word := os.Getenv(plantedFault)
	if word == "" {
		t.Skip("runs only as a child of TestTheSuiteNoticesEveryPlantedFault")
	}
	n, err := strconv.Atoi(word)
	if err != nil {
		t.Fatal(err)
	}
	Run(t, referenceFactory(fault(n)), referenceLacks()...)
}

func TestTheSuiteNoticesEveryPlantedFault(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	limit := make(chan struct{}, 2)
	for planted := sound + 1; planted < faults; planted++ {
		group.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			// One case is enough to fail; the model case alone must not be the one that does.
			cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestChild$", "-test.failfast", "-test.skip=random_histories")
			cmd.Env = append(os.Environ(), plantedFault+"="+strconv.Itoa(int(planted)))
			if output, err := cmd.CombinedOutput(); err == nil {
				t.Errorf("a driver with fault %d passes the suite:\n%s", planted, output)
			}
		})
	}
	group.Wait()
}
