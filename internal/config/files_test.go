package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/config"
)

func TestHostsThatFilesMayComeFrom(t *testing.T) {
	c, err := load(t, least)
	require.NoError(t, err)
	require.Empty(t, c.Files.Hosts(), "nothing private unless it is named")
	c, err = load(t, least+`files: {allow: [files.corp, files.corp:8443, 10.0.0.5:8080, "[fd00::1]"]}`)
	require.NoError(t, err)
	require.Equal(t, []string{"files.corp", "files.corp:8443", "10.0.0.5:8080", "[fd00::1]"}, c.Files.Hosts())
}

func TestAWrongHostIsSaidWithItsPlace(t *testing.T) {
	const shape = "write a host, or a host and a port, like files.example.com or files.example.com:8443"
	for list, want := range map[string]string{
		`["http://files.corp"]`:                `6:17: files.allow[0]: "http://files.corp" has a scheme in it: ` + shape,
		`[files.corp/secret]`:                  `6:17: files.allow[0]: "files.corp/secret" has more in it than a host: ` + shape,
		`[a.corp, "*.corp"]`:                   `6:25: files.allow[1]: "*.corp" has a wildcard in it: write each host that is meant, one an entry`,
		`[10.0.0.0/8]`:                         `6:17: files.allow[0]: "10.0.0.0/8" is a range of addresses: write each host that is meant, one an entry`,
		`[""]`:                                 `6:17: files.allow[0]: "" names no host: ` + shape,
		`[a.corp, " "]`:                        `6:25: files.allow[1]: " " names no host: ` + shape,
		`[files.corp:0]`:                       `6:17: files.allow[0]: "files.corp:0" has a port that is none: write a number from 1 to 65535 after the colon, or nothing for 80 and 443`,
		`["fd00::1"]`:                          `6:17: files.allow[0]: "fd00::1" is an IPv6 address without brackets: write it like "[fd00::1]" or "[fd00::1]:8443", in quotation marks`,
		`[8080]`:                               `6:17: files.allow[0]: "8080" is no host: ` + shape,
		`[files.corp, b.corp, Files.CORP.]`:    `6:37: files.allow[2]: entry 1 of the list allows this one already (a host without a port stands for 80 and 443): keep one`,
		`[files.corp, "files.corp:443"]`:       `6:29: files.allow[1]: entry 1 of the list allows this one already (a host without a port stands for 80 and 443): keep one`,
		`files.corp`:                           `6:16: files.allow: this must be a list, like [a, b]`,
		`[[files.corp]]`:                       `6:17: files.allow[0]: a single value belongs here, not a list or a block`,
		`["https://${INTERCOM_TOKEN}@a.corp"]`: `6:17: files.allow[0]: the value of the variable has a scheme in it: ` + shape,
	} {
		c, err := load(t, least+"files: {allow: "+list+"}\n")
		require.Nil(t, c, list)
		var wrong config.Errors
		require.ErrorAs(t, err, &wrong)
		require.Len(t, wrong, 1, "one mistake is said once: %v", err)
		_, got, _ := strings.Cut(wrong[0].String(), "deskbridge.yaml:")
		require.Equal(t, want, got)
		require.NotContains(t, err.Error(), intercomToken)
	}
}
