package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// examined are the desks that exams are held on. In calls, CONV and USER stand for ids.
var examined = map[string]struct {
	readings      []stage.Reading
	list, read    string   // take a length and an id
	moves         string   // what of five changes moves the time of the last update
	writes, other []string // calls that change a conversation, and that do not
}{
	"dashly": {
		dashly.Readings(),
		"/v2/apps/$self_app/conversations?include_not_assigned=true&include_no_tags=true&paginate_count=", "/v2/conversations/", "write",
		[]string{
			"POST /v2/conversations/CONV/reply body=Hi&from_admin=14709", "POST /v2/conversations/CONV/tag tag=x&from_admin=14709",
			"DELETE /v2/conversations/CONV/tag tag=x&from_admin=14709", "POST /v2/conversations/CONV/close from_admin=14709",
			"POST /v2/conversations/CONV/assign admin=14710&from_admin=14709", "POST /v2/users/USER/startconversation body=Hi",
		},
		[]string{
			"GET /v2/conversations/CONV/parts", "GET /v2/users/USER",
			`POST /v2/users/USER/props operations=[{"op":"update_or_create","key":"$name","value":"Al"}]`,
		},
	},
	"intercom": {
		intercom.Readings(), "/conversations?per_page=", "/conversations/", "write note assign tag close",
		[]string{
			`POST /conversations/CONV/reply {"message_type":"note","type":"admin","admin_id":"25","body":"Hi"}`,
			`POST /conversations/CONV/parts {"message_type":"close","type":"admin","admin_id":"25"}`,
			`POST /conversations {"from":{"type":"user","id":"USER"},"body":"Hi"}`,
		},
		[]string{
			"GET /conversations/CONV", `POST /conversations/search {"query":{"field":"id","operator":"=","value":"CONV"}}`,
			`POST /contacts {"external_id":"crm-2"}`, `POST /tags {"name":"x"}`,
		},
	},
}

// examDesk is a desk of an exam, with one conversation of one customer.
type examDesk struct {
	*stage.Front
	t          *testing.T
	version    string
	conv, user string
}

// send makes a call of "METHOD path body"; a body in braces is JSON, any other a form.
func (f *examDesk) send(line string) (*http.Request, *httptest.ResponseRecorder) {
	line = strings.NewReplacer("CONV", f.conv, "USER", f.user).Replace(line)
	words := strings.SplitN(line, " ", 3)
	body, media := strings.Join(words[2:], ""), "application/x-www-form-urlencoded"
	if strings.HasPrefix(body, "{") {
		media = "application/json"
	}
	r := httptest.NewRequest(words[0], words[1], strings.NewReader(body))
	r.Header = http.Header{"Authorization": {"Bearer any"}, "Intercom-Version": {f.version}, "Content-Type": {media}}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return r, w
}

func (f *examDesk) status(line string) int {
	_, w := f.send(line)
	return w.Code
}

func (f *examDesk) body(line string) string {
	f.t.Helper()
	_, w := f.send(line)
	require.Equal(f.t, http.StatusOK, w.Code, "%s: %s", line, w.Body)
	return w.Body.String()
}

func (f *examDesk) people() stage.Human { return f.Human(time.Now()) }

// TestFactsAreTrue holds what exams are told of each desk against the desk.
func TestFactsAreTrue(t *testing.T) {
	for name, desk := range examined {
		for _, reading := range desk.readings {
			t.Run(name+" "+reading.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := &examDesk{Front: reading.Desk(), t: t, version: reading.Version}
					require.Zero(t, f.Facts.Customers())
					f.user = f.people().Customer(stage.Customer{Own: "crm-1", Name: "Alice"})
					require.Equal(t, 1, f.Facts.Customers())
					f.conv, _ = f.people().Open(f.user, "Hello")
					for _, agent := range []string{f.Facts.Agents[1], f.Facts.Agents[0]} {
						f.people().Assign(f.conv, agent, agent)
						require.Equal(t, agent, f.Dump()[0].Assignee)
					}
					for _, team := range []string{f.Facts.Teams[1], f.Facts.Teams[0], ""} {
						f.Facts.Move(f.conv, team)
						require.Equal(t, team, f.Dump()[0].Team)
					}
					time.Sleep(time.Hour)
					require.Contains(t, f.body("GET "+desk.read+"CONV"), f.conv)
					require.GreaterOrEqual(t, f.status("GET "+desk.read+f.Facts.Missing), http.StatusBadRequest)
					f.lists("GET " + desk.list)
					require.Equal(t, desk.moves, f.moving())
					f.calls(desk.writes, true)
					f.calls(desk.other, false)
				})
			})
		}
	}
}

// lists are as long as is said, and late by as much, neither more nor less.
func (f *examDesk) lists(line string) {
	f.body(line + strconv.Itoa(f.Facts.Page))
	require.Equal(f.t, http.StatusBadRequest, f.status(line+strconv.Itoa(f.Facts.Page+1)))
	before := f.body(line + "1")
	f.people().Write(f.conv, "Anybody?")
	if f.Facts.Lag() > 0 {
		time.Sleep(f.Facts.Lag() - time.Second)
		require.Equal(f.t, before, f.body(line+"1"))
		time.Sleep(time.Second)
	}
	require.NotEqual(f.t, before, f.body(line+"1"))
}

// moving tells which changes the desk counts as an update.
func (f *examDesk) moving() string {
	var out []string
	for _, act := range []stage.Act{{Do: "write", Text: "More"}, {Do: "note", Text: "Known"}, {Do: "assign", To: f.Facts.Agents[1]}, {Do: "tag", Text: "a tag"}, {Do: "close"}} {
		time.Sleep(time.Minute)
		act.Conversation, act.Agent = f.conv, f.Facts.Agents[0]
		body, err := json.Marshal(act)
		require.NoError(f.t, err)
		f.body("POST /_sandbox/human " + string(body))
		if f.Facts.Updated(f.conv).Equal(time.Now()) {
			out = append(out, act.Do)
		}
	}
	f.people().Reopen(f.conv, f.Facts.Agents[0])
	f.people().Assign(f.conv, f.Facts.Agents[0], "")
	return strings.Join(out, " ")
}

// calls change the conversations of the desk or not, and are told apart by that.
func (f *examDesk) calls(lines []string, writes bool) {
	picture := func() []byte {
		b, err := json.Marshal(f.Dump())
		require.NoError(f.t, err)
		return b
	}
	for _, line := range lines {
		before := picture()
		r, w := f.send(line)
		require.Equal(f.t, http.StatusOK, w.Code, "%s: %s", line, w.Body)
		require.Equal(f.t, writes, f.Facts.Writes(r), line)
		require.Equal(f.t, writes, !bytes.Equal(before, picture()), line)
	}
}
