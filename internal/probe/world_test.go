package probe_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/probe"
	probedashly "github.com/deskbridge/deskbridge/internal/probe/dashly"
	probeintercom "github.com/deskbridge/deskbridge/internal/probe/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// world is two stand-in desks where people and a bridge have been at work, on simulated time.
type world struct {
	t        *testing.T
	dashly   *sandbox.DashlyDesk
	intercom *sandbox.IntercomDesk
	log      *sandbox.Log
	ours     [2]string // conversations in which the bridge wrote
	times    probe.Times
	origins  map[string]string
	version  string
	app      string
}

func newWorld(t *testing.T, q sandbox.Quirk) *world {
	w := &world{t: t, log: &sandbox.Log{}, times: probe.Times{}, origins: map[string]string{}, version: "2.15"}
	w.dashly, w.intercom = sandbox.NewPair(sandbox.Options{Log: w.log})
	q.Set(w.dashly, w.intercom)
	return w
}

func (w *world) client() *http.Client { return sandbox.Client(w.dashly, w.intercom) }

var file = sandbox.Upload{Name: "a.txt", Content: []byte("abc")}

// busyDashly fills Dashly with something for nearly every question.
func (w *world) busyDashly() {
	h := w.dashly.People()
	for n := range 60 {
		h.Open(h.Customer(sandbox.Customer{Own: fmt.Sprint("old-", n)}), "Hello")
		time.Sleep(time.Second)
	}
	ann := h.Customer(sandbox.Customer{Own: "ann", Name: "Ann"})
	gone := w.dashly.Hire(stage.Agent{Name: "Gone"})
	h.Campaign(ann, "Buy this")
	time.Sleep(time.Minute)
	long, _ := h.Open(ann, "Fish & chips\nor <cash>")
	for n := range 12 {
		time.Sleep(time.Minute)
		h.Reply(long, []string{dashly.Jane, gone}[n%2], "Salt & vinegar\nand <more>")
	}
	time.Sleep(time.Minute)
	h.Assign(long, dashly.Jane, dashly.Tom)
	h.Write(long, "My file", file)
	h.Reply(long, dashly.Jane, "Seen", file)
	w.dashly.Dismiss(gone)
	noted, _ := h.Open(ann, "Hello again")
	time.Sleep(time.Hour)
	h.Note(noted, dashly.Jane, "A known one")
	tagged, _ := h.Open(ann, "And again")
	time.Sleep(time.Hour)
	h.Move(tagged, dashly.Jane, dashly.Help)
	for _, tag := range []string{"VIP", " on hold ", "a, b"} {
		h.Tag(tagged, dashly.Jane, tag)
	}
	removed, _ := h.Open(ann, "Forget me")
	h.Delete(removed)
	time.Sleep(time.Hour)
	w.oursDashly(h.Customer(sandbox.Customer{Own: "bea"}))
	time.Sleep(time.Minute)
}

// oursDashly is what the bridge did. Under some readings the desk refuses a part of it.
func (w *world) oursDashly(customer string) {
	c, err := apidashly.New(apidashly.Options{BaseURL: sandbox.DashlyURL, Token: "dashly-token", MaxRate: 100, Attempts: 1, HTTP: w.client()})
	require.NoError(w.t, err)
	h, ctx := w.dashly.People(), w.t.Context()
	quiet, silent := apidashly.Write{Reach: api.Quiet}, apidashly.Write{Reach: api.Silent}
	if _, _, err := c.StartConversation(ctx, customer, "Can you help?", nil, quiet); err != nil {
		h.Open(customer, "Can you help?")
	}
	all := w.dashly.Dump()
	conv := all[slices.IndexFunc(all, func(t sandbox.Thread) bool { return t.Customer == "bea" })].ID
	w.ours[0] = conv
	time.Sleep(time.Hour)
	_, _ = c.Reply(ctx, conv, apidashly.Reply{Body: "From over there", FromUser: customer, ExternalID: "db1:main:1:2:1:1/1"}, quiet)
	_, _ = c.Reply(ctx, conv, apidashly.Reply{Body: "A note", FromAdmin: dashly.Jane, Note: true}, silent)
	_, _ = c.AddTag(ctx, conv, "bridged", dashly.Jane, quiet)
	_, _ = c.Assign(ctx, conv, dashly.Tom, dashly.Jane, quiet)
	time.Sleep(time.Minute)
	h.Write(conv, "Thanks")
}

// busyIntercom does the same for Intercom.
func (w *world) busyIntercom() {
	h := w.intercom.People()
	for n := range 151 {
		h.Open(h.Customer(sandbox.Customer{Own: fmt.Sprint("old-", n%20)}), "Hello")
		time.Sleep(time.Second)
	}
	ann := h.Customer(sandbox.Customer{Own: "ann", Name: "Ann"})
	long, _ := h.Open(ann, "A long story", file)
	for n := range 260 {
		h.Write(long, fmt.Sprint("more ", n))
		h.Reply(long, intercom.Jane, fmt.Sprint("yes ", n))
		time.Sleep(time.Second)
	}
	time.Sleep(time.Minute)
	h.Write(long, "My file", file)
	visitor := h.Customer(sandbox.Customer{Name: "A visitor"})
	h.Open(visitor, "Who are you?")
	h.MergeContacts(visitor, ann)
	tagged, _ := h.Open(ann, "Hello")
	h.Assign(tagged, intercom.Jane, intercom.Tom)
	for _, tag := range []string{"vip", "VIP", "vip"} {
		time.Sleep(time.Minute)
		h.Tag(tagged, intercom.Jane, tag)
	}
	time.Sleep(time.Hour)
	w.oursIntercom(h.Customer(sandbox.Customer{Own: "bea"}))
	last, _ := h.Open(ann, "One more")
	time.Sleep(time.Hour)
	h.Write(last, "Still there?")
	time.Sleep(time.Hour)
	h.Write(last, "Hello?")
	time.Sleep(10 * time.Second)
}

