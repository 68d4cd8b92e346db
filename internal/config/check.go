package config

import (
	"net/netip"
	"strings"
)

const (
	errNoClusterFile = reason("cluster-config-file can't be empty")
	errAnnouncedChar = reason("cluster-announce-ip contains invalid character")
	errAnnouncedLong = reason("cluster-announce-ip is too long")
	errHostnameLong  = reason("Hostnames must be less than 256 characters")
	errHostnameChar  = reason("Hostnames may only contain alphanumeric characters, hyphens or dots")
	errNodeNameChar  = reason("Announced human node name contained invalid character")
	errIPv4          = reason("Invalid IPv4 address")
	errIPv6          = reason("Invalid IPv6 address")
	errHashSeed      = reason("hash-seed must be less than or equal to 256 characters")
	errTitle         = reason("template format is invalid or contains unknown variables")
	errLocale        = reason("Invalid locale name")
)

// The most bytes of some names.
const (
	maxAnnouncedIP = 45
	maxHostname    = 255
	maxHashSeed    = 256
)

// baseName accepts the name of something in the directory that another setting
// names: not empty and without a separator.
func baseName(setting, what string) func(string) error {
	empty := reason(setting + " can't be empty")
	path := reason(setting + " can't be a path, just a " + what)
	return func(s string) error {
		switch {
		case s == "":
			return empty
		case strings.ContainsAny(s, `/\`):
			return path
		}
		return nil
	}
}

func clusterConfigFile(s string) error {
	if s == "" {
		return errNoClusterFile
	}
	return nil
}

// isFieldSafe reports whether every byte of s may stand in a field of nodes.conf
// and of a bus message.
func isFieldSafe(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == 0x7f || strings.IndexByte(`!"#$%&'()*+,;<=>?@[\]^{|}~`, s[i]) >= 0 {
			return false
		}
	}
	return true
}

func announcedIP(s string) error {
	if len(s) > maxAnnouncedIP {
		return errAnnouncedLong
	}
	if !isFieldSafe(s) {
		return errAnnouncedChar
	}
	return nil
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func hostname(s string) error {
	if len(s) > maxHostname {
		return errHostnameLong
	}
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && s[i] != '-' && s[i] != '.' {
			return errHostnameChar
		}
	}
	return nil
}

func humanNodeName(s string) error {
	if !isFieldSafe(s) {
		return errNodeNameChar
	}
	return nil
}

func ipv4(s string) error {
	if a, err := netip.ParseAddr(s); err != nil || !a.Is4() {
		return errIPv4
	}
	return nil
}

func ipv6(s string) error {
	if a, err := netip.ParseAddr(s); err != nil || !a.Is6() || a.Zone() != "" {
		return errIPv6
	}
	return nil
}

func hashSeed(s string) error {
	if len(s) > maxHashSeed {
		return errHashSeed
	}
	return nil
}

// titleVariables are what may stand in braces in a process title.
var titleVariables = map[string]bool{
	"title": true, "listen-addr": true, "server-mode": true, "port": true,
	"tls-port": true, "unixsocket": true, "config-file": true,
}

func titleTemplate(s string) error {
	if strings.Trim(s, blanks) == "" {
		return errTitle
	}
	for {
		_, after, found := strings.Cut(s, "{")
		if !found {
			return nil
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed || !titleVariables[name] {
			return errTitle
		}
		s = rest
	}
}

// localeName accepts the locales that compare bytes, the only order that the
// server knows, and those that say UTF-8, whose order by code point is the same.
func localeName(s string) error {
	if s == "" || s == "C" || s == "POSIX" || strings.HasSuffix(strings.ToUpper(s), ".UTF-8") {
		return nil
	}
	return errLocale
}

// saveAndNoSave refuses shutdown flags that contradict each other.
func saveAndNoSave(bits int64) error {
	if bits&ShutdownSave != 0 && bits&ShutdownNoSave != 0 {
		return errSaveAndNoSave
	}
	return nil
}
