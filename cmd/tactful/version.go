package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the release; builds from a checkout add the revision they know.
const version = "0.1.0"

type versionCommand struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (versionCommand) Help() string { return "Example:\n  tactful version --json" }

// Run prints the version.
func (c *versionCommand) Run(a *app) error {
	revision := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	if c.JSON {
		return showJSON(a.out, map[string]string{"version": version, "revision": revision, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
	}
	_, err := fmt.Fprintf(a.out, "tactful %s %s %s %s/%s\n", version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
