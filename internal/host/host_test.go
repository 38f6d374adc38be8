package host_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/host"
)

func TestParse(t *testing.T) {
	for text, want := range map[string][]string{
		"files.example.com":      {"files.example.com:80", "files.example.com:443"},
		"Files.Example.COM.":     {"files.example.com:80", "files.example.com:443"},
		"files.example.com:8443": {"files.example.com:8443"},
		"files_1":                {"files_1:80", "files_1:443"},
		"localhost:9000":         {"localhost:9000"},
		"файлы.example":          {"xn--80asg7a0b.example:80", "xn--80asg7a0b.example:443"},
		"10.0.0.5":               {"10.0.0.5:80", "10.0.0.5:443"},
		"10.0.0.5:8080":          {"10.0.0.5:8080"},
		"[FD00:0::1]":            {"[fd00::1]:80", "[fd00::1]:443"},
		"[fd00::1]:8443":         {"[fd00::1]:8443"},
	} {
		got, err := host.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		"": "names no host", " ": "names no host",
		"http://files.example.com": "a scheme", "ftp://x": "a scheme",
		"*.example.com": "a wildcard", "*": "a wildcard", "10.0.0.*": "a wildcard",
		"10.0.0.0/8": "is a range", "fd00::/8": "is a range",
		"files.example.com/x": "more in it than a host", "user@files.example.com": "more in it than a host", "a b": "more in it than a host",
		"[fe80::1%eth0]": "more in it than a host", "//files.example.com": "more in it than a host", "a?b": "more in it than a host",
		"files.example.com:": "a port that is none", "files.example.com:0": "a port that is none", "files.example.com:65536": "a port that is none",
		"files.example.com:http": "a port that is none", "files.example.com:080": "a port that is none", "a:1:2": "a port that is none", ":8080": "is no host",
		"fd00::1": "without brackets", "fd00::1:8443": "without brackets",
		"8080": "is no host", "0x7f.1": "is no host", "127.1": "is no host", "010.0.0.1": "is no host", "10.0.0.256": "is no host", "[10.0.0.5]": "is no host", "[x]": "is no host",
		"[]": "is no host", "[": "is no host", "]": "is no host", "a..b": "is no host", "-a": "is no host", "a,b": "is no host", "\x00": "is no host",
	} {
		got, err := host.Parse(text)
		require.ErrorContains(t, err, want, "%q gives %v", text, got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a", "a:1", "[::1]:1", "10.0.0.1", "①.0.0.1", "a/b", "[", "x.", "1.2.3.4.:5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		addresses, err := host.Parse(text)
		for _, a := range addresses {
			require.NoError(t, err)
			again, err := host.Parse(a)
			require.NoError(t, err, "%q of %q", a, text)
			require.Equal(t, []string{a}, again, "what is read is plain")
		}
	})
}
