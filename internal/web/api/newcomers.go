package api

import (
	"context"

	"github.com/tactful/tactful/internal/web/api/wire"
)

// ListNewcomers says who brings new people.
func (s *server) ListNewcomers(ctx context.Context, _ wire.ListNewcomersRequestObject) (wire.ListNewcomersResponseObject, error) {
	found, err := s.opt.Engine.Newcomers(ctx)
	if err != nil {
		return nil, err
	}
	answer := wire.ListNewcomers200JSONResponse{Bound: int64(found.Bound), Hours: found.Within.Hours(), Sources: make([]wire.NewcomerSource, len(found.Sources))}
	for i, f := range found.Sources {
		answer.Sources[i] = wire.NewcomerSource{Key: f.Key, Name: f.Name, Lately: int64(f.Lately), Held: int64(f.Held)}
	}
	return answer, nil
}

// ReleaseNewcomers lets the model learn from those whom a source brought.
func (s *server) ReleaseNewcomers(ctx context.Context, r wire.ReleaseNewcomersRequestObject) (wire.ReleaseNewcomersResponseObject, error) {
	released, err := s.opt.Engine.ReleaseNewcomers(ctx, r.Source)
	if err != nil {
		return nil, err
	}
	return wire.ReleaseNewcomers200JSONResponse{Released: int64(released)}, nil
}

// defaultChanges is how many changes of the configuration are listed.
const defaultChanges = 100

// GetConfigLog lists what was changed, newest first.
func (s *server) GetConfigLog(ctx context.Context, r wire.GetConfigLogRequestObject) (wire.GetConfigLogResponseObject, error) {
	limit := defaultChanges
	if r.Params.Limit != 0 {
		limit = int(r.Params.Limit)
	}
	list, err := s.opt.Engine.ConfigLog(ctx, limit)
	if err != nil {
		return nil, err
	}
	answer := wire.GetConfigLog200JSONResponse{Changes: make([]wire.ConfigChange, len(list))}
	for i, c := range list {
		change := wire.ConfigChange{Time: c.Time.UTC(), By: c.By, What: wire.ConfigChangeWhat(c.What), Changed: make([]wire.SettingChange, len(c.Changed))}
		for k, one := range c.Changed {
			change.Changed[k] = wire.SettingChange{Setting: one.Setting, From: one.From, To: one.To}
		}
		answer.Changes[i] = change
	}
	return answer, nil
}
