package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// progress draws a bar for each stage on a terminal, and a line a stage elsewhere.
type progress struct {
	app   *app
	mu    sync.Mutex
	stage string
	bar   *progressbar.ProgressBar
	begun time.Time
}

func (a *app) progress() *progress { return &progress{app: a} }

// Report is called with growing done; a new stage ends the one before.
func (p *progress) Report(stage string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if stage != p.stage {
		p.end()
		p.stage, p.begun = stage, time.Now()
		if p.app.inform {
			p.bar = progressbar.NewOptions(total,
				progressbar.OptionSetWriter(p.app.err), progressbar.OptionSetDescription(stage),
				progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(true))
		}
	}
	if p.bar != nil {
		p.bar.ChangeMax(max(total, 1))
		_ = p.bar.Set(min(done, max(total, 1)))
	}
}

// End closes the last stage.
func (p *progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	p.stage = ""
}

func (p *progress) end() {
	if p.stage == "" {
		return
	}
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
	fmt.Fprintf(p.app.err, "%s: done in %.1fs\n", p.stage, time.Since(p.begun).Seconds())
}
