package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/guard"
)

// shell runs command lines in a directory of its own.
type shell struct {
	testing.TB
	dir string
	ctx context.Context
}

func newShell(t testing.TB) *shell {
	return &shell{TB: t, dir: t.TempDir(), ctx: context.Background()}
}

// run runs one command line; the stores are those of the shell for commands
// that open any.
func (s *shell) run(args ...string) (out, errOut string, code int) {
	s.Helper()
	var stdout, stderr lockedBuffer
	code = run(s.ctx, args, &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

func (s *shell) stores() []string {
	return []string{"--data-dir", filepath.Join(s.dir, "data"), "--key-dir", filepath.Join(s.dir, "keys")}
}

// on runs a command over the shell's stores and expects it to work.
func (s *shell) on(args ...string) string {
	s.Helper()
	out, errOut, code := s.run(append(args, s.stores()...)...)
	if code != 0 {
		s.Fatalf("tactful %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errOut)
	}
	return out
}

func (s *shell) write(name, text string) (path string) {
	s.Helper()
	path = filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	return path
}

func (s *shell) read(path string) string {
	s.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

// parse reads JSON that a command printed.
func parse[T any](t testing.TB, text string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

var _ io.Writer = (*lockedBuffer)(nil)

// notice returns version and hash of a purpose's English text as shipped.
func notice(t testing.TB, purpose tactful.Purpose) consent.Notice {
	t.Helper()
	var c config.Config
	c.Defaults()
	policy, err := consent.New(c.Engine.Consent)
	if err != nil {
		t.Fatal(err)
	}
	n, ok := policy.Notice(purpose, "en")
	if !ok {
		t.Fatalf("no text for %s", purpose)
	}
	return n
}

// leaves lists every command that does something, with its words.
func leaves(t testing.TB) map[string]*kong.Node {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("tactful"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*kong.Node{}
	for _, leaf := range parser.Model.Leaves(false) {
		words := strings.Fields(leaf.Path())
		for len(words) > 0 && (words[0] == "tactful" || strings.HasPrefix(words[0], "<")) {
			words = words[1:]
		}
		var plain []string
		for _, word := range words {
			if !strings.HasPrefix(word, "<") && !strings.HasPrefix(word, "[") {
				plain = append(plain, word)
			}
		}
		all[strings.Join(plain, " ")] = leaf
	}
	return all
}

func TestHelpOfEveryCommandShowsAnExampleOfIt(t *testing.T) {
	s := newShell(t)
	all := leaves(t)
	if len(all) < 15 {
		t.Fatalf("only %d commands found", len(all))
	}
	for command := range all {
		t.Run(command, func(t *testing.T) {
			out, errOut, code := s.run(append(strings.Fields(command), "--help")...)
			if code != 0 || errOut != "" {
				t.Errorf("exit %d, %s", code, errOut)
			}
			if _, after, ok := strings.Cut(out, "Example"); !ok || !strings.Contains(after, "tactful "+command) {
				t.Errorf("no example of `tactful %s` in:\n%s", command, out)
			}
		})
	}
	t.Logf("%d commands", len(all))
}

func TestEveryCommandWithFiguresPrintsThemAsJSON(t *testing.T) {
	// These print no figures: they serve, or do one thing and say so.
	silent := map[string]bool{"demo": true, "serve": true, "keys rotate": true, "keys restore": true, "campaign delete": true}
	for command, leaf := range leaves(t) {
		has := false
		for _, flag := range leaf.Flags {
			has = has || flag.Name == "json"
		}
		if has == silent[command] {
			t.Errorf("tactful %s: --json is %v; add it, or add the command to the list of those without figures", command, has)
		}
	}
}

func TestExitCodesSayWhatHappened(t *testing.T) {
	s := newShell(t)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	file := s.write("items.csv", "id,title\n1,One\n")
	for _, tt := range []struct {
		name string
		ctx  context.Context
		args []string
		code int
		says string
	}{
		{"no words show the help", s.ctx, nil, 0, "Usage: tactful"},
		{"an unknown command is wrong usage", s.ctx, []string{"advertise"}, 2, "tactful --help"},
		{"an unknown flag is wrong usage", s.ctx, []string{"version", "--loud"}, 2, "--loud"},
		{"a missing file has failed and says what to do", s.ctx, append([]string{"import", "items", filepath.Join(s.dir, "none.csv")}, s.stores()...), 1, "check the path"},
		{"keys beside data are refused", s.ctx, []string{"doctor", "--data-dir", s.dir, "--key-dir", filepath.Join(s.dir, "keys")}, 1, "keep keys apart"},
		{"Ctrl-C during an import", ended, append([]string{"import", "items", file}, s.stores()...), 130, "interrupted"},
		{"Ctrl-C during training", ended, append([]string{"train"}, s.stores()...), 130, "interrupted"},
		{"Ctrl-C during the doctor", ended, append([]string{"doctor"}, s.stores()...), 130, "interrupted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			again := *s
			again.ctx = tt.ctx
			out, errOut, code := again.run(tt.args...)
			if code != tt.code || !strings.Contains(out+errOut, tt.says) {
				t.Errorf("exit %d, want %d and %q:\n%s%s", code, tt.code, tt.says, out, errOut)
			}
		})
	}
}

func TestVersionAndGuardsAsJSON(t *testing.T) {
	s := newShell(t)
	out, _, code := s.run("version", "--json")
	if v := parse[map[string]string](t, out); code != 0 || v["version"] != version || v["go"] == "" || v["platform"] == "" {
		t.Errorf("exit %d: %s", code, out)
	}
	out, _, code = s.run("guards", "--json")
	var set guard.Settings
	set.Defaults()
	want := guard.All(&set)
	guards := parse[[]struct{ Name, Promise, File string }](t, out)
	if code != 0 || len(guards) != len(want) {
		t.Fatalf("exit %d, %d guards of %d", code, len(guards), len(want))
	}
	for i, g := range guards {
		if g.Name != want[i].Name() || g.Promise == "" {
			t.Errorf("guard %d: %+v", i, g)
		}
		if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(g.File))); err != nil {
			t.Errorf("guard %s: its file %s is not there: %v", g.Name, g.File, err)
		}
	}
}

func TestConfigListsEverySettingAndAllFaultsAtOnce(t *testing.T) {
	s := newShell(t)
	out, _, code := s.run("config", "--json")
	settings := parse[[]struct{ Key, Type, Default, Meaning string }](t, out)
	if code != 0 || len(settings) < 30 {
		t.Fatalf("exit %d, %d settings", code, len(settings))
	}
	for _, setting := range settings {
		if setting.Key == "" || setting.Meaning == "" {
			t.Errorf("%+v says nothing", setting)
		}
	}
	good := s.write("good.yaml", "server:\n  addr: 127.0.0.1:8081\n")
	if out, errOut, code := s.run("config", "--check", good); code != 0 || !strings.Contains(out, "no faults") {
		t.Errorf("exit %d: %s%s", code, out, errOut)
	}
	for _, tt := range []struct {
		name, text string
		says       []string
	}{
		{"values out of range are all named", "data_dir: d\nkey_dir: d/keys\nserver:\n  addr: nowhere\n  max_in_flight: -4\nengine:\n  learn:\n    ridge: -1\n    support: 0\n    dropout: 2\n  receipts:\n    keep: 1s\n",
			[]string{"key_dir", "server.addr", "server.max_in_flight", "learn.ridge", "learn.dropout", "receipts.keep"}},
		{"unknown keys are all named with their lines", "servers: {}\nserver:\n  port: 80\nengine:\n  lern: {}\n", []string{"line 1", "servers", "line 3", "port", "line 5", "lern"}},
		{"what does not start is no good file", "engine:\n  parties:\n    recipients: [{name: mailer, role: processor, country: DE, why: sends letters, purpose: messages_email, records: [no_such_record]}]\n",
			[]string{"engine.parties.recipients[0].records"}},
		{"no erasure at all without a second operator is not what 0 says", "engine:\n  rights:\n    erasures: 0\n    erasures_in_all: 0\n", []string{"engine.rights.erasures:", "engine.rights.erasures_in_all"}},
		{"what is not YAML is refused", "a: [", []string{"YAML"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, errOut, code := s.run("config", "--check", s.write("bad.yaml", tt.text))
			if code != 1 {
				t.Errorf("exit %d", code)
			}
			for _, what := range tt.says {
				if !strings.Contains(errOut, what) {
					t.Errorf("%q is not named in:\n%s", what, errOut)
				}
			}
		})
	}
}