func (w *world) oursIntercom(customer string) {
	c, err := apiintercom.New(apiintercom.Options{BaseURL: sandbox.IntercomURL, Token: "intercom-token", Version: w.version, Attempts: 1, HTTP: w.client()})
	require.NoError(w.t, err)
	h, ctx := w.intercom.People(), w.t.Context()
	conv, _ := h.Open(customer, "Can you help?")
	w.ours[1] = conv
	_, _ = c.OpenConversation(ctx, apiintercom.Opening{Contact: customer, Body: "From over there, too"}, apiintercom.Act{Reach: api.Quiet})
	time.Sleep(time.Hour - time.Minute)
	h.Reply(conv, intercom.Jane, "I see") // its id is lower than that of what is dated back, and its time later
	time.Sleep(time.Minute)
	then := time.Now().Add(-time.Minute * 30).Truncate(time.Second)
	for n, r := range []apiintercom.Reply{
		{Contact: customer, Body: "From over there"},
		{Admin: intercom.Jane, Body: "An answer", SkipNotifications: true},
		{Admin: intercom.Jane, Body: "A note [db1 main dashly:1 1-2 x]", Note: true},
	} {
		r.CreatedAt = then.Add(time.Duration(n) * time.Minute)
		before := len(w.byBridge(w.intercom.Dump(), conv))
		_, _ = c.Reply(ctx, conv, r, apiintercom.Act{Reach: r.Reach(c)})
		if all := w.byBridge(w.intercom.Dump(), conv); len(all) > before {
			origin := fmt.Sprint("origin-", n)
			for _, id := range all {
				if w.origins[id] == "" {
					w.origins[id] = origin
				}
			}
			w.times[origin] = r.CreatedAt
		}
	}
}

// byBridge are the ids of what the bridge wrote in a conversation.
func (w *world) byBridge(threads []sandbox.Thread, conversation string) (ids []string) {
	for _, t := range threads {
		for _, e := range t.Entries {
			if t.ID == conversation && e.ByBridge {
				ids = append(ids, e.ID)
			}
		}
	}
	return ids
}

func (w *world) own(side int, threads []sandbox.Thread) []probe.Own {
	if w.ours[side] == "" {
		return nil
	}
	o := probe.Own{Conversation: w.ours[side], Entries: map[string]string{}}
	for _, id := range w.byBridge(threads, o.Conversation) {
		o.Entries[id] = w.origins[id]
	}
	return []probe.Own{o}
}

// few are four conversations of Intercom, each with another change as its last.
func (w *world) few() {
	h := w.intercom.People()
	ann := h.Customer(sandbox.Customer{Own: "ann", Name: "Ann"})
	for _, change := range []func(conv string){
		func(c string) { h.Note(c, intercom.Jane, "A known one") },
		func(c string) { h.Close(c, intercom.Jane) },
		func(c string) { h.Assign(c, intercom.Jane, intercom.Tom) },
		func(c string) { h.Tag(c, intercom.Jane, "vip") },
	} {
		conv, _ := h.Open(ann, "Hello")
		time.Sleep(time.Minute)
		h.Reply(conv, intercom.Jane, "Hi")
		time.Sleep(time.Hour)
		change(conv)
	}
	time.Sleep(time.Hour)
}

// surveys are the desks as probes see them.
func (w *world) surveys() (*probedashly.Survey, *probeintercom.Survey) {
	w.t.Helper()
	d, err := probedashly.New(probedashly.Options{BaseURL: sandbox.DashlyURL, Token: "dashly-token", App: w.app, HTTP: w.client(), Own: w.own(0, w.dashly.Dump())})
	require.NoError(w.t, err)
	i, err := probeintercom.New(probeintercom.Options{BaseURL: sandbox.IntercomURL, Token: "intercom-token", Version: w.version, HTTP: w.client(),
		Own: w.own(1, w.intercom.Dump()), Times: w.times})
	require.NoError(w.t, err)
	return d, i
}

// ask gives what the probes of a desk say, by name, and holds them to few reads and no write.
func (w *world) ask(desk string) map[string]probe.Result {
	w.t.Helper()
	w.log.Reset()
	before := [2][]sandbox.Thread{w.dashly.Dump(), w.intercom.Dump()}
	d, i := w.surveys()
	var all []probe.Result
	if desk == "dashly" {
		all = probe.Run(w.t.Context(), d, probedashly.Table())
	} else {
		all = probe.Run(w.t.Context(), i, probeintercom.Table())
	}
	calls := w.log.Requests()
	for _, r := range calls {
		path, _, _ := strings.Cut(r.Path, "?")
		require.Equal(w.t, desk, r.Desk)
		require.True(w.t, r.Method == http.MethodGet || r.Method == http.MethodPost && path == "/conversations/search", "%s %s", r.Method, r.Path)
		require.NotContains(w.t, r.Path, "by_user_id")
	}
	require.LessOrEqual(w.t, len(calls), probe.Bound)
	require.Len(w.t, calls, d.Made()+i.Made())
	require.Empty(w.t, w.log.Notifications())
	require.Equal(w.t, before, [2][]sandbox.Thread{w.dashly.Dump(), w.intercom.Dump()})
	out := map[string]probe.Result{}
	for _, r := range all {
		require.NotEqual(w.t, r.Is == "", r.Unseen == "", "%s says one thing: %+v", r.Name, r.Answer)
		require.Equal(w.t, r.Is == "", r.Means == "", "%s: %q has no meaning in the table", r.Name, r.Is)
		out[r.Name] = r
	}
	return out
}
