package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

func TestRulesChangeWhatTheyPointTo(t *testing.T) {
	tree := func() map[string]any {
		return map[string]any{"paths": map[string]any{
			"/a": map[string]any{"get": map[string]any{"x": 1, "deep": map[string]any{"y": 1}}},
			"/b": []any{map[string]any{"x": 2}},
		}}
	}
	at := func(tree map[string]any, path string) map[string]any {
		found := resolve(tree, strings.Split(path, "/")[1:])
		require.Len(t, found, 1)
		return found[0]
	}

	one := tree()
	require.NoError(t, rule{At: []string{"/paths/~1a/get"}, Merge: map[string]any{
		"deep": map[string]any{"z": 2}, "new": map[string]any{"n": 1},
	}}.apply(one))
	require.Equal(t, map[string]any{"x": 1, "deep": map[string]any{"y": 1, "z": 2}, "new": map[string]any{"n": 1}}, at(one, "/paths/~1a/get"))

	two := tree()
	require.NoError(t, rule{At: []string{"/paths/*/*"}, Missing: map[string]any{"x": 9, "w": 9}}.apply(two))
	require.Equal(t, 1, at(two, "/paths/~1a/get")["x"])
	require.Equal(t, map[string]any{"x": 2, "w": 9}, at(two, "/paths/~1b/0"))

	three := tree()
	require.NoError(t, rule{At: []string{"/paths/~1a/get"}, Remove: []string{"x"}, Merge: map[string]any{"deep": nil}}.apply(three))
	require.Empty(t, at(three, "/paths/~1a/get"))

	require.ErrorContains(t, rule{At: []string{"/paths/~1a/put"}}.apply(tree()), "matches nothing")
	require.ErrorContains(t, rule{NullableRefs: true}.apply(tree()), "no nullable reference")
}

func TestPlacesDoNotShareWhatTheyWereGiven(t *testing.T) {
	tree := map[string]any{"a": map[string]any{}, "b": map[string]any{}}
	require.NoError(t, rule{At: []string{"/*"}, Missing: map[string]any{"m": map[string]any{"l": []any{1}}}}.apply(tree))
	tree["a"].(map[string]any)["m"].(map[string]any)["l"].([]any)[0] = 2
	require.Equal(t, 1, tree["b"].(map[string]any)["m"].(map[string]any)["l"].([]any)[0])
}

// slips are examples of Intercom's file that its own schemas refuse, with what is wrong in them. They are mistakes of
// the examples, so no rule makes room for them.
var slips = map[string]string{
	"GET /conversations/{conversation_id} 200 conversation found": "/conversation_parts/conversation_parts/0/id: value must be a string",
}

// The vendor's examples are the nearest to real traffic that there is: whatever the overlay asks of answers, they have.
func TestTheFilesOwnExamplesPass(t *testing.T) {
	dir, err := Dir()
	if errors.Is(err, ErrAbsent) && os.Getenv(EnvRequired) != "1" {
		t.Skipf("%v; set %s=1 to fail instead", err, EnvRequired)
	}
	require.NoError(t, err)
	s, err := Load(dir)
	require.NoError(t, err)
	seen := 0
	for _, d := range []*desk{s.dashly, s.intercom} {
		for path, item := range d.doc.Paths.Map() {
			if d.name == Intercom && !usedByTheBridge(path) {
				continue
			}
			for method, op := range item.Operations() {
				for status, response := range op.Responses.Map() {
					seen += checkExamples(t, fmt.Sprintf("%s %s %s", method, path, status), response.Value)
				}
			}
		}
	}
	require.Greater(t, seen, 100)
}

func usedByTheBridge(path string) bool {
	for _, prefix := range []string{"/me", "/contacts", "/conversations", "/tags", "/teams", "/messages", "/data_attributes"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return path == "/admins" || path == "/admins/{admin_id}"
}

func checkExamples(t *testing.T, at string, response *openapi3.Response) int {
	t.Helper()
	seen := 0
	for _, media := range response.Content {
		for name, example := range media.Examples {
			if media.Schema == nil {
				continue
			}
			seen++
			raw, err := json.Marshal(example.Value.Value)
			require.NoError(t, err)
			value, err := decodeJSON(raw)
			require.NoError(t, err)
			faults := visit(media.Schema.Value, value, openapi3.VisitAsResponse())
			if slip, known := slips[at+" "+name]; known {
				require.Contains(t, faults, slip, "the slip is mended: take it off the list")
				continue
			}
			require.Empty(t, faults, "%s %s", at, name)
		}
	}
	return seen
}
