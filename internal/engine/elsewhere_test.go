package engine_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/mapping"
)

// album shows images in the place of a word that a customer wrote, and is the servers that they lie on.
type album struct {
	next  http.RoundTripper
	mu    *sync.Mutex
	shown map[string]string        // the HTML of a word
	waits map[string]time.Duration // what a host takes for an answer; one that is not here says 502 at once
	asked map[string]int           // requests, by host
	sizes map[string]int64         // bytes of every file of a host, where it matters
}

func (a album) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != host(sandbox.DashlyURL) && r.URL.Host != host(sandbox.IntercomURL) {
		return a.serve(r)
	}
	if r.URL.RawQuery == apiQuery {
		a.mu.Lock()
		a.asked[cmp.Or(r.Header.Get("Authorization"), "without a token")]++
		a.mu.Unlock()
	}
	res, err := a.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	for word, html := range a.shown {
		text, _ := json.Marshal(html)
		body = bytes.ReplaceAll(body, []byte(word), text[1:len(text)-1])
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}

func (a album) serve(r *http.Request) (*http.Response, error) {
	name := r.URL.Host
	a.mu.Lock()
	a.asked[name]++
	wait, known := a.waits[name]
	if !known { // one of many names of one server
		_, domain, _ := strings.Cut(name, ".")
		wait, known = a.waits["*."+domain]
	}
	a.mu.Unlock()
	if !known {
		return &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	select {
	case <-time.After(wait):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	content := "content of " + r.URL.Path
	if size, told := a.sizes[name]; told {
		body := &io.LimitedReader{R: endless{}, N: size}
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(body), ContentLength: -1, Request: r}, nil
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(content)), Request: r}, nil
}

// endless is a file that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// apiQuery marks the requests that a text has led to.
const apiQuery = "limit=50&lead=1"

// never is longer than anybody waits.
const never = time.Hour

func images(n int, link func(i int) string) string {
	var b strings.Builder
	b.WriteString("<p>Look at these")
	for i := range n {
		fmt.Fprintf(&b, ` <img src="%s">`, link(i))
	}
	return b.String() + "</p>"
}

