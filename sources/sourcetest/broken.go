package sourcetest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// method is one method of a source, which gives what it found.
type method struct {
	name string
	do   func(x *exam, id string) ([]string, error)
}

var methods = []method{
	{"Changed", func(x *exam, _ string) ([]string, error) {
		got := listed{}
		_, err := x.source.Changed(x.Context(), "", time.Time{}, got.take)
		return texts(got.ids()), err
	}},
	{"Between", func(x *exam, _ string) ([]string, error) {
		got := listed{}
		err := x.source.Between(x.Context(), sources.Window{}, got.take)
		return texts(got.ids()), err
	}},
	{"Read", func(x *exam, id string) ([]string, error) {
		c, err := x.source.Read(x.Context(), mapping.ConversationID(id))
		var out []string
		for _, e := range c.Entries {
			out = append(out, string(e.ID)+" "+mapping.Letters(e.Body.Words()))
		}
		return out, err
	}},
	{"Account", func(x *exam, _ string) ([]string, error) {
		a, err := x.source.Account(x.Context())
		return []string{a.ID, a.Name, a.Host}, err
	}},
}

func texts(ids []mapping.ConversationID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

// answer stands for the desk's.
func answer(status int, body string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)),
		}, nil
	}
}

func lost() (*http.Response, error) { return nil, errors.New("connection reset by peer") }

const page = "<html><body><h1>Sign in to the Wi-Fi</h1></body></html>"

// cutBody is an answer whose body ends in the middle of the transfer.
type cutBody struct{ io.Reader }

func (cutBody) Close() error { return nil }

func (c cutBody) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func interrupted() (*http.Response, error) {
	r, err := answer(http.StatusOK, `{"type":"list","data":[`)()
	r.Body = cutBody{r.Body}
	return r, err
}

// brokenAnswers: whichever call of a method fails in whichever way, what it gives is whole or it is TryLater. What fails
// for good is TryLater.
func brokenAnswers(x *exam) {
	x.crowd(x.desk.Facts.Page+5, time.Hour)
	id := x.story()
	for range 60 { // more than one page of entries
		x.human(time.Minute).Write(id, "And another thing")
	}
	x.pass(x.lag())
	faults := map[string]func() (*http.Response, error){
		"500": answer(500, "{}"), "502 page": answer(502, page), "503": answer(503, ""), "lost": lost, "interrupted": interrupted,
		"200 page": answer(200, page), "200 nothing": answer(200, ""), "200 half": answer(200, `{"meta":{"status":200},"data":[{"id":1`),
	}
	for _, r := range methods {
		x.reopen()
		want, err := r.do(x, id)
		require.NoError(x, err)
		calls := x.countCalls(r, id)
		for name, fault := range faults {
			for at := 1; at <= calls; at++ {
				for _, forever := range []bool{false, true} {
					if forever && at != 1 && at != calls {
						continue
					}
					x.reopen()
					x.wire.watch(func(n int, _ *http.Request) func() (*http.Response, error) {
						if n == at || forever && n > at {
							return fault
						}
						return nil
					})
					got, err := r.do(x, id)
					x.wholeOrLater(want, got, err, "%s, %s at call %d, forever: %t", r.name, name, at, forever)
					if forever {
						require.Error(x, err, "%s with %s", r.name, name)
					}
				}
			}
		}
	}
}

