package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/report"
)

type reportMapCommand struct {
	casework
	Out  string `required:"" placeholder:"DIR" help:"A directory that is not there yet."`
	Zoom string `default:"5-12" placeholder:"FROM-TO" help:"Which zooms; 0 is the world, 14 the nearest."`
	JSON bool   `name:"json" help:"Print what was written as JSON."`
}

// Help says how the tiles are used.
func (reportMapCommand) Help() string {
	return `Asks for the report places, once, and draws it as DIR/z/x/y.png, 256 pixels a side, over nothing: any web map takes them
from your own server as {z}/{x}/{y}.png. A tile that is missing has nobody in it. It costs what the report costs; the same day again costs
nothing.

Examples:
  tactful report map --out tiles --as "Ada B."
  TACTFUL_KEY=tk_… tactful report map --out tiles --zoom 6-10 --url http://127.0.0.1:8080`
}

// Run asks and writes.
func (c *reportMapCommand) Run(a *app) error {
	low, high, _ := strings.Cut(c.Zoom, "-")
	if high == "" {
		high = low
	}
	from, err := strconv.Atoi(low)
	to, err2 := strconv.Atoi(high)
	if err != nil || err2 != nil {
		return tactful.InvalidField("--zoom", "is not FROM-TO", "write 5-12")
	}
	if _, err := os.Stat(c.Out); err == nil {
		return tactful.InvalidField("--out", "is there already", "name a directory that is not there: tiles of another day would stay between these")
	}
	text, err := c.call(a, http.MethodPost, "/v1/reports/"+report.Places, map[string]any{}, nil)
	if err != nil {
		return err
	}
	var answer report.Answer
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	m, err := report.MapOf(&answer)
	if err != nil {
		return err
	}
	tiles, err := m.Tiles(from, to)
	if err != nil {
		return err
	}
	for i, tile := range tiles {
		if err := a.ctx.Err(); err != nil {
			return err
		}
		var out bytes.Buffer
		if err := m.WritePNG(&out, tile); err != nil {
			return err
		}
		path := filepath.Join(c.Out, filepath.FromSlash(tile.String())+".png")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write tiles: %w", err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write tiles: %w", err)
		}
		if (i+1)%500 == 0 {
			fmt.Fprintf(a.err, "%d of %d tiles\n", i+1, len(tiles))
		}
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(map[string]any{"tiles": len(tiles), "cells": len(m.Cells), "until": m.Until, "out": c.Out})
	}
	_, err = fmt.Fprintf(a.out, "%d tiles of %d cells are in %s; each number within %.0f of what was counted, 19 times of 20.\n", len(tiles), len(m.Cells), c.Out, m.Margin)
	return err
}
