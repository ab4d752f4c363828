package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"regexp"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/web/outbound"
)

// keysVariable may hold the key set instead of a file.
const keysVariable = "TACTFUL_KEYS"

// closeTime bounds how long a command waits for the engine to close.
const closeTime = 30 * time.Second

// configFlags are shared by the commands that open the stores.
type configFlags struct {
	Config  string `placeholder:"FILE" help:"Configuration file (YAML); the careful defaults if left out."`
	DataDir string `name:"data-dir" placeholder:"DIR" help:"Overrides data_dir."`
	KeyDir  string `name:"key-dir" placeholder:"DIR" help:"Overrides key_dir."`

	OlderKeys string `name:"older-keys" placeholder:"WHY" help:"Open although key_dir is an older copy than the data: revoked API keys are in force again. The reason is kept."`
	OlderData string `name:"older-data" placeholder:"WHY" help:"Open although the data is a copy from before what is remembered of people's noes. The reason is kept."`
}

// despite is why older copies are opened all the same.
func (f *configFlags) despite() engine.Despite {
	return engine.Despite{OlderKeys: f.OlderKeys, OlderData: f.OlderData}
}

func (f *configFlags) load() (config.Config, error) {
	c, err := config.Load(f.Config)
	if err != nil {
		return c, err
	}
	if f.DataDir != "" {
		c.DataDir = f.DataDir
	}
	if f.KeyDir != "" {
		c.KeyDir = f.KeyDir
	}
	return c, c.Validate()
}

// open opens the engine; done closes it and reports a failure to do so.
func (f *configFlags) open(a *app) (eng *engine.Engine, done func(), err error) {
	c, err := f.load()
	if err != nil {
		return nil, nil, err
	}
	return openEngine(a, &c, newLog(a, "warn"), f.despite())
}

// inside asks an engine over the stores of this machine, and closes it again.
func inside[T any](f *configFlags, a *app, ask func(*engine.Engine) (T, error)) (answer T, err error) {
	eng, done, err := f.open(a)
	if err != nil {
		return answer, err
	}
	defer done()
	return ask(eng)
}

// placeFor is the directory that was named, or one that away removes again.
func placeFor(named, purpose string) (dir string, away func(), err error) {
	if named != "" {
		return named, func() {}, nil
	}
	if dir, err = os.MkdirTemp("", "tactful-"+purpose+"-"); err != nil {
		return "", nil, fmt.Errorf("make a temporary place: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

func openEngine(a *app, c *config.Config, log *slog.Logger, despite ...engine.Despite) (*engine.Engine, func(), error) {
	own, err := c.Outbound.Networks()
	if err != nil {
		return nil, nil, err
	}
	eng, err := engine.Open(a.work().ctx, c.Engine, engine.Options{
		Despite:  cmp.Or(despite...),
		Outbound: outbound.New(outbound.Options{Private: own, PlainHTTP: c.Outbound.PlainHTTP, Timeout: c.Outbound.Timeout}),
		Dir:      c.DataDir, KeyDir: c.KeyDir, Keys: os.Getenv(keysVariable),
		Clock: tactful.SystemClock{}, Entropy: rand.Reader, Log: log,
		Explain: datamap.Explain(&c.Engine), Settings: c.InForce(), By: whoStarts(),
	})
	if err != nil {
		return nil, nil, heldElsewhere(err)
	}
	return eng, func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		if err := eng.Close(ctx); err != nil {
			log.Error("the engine did not close well", "err", err)
		}
	}, nil
}

// whoStarts is the account at the machine and the command it typed, for the log
// of changes; never an argument, which could name a person.
func whoStarts() string {
	name := "somebody"
	if me, err := user.Current(); err == nil {
		name = me.Username
	}
	command := "a program"
	if len(os.Args) > 1 && commandWord.MatchString(os.Args[1]) {
		command = "tactful " + os.Args[1]
	}
	return name + " at the machine, by " + command
}

var commandWord = regexp.MustCompile(`^[a-z]{2,20}$`)

// heldElsewhere tells who finds the stores in use how to reach who uses them.
func heldElsewhere(err error) error {
	var typed *tactful.Error
	if !errors.As(err, &typed) || typed.Kind != tactful.Unavailable || !strings.Contains(typed.Detail, "in use") {
		return err
	}
	return &tactful.Error{Kind: tactful.Unavailable, Detail: typed.Detail, Err: typed.Err,
		Remedy: "a server is running there: use --url with keys, train, model, doctor, erase, erasures and backup, or stop it"}
}

func newLog(a *app, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: l}))
}

// stopped reports whether an error is only the user's Ctrl-C.
func stopped(a *app, err error) bool { return errors.Is(err, context.Canceled) && a.ctx.Err() != nil }
