package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/mapping"
)

// A stranger's samples: what they write, where their pictures lie, how their files are called.
type hostileSamples struct {
	HTML      []struct{ Name, HTML, Keeps string }
	Addresses []string
	Names     []string
}

func readHostile(t *testing.T) (h hostileSamples) {
	t.Helper()
	raw, err := os.ReadFile("../../mapping/testdata/hostile.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &h))
	for i, a := range h.Addresses {
		h.HTML = append(h.HTML, struct{ Name, HTML, Keeps string }{"image at " + a, fmt.Sprintf(`<p>picture %d</p><img src="%s">`, i, a), fmt.Sprintf("picture %d", i)})
	}
	return h
}

// malign is a desk that keeps what strangers write as it is: "Sample17" in what it shows is the 17th sample. It records
// the texts that it is sent, and which other hosts are asked for files.
type malign struct {
	next    http.RoundTripper
	samples hostileSamples
	sent    *[]sentText
	hosts   *[]string
}

var sampleMark = regexp.MustCompile(`Sample(\d+)x`)

func (m malign) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != host(sandbox.DashlyURL) && r.URL.Host != host(sandbox.IntercomURL) {
		*m.hosts = append(*m.hosts, r.URL.Host)
		return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	if r.Body != nil && r.Method != http.MethodGet {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		*m.sent = append(*m.sent, textsOf(r, body)...)
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	res, err := m.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	shown, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	shown = sampleMark.ReplaceAllFunc(shown, func(mark []byte) []byte {
		n, _ := strconv.Atoi(string(sampleMark.FindSubmatch(mark)[1]))
		text, _ := json.Marshal(m.samples.HTML[n].HTML)
		return text[1 : len(text)-1]
	})
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(shown)), int64(len(shown))
	return res, nil
}

// unwanted tells what a browser would find in a text that may not be there.
func unwanted(t *testing.T, s sentText) (found []string) {
	t.Helper()
	if s.kind() != asHTML {
		for z := nethtml.NewTokenizer(strings.NewReader(s.Text)); ; {
			switch kind := z.Next(); {
			case kind == nethtml.ErrorToken:
				require.ErrorIs(t, z.Err(), io.EOF)
				return found
			case kind != nethtml.TextToken:
				found = append(found, string(z.Raw()))
			}
		}
	}
	elements := []string{"p", "br", "b", "i", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
	safe := regexp.MustCompile(`^(?i:https?://|mailto:|tel:)`)
	nodes, err := nethtml.ParseFragment(strings.NewReader(s.Text), &nethtml.Node{Type: nethtml.ElementNode, Data: "body", DataAtom: atom.Body})
	require.NoError(t, err)
	for _, root := range nodes {
		for n := range root.Descendants() {
			switch {
			case n.Type != nethtml.TextNode && n.Type != nethtml.ElementNode, n.Type == nethtml.ElementNode && (n.Namespace != "" || !slices.Contains(elements, n.Data)):
				found = append(found, n.Data)
			}
			for _, a := range n.Attr {
				if n.Data != "a" || a.Key != "href" || !safe.MatchString(a.Val) {
					found = append(found, a.Key+"="+a.Val)
				}
			}
		}
		if root.Type == nethtml.ElementNode && (!slices.Contains(elements, root.Data) || root.Data == "a" && len(root.Attr) != 1) {
			found = append(found, root.Data)
		}
	}
	return found
}

// TestNothingHostileCrosses: whatever customers and agents write on one desk, typed or as a desk shows it that cleans
// nothing, the other desk is sent nothing that acts, no private address is asked, every sample's words arrive, and
// afterwards the bridge knows all of it again, also without its memory.
func TestNothingHostileCrosses(t *testing.T) {
	samples := readHostile(t)
	samples.HTML = thin.Few(samples.HTML...)
	for name, begin := range map[string]func(w *world) (desk sandbox.Human, agent string){
		"from Dashly":   func(w *world) (sandbox.Human, string) { return w.dashly.People(), dashly.Jane },
		"from Intercom": func(w *world) (sandbox.Human, string) { return w.intercom.People(), intercom.Jane },
	} {
		t.Run(name, func(t *testing.T) {
			var sent []sentText
			var hosts []string
			adjust := setup{adjust: whoIsWho, front: func(next http.RoundTripper) http.RoundTripper {
				return malign{next: next, samples: samples, sent: &sent, hosts: &hosts}
			}}
			inWorld(t, adjust, func(w *world) {
				desk, agent := begin(w)
				who := desk.Customer(sandbox.Customer{Own: "crm-1", Name: "<script>alert(1)</script>"})
				conv := ""
				for i, s := range samples.HTML {
					w.pause(time.Second)
					if i%50 == 0 { // only the newest 500 parts of a thread can be read
						conv, _ = desk.Open(who, "Hello")
					}
					desk.Write(conv, fmt.Sprintf("Sample%dx", i))
					desk.Reply(conv, agent, fmt.Sprintf("Sample%dx", i))
					desk.Note(conv, agent, fmt.Sprintf("Sample%dx", i))
					desk.Write(conv, s.HTML)
				}
				w.done()
				require.NotEmpty(t, sent)
				harmless(t, sent)
				for _, h := range hosts {
					require.Equal(t, "files.example", h, "asked for a file")
				}
				other := w.intercom.Dump
				if name == "from Intercom" {
					other = w.dashly.Dump
				}
				said := mapping.Letters(seen(other()))
				for _, s := range samples.HTML { // whose words are in what was read, mapping's tests say
					body, _ := mapping.HTMLBody(s.HTML)
					words := body.Text()
					if name == "from Dashly" { // it is text there, unless it consists of elements
						if words = s.HTML; !strings.Contains(said, mapping.Letters(words)) {
							require.Regexp(t, `(?s)^\s*<.*>\s*$`, s.HTML, s.Name)
							words = body.Words()
						}
					}
					require.Contains(t, said, mapping.Letters(words), s.Name)
				}
				w.idle()
				w.forget("")
				w.idle()
				require.Equal(t, said, mapping.Letters(seen(other())))
			})
		})
	}
}

// seen is all that can be read on a desk, with addresses as they were before they were guarded.
func seen(threads []sandbox.Thread) string {
	var all []string
	for _, t := range threads {
		for _, e := range t.Entries {
			all = append(all, mapping.PlainBody(e.Text).Text())
		}
	}
	return strings.Join(all, " ")
}

// TestHostileNamesOfFiles: whatever a file is called, it arrives with its bytes under one name, or a line stands for it.
func TestHostileNamesOfFiles(t *testing.T) {
	samples := readHostile(t)
	inWorld(t, setup{adjust: whoIsWho}, func(w *world) {
		for _, from := range []sandbox.Human{w.dashly.People(), w.intercom.People()} {
			conv, _ := from.Open(from.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Files follow")
			for i, name := range samples.Names {
				w.pause(time.Second)
				from.Write(conv, fmt.Sprintf("File number %d.", i), sandbox.Upload{Name: name, Content: []byte(fmt.Sprintf("content %d", i))})
			}
		}
		require.Equal(t, report.Done, w.sync().Status)
		for _, threads := range [][]sandbox.Thread{w.dashly.Dump(), w.intercom.Dump()} {
			copies := 0
			for _, th := range threads {
				for _, e := range th.Entries {
					if !e.ByBridge || !strings.HasPrefix(e.Text, "File number") {
						continue
					}
					copies++
					require.True(t, len(e.Files) == 1 || strings.Contains(e.Text, "["), "%+v", e)
				}
			}
			require.Equal(t, len(samples.Names), copies, w.picture())
		}
		w.idle()
		w.forget("")
		w.idle()
	})
}
