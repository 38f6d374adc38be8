package engine

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// Files that a text names lie on anybody's servers. One that stalls must not hold up what is said behind them: a mail can name
// hundreds of images. The desk's own attachments are waited for as for any call to it.
const (
	// elsewhereFor is how long a look waits in all for files that texts name.
	elsewhereFor = 3 * time.Minute
	// stalledFor is how long a failure takes from which a server counts as one that stalls. Those that fail at once cost little.
	stalledFor = 5 * time.Second
)

// elsewhere is what one look knows of files that texts name.
type elsewhere struct {
	waited  time.Duration
	stalled map[string]bool          // hosts that this look has asked itself
	givenUp map[mapping.EntryID]bool // entries whose files were tried for often enough, as far as this look knows
}

// file fetches a file of an entry, if it is no larger than what the other desk takes. A host that has stalled is not asked again
// in this run, but for the last try of a look that has not asked it itself: it has failed once more, without a call. The last
// try leaves time for the files behind.
func (l *look) file(from, to int, f mapping.File, entry mapping.EntryID) (sources.FileBody, error) {
	source, host := l.sides[from].side.Source, hostOf(f)
	most := cmp.Or(l.sides[to].features.FileBytes, math.MaxInt64)
	if host == "" {
		return source.File(l.calls, f, most)
	}
	late := &api.Error{Class: api.TryLater, Desk: string(l.sides[from].desk), Call: "fetch file", Reason: "the server of the file takes too long"}
	left := elsewhereFor - l.elsewhere.waited
	switch slow := l.stalls(host); {
	case left <= 0 || l.elsewhere.stalled[host]:
		return sources.FileBody{}, late
	case !slow && l.elsewhere.waited < stalledFor: // nothing has held this look up
	case l.lastTry(from, f, entry):
		left /= 4
	case slow:
		return sources.FileBody{}, late
	}
	within, cancel := context.WithTimeout(l.calls, left)
	defer cancel()
	began := time.Now()
	body, err := source.File(within, f, most)
	took := time.Since(began)
	l.elsewhere.waited += took
	if err != nil && within.Err() != nil && l.calls.Err() == nil {
		err = late
	}
	if api.ClassOf(err) == api.TryLater && took >= stalledFor {
		l.stall(host)
	}
	return body, err
}

// lastTry reports whether a line stands for a file if it cannot be had now. The tries for one of those that the text of an
// entry names hold for all of them, however many writes they take.
func (l *look) lastTry(from int, f mapping.File, entry mapping.EntryID) bool {
	return !f.Attached && l.elsewhere.givenUp[entry] || l.triesOf(l.fileOf(from, entry)) >= fileTries
}

// fileOf names an entry on the agenda.
func (l *look) fileOf(from int, entry mapping.EntryID) string {
	return string(l.sides[from].desk) + ":" + string(entry)
}

// giveUp notes that a line stands for a file of an entry.
func (l *look) giveUp(f mapping.File, entry mapping.EntryID) {
	if f.Attached {
		return
	}
	if l.elsewhere.givenUp == nil {
		l.elsewhere.givenUp = map[mapping.EntryID]bool{}
	}
	l.elsewhere.givenUp[entry] = true
}

// hostOf is the host that a text names for a file; empty for one of the desk's own, and where there is no host to ask.
func hostOf(f mapping.File) string {
	u, err := url.Parse(f.URL)
	if err != nil || f.Attached {
		return ""
	}
	return strings.ToLower(u.Host)
}

// stalls reports whether a host has stalled in this run, for whichever look.
func (r *run) stalls(host string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stalled[host]
}

func (l *look) stall(host string) {
	if l.elsewhere.stalled == nil {
		l.elsewhere.stalled = map[string]bool{}
	}
	l.elsewhere.stalled[host] = true
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stalled == nil {
		l.stalled = map[string]bool{}
	}
	l.stalled[host] = true
}