// bare leaves the ids, sorted, but for one.
func bare(lines []string, without string) []string {
	without, _, _ = strings.Cut(without, " ")
	var out []string
	for _, l := range lines {
		if id, _, _ := strings.Cut(l, " "); id != without {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (x *exam) countCalls(r method, id string) int {
	x.Helper()
	x.reopen()
	_, err := r.do(x, id)
	require.NoError(x, err)
	return x.wire.calls
}

func (x *exam) wholeOrLater(want, got []string, err error, what string, args ...any) {
	x.Helper()
	if err == nil {
		require.Equal(x, want, got, append([]any{what}, args...)...)
		return
	}
	require.Equal(x, api.TryLater, api.ClassOf(err), append([]any{what + ": " + err.Error()}, args...)...)
	require.NotContains(x, err.Error(), token)
}

// oddAnswers: an answer with nulls or with values of other types is understood whole, or not at all.
func oddAnswers(x *exam) {
	x.crowd(x.desk.Facts.Page+5, time.Hour)
	id := x.story()
	x.pass(x.lag())
	for _, r := range methods[:3] {
		x.reopen()
		want, err := r.do(x, id)
		require.NoError(x, err)
		calls := x.countCalls(r, id)
		for _, kind := range []stage.FaultKind{stage.Nulls, stage.WrongTypes, stage.TruncateAfter, stage.CutBefore, stage.FailAfter} {
			for at := 1; at <= calls; at++ {
				x.reopen()
				n := 0
				x.desk.Fail(func(*http.Request) stage.Fault {
					if n++; n == at {
						return stage.Fault{Kind: kind}
					}
					return stage.Fault{}
				})
				got, err := r.do(x, id)
				x.desk.Fail(nil)
				if kind == stage.Nulls { // an entry may have no text and no time, and an opening without any is none
					x.wholeOrLater(bare(want, want[0]), bare(got, want[0]), err, "%s, %s at call %d", r.name, kind, at)
					continue
				}
				x.wholeOrLater(want, got, err, "%s, %s at call %d", r.name, kind, at)
			}
		}
	}
	for name, body := range map[string]string{"empty object": `{}`, "null": `null`, "empty list": `[]`, "text": `"ok"`, "number": `1`} {
		for _, r := range methods[:3] {
			x.reopen()
			x.wire.watch(func(int, *http.Request) func() (*http.Response, error) { return answer(200, body) })
			_, err := r.do(x, id)
			require.Error(x, err, "%s of %s is not a short list", r.name, name)
			require.Equal(x, api.TryLater, api.ClassOf(err), "%s of %s: %v", r.name, name, err)
		}
	}
}

// denied: a token without the right is Denied at once, and shows nowhere.
func denied(x *exam) {
	id := x.story()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		for _, r := range methods {
			x.reopen()
			asked := map[string]int{}
			x.desk.Fail(func(r *http.Request) stage.Fault {
				asked[r.Method+" "+r.URL.String()]++
				return stage.Fault{Kind: stage.Refuse, Status: status}
			})
			_, err := r.do(x, id)
			x.desk.Fail(nil)
			require.Equal(x, api.Denied, api.ClassOf(err), "%s with %d: %v", r.name, status, err)
			require.NotContains(x, err.Error(), token)
			for call, n := range asked {
				require.Equal(x, 1, n, "%s is not tried again", call)
			}
		}
	}
}

// notFound: a conversation that is gone, or never was, is Refused and says so.
func notFound(x *exam) {
	id := x.story()
	other, _ := x.human(time.Minute).Open(x.customer("crm-2"), "Hello")
	x.read(other)
	x.human(0).Delete(id)
	for _, gone := range []string{id, x.desk.Facts.Missing} {
		_, err := x.source.Read(x.Context(), mapping.ConversationID(gone))
		require.Equal(x, api.Refused, api.ClassOf(err), "%v", err)
		require.True(x, api.IsNotFound(err), "%v", err)
	}
	x.pass(x.lag())
	require.Equal(x, []mapping.ConversationID{mapping.ConversationID(other)}, x.between(sources.Window{}).ids())
}

// harmless: reading, however often, changes nothing on the desk and tells nobody anything.
func harmless(x *exam) {
	id := x.story()
	x.crowd(60, 2*time.Hour)
	before, told := x.everything(), len(x.desk.Log.Notifications())
	account, err := x.source.Account(x.Context())
	require.NoError(x, err)
	require.NotEmpty(x, account.ID)
	var conversation mapping.Conversation
	for round := range 3 {
		for _, r := range methods {
			_, err := r.do(x, id)
			require.NoError(x, err)
		}
		agents, err := x.source.Agents(x.Context())
		require.NoError(x, err)
		x.staff(agents)
		again, err := x.source.Account(x.Context())
		require.NoError(x, err)
		require.Equal(x, account, again)
		c := x.read(id)
		if c.DeskTime = (time.Time{}); round > 0 {
			require.Equal(x, stripLinks(conversation), stripLinks(c), "the same conversation reads the same")
		}
		conversation = c
	}
	require.Equal(x, before, x.everything())
	require.Len(x, x.desk.Log.Notifications(), told)
}

// stripLinks takes out the addresses of files, which a desk may sign anew with each answer.
func stripLinks(c mapping.Conversation) mapping.Conversation {
	for i := range c.Entries {
		for j := range c.Entries[i].Files {
			c.Entries[i].Files[j].URL = ""
		}
	}
	return c
}

// staff: a desk that can list its team names both agents.
func (x *exam) staff(agents []mapping.Person) {
	x.Helper()
	if agents == nil {
		return
	}
	var ids []string
	for _, a := range agents {
		require.Equal(x, mapping.Agent, a.Role)
		ids = append(ids, string(a.ID))
	}
	require.Subset(x, ids, x.desk.Facts.Agents[:])
}
