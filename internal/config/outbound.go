package config

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/tactful/tactful"
)

// Outbound sets up the one client that calls outside: webhooks of recipients.
// It reaches public https addresses only, unless told otherwise here.
type Outbound struct {
	Private   []string      `yaml:"private" doc:"networks of your own that may be called although they are not public, such as 10.20.0.0/16; nothing opens the metadata addresses of clouds"`
	PlainHTTP bool          `yaml:"plain_http" doc:"http too, to these networks only; for tests"`
	Timeout   time.Duration `yaml:"timeout" doc:"longest time for one call"`
}

// Defaults fills what is not set.
func (c *Outbound) Defaults() { set(&c.Timeout, 10*time.Second) }

// Validate returns all faults.
func (c *Outbound) Validate() (faults []error) {
	if _, err := c.Networks(); err != nil {
		faults = append(faults, err)
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > 2*time.Minute {
		faults = append(faults, tactful.InvalidField("outbound.timeout", "is out of range", "between 100ms and 2m"))
	}
	if c.PlainHTTP && len(c.Private) == 0 {
		faults = append(faults, tactful.InvalidField("outbound.plain_http", "opens nothing without outbound.private", "list your own networks, or leave it out"))
	}
	return faults
}

// Networks reads the list of networks.
func (c *Outbound) Networks() ([]netip.Prefix, error) {
	networks := make([]netip.Prefix, len(c.Private))
	for i, text := range c.Private {
		network, err := netip.ParsePrefix(text)
		if err != nil || network.Bits() == 0 {
			return nil, tactful.InvalidField(fmt.Sprintf("outbound.private[%d]", i), "is not a network", "for example 10.20.0.0/16; not everything at once")
		}
		networks[i] = network.Masked()
	}
	return networks, nil
}
