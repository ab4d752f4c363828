// Package config is the one struct of settings: read from YAML, completed with
// careful defaults, validated with all faults at once, and described by itself
// for `tactful config`, so that no setting is written down twice.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// Config is everything that can be set. The zero value, completed by Defaults,
// is the careful choice: opt-in, loopback only, nothing declared, nobody let in.
type Config struct {
	DataDir string        `yaml:"data_dir" doc:"where the data store lives; made if it is not there"`
	KeyDir  string        `yaml:"key_dir" doc:"where the key table and the key set live; neither may be inside the other, and it is never part of a data backup"`
	Server  Server        `yaml:"server" doc:"the HTTP doors"`
	Engine  engine.Config `yaml:"engine" doc:"the engine"`
	Centre  Centre        `yaml:"centre" doc:"the customers' privacy centre"`
	Doors   Doors         `yaml:"doors" doc:"doors that speak the wire of other products; none unless listed"`

	Outbound Outbound `yaml:"outbound" doc:"calls to the outside"`
	Backup   Backup   `yaml:"backup" doc:"where a running server makes copies"`
}

// Server sets up the doors.
type Server struct {
	Addr            string        `yaml:"addr" doc:"address of the API"`
	PublicURL       string        `yaml:"public_url" doc:"address at which browsers reach the API, such as https://events.shop.example; '' takes it from each request; set it behind a proxy that ends TLS"`
	AdminAddr       string        `yaml:"admin_addr" doc:"address of /metrics and profiling; keep it on loopback"`
	MaxBodyBytes    int64         `yaml:"max_body_bytes" doc:"largest request body, after decompression, in bytes"`
	MaxInFlight     int           `yaml:"max_in_flight" doc:"requests that one door works on at once; beyond it callers get 429 with Retry-After"`
	MaxConnections  int           `yaml:"max_connections" doc:"open connections at once; beyond it they are told 503 with Retry-After and closed"`
	RequestTimeout  time.Duration `yaml:"request_timeout" doc:"longest time for one request"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout" doc:"longest time for requests under way when the server stops"`
	LogLevel        string        `yaml:"log_level" doc:"debug, info, warn or error"`
}

// Defaults fills what is not set.
func (c *Config) Defaults() {
	set(&c.DataDir, "tactful-data")
	set(&c.KeyDir, "tactful-keys")
	set(&c.Server.Addr, "127.0.0.1:8080")
	set(&c.Server.AdminAddr, "127.0.0.1:9090")
	set(&c.Server.LogLevel, "info")
	set(&c.Server.MaxBodyBytes, 1<<20)
	set(&c.Server.MaxInFlight, 256)
	set(&c.Server.MaxConnections, 2048)
	set(&c.Server.RequestTimeout, 10*time.Second)
	set(&c.Server.ShutdownTimeout, 20*time.Second)
	c.Engine.Defaults()
	c.Centre.Defaults(c.Engine.Labels.Ask)
	c.Outbound.Defaults()
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate returns all faults, joined.
func (c *Config) Validate() error {
	var faults []error
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField(field, detail, remedy))
	}
	switch {
	case within(c.DataDir, c.KeyDir):
		fault("key_dir", "is inside data_dir", "keep keys apart, so that no data backup holds them")
	case within(c.KeyDir, c.DataDir):
		fault("data_dir", "is inside key_dir", "keep keys apart, so that the two are backed up apart")
	}
	faults = append(faults, c.checkBackup()...)
	for _, at := range [...]struct{ field, addr string }{{"server.addr", c.Server.Addr}, {"server.admin_addr", c.Server.AdminAddr}} {
		if _, _, err := net.SplitHostPort(at.addr); err != nil {
			fault(at.field, "is not host:port", "for example 127.0.0.1:8080")
		}
	}
	if c.Server.MaxBodyBytes < 1024 || c.Server.MaxBodyBytes > 64<<20 {
		fault("server.max_body_bytes", "is out of range", "between 1024 and 67108864")
	}
	if c.Server.MaxInFlight < 1 || c.Server.MaxInFlight > 100_000 {
		fault("server.max_in_flight", "is out of range", "between 1 and 100000")
	}
	if c.Server.MaxConnections < 1 || c.Server.MaxConnections > 1_000_000 {
		fault("server.max_connections", "is out of range", "between 1 and 1000000")
	}
	if c.Server.RequestTimeout < 10*time.Millisecond || c.Server.RequestTimeout > 10*time.Minute {
		fault("server.request_timeout", "is out of range", "between 10ms and 10m")
	}
	if c.Server.ShutdownTimeout < 100*time.Millisecond || c.Server.ShutdownTimeout > 10*time.Minute {
		fault("server.shutdown_timeout", "is out of range", "between 100ms and 10m")
	}
	switch c.Server.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		fault("server.log_level", "is unknown", "debug, info, warn or error")
	}
	declared := map[string]bool{}
	for _, p := range c.Engine.Consent.Purposes {
		declared[string(p.Name)] = true
	}
	c.Centre.validate(declared, fault)
	if c.Server.PublicURL != "" && !publicAddress(c.Server.PublicURL) {
		fault("server.public_url", "is no http or https address of a host", "for example https://events.shop.example")
	}
	c.Doors.validate(fault)
	faults = append(faults, c.Outbound.Validate()...)
	if err := c.Engine.Validate(); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// Load reads a YAML file; an unknown key is a fault. An empty path gives the defaults.
func Load(path string) (Config, error) {
	var c Config
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return c, &tactful.Error{Kind: tactful.Invalid, Field: "--config", Detail: "cannot be read", Remedy: "check the path", Err: err}
		}
		if c, err = Parse(text); err != nil {
			return c, fmt.Errorf("%s: %w", path, err)
		}
		return c, nil
	}
	c.Defaults()
	return c, c.Validate()
}

// Parse reads YAML text, completes and validates it. What is not set gets its
// default; a number that is set to zero is zero. All faults come together, those
// of the text with those of the values.
func Parse(text []byte) (Config, error) {
	var c Config
	var faults []error
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	err := decoder.Decode(&c)
	var types *yaml.TypeError // the rest of the text was read
	switch {
	case errors.As(err, &types):
		for _, detail := range types.Errors {
			faults = append(faults, textFault(detail))
		}
	case err != nil && !errors.Is(err, io.EOF):
		return Config{}, textFault("no YAML, " + strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(new(Config)); !errors.Is(err, io.EOF) {
		return Config{}, tactful.Errorf(tactful.Invalid, "the configuration holds more than one document")
	}
	read := c
	c.Defaults()
	var whole yaml.Node
	if err := yaml.Unmarshal(text, &whole); err == nil {
		keepZeros(&whole, reflect.ValueOf(read), reflect.ValueOf(&c).Elem())
	}
	return c, errors.Join(append(faults, c.Validate())...)
}

var unknownKey = regexp.MustCompile(`^line (\d+): field (.+) not found in type \S+$`)

// textFault says what is wrong with the text, without our type names.
func textFault(detail string) error {
	detail = unknownKey.ReplaceAllString(strings.ReplaceAll(detail, "\n", " "), "line $1: $2 is not a setting")
	return &tactful.Error{Kind: tactful.Invalid, Detail: "the configuration cannot be used: " + detail[:min(len(detail), 400)],
		Remedy: "run `tactful config` for every key with its meaning"}
}
