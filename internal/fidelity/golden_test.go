package fidelity

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fixtures are made from the documents that the project began with; they lie beside a checkout and are not part of it.
const fixtures = "../../../shared/fixtures"

// told are the versions of Intercom that change something for a bridge (intercom-api.md 2).
var told = []string{"2.9", "2.11", "2.13", "2.15", "2.16"}

// TestFixturesTranslateAsThePageSays: each has a golden file with its neutral form and with what becomes of each entry,
// which must be what docs/fidelity.md says of its kind.
func TestFixturesTranslateAsThePageSays(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		require.NotEqual(t, "1", os.Getenv(contract.EnvRequired), "the fixtures (../shared/fixtures) are required here")
		t.Skip("the fixtures (../shared/fixtures) are not part of a clone")
	}
	head, err := os.ReadFile(filepath.Join(fixtures, "dashly-conversation.json"))
	require.NoError(t, err)
	var all []json.RawMessage
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil && strings.HasPrefix(filepath.Base(file), "dashly-part-") {
			all = append(all, raw)
		}
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			switch {
			case name == "intercom-reply-requests":
				golden(t, name, requests(t, raw))
			case strings.HasPrefix(name, "intercom-"):
				golden(t, name, story(t, readIntercom(t, raw), intercomRows(t)))
			case name == "dashly-conversation":
				golden(t, name, story(t, readDashly(t, raw, all...), dashlyRows(t, "2.15")))
			default:
				golden(t, name, story(t, readDashly(t, head, raw), dashlyRows(t, "2.15")))
			}
		})
	}
}

// TestPayloadsTranslateAsThePageSays: the shapes of the four documents, and one conversation as each version of Intercom
// shows it.
func TestPayloadsTranslateAsThePageSays(t *testing.T) {
	files, err := filepath.Glob("testdata/payloads/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			raw := payload(t, name)
			switch name {
			case "dashly-thread":
				for _, v := range told {
					golden(t, name+"-to-"+v, story(t, thread(t), dashlyRows(t, v)))
				}
			case "seed-000-reply":
				golden(t, name, story(t, readDashly(t, payload(t, "seed-001-conversation"), raw), dashlyRows(t, "2.15")))
			case "seed-001-conversation":
				golden(t, name, story(t, readDashly(t, raw), dashlyRows(t, "2.15")))
			default:
				golden(t, name, story(t, readIntercom(t, raw), intercomRows(t)))
			}
		})
	}
}

// TestEveryGoldenFileIsOfSomething that is still there, where the fixtures are.
func TestEveryGoldenFileIsOfSomething(t *testing.T) {
	names := map[string]bool{}
	for _, v := range told {
		names["dashly-thread-to-"+v] = true
	}
	for _, dir := range []string{fixtures, "testdata/payloads"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		require.NoError(t, err)
		if len(files) == 0 && dir == fixtures {
			require.NotEqual(t, "1", os.Getenv(contract.EnvRequired), "the fixtures (../shared/fixtures) are required here")
			t.Skip("the fixtures (../shared/fixtures) are not part of a clone")
		}
		require.NotEmpty(t, files)
		for _, f := range files {
			names[strings.TrimSuffix(filepath.Base(f), ".json")] = true
		}
	}
	files, err := filepath.Glob("testdata/golden/*.txt")
	require.NoError(t, err)
	for _, f := range files {
		require.True(t, names[strings.TrimSuffix(filepath.Base(f), ".txt")], f)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "write it: go test ./internal/fidelity -update")
	require.Empty(t, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")))
}

func payload(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "payloads", name+".json"))
	require.NoError(t, err)
	return raw
}

// thread is the conversation of Dashly that every version of Intercom is asked to hold.
func thread(t *testing.T) mapping.Conversation {
	t.Helper()
	var wire struct {
		Conversation json.RawMessage
		Parts        []json.RawMessage
	}
	require.NoError(t, json.Unmarshal(payload(t, "dashly-thread"), &wire))
	return readDashly(t, wire.Conversation, wire.Parts...)
}

func readIntercom(t *testing.T, raw []byte) mapping.Conversation {
	t.Helper()
	c, err := intercom.Decode(raw)
	require.NoError(t, err)
	return c
}

func readDashly(t *testing.T, head []byte, parts ...json.RawMessage) mapping.Conversation {
	t.Helper()
	var in dashly.Input
	var err error
	in.Conversation, err = dashly.ParseConversation(head)
	require.NoError(t, err)
	for _, raw := range parts {
		p, err := dashly.ParsePart(raw)
		require.NoError(t, err)
		in.Parts = append(in.Parts, p)
	}
	c, err := dashly.Decode(in)
	require.NoError(t, err)
	return c
}

// way is a direction with the rows of its page.
type way struct {
	to       mapping.Desk
	history  string
	features mapping.Features
	kinds    []string
	rows     []Row
}

