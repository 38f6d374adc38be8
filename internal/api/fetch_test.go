package api_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/deskbridge/deskbridge/internal/api"
)

type never struct{ asked atomic.Int32 }

func (n *never) RoundTrip(*http.Request) (*http.Response, error) {
	n.asked.Add(1)
	return nil, context.Canceled
}

// TestNoSpellingOfAPrivateAddressIsFetched: not as a link, and not as a redirect; no request leaves for it.
func TestNoSpellingOfAPrivateAddressIsFetched(t *testing.T) {
	raw, err := os.ReadFile("../../mapping/testdata/hostile.json")
	require.NoError(t, err)
	var samples struct{ Addresses []string }
	require.NoError(t, json.Unmarshal(raw, &samples))
	require.Greater(t, len(samples.Addresses), 50)
	target := ""
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	}))
	defer desk.Close()
	wire := &never{}
	blind := api.NewFetcher()
	blind.Via(wire)
	f := api.NewFetcher(strings.TrimPrefix(desk.URL, "http://"))
	for _, link := range samples.Addresses {
		_, _, err := blind.Fetch(t.Context(), "desk", link, 1000)
		require.Equal(t, api.Refused, api.ClassOf(err), "%q: %v", link, err)
		require.Zero(t, wire.asked.Load(), "%q", link)
		_, _, err = f.Fetch(t.Context(), "desk", link, 1000)
		require.Equal(t, api.Refused, api.ClassOf(err), "%q: %v", link, err)
		if _, err := url.Parse(link); err != nil || link == "" || strings.HasPrefix(link, "//") {
			continue // no redirect leads there
		}
		target = link
		_, _, err = f.Fetch(t.Context(), "desk", desk.URL+"/moved", 1000)
		require.Error(t, err, "a redirect to %q", link)
		if strings.HasPrefix(link, "http://") && len(link) > len("http://") {
			require.Equal(t, api.Refused, api.ClassOf(err), "a redirect to %q: %v", link, err)
		}
	}
}

// TestRedirectsEnd: in a circle, or where no web is.
func TestRedirectsEnd(t *testing.T) {
	calls := 0
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	defer desk.Close()
	f := api.NewFetcher(strings.TrimPrefix(desk.URL, "http://"))
	_, _, err := f.Fetch(t.Context(), "desk", desk.URL, 1000)
	require.Equal(t, api.Refused, api.ClassOf(err), "%v", err)
	require.Equal(t, 6, calls)
}

// TestNamesAreJudgedByWhatTheyResolveTo, each time anew: what a name meant before says nothing.
func TestNamesAreJudgedByWhatTheyResolveTo(t *testing.T) {
	touched := false
	private := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { touched = true }))
	defer private.Close()
	_, port, err := net.SplitHostPort(private.Listener.Addr().String())
	require.NoError(t, err)
	resolveBy(t, map[string][]string{
		"loop.example.": {"127.0.0.1"}, "inner.example.": {"10.0.0.1"}, "meta.example.": {"169.254.169.254"}, "six.example.": {"::1"},
		"mapped.example.": {"::ffff:127.0.0.1"}, "local.example.": {"fd00:ec2::254"}, "both.example.": {"127.0.0.1", "::1"},
	})
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://loop.example:"+port+"/", http.StatusFound)
	}))
	defer desk.Close()
	f := api.NewFetcher(strings.TrimPrefix(desk.URL, "http://"))
	at := func(name string) string { return "http://" + net.JoinHostPort(name, port) }
	for _, link := range []string{
		at("loop.example"), at("inner.example"), at("meta.example"), at("six.example"), at("mapped.example"), at("local.example"), at("both.example"),
		desk.URL,
	} {
		_, _, err := f.Fetch(t.Context(), "desk", link, 1000)
		require.ErrorContains(t, err, "not a public address", link)
		require.Equal(t, api.Refused, api.ClassOf(err))
	}
	require.False(t, touched)
	_, _, err = f.Fetch(t.Context(), "desk", "http://nobody.example/x.png", 1000)
	require.ErrorContains(t, err, "there is no such host")
	require.Equal(t, api.Refused, api.ClassOf(err), "a link that leads nowhere does not hold its conversation up")
}

// resolveBy answers questions for names from a table until the test ends.
func resolveBy(t *testing.T, names map[string][]string) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			if out, err := reply(buf[:n], names); err == nil {
				_, _ = server.WriteTo(out, from)
			}
		}
	}()
	usual := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = usual
		_ = server.Close()
	})
}

func reply(question []byte, names map[string][]string) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	q := m.Questions[0]
	m.Response, m.Answers, m.Additionals = true, nil, nil
	addresses, known := names[strings.ToLower(q.Name.String())]
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}
	for _, text := range addresses {
		switch a := netip.MustParseAddr(text); {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
		case !a.Is4() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	return m.Pack()
}
