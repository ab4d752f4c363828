package centre

import (
	"fmt"
	"net/http"
)

// The closed lists behind the words of the configuration.
var (
	corners = map[string]string{"square": "0", "soft": ".75rem", "round": "1.4rem"}
	fonts   = map[string]string{
		"system": "system-ui, sans-serif", "serif": `ui-serif, Georgia, "Noto Serif", serif`, "rounded": `ui-rounded, "Nunito", system-ui, sans-serif`,
	}
)

// theme writes the business's looks as CSS variables. Every value comes from a
// closed list or was checked to be a colour when the configuration was read.
func (c *Centre) theme(w http.ResponseWriter, _ *http.Request) {
	t := c.settings.Theme
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = fmt.Fprintf(w, ":root { --accent: %s; --corner: %s; --font: %s; }\n@media (prefers-color-scheme: dark) { :root { --accent: %s; } }\n",
		t.Accent, corners[t.Corners], fonts[t.Font], t.AccentDark) // the visitor has gone; there is nobody to tell
}
