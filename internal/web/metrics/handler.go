package metrics

import (
	"encoding/json"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Health answers /healthz, /readyz: the process lives; it can be sent work.
// It may stand on the public address: it tells no numbers.
func Health(source Source) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"alive": true})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		h := source.Health()
		if !h.Ready {
			w.Header().Set("Retry-After", "2")
			answer(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "reason": h.Reason})
			return
		}
		ready := map[string]any{"ready": true}
		if h.Limited != "" {
			ready["limited"] = h.Limited
		}
		answer(w, http.StatusOK, ready)
	})
	return mux
}

// Handler serves /metrics, health and profiling. It is for an address that
// only the operator reaches: profiles show memory, and memory shows people.
func (m *Metrics) Handler(source Source) http.Handler {
	mux := http.NewServeMux()
	health := Health(source)
	mux.Handle("/healthz", health)
	mux.Handle("/readyz", health)
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
