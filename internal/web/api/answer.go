package api

import (
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// decisionAnswer writes a decision.
type decisionAnswer struct{ decision *tactful.Decision }

// VisitRecommendResponse writes the answer.
func (a decisionAnswer) VisitRecommendResponse(w http.ResponseWriter) error {
	return wire.Recommend200JSONResponse(decisionOut(a.decision)).VisitRecommendResponse(w)
}
