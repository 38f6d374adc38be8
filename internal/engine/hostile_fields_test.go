package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// sentText is a text that stands in a field of a write request.
type sentText struct {
	Host  string
	Field string // as in decision 0006, "reply/body"; elements of lists are [], names that a configuration gives are *
	Text  string
}

// What a field of a write request is to its desk (docs/decisions/0006-guarded-plain-text.md).
const (
	asHTML    = "HTML"            // what api.Clean lets pass
	asEither  = "HTML or text"    // guarded
	asText    = "plain text"      // names, as they are
	asNothing = "not from people" // ids, numbers, words of the API
)

// fields are those that the bridge writes texts of people into; all others are asNothing.
var fields = map[string]string{
	"dashly.sandbox reply/body": asEither, "dashly.sandbox startconversation/body": asEither,
	"dashly.sandbox reply/attachment_file_name": asText, "dashly.sandbox reply/attachment filename": asText,
	"dashly.sandbox tag/tag": asText, "dashly.sandbox props/operations[].value": asText,
	"dashly.sandbox events/params.text": asText,

	"intercom.sandbox reply/body by admin": asHTML, "intercom.sandbox reply/body": asEither, "intercom.sandbox conversations/body": asEither,
	"intercom.sandbox reply/attachment_files[].name": asText,
	"intercom.sandbox contacts/name":                 asText, "intercom.sandbox contacts/custom_attributes.*": asText,
	"intercom.sandbox tags/name": asText, "intercom.sandbox conversations/custom_attributes.*": asText,
}

// kind is what the field of a text is to its desk.
func (s sentText) kind() string {
	if kind, ok := fields[s.Host+" "+s.Field]; ok {
		return kind
	}
	return asNothing
}

var (
	isID = regexp.MustCompile(`^(\d+|[0-9a-f]{24}|default_admin)$`)
	// ofConfiguration are names of attributes.
	ofConfiguration = regexp.MustCompile(`custom_attributes\.[^.]+`)
)

// textsOf gives every text of a write request, with its field.
func textsOf(r *http.Request, raw []byte) (out []sentText) {
	call := path.Base(r.URL.Path)
	if isID.MatchString(call) { // PUT conversations/1
		call = path.Base(path.Dir(r.URL.Path))
	}
	add := func(field, text string) {
		field = ofConfiguration.ReplaceAllString(field, "custom_attributes.*")
		out = append(out, sentText{r.URL.Host, call + "/" + field, text})
	}
	addForm := func(v url.Values) {
		for field, all := range v {
			for _, text := range all {
				var inner any
				if (field == "operations" || field == "params") && json.Unmarshal([]byte(text), &inner) == nil {
					leaves(field, inner, add)
					continue
				}
				add(field, text)
			}
		}
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		var all map[string]any
		if json.Unmarshal(raw, &all) == nil {
			if body, ok := all["body"]; ok && all["type"] == "admin" {
				delete(all, "body")
				all["body by admin"] = body
			}
			for field, v := range all {
				leaves(field, v, add)
			}
		}
	case "application/x-www-form-urlencoded":
		if v, err := url.ParseQuery(string(raw)); err == nil {
			addForm(v)
		}
	case "multipart/form-data":
		if f, err := multipart.NewReader(bytes.NewReader(raw), params["boundary"]).ReadForm(1 << 20); err == nil {
			addForm(f.Value)
			for field, files := range f.File {
				for _, file := range files {
					add(field+" filename", file.Filename)
				}
			}
		}
	}
	return out
}

// leaves gives the texts within a JSON value.
func leaves(at string, v any, add func(field, text string)) {
	switch v := v.(type) {
	case map[string]any:
		for key, below := range v {
			leaves(at+"."+key, below, add)
		}
	case []any:
		for _, below := range v {
			leaves(at+"[]", below, add)
		}
	case string:
		add(at, v)
	}
}

// harmless holds what was sent to what its field is: what a desk may take for HTML holds nothing that acts, and what is
// like HTML stands nowhere else than in the fields that are known as plain text.
func harmless(t *testing.T, sent []sentText) {
	t.Helper()
	for _, s := range sent {
		switch s.kind() {
		case asHTML, asEither:
			require.Empty(t, unwanted(t, s), "%+v", s)
		case asNothing:
			require.NotContains(t, s.Text, "<", "%+v", s)
		}
	}
}

// tap records the texts that both desks are sent.
type tap struct {
	next http.RoundTripper
	sent *[]sentText
}

func (p tap) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/search") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		*p.sent = append(*p.sent, textsOf(r, body)...)
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return p.next.RoundTrip(r)
}

var evilName = regexp.MustCompile(`\b(dashly|intercom)(customer|plan|opened|file|reply|agent|tag|title|vote)\(\)`)

