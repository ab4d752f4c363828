package main

import (
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/metrics"
	"github.com/tactful/tactful/internal/web/ofrep"
)

// flagDoor opens the door for clients of OpenFeature.
func (h *house) flagDoor(eng *engine.Engine, clock tactful.Clock, count *metrics.Metrics) error {
	flags, err := ofrep.New(ofrep.Options{Engine: eng, Keys: eng.Access(), Log: h.log, Clock: clock, Limits: h.limits, Observer: count})
	if err != nil {
		return err
	}
	h.doors[ofrep.Root], h.streams = flags, flags
	return nil
}

// endStreams lets a server stop that would otherwise wait for pages that wait.
func (h *house) endStreams(server *http.Server) {
	if h.streams != nil {
		server.RegisterOnShutdown(h.streams.Shut)
	}
}
