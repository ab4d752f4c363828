package replay

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tactful/tactful"
)

// readTable hands the tab-separated fields of each line of a gzip file to visit.
func readTable(ctx context.Context, path string, visit func([]string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return missing(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%w (%w)", unreadable(filepath.Base(path)), err)
	}
	lines := bufio.NewScanner(io.LimitReader(unzipped, 1<<30))
	for n := 0; lines.Scan(); n++ {
		if n&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := visit(strings.Split(lines.Text(), "\t")); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w (%w)", unreadable(filepath.Base(path)), err)
	}
	return nil
}

func missing(err error) error {
	detail := "a data set cannot be opened"
	if errors.Is(err, os.ErrNotExist) {
		detail = "a data set is not there"
	}
	return &tactful.Error{Kind: tactful.Invalid, Detail: detail, Remedy: "--data names a directory with ml-1m and completejourney in it; leave it out for the synthetic people", Err: err}
}

func unreadable(file string) error {
	return &tactful.Error{Kind: tactful.Invalid, Detail: file + " is not in the form that was expected", Remedy: "take the file as it was published"}
}
