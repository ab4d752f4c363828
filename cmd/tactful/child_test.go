package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// childArgs holds the command line of a child, as JSON.
const childArgs = "TACTFUL_TEST_ARGS"

// TestTactfulChild is tactful in a process of its own.
func TestTactfulChild(t *testing.T) {
	text := os.Getenv(childArgs)
	if text == "" {
		t.Skip("runs only as a child of other tests")
	}
	var args []string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		t.Fatal(err)
	}
	os.Exit(run(context.Background(), args, os.Stdout, os.Stderr))
}

// process is a real second tactful; it is not started yet.
func (s *shell) process(args ...string) (cmd *exec.Cmd, errOut *lockedBuffer) {
	s.Helper()
	exe, err := os.Executable()
	if err != nil {
		s.Fatal(err)
	}
	text, err := json.Marshal(args)
	if err != nil {
		s.Fatal(err)
	}
	cmd, errOut = exec.CommandContext(s.Context(), exe, "-test.run=^TestTactfulChild$"), &lockedBuffer{}
	cmd.Env = append(os.Environ(), childArgs+"="+string(text))
	cmd.Stderr = errOut
	return cmd, errOut
}

// apart starts a server of its own process over the shell's stores and waits until it is ready.
func (s *shell) apart() (cmd *exec.Cmd, url string, errOut *lockedBuffer) {
	s.Helper()
	addr := free(s.TB.(*testing.T))
	file := s.write("child.yaml", "server:\n  admin_addr: 127.0.0.1:0\n")
	cmd, errOut = s.process(append([]string{"serve", "--config", file, "--addr", addr}, s.stores()...)...)
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	if status, body := get(s.TB.(*testing.T), "http://"+addr+"/readyz"); status != 200 {
		s.Fatalf("not ready: %d %s\n%s", status, body, errOut)
	}
	return cmd, "http://" + addr, errOut
}

func TestASecondProcessOnOneDirectoryIsRefusedAndToldWhatToDo(t *testing.T) {
	s := newShell(t)
	s.on("import", "items", s.write("items.csv", "id,title\nA1,First\n"))
	first, url, _ := s.apart()
	other := []string{"--data-dir", filepath.Join(s.dir, "data"), "--key-dir", filepath.Join(s.dir, "keys-of-mine")}
	same := []string{"--data-dir", filepath.Join(s.dir, "data-of-mine"), "--key-dir", filepath.Join(s.dir, "keys")}
	for name, args := range map[string][]string{
		"another server":                   append([]string{"serve", "--addr", "127.0.0.1:0"}, s.stores()...),
		"another server with its own keys": append([]string{"serve", "--addr", "127.0.0.1:0"}, other...),
		"another server on the same keys":  append([]string{"serve", "--addr", "127.0.0.1:0"}, same...),
		"a command that reads":             append([]string{"verify"}, s.stores()...),
		"a command that changes keys":      append([]string{"keys", "rotate"}, s.stores()...),
		"a command that writes":            append([]string{"import", "items", filepath.Join(s.dir, "items.csv")}, s.stores()...),
	} {
		second, errOut := s.process(args...)
		err := second.Run()
		if said := errOut.String(); err == nil || second.ProcessState.ExitCode() != 1 || !strings.Contains(said, "in use by another process") || !strings.Contains(said, "--url") {
			t.Errorf("%s: %v, exit %d: %s", name, err, second.ProcessState.ExitCode(), said)
		}
		if status, _ := get(t, url+"/readyz"); status != 200 {
			t.Errorf("%s: the first server is not ready any more: %d", name, status)
		}
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err == nil {
		t.Error("the first server ended by itself")
	}
	s.on("verify") // a kill leaves no lock behind
}
