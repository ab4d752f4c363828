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
	KeyDir  string        `yaml:"key_dir" doc:"where the key table and the key set live; must not be inside data_dir and is never part of a data backup"`
	Server  Server        `yaml:"server" doc:"the HTTP doors"`
	Engine  engine.Config `yaml:"engine" doc:"the engine"`
}

// Server sets up the doors.
type Server struct {
	Addr            string        `yaml:"addr" doc:"address of the API"`
	AdminAddr       string        `yaml:"admin_addr" doc:"address of /metrics and profiling; keep it on loopback"`
	AllowOrigins    []string      `yaml:"allow_origins" doc:"browser origins that may call the Segment door with CORS; browser keys carry their own list"`
	MaxBodyBytes    int64         `yaml:"max_body_bytes" doc:"largest request body, after decompression, in bytes"`
	MaxInFlight     int           `yaml:"max_in_flight" doc:"requests worked on at once; beyond it callers get 503 with Retry-After"`
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
	set(&c.Server.RequestTimeout, 10*time.Second)
	set(&c.Server.ShutdownTimeout, 20*time.Second)
	c.Engine.Defaults()
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
	if c.KeyDir == c.DataDir || strings.HasPrefix(c.KeyDir, strings.TrimSuffix(c.DataDir, "/")+"/") {
		fault("key_dir", "is inside data_dir", "keep keys apart, so that no data backup holds them")
	}
	for field, addr := range map[string]string{"server.addr": c.Server.Addr, "server.admin_addr": c.Server.AdminAddr} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			fault(field, "is not host:port", "for example 127.0.0.1:8080")
		}
	}
	if c.Server.MaxBodyBytes < 1024 || c.Server.MaxBodyBytes > 64<<20 {
		fault("server.max_body_bytes", "is out of range", "between 1024 and 67108864")
	}
	if c.Server.MaxInFlight < 1 || c.Server.MaxInFlight > 100_000 {
		fault("server.max_in_flight", "is out of range", "between 1 and 100000")
	}
	if c.Server.RequestTimeout < 10*time.Millisecond || c.Server.RequestTimeout > 10*time.Minute {
		fault("server.request_timeout", "is out of range", "between 10ms and 10m")
	}
	switch c.Server.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		fault("server.log_level", "is unknown", "debug, info, warn or error")
	}
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

// Parse reads YAML text, completes and validates it.
func Parse(text []byte) (Config, error) {
	var c Config
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, &tactful.Error{Kind: tactful.Invalid, Detail: "the configuration is not valid YAML of this program: " + firstLine(err.Error()),
			Remedy: "run `tactful config` for every key with its meaning"}
	}
	if err := decoder.Decode(new(Config)); !errors.Is(err, io.EOF) {
		return Config{}, tactful.Errorf(tactful.Invalid, "the configuration holds more than one document")
	}
	c.Defaults()
	return c, c.Validate()
}

func firstLine(text string) string {
	text = strings.TrimPrefix(text, "yaml: ")
	text = strings.ReplaceAll(text, "\n", " ")
	if len(text) > 400 {
		text = text[:400]
	}
	return text
}