// mailed makes a world in which a customer of one desk writes words that become images, and gives what the other desk shows.
func (a album) mailed(t *testing.T, s setup, to string, words []string, story func(w *world, copies func() []sandbox.Thread)) {
	t.Helper()
	s.front = func(next http.RoundTripper) http.RoundTripper { a.next = next; return a }
	inWorld(t, s, func(w *world) {
		from, copies := sandbox.Human(w.dashly.People()), w.intercom.Dump
		if to == "dashly" {
			from, copies = w.intercom.People(), w.dashly.Dump
		}
		conv, _ := from.Open(from.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
		for _, word := range words {
			w.pause(time.Second)
			from.Write(conv, word)
		}
		story(w, copies)
	})
}

// TestNothingHangsOnServersThatTextsName: a mail with many images on servers that answer slowly, or never, holds a look up for
// minutes at most, and what is said behind it for little more than half an hour. Each image comes whole, or a line stands for
// it, also where the run ends between two of the writes that carry them.
func TestNothingHangsOnServersThatTextsName(t *testing.T) {
	t.Parallel()
	const many = 24
	one := func(i int) string { return fmt.Sprintf("https://stalls.example/%d.png", i) }
	for name, c := range thin.Sample(map[string]struct {
		html   string
		waits  map[string]time.Duration
		whole  int // how many come, at least
		asked  int // how often the servers are asked, at most; 0: as often as it takes
		writes int // of one pass
	}{
		"one that never answers":           {images(many, one), map[string]time.Duration{"stalls.example": never}, 0, 6, 0},
		"one that answers just in time":    {images(many, one), map[string]time.Duration{"stalls.example": 115 * time.Second}, 0, 0, 0},
		"one that is slow but well":        {images(many, one), map[string]time.Duration{"stalls.example": 4 * time.Second}, many, 2 * (many + 10), 0},
		"one that fails at once":           {images(many, one), nil, 0, many + 10, 0},
		"one that fails, three writes":     {images(5, one), nil, 0, 0, 3},
		"one that never answers, 3 writes": {images(5, one), map[string]time.Duration{"stalls.example": never}, 0, 0, 3},
		"one under many names": {images(many, func(i int) string { return fmt.Sprintf("https://h%d.stalls.example/%d.png", i, i) }),
			map[string]time.Duration{"*.stalls.example": never}, 0, many + 10, 0},
		"one among others that are well": {images(10, func(i int) string {
			return fmt.Sprintf("https://%s.example/%d.png", []string{"stalls", "well"}[i%2], i)
		}),
			map[string]time.Duration{"stalls.example": never, "well.example": 0}, 5, 0, 0},
		"five among others that are well": {images(10, func(i int) string {
			return fmt.Sprintf("https://%s%d.example/%d.png", []string{"stalls", "well"}[i/5], i, i)
		}),
			map[string]time.Duration{"stalls0.example": never, "stalls1.example": never, "stalls2.example": never, "stalls3.example": never, "stalls4.example": never,
				"well5.example": 0, "well6.example": 0, "well7.example": 0, "well8.example": 0, "well9.example": 0}, 5, 0, 0},
	}) {
		for _, to := range []string{"intercom", "dashly"} {
			t.Run(name+", to "+to, func(t *testing.T) {
				a := album{mu: &sync.Mutex{}, shown: map[string]string{"TheseImages": c.html}, waits: c.waits, asked: map[string]int{}}
				a.mailed(t, setup{}, to, []string{"TheseImages", "And behind them"}, func(w *world, copies func() []sandbox.Thread) {
					w.pause(settle) // a new store waits for it
					w.run(engine.Request{Command: "serve", MaxWrites: 1})
					began := time.Now()
					for passes := 0; ; passes++ {
						require.Less(t, passes, 150, w.picture())
						look := time.Now()
						rep := w.run(engine.Request{Command: "serve", MaxWrites: c.writes})
						require.LessOrEqual(t, time.Since(look), 3*time.Minute+settle+10*time.Second)
						if rep.Status == report.Done {
							break
						}
						w.pause(time.Minute)
					}
					if c.writes == 0 {
						require.LessOrEqual(t, time.Since(began), time.Hour)
					}
					whole, stubs := 0, 0
					thread := w.thread(copies())
					for _, e := range thread.Entries {
						whole, stubs = whole+len(e.Files), stubs+strings.Count(e.Text, "could not be fetched")
					}
					require.Equal(t, strings.Count(c.html, "<img"), whole+stubs, w.picture())
					require.GreaterOrEqual(t, whole, c.whole, w.picture())
					require.Contains(t, thread.Entries[len(thread.Entries)-1].Text, "And behind them")
					asked := 0
					for _, n := range a.asked {
						asked += n
					}
					if c.asked > 0 {
						require.LessOrEqual(t, asked, c.asked)
					}
					w.idle()
					w.forget("")
					w.idle()
				})
			})
		}
	}
}

// TestAServerThatStallsIsAskedOnceInAPass, however many conversations name it.
func TestAServerThatStallsIsAskedOnceInAPass(t *testing.T) {
	t.Parallel()
	a := album{mu: &sync.Mutex{}, shown: map[string]string{"TheseImages": images(2, func(int) string { return "https://stalls.example/1.png" })},
		waits: map[string]time.Duration{"stalls.example": never}, asked: map[string]int{}}
	alone := setup{adjust: func(o *engine.Options) { o.Workers = 1 }}
	a.mailed(t, alone, "intercom", []string{"TheseImages"}, func(w *world, _ func() []sandbox.Thread) {
		people := w.dashly.People()
		for i := range 5 {
			people.Open(people.Customer(sandbox.Customer{Own: fmt.Sprintf("crm-%d", i+2), Name: "Bob"}), "Hello")
		}
		w.pause(settle)
		w.run(engine.Request{Command: "serve"})
		for _, th := range w.dashly.Dump() {
			people.Write(th.ID, "TheseImages")
		}
		clear(a.asked)
		rep := w.run(engine.Request{Command: "serve"})
		require.NotEqual(t, report.Done, rep.Status)
		require.Equal(t, 1, a.asked["stalls.example"])
	})
}

// TestADesksOwnServerIsWaitedFor: attachments are asked for again and again, by each conversation, and come when it is back.
func TestADesksOwnServerIsWaitedFor(t *testing.T) {
	t.Parallel()
	asked, down := 0, true
	s := setup{front: func(next http.RoundTripper) http.RoundTripper {
		return passed(func(r *http.Request) (*http.Response, error) {
			if strings.HasPrefix(r.URL.Path, "/files/") && down {
				asked++
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return next.RoundTrip(r)
		})
	}}
	s.adjust = func(o *engine.Options) { o.Workers = 1 }
	inWorld(t, s, func(w *world) {
		people := w.dashly.People()
		for i := range 3 {
			conv, _ := people.Open(people.Customer(sandbox.Customer{Own: fmt.Sprintf("crm-%d", i), Name: "Alice"}), "Hello")
			people.Write(conv, "My invoice", sandbox.Upload{Name: "invoice.pdf", Content: []byte("%PDF-1.4 invoice")})
		}
		w.pause(settle)
		for range 4 {
			before := asked
			w.run(engine.Request{Command: "serve"})
			require.Equal(t, before+3, asked)
			w.pause(15 * time.Minute)
		}
		down = false
		w.done()
		for _, th := range w.intercom.Dump() {
			require.Len(t, th.Entries[len(th.Entries)-1].Files, 1, w.picture())
		}
	})
}

type passed func(*http.Request) (*http.Response, error)

func (f passed) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAnImageThatLeadsIntoTheAPI: what a visitor types as an image is asked for without the desk's token, and what the API
// would answer is not attached to the visitor's message on the other desk.
func TestAnImageThatLeadsIntoTheAPI(t *testing.T) {
	t.Parallel()
	for to, link := range map[string]string{
		"intercom": sandbox.DashlyURL + "/v2/apps/$self_app/users?" + apiQuery,
		"dashly":   sandbox.IntercomURL + "/contacts?" + apiQuery,
	} {
		t.Run("to "+to, func(t *testing.T) {
			html := images(1, func(int) string { return strings.ReplaceAll(link, "&", "&amp;") })
			a := album{mu: &sync.Mutex{}, shown: map[string]string{"TheseImages": html}, asked: map[string]int{}}
			a.mailed(t, setup{}, to, []string{"TheseImages"}, func(w *world, copies func() []sandbox.Thread) {
				w.done()
				for _, e := range w.thread(copies()).Entries {
					require.Empty(t, e.Files)
				}
				require.Contains(t, seen(copies()), ": HTTP 401]")
				require.NotEmpty(t, a.asked)
				for by := range a.asked {
					require.Equal(t, "without a token", by)
				}
				w.idle()
			})
		})
	}
}

// TestAFileThatProvesTooLarge is asked for once, read no further than the other desk takes, and becomes a line in the same pass.
// What the other desk takes comes. One whose size the desk tells is not asked for at all, and its line tells the size.
func TestAFileThatProvesTooLarge(t *testing.T) {
	t.Parallel()
	for to, most := range map[string]int64{"intercom": 20 << 20, "dashly": 10 << 20} {
		t.Run("to "+to, func(t *testing.T) {
			html := `<p>Look <img src="https://fits.example/a.png"> <img src="https://large.example/b.png"></p>`
			a := album{mu: &sync.Mutex{}, shown: map[string]string{"TheseImages": html}, asked: map[string]int{},
				waits: map[string]time.Duration{"fits.example": 0, "large.example": 0},
				sizes: map[string]int64{"fits.example": most, "large.example": 1 << 62}}
			a.mailed(t, setup{}, to, []string{"TheseImages"}, func(w *world, copies func() []sandbox.Thread) {
				from := sandbox.Human(w.dashly.People())
				if to == "dashly" {
					from = w.intercom.People()
				}
				conv, _ := from.Open(from.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Hello")
				from.Write(conv, "The video", sandbox.Upload{Name: "video.zip", Type: "application/zip", Content: make([]byte, most+1)})
				rep := w.done()
				require.Equal(t, map[string]int{"fits.example": 2, "large.example": 1}, a.asked)
				all := seen(copies())
				limit := fmt.Sprintf("%d.0 MB", most>>20)
				require.Contains(t, all, "[b.png: larger than "+limit+"]")
				require.Contains(t, all, "[video.zip, "+limit+": larger than "+limit+"]")
				lost := 0
				for _, d := range rep.Directions {
					lost += d.Losses[mapping.LossFileNotCarried]
				}
				require.Equal(t, 2, lost)
				w.idle()
				require.Equal(t, 1, a.asked["large.example"])
			})
		})
	}
}

// TestAnImageThatIsItsAddress comes with its bytes to either desk, and nobody is asked for it.
func TestAnImageThatIsItsAddress(t *testing.T) {
	t.Parallel()
	picture := []byte("\x89PNG\r\n\x1a\n the picture")
	html := images(1, func(int) string { return "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture) })
	for _, to := range []string{"intercom", "dashly"} {
		t.Run("to "+to, func(t *testing.T) {
			a := album{mu: &sync.Mutex{}, shown: map[string]string{"ThePicture": html}, asked: map[string]int{}}
			a.mailed(t, setup{}, to, []string{"ThePicture"}, func(w *world, copies func() []sandbox.Thread) {
				w.done()
				var got []string
				for _, e := range w.thread(copies()).Entries {
					for _, f := range e.Files {
						got = append(got, f.SHA256)
					}
				}
				require.Equal(t, []string{stage.FileOf("", picture).SHA256}, got, w.picture())
				require.Empty(t, a.asked)
				w.idle()
			})
		})
	}
}
