package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
)

// readCount counts how often each conversation is read.
type readCount struct {
	next http.RoundTripper
	mu   *sync.Mutex
	of   map[string]int
}

func (c readCount) RoundTrip(r *http.Request) (*http.Response, error) {
	dir, id := r.URL.Path[:strings.LastIndex(r.URL.Path, "/")+1], r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if r.Method == http.MethodGet && strings.HasSuffix(dir, "/conversations/") {
		c.mu.Lock()
		c.of[r.URL.Host+" "+id]++
		c.mu.Unlock()
	}
	return c.next.RoundTrip(r)
}

// TestFirstPassReadsNoConversationForAnother: of a customer with several conversations on each desk, none is read again for each of
// the others that asks whether it is its copy. Those of the first desk are read twice, because their openings wait for the
// other desk's, and each once more when its fields are agreed.
func TestFirstPassReadsNoConversationForAnother(t *testing.T) {
	t.Parallel()
	count := readCount{mu: &sync.Mutex{}, of: map[string]int{}}
	inWorld(t, setup{front: func(next http.RoundTripper) http.RoundTripper {
		count.next = next
		return count
	}}, func(w *world) {
		alice := sandbox.Customer{Own: "crm-1", Name: "Alice"}
		here, there := w.dashly.People().Customer(alice), w.intercom.People().Customer(alice)
		const each = 6
		native := map[string]bool{}
		for n := range each {
			id, _ := w.dashly.People().Open(here, fmt.Sprintf("Question %d", n))
			native[host(sandbox.DashlyURL)+" "+id] = true
			id, _ = w.intercom.People().Open(there, fmt.Sprintf("Another question %d", n))
			native[host(sandbox.IntercomURL)+" "+id] = true
		}
		w.done()
		require.Len(t, native, 2*each)
		require.Len(t, count.of, 4*each)
		for ref := range native {
			require.LessOrEqual(t, count.of[ref], 3, "%s: %v", ref, count.of)
		}
	})
}
