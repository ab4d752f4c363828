package main

import (
	"bytes"
	"io"
	"os"

	"github.com/tactful/tactful"
	document "github.com/tactful/tactful/api"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/web/metrics"
	"github.com/tactful/tactful/internal/web/personalize"
	"github.com/tactful/tactful/internal/web/recombee"
	"github.com/tactful/tactful/internal/web/reference"
)

// readable opens the page that tells the API's document to people.
func (h *house) readable() error {
	told, err := reference.New(document.Document())
	if err != nil {
		return err
	}
	for _, path := range reference.Paths() {
		h.doors[path] = told
	}
	return nil
}

// otherWires opens the doors that speak the wire of other products, where the
// configuration lists who may enter.
func (h *house) otherWires(eng *engine.Engine, cfg *config.Config, clock tactful.Clock, count *metrics.Metrics) error {
	if len(cfg.Doors.Recombee) > 0 {
		var databases []recombee.Database
		for _, db := range cfg.Doors.Recombee {
			token, err := secretIn(db.TokenFile, "doors.recombee.token_file")
			if err != nil {
				return err
			}
			databases = append(databases, recombee.Database{Name: db.Database, Token: token})
		}
		wire, err := recombee.New(recombee.Options{Engine: eng, Databases: databases, Log: h.log, Clock: clock, Limits: h.limits, Observer: count, Tally: count})
		if err != nil {
			return err
		}
		for _, path := range recombee.Paths(databases) {
			h.doors[path] = wire
		}
	}
	if len(cfg.Doors.Personalize) > 0 {
		var keys []personalize.AccessKey
		for _, key := range cfg.Doors.Personalize {
			secret, err := secretIn(key.SecretFile, "doors.personalize.secret_file")
			if err != nil {
				return err
			}
			keys = append(keys, personalize.AccessKey{ID: key.AccessKey, Secret: secret})
		}
		wire, err := personalize.New(personalize.Options{Engine: eng, Keys: keys, Log: h.log, Clock: clock, Limits: h.limits, Observer: count, Tally: count})
		if err != nil {
			return err
		}
		h.doors[personalize.Path] = wire
	}
	return nil
}

const (
	minSecretBytes = 16
	maxSecretBytes = 4096
)

// secretIn reads a file that holds one secret, without the line's end.
func secretIn(path, field string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", &tactful.Error{Kind: tactful.Invalid, Field: field, Detail: "cannot be opened", Remedy: "check the path", Err: err}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecretBytes+1))
	if err != nil {
		return "", &tactful.Error{Kind: tactful.Invalid, Field: field, Detail: "cannot be read", Remedy: "check the file", Err: err}
	}
	secret := bytes.TrimSpace(text)
	if len(secret) < minSecretBytes || len(text) > maxSecretBytes {
		return "", tactful.InvalidField(field, "holds no secret of 16 to 4096 bytes", "write the secret and nothing else into the file; make one with `openssl rand -hex 32`")
	}
	return string(secret), nil
}
