package wording

import "testing"

func TestEveryFieldHasAMark(t *testing.T) {
	for _, field := range fieldsOfOthers {
		if !marked(field) {
			t.Errorf("%s is passed over", field)
		}
	}
}
