// Package host reads the names of hosts as links and configurations spell them.
package host

import (
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Plain gives the one spelling that all spellings of a host have: ASCII as net/http sends it ("①.0.0.1" is "1.0.0.1"),
// small letters, no last dot, an IPv6 address in its short form without brackets. It resolves nothing: two names of one
// machine stay two.
func Plain(name string) string {
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		name = ascii
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if a, err := netip.ParseAddr(name); err == nil {
		return a.String()
	}
	return name
}

// Numeric reports whether browsers and C libraries take a plain host for an IPv4 address: its last label is a number, be
// it decimal, octal or hexadecimal (URL Standard, "ends in a number").
func Numeric(name string) bool {
	last := name[strings.LastIndex(name, ".")+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// Ports of the web, which a host without a port stands for.
var ports = []string{"80", "443"}

const shape = "write a host, or a host and a port, like files.example.com or files.example.com:8443"

var (
	errEmpty    = errors.New("names no host: " + shape)
	errScheme   = errors.New("has a scheme in it: " + shape)
	errRange    = errors.New("is a range of addresses: write each host that is meant, one an entry")
	errPath     = errors.New("has more in it than a host: " + shape)
	errWildcard = errors.New("has a wildcard in it: write each host that is meant, one an entry")
	errPort     = errors.New("has a port that is none: write a number from 1 to 65535 after the colon, or nothing for 80 and 443")
	errBrackets = errors.New("is an IPv6 address without brackets: write it like \"[fd00::1]\" or \"[fd00::1]:8443\", in quotation marks")
	errName     = errors.New("is no host: " + shape)
)

var label = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)

// Parse reads "files.example.com", "files.example.com:8443", "10.0.0.5:8080" or "[fd00::1]:8443", and gives the addresses
// "name:port" that it stands for, with plain names, as net.JoinHostPort writes them. Without a port these are the ports of
// http and https. The error tells what the text is or has, and what to write; the text itself is not in it.
func Parse(text string) ([]string, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return nil, errEmpty
	case strings.Contains(text, "://"):
		return nil, errScheme
	case strings.Contains(text, "*"):
		return nil, errWildcard
	}
	if _, err := netip.ParsePrefix(text); err == nil {
		return nil, errRange
	}
	if strings.ContainsAny(text, "/\\@?#% \t\r\n") {
		return nil, errPath
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Is6() {
		return nil, errBrackets
	}
	name, with := text, ports
	if strings.Contains(strings.TrimSuffix(text, "]"), ":") && !strings.HasSuffix(text, "]") {
		host, port, err := net.SplitHostPort(text)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return nil, errPort
		}
		name, with = host, []string{port}
	}
	bracketed := strings.HasPrefix(text, "[")
	if inner, ok := strings.CutPrefix(name, "["); ok {
		name = strings.TrimSuffix(inner, "]")
	}
	name = Plain(name)
	switch a, err := netip.ParseAddr(name); {
	case err == nil && a.Is6() != bracketed, err != nil && (bracketed || Numeric(name) || !labels(name)):
		return nil, errName
	}
	var addresses []string
	for _, port := range with {
		addresses = append(addresses, net.JoinHostPort(name, port))
	}
	return addresses, nil
}

func labels(name string) bool {
	if len(name) > 253 {
		return false
	}
	for l := range strings.SplitSeq(name, ".") {
		if !label.MatchString(l) {
			return false
		}
	}
	return true
}
