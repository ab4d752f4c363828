package engine

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/tactful/tactful/internal/access"
)

func TestAKeyThatWasRevokedStaysRevokedWhenAnOlderCopyIsPutBack(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", 0)
	kept, err := w.Access().Create(ctx, "shop", access.Write, nil)
	if err != nil {
		t.Fatal(err)
	}
	leaked, err := w.Access().Make(ctx, access.New{Name: "leaked", Scopes: access.Admin, Operator: "Ada B."})
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(t.TempDir(), "monday")
	if _, err := w.Backup(ctx, place, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Access().Revoke(ctx, "leaked"); err != nil {
		t.Fatal(err)
	}
	later, err := w.Access().Create(ctx, "till", access.Write, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.putBackCopy(place)
	w.open()
	if _, err := w.Access().Check(ctx, leaked); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("a key that was revoked after the copy opens again: %v", err)
	}
	for name, key := range map[string]string{"shop": kept, "till": later} {
		if _, err := w.Access().Check(ctx, key); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
