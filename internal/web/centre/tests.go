package centre

import (
	"fmt"
	"net/http"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/experiment"
)

type testsPage struct {
	frame
	Tests []test
}

// test is one test as a person reads about it.
type test struct {
	engine.Test
	Result string // message key, "" while it is on
}

// tests says which tests of variants somebody is or was in, and what came of them.
func (c *Centre) tests(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "tests", "/tests")
	if err != nil {
		return err
	}
	p := testsPage{frame: f}
	if !v.somebody() {
		return c.show(w, v, "tests", p)
	}
	list, err := c.engine.Tests(r.Context(), v.Alias, v.lang)
	if err != nil {
		return fmt.Errorf("read the tests: %w", err)
	}
	for _, one := range list {
		t := test{Test: one}
		if one.Over {
			t.Result = resultOf(one.Verdict)
		}
		p.Tests = append(p.Tests, t)
	}
	return c.show(w, v, "tests", p)
}

// resultOf is what a verdict means to somebody who took part.
func resultOf(v experiment.Verdict) string {
	switch v {
	case experiment.Harmful:
		return "tests.result.harm"
	case experiment.Better:
		return "tests.result.better"
	case experiment.Worse:
		return "tests.result.worse"
	case experiment.Undecided, experiment.Mismatched, experiment.NoFinding:
	}
	return "tests.result.none"
}

// leaveTest takes the visitor out of one test, at once.
func (c *Centre) leaveTest(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return errNobody()
	}
	if err := c.engine.LeaveTest(r.Context(), v.Alias, form(r.PostForm).get("test")); err != nil {
		return fmt.Errorf("leave a test: %w", err)
	}
	return c.done(w, r, Root+"/tests", outcome{Key: "test"})
}
