package simulation

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// account is what a world notes about the work of the bridge, beside what it leaves on the desks.
type account struct {
	removals []string
	failures []error
	stored   []int
}

// took notes a call that takes something away from a desk, with what its body names.
func (w *World) took(c *parcel) {
	if c.r.Method != http.MethodDelete {
		return
	}
	what := strings.TrimSuffix(c.host, ".sandbox") + " " + c.path
	if form, err := url.ParseQuery(string(c.body)); err == nil && form.Has("tag") {
		what += " " + form.Get("tag")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.account.removals = append(w.account.removals, what)
}

// own notes that work of the bridge itself went wrong, whatever the story demands of the desks.
func (w *World) own(err error) error {
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.account.failures = append(w.account.failures, err)
	}
	return err
}

// parked are the pairs that are set aside in the end, with the reasons.
func (w *World) parked() (all []string, err error) {
	items, err := w.Agenda()
	for _, it := range items {
		if it.Parked {
			all = append(all, fmt.Sprintf("%s: %s", it.Pair, it.Reason))
		}
	}
	slices.Sort(all)
	return all, err
}
