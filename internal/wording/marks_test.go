package wording

import (
	"strings"
	"testing"
)

func TestEveryFieldHasAMark(t *testing.T) {
	for _, field := range fieldsOfOthers {
		if !strings.ContainsAny(field, marks) {
			t.Errorf("%s is passed over", field)
		}
	}
}
