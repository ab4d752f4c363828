package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful/internal/report"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// listsDelta is the delta at which epsilon of public lists is said.
const listsDelta = 1e-6

func editionOf(d *report.Edition) wire.PublicEdition {
	return wire.PublicEdition{
		Given: d.Given, Next: d.Next, Until: d.Until, Items: int64(len(d.Items)), Least: int64(d.Least), Deviation: int64(d.Deviation), Margin: int64(d.Margin), Groups: int64(d.Groups),
		Unit: report.Unit, Rho: d.Cost.Rho(), Epsilon: d.Cost.Epsilon(listsDelta), Delta: listsDelta, Tells: report.ListsTell, Hides: report.ListsHide,
	}
}

// PublishLists makes the next edition.
func (s *server) PublishLists(ctx context.Context, _ wire.PublishListsRequestObject) (wire.PublishListsResponseObject, error) {
	d, err := s.opt.Engine.PublishLists(ctx)
	if err != nil {
		return nil, err
	}
	return wire.PublishLists200JSONResponse(editionOf(d)), nil
}

// GetPublicLists says which edition stands.
func (s *server) GetPublicLists(ctx context.Context, r wire.GetPublicListsRequestObject) (wire.GetPublicListsResponseObject, error) {
	d, err := s.opt.Engine.PublicLists(ctx)
	if err != nil {
		return nil, err
	}
	return s.public(d, editionOf(d), r.Params.IfNoneMatch)
}

// GetPublicList hands out one list, the same to everybody.
func (s *server) GetPublicList(ctx context.Context, r wire.GetPublicListRequestObject) (wire.GetPublicListResponseObject, error) {
	d, items, err := s.opt.Engine.PublicList(ctx, r.ItemId)
	if err != nil {
		return nil, err
	}
	list := wire.PublicList{Item: r.ItemId, Given: d.Given, Next: d.Next}
	for _, item := range items {
		list.Items = append(list.Items, struct {
			Id    wire.ItemID `json:"id"`
			Title string      `json:"title"`
		}{item.ID, item.Title})
	}
	return s.public(d, list, r.Params.IfNoneMatch)
}

// publicAnswer is one that caches may keep. Its tag is over its bytes, so that an
// edition that says the same of an item has the same.
type publicAnswer struct {
	text   []byte
	maxAge time.Duration
	known  string // If-None-Match
}

// longestKept is how long a cache keeps what may be delisted meanwhile.
const longestKept = time.Hour

func (s *server) public(d *report.Edition, body any, known string) (publicAnswer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return publicAnswer{}, fmt.Errorf("write a public list: %w", err)
	}
	left := max(0, d.Until.Sub(s.opt.Clock.Now()))
	return publicAnswer{text: text, maxAge: min(longestKept, left), known: known}, nil
}

// VisitGetPublicListsResponse writes the answer.
func (a publicAnswer) VisitGetPublicListsResponse(w http.ResponseWriter) error { return a.write(w) }

// VisitGetPublicListResponse writes the answer.
func (a publicAnswer) VisitGetPublicListResponse(w http.ResponseWriter) error { return a.write(w) }

func (a publicAnswer) write(w http.ResponseWriter) error {
	sum := sha256.Sum256(a.text)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(a.maxAge.Seconds())))
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	for one := range strings.SplitSeq(a.known, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(a.text)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(a.text) // the caller is gone; the access log has the status
	return nil
}