// namesIn tells which names stand in which fields.
func namesIn(sent []sentText) map[string]string {
	found := map[string][]string{}
	for _, s := range sent {
		field := s.Host + " " + s.Field
		for _, m := range evilName.FindAllStringSubmatch(s.Text, -1) {
			found[field] = append(found[field], m[2])
		}
	}
	out := map[string]string{}
	for field, names := range found {
		slices.Sort(names)
		out[field] = strings.Join(slices.Compact(names), " ")
	}
	return out
}

// TestHostileNamesStandInPlainFieldsOnly: whatever people, tags, titles, files, properties and ratings are called, the name
// stands as it is in the fields of plain text, and in those alone; in bodies it is text.
func TestHostileNamesStandInPlainFieldsOnly(t *testing.T) {
	evil := func(name string) string {
		return fmt.Sprintf(`<script>%s()</script><img src=x onerror=%s()>`, name, name)
	}
	where := map[string]map[string]string{
		"live": {
			"dashly.sandbox props/operations[].value": "customer plan", "dashly.sandbox tag/tag": "tag",
			"dashly.sandbox reply/attachment filename": "file opened reply", "dashly.sandbox reply/attachment_file_name": "file opened reply",
			"dashly.sandbox reply/body":      "agent opened title",
			"intercom.sandbox contacts/name": "customer", "intercom.sandbox contacts/custom_attributes.*": "plan",
			"intercom.sandbox conversations/custom_attributes.*": "vote", "intercom.sandbox tags/name": "tag",
			"intercom.sandbox reply/attachment_files[].name": "file opened reply",
			"intercom.sandbox reply/body":                    "opened", "intercom.sandbox reply/body by admin": "agent",
		},
		"as history": {
			"dashly.sandbox events/params.text": "agent customer file opened reply", "dashly.sandbox props/operations[].value": "customer",
			"intercom.sandbox contacts/name": "customer", "intercom.sandbox contacts/custom_attributes.*": "plan",
			"intercom.sandbox conversations/custom_attributes.*": "vote", "intercom.sandbox tags/name": "tag",
			"intercom.sandbox reply/attachment_files[].name": "file opened reply",
			"intercom.sandbox reply/body":                    "opened", "intercom.sandbox reply/body by admin": "agent",
		},
	}
	for name, old := range map[string]bool{"live": false, "as history": true} {
		t.Run(name, func(t *testing.T) {
			var sent []sentText
			s := setup{rating: "Score", backlink: "Copy", version: "2.15", front: func(next http.RoundTripper) http.RoundTripper { return tap{next, &sent} }}
			if old {
				s.all, s.automation, s.toDashly, s.start = true, true, "events", time.Second
			}
			s.adjust = func(o *engine.Options) { knownTo(o); whoIsWho(o) }
			inWorld(t, s, func(w *world) {
				w.intercom.SetKnobs(func(k *intercom.Knobs) { k.Attributes, k.ContactAttributes = []string{"Score", "Copy"}, allOfThem })
				di, ii := w.dashly.Hire(stage.Agent{Name: evil("dashlyagent")}), w.intercom.Hire(stage.Agent{Name: evil("intercomagent")})
				d, i := w.dashly.People(), w.intercom.People()
				tell := func(desk sandbox.Human, from, agent, customer string) {
					conv, _ := desk.Open(customer, "Hello from "+from, sandbox.Upload{Name: evil(from+"opened") + ".png", Content: []byte("x")})
					w.pause(time.Second)
					desk.Write(conv, "See this", sandbox.Upload{Name: evil(from+"file") + ".png", Content: []byte("x")})
					desk.Reply(conv, agent, "An answer", sandbox.Upload{Name: evil(from+"reply") + ".png", Content: []byte("x")})
					desk.Note(conv, agent, "A note")
					desk.Tag(conv, agent, evil(from+"tag"))
					desk.Title(conv, agent, evil(from+"title"))
					desk.Vote(conv, 5, evil(from+"vote"))
				}
				ann := d.Customer(sandbox.Customer{Name: evil("dashlycustomer")})
				d.Properties(ann, map[string]any{"plan": evil("dashlyplan")})
				tell(d, "dashly", di, ann)
				bob := i.Customer(sandbox.Customer{Name: evil("intercomcustomer")})
				i.Attributes(bob, map[string]any{"Their plan": evil("intercomplan")})
				tell(i, "intercom", ii, bob)
				if old {
					w.pause(48 * time.Hour)
					w.cutOver()
				}
				w.done()
				harmless(t, sent)
				require.Equal(t, where[name], namesIn(sent))
			})
		})
	}
}
