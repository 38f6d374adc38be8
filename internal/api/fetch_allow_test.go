package api_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
)

// inside is a machine within somebody's own network, which answers under several names.
type inside struct {
	mu    sync.Mutex
	asked []string // "host/path" of what came
	port  string
}

func newInside(t *testing.T) *inside {
	in := &inside{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := net.SplitHostPort(r.Host)
		in.mu.Lock()
		in.asked = append(in.asked, name+r.URL.Path)
		in.mu.Unlock()
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("content"))
	}))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	in.port = port
	resolveBy(t, map[string][]string{
		"files.corp.": {"127.0.0.1"}, "pictures.corp.": {"127.0.0.1"}, "inner.corp.": {"127.0.0.1"}, "www.example.com.": {"127.0.0.1"},
	})
	return in
}

func (in *inside) at(name string) string { return net.JoinHostPort(name, in.port) }

// TestAllowedPrivateHosts: files of a private host come if it is named, and of no other one, however a link comes to it.
func TestAllowedPrivateHosts(t *testing.T) {
	in := newInside(t)
	f := api.NewFetcher(in.at("files.corp"), in.at("Pictures.Corp."))
	fetch := func(link string) error {
		content, _, err := f.Fetch(t.Context(), "desk", link, 1000)
		if err == nil {
			require.Equal(t, "content", string(content), link)
		}
		return err
	}
	link := func(name string) string { return "http://" + in.at(name) + "/x" }
	led := func(to string) string { return link("files.corp") + "?to=" + to }
	for _, good := range []string{
		link("files.corp"), link("FILES.corp"), link("files.corp."), link("pictures.corp"),
		led(link("pictures.corp")), led("/y"), led(link("pictures.corp") + "%3Fto=" + link("files.corp")),
	} {
		require.NoError(t, fetch(good), good)
	}
	in.asked = nil
	refused := []string{
		link("inner.corp"), link("www.example.com"), link("127.0.0.1"), link("localhost"), link("x.files.corp.localhost"),
		"http://files.corp:1/x", "https://files.corp/x", "http://files.corp/x", // its other ports
		"http://169.254.169.254/latest/meta-data", "http://[::1]:" + in.port + "/x", "http://0x7f.1:" + in.port + "/x",
		"http://" + in.at("files.corp") + "@" + in.at("inner.corp") + "/x",
	}
	for _, bad := range refused {
		err := fetch(bad)
		require.Equal(t, api.Refused, api.ClassOf(err), "%s: %v", bad, err)
		require.ErrorContains(t, err, "not a public address", bad)
	}
	require.Empty(t, in.asked, "nothing was sent to a host that is not named")
	for _, bad := range refused {
		err := fetch(led(bad))
		require.Equal(t, api.Refused, api.ClassOf(err), "a redirect to %s: %v", bad, err)
		require.ErrorContains(t, err, "not a public address", "a redirect to %s", bad)
	}
	require.Error(t, fetch(led(link("pictures.corp")+"%3Fto="+link("inner.corp"))), "the second redirect is judged as the first")
	for _, asked := range in.asked {
		require.Contains(t, []string{"files.corp/x", "pictures.corp/x"}, asked)
	}
	require.Error(t, fetch(led("ftp://"+in.at("files.corp")+"/x")), "only http and https")
}

// TestAnAllowedHostIsAllowedByItsNameAlone: not its address, not another port, and the other way round.
func TestAnAllowedHostIsAllowedByItsNameAlone(t *testing.T) {
	in := newInside(t)
	for _, c := range []struct {
		allow, link string
		fetched     bool
	}{
		{"files.corp", in.at("files.corp"), false}, // that is 80 and 443
		{"files.corp:1", in.at("files.corp"), false},
		{"corp:" + in.port, in.at("files.corp"), false},
		{in.at("127.0.0.1"), in.at("127.0.0.1"), true},
		{in.at("127.0.0.1"), in.at("①27.0.0.1"), true}, // the same address
		{in.at("127.0.0.1"), in.at("files.corp"), false},
		{in.at("127.0.0.1"), in.at("127.1"), false},
		{in.at("127.0.0.1"), in.at("2130706433"), false},
		{in.at("127.0.0.2"), in.at("127.0.0.1"), false},
		{"http://" + in.at("files.corp"), in.at("files.corp"), false}, // cannot be read: it allows nothing
		{"", in.at("files.corp"), false},
		{"*", in.at("files.corp"), false},
	} {
		_, _, err := api.NewFetcher(c.allow).Fetch(t.Context(), "desk", "http://"+c.link+"/x", 1000)
		if c.fetched {
			require.NoError(t, err, "%+v", c)
		} else {
			require.ErrorContains(t, err, "not a public address", "%+v", c)
		}
	}
}
