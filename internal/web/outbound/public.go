package outbound

import "net/netip"

// closed are the networks that are not public, or in which another address is
// hidden: IANA's special-purpose registries (RFC 6890), and the addresses under
// which clouds hand out credentials where these lie in public space.
func closed() []string {
	return []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"168.63.129.16/32", // Azure's host
		"::/96",            // unspecified, loopback, and IPv4 in IPv6 as it was once written
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
		"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	}
}

var closedNetworks = parsePrefixes(closed())

func parsePrefixes(texts []string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil { // then nothing is public
			return []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
		}
		all = append(all, prefix)
	}
	return all
}

// Public reports whether an address belongs to the public internet. IPv6 must
// lie in the space that is handed out (2000::/3).
func Public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsValid() || ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	if ip.Is6() && ip.As16()[0]>>5 != 1 {
		return false
	}
	for _, network := range closedNetworks {
		if network.Contains(ip) {
			return false
		}
	}
	return true
}

// never are addresses that no list of own networks opens: where a cloud hands
// out credentials, no recipient stands.
func never(ip netip.Addr) bool {
	switch ip.String() {
	case "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254":
		return true
	}
	return !ip.IsValid() || ip.IsMulticast() || ip.IsUnspecified() || ip.IsLinkLocalUnicast()
}
