package dashly_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
)

// fileClient is a client whose every request is seen, and answered with status.
func fileClient(t *testing.T, base string, status int, seen *[]string) *apidashly.Client {
	t.Helper()
	c, err := apidashly.New(apidashly.Options{BaseURL: base, Token: token, HTTP: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		*seen = append(*seen, r.URL.String())
		require.Equal(t, "Token "+token, r.Header.Get("Authorization"))
		res := reply(status, "content")
		res.Header.Set("Location", "https://evil.example/collect")
		return res, nil
	})}})
	require.NoError(t, err)
	return c
}

// TestTheTokenGoesToTheDesksFilesOnly: not to the API, however its path is written, nor to a stranger's host on the same domain.
func TestTheTokenGoesToTheDesksFilesOnly(t *testing.T) {
	brand, proxy := "https://api.dashly.app", "https://dashly-proxy.run.app"
	for _, c := range []struct {
		base, link string
		goes       bool
	}{
		{brand, "https://files.dashly.app/attachments/48217/screenshot.png", true},
		{brand, "https://files.dashly.app/attachments/1/a%20b%231.png?expires=1&s=x", true},
		{brand, "https://files.dashly.app/a.png", true},
		{brand, "https://files.dashly.app/attachments/1/50%25.png", true},
		{brand + ":443/v2", "https://files.dashly.app/attachments/1/a.png", true},
		{"https://api.carrotquest.io", "https://files.carrotquest.io/attachments/1/a.png", true},
		{"https://api.carrotquest.io", "https://files.carrotquest.app/attachments/1/a.png", true},
		{"https://api.carrotquest.io", "https://files.dashly.app/attachments/1/a.png", false},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080/files/7/a.png", true},
		{proxy, proxy + "/attachments/7/a.png", true},

		// The API itself, whatever the path.
		{brand, "https://api.dashly.app/v2/apps/$self_app/users?limit=50", false},
		{brand, "https://api.dashly.app/files/1/a.png", false},
		{proxy, proxy + "/v2/apps/$self_app/users?limit=50", false},
		{proxy, proxy + "/apps/1/users", false},
		{proxy, proxy + "/users/1", false},
		{proxy, proxy + "/anything/else", false},
		{proxy, proxy + "/files", false},
		{proxy, proxy, false},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080/v2/conversations/5", false},

		// Paths that become others.
		{proxy, proxy + "/files/../v2/apps/1/users", false},
		{proxy, proxy + "/files/%2e%2e/v2/apps/1/users", false},
		{proxy, proxy + "/files/%252e%252e/v2/apps/1/users", false},
		{proxy, proxy + "/files/..%2fv2/apps", false},
		{proxy, proxy + "/files/..%5cv2/apps", false},
		{proxy, proxy + `/files/..\v2\apps`, false},
		{proxy, proxy + "/files/%u002e%u002e/apps", false},
		{proxy, proxy + "//files/1", false},
		{proxy, proxy + "/./files/1", false},
		{proxy, proxy + "/files/a%00b", false},
		{brand, "https://files.dashly.app/v2/apps/1/users", false},
		{brand, "https://files.dashly.app/v2.10.5/users", false},
		{brand, "https://files.dashly.app/Users/1", false},
		{brand, "https://files.dashly.app/%75sers/1", false},
		{brand, "https://files.dashly.app/%2575sers/1", false},
		{brand, "https://files.dashly.app/users;x/1", false},
		{brand, "https://files.dashly.app//conversations/1", false},
		{brand, "https://files.dashly.app/x/../conversations/1", false},
		{brand, "https://files.dashly.app/conversations", false},

		// Sisters.
		{brand, "https://evil.dashly.app/attachments/1/a.png", false},
		{brand, "http://files.dashly.app/attachments/1/a.png", false},
		{brand, "https://files.dashly.app:8443/attachments/1/a.png", false},
		{brand, "https://u:p@files.dashly.app/attachments/1/a.png", false},
		{brand, "https://files.dashly.app.evil.example/attachments/1/a.png", false},
		{brand, "https://files.notdashly.app/attachments/1/a.png", false},
		{proxy, "https://evil.run.app/attachments/1/a.png", false},
		{proxy, "https://files.run.app/attachments/1/a.png", false},
		{proxy, "https://x.dashly-proxy.run.app/attachments/1/a.png", false},
		{proxy, "http://dashly-proxy.run.app/files/1/a.png", false},
		{proxy, proxy + ":8443/files/1/a.png", false},
		{"https://dashly.acme.co.uk", "https://evil.co.uk/files/1/a.png", false},
		{"https://dashly.acme.co.uk", "https://files.acme.co.uk/files/1/a.png", false},
		{"https://notdashly.app", "https://files.dashly.app/attachments/1/a.png", false},
		{brand, "data:,x", false},
		{brand, "https:files.dashly.app/attachments/1/a.png", false},
	} {
		var seen []string
		content, _, err := fileClient(t, c.base, http.StatusOK, &seen).OwnFile(t.Context(), c.link, 1000)
		if !c.goes {
			require.Equal(t, api.Refused, failure(t, err).Class, "%s with %s", c.link, c.base)
			require.Empty(t, seen)
			continue
		}
		require.NoError(t, err, "%s with %s", c.link, c.base)
		require.Equal(t, "content", string(content))
		require.Equal(t, []string{c.link}, seen)
	}
}

// TestALargeAttachmentIsRefused when one byte too many was read.
func TestALargeAttachmentIsRefused(t *testing.T) {
	var seen []string
	c := fileClient(t, "https://api.dashly.app", http.StatusOK, &seen)
	const link = "https://files.dashly.app/attachments/1/a.png"
	_, _, err := c.OwnFile(t.Context(), link, int64(len("content"))-1)
	require.Equal(t, api.Refused, failure(t, err).Class)
	large, ok := errors.AsType[*api.TooLarge](err)
	require.True(t, ok)
	require.EqualValues(t, len("content")-1, large.Most)
	require.Equal(t, []string{link}, seen, "it is not asked for again")
	_, _, err = c.OwnFile(t.Context(), link, int64(len("content")))
	require.NoError(t, err)
}

// TestAFileThatIsNotGiven is refused alone: neither does a redirect carry the token on, nor is the desk taken for one that
// denies everything.
func TestAFileThatIsNotGiven(t *testing.T) {
	for status, class := range map[int]api.Class{
		302: api.Refused, 307: api.Refused, 401: api.Refused, 402: api.Refused, 403: api.Refused, 404: api.Refused, 410: api.Refused, 502: api.TryLater,
	} {
		var seen []string
		const link = "https://files.dashly.app/attachments/1/a.png"
		_, _, err := fileClient(t, "https://api.dashly.app", status, &seen).OwnFile(t.Context(), link, 1000)
		require.Equal(t, class, failure(t, err).Class, status)
		if class == api.Refused {
			require.Equal(t, fmt.Sprintf("HTTP %d", status), failure(t, err).Reason)
		}
		for _, s := range seen {
			require.Equal(t, link, s)
		}
	}
}
