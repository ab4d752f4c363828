package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
)

// markOf names how somebody stands: every answer, the level and all that they
// switched on. It changes with each of them and says nothing about any, so that
// an Undo button can carry it and never go over something newer.
func markOf(s *records.Standing) string {
	h := sha256.New()
	c := &s.Consents
	fmt.Fprintln(h, c.Level, c.LevelTime.UnixMilli(), c.GPC, s.Minor, s.Frozen, s.Objected.UnixMilli(), s.Paused.UnixMilli())
	for _, p := range slices.Sorted(maps.Keys(c.Purposes)) {
		fmt.Fprintln(h, p, c.Purposes[p].ID, c.Purposes[p].Answer, c.Purposes[p].Time.UnixMilli())
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// stillStands refuses a change that was meant for how somebody stood before.
func stillStands(s *records.Standing, mark string) error {
	if mark == "" || mark == markOf(s) {
		return nil
	}
	return &tactful.Error{Kind: tactful.Conflict, Detail: "something was said or switched since", Remedy: "see how it stands now, and say it again"}
}