func intercomRows(t *testing.T) way {
	t.Helper()
	f, err := dashly.Features("")
	require.NoError(t, err)
	return way{dashly.Desk, "transcript", f, append([]string{"source"}, intercom.PartTypes()...), intercomParts(f)}
}

func dashlyRows(t *testing.T, version string) way {
	t.Helper()
	f, err := intercom.Features(version)
	require.NoError(t, err)
	return way{intercom.Desk, "native", f, dashly.Kinds(), dashlyParts(f)}
}

// story tells a conversation in its neutral form, and what becomes of it.
func story(t *testing.T, c mapping.Conversation, w way) string {
	t.Helper()
	var b strings.Builder
	stamp := func(at time.Time) string {
		if at.IsZero() {
			return "never"
		}
		return at.UTC().Format(time.RFC3339)
	}
	fields, err := json.Marshal(c.Fields)
	require.NoError(t, err)
	fmt.Fprintf(&b, "%s, created %s, updated %s\ncustomer %+v\n", c.Ref, stamp(c.Created), stamp(c.Updated), c.Customer)
	for _, p := range c.Others {
		fmt.Fprintf(&b, "other %+v\n", p)
	}
	for _, p := range c.Agents {
		fmt.Fprintf(&b, "agent {Role:%s ID:%s Name:%s Email:%s}\n", p.Role, p.ID, p.NameForTeam(), p.Email)
	}
	fmt.Fprintf(&b, "fields %s\nunreadable %d, losses %v\n", fields, c.Truncated, c.Losses)
	for _, e := range c.Entries {
		fmt.Fprintf(&b, "\n%s %s: %s (%s) by %s %q %s, made by %q\n", stamp(e.At), e.ID, e.Kind, e.Native, e.Author.Role, e.Author.Name, e.Author.ID, e.Made)
		for _, is := range []struct {
			so   bool
			what string
		}{{e.Opening, "opening"}, {e.Removed, "removed"}, {e.Doubt, "doubt"}} {
			if is.so {
				fmt.Fprintf(&b, "  %s\n", is.what)
			}
		}
		if e.Covers != "" || e.Skip != "" || len(e.Losses) > 0 {
			fmt.Fprintf(&b, "  covers %q, skipped by %q, losses %v\n", e.Covers, e.Skip, e.Losses)
		}
		for _, l := range strings.Split(e.Body.Text(), "\n") {
			if l != "" {
				fmt.Fprintf(&b, "  > %s\n", l)
			}
		}
		if e.Body.Formatted() {
			fmt.Fprintf(&b, "  as HTML %s\n", e.Body.HTML())
		}
		for _, f := range e.Files {
			fmt.Fprintf(&b, "  file %+v\n", f)
		}
		r := becomes(t, c, w, e)
		fmt.Fprintf(&b, "  on %s: live %s; history %s; %s %v\n", w.to, r.Live, r.History, r.Level, r.Losses)
	}
	return b.String()
}

// becomes tells what the planner makes of an entry, and holds it against the row of the page. Words of another participant
// than the customer are a note, whatever the row says.
func becomes(t *testing.T, c mapping.Conversation, w way, e mapping.Entry) Row {
	t.Helper()
	native, content := e.Native, without
	if e.HasText() || e.Removed {
		content = withText
	}
	if strings.HasPrefix(native, "source") {
		native = "source"
	}
	if !slices.Contains(w.kinds, native) {
		native = others
	}
	i := slices.IndexFunc(w.rows, func(r Row) bool {
		return r.Native == native && r.Author == string(e.Author.Role) && r.Content == content
	})
	require.GreaterOrEqual(t, i, 0, "no row for %s by %s, %s", native, e.Author.Role, content)
	row := w.rows[i]
	if e.Removed {
		return row // the words are gone, so nothing is planned any more
	}
	other := e.Author.Role == mapping.Customer && e.Author.ID != c.Customer.ID
	if e.Author.Role == mapping.Customer && !other {
		e.Author.ID = "" // the customer, whoever it is
	}
	got := entry(c.Desk, w.to, w.history, w.features, e, content, mapping.Full, "")
	if other && row.Live == "message" {
		require.Equal(t, "note", got.Live)
		require.Contains(t, got.Losses, mapping.LossOtherParticipant)
		return got
	}
	require.Equal(t, [2]string{row.Live, row.History}, [2]string{got.Live, got.History}, "%s of %s is not carried as the page says", e.ID, e.Native)
	return row
}

// requests tells how what is sent to Intercom in the samples of its documents reads.
func requests(t *testing.T, raw []byte) string {
	t.Helper()
	var all []map[string]any
	require.NoError(t, json.Unmarshal(raw, &all))
	var b strings.Builder
	for _, r := range all {
		said, _ := r["body"].(string)
		body, files := mapping.HTMLBody(said)
		fmt.Fprintf(&b, "%v by %v: %q, files %v\n", r["message_type"], r["type"], body.Text(), files)
	}
	return b.String()
}
