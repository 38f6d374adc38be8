package intercom

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
)

// merges answers for contacts of whom each names the next; the last is left.
func merges(next map[string]string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Path[len("/contacts/"):]
		to, merged := next[id]
		if !merged {
			fmt.Fprintf(w, `{"type":"contact","id":%q,"role":"user"}`, id)
			return
		}
		if to != "" {
			w.Header().Set("Link", "</contacts/"+to+`>; rel="canonical"`)
		}
		w.WriteHeader(http.StatusGone)
		fmt.Fprint(w, `{"type":"error.list","errors":[{"code":"contact_merged","message":"gone"}]}`)
	}
}

func TestAChainOfMergesEnds(t *testing.T) {
	long := map[string]string{}
	for i := range 10 {
		long[fmt.Sprint("c", i)] = fmt.Sprint("c", i+1)
	}
	c, _ := serve(t, "2.16", merges(long))
	got, err := c.Contact(t.Context(), "c0")
	require.NoError(t, err)
	require.EqualValues(t, "c10", got.ID)
	for i := range 10 {
		require.Equal(t, "c10", c.Heir(fmt.Sprint("c", i)), "all of them are known to be that one")
	}
	require.Empty(t, c.Heir("c10"))

	long["c10"] = "c11"
	for name, next := range map[string]map[string]string{
		"itself": {"a": "a"}, "two": {"a": "b", "b": "a"}, "a lasso": {"a": "b", "b": "c", "c": "b"}, "without end": long,
	} {
		c, d := serve(t, "2.16", merges(next))
		first := "a"
		if name == "without end" {
			first = "c0"
		}
		_, err := c.Contact(t.Context(), first)
		e, ok := errors.AsType[*api.Error](err)
		require.True(t, ok, name)
		require.Equal(t, "merge_loop", e.Code, name)
		require.Equal(t, first, e.Ref, name)
		require.True(t, e.NotFound, name)
		require.LessOrEqual(t, d.count(), 11, name)
		require.Empty(t, c.Heir(first), name)
	}
}

func TestAMergedContactWithoutAWay(t *testing.T) {
	c, _ := serve(t, "2.16", merges(map[string]string{"a": ""}))
	_, err := c.Contact(t.Context(), "a")
	require.True(t, api.IsNotFound(err))
	require.True(t, IsMerged(err))
	require.Empty(t, c.Heir("a"))
}
