package sourcetest

import (
	"encoding/base64"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// files: over real HTTP, a file comes as it was sent; a link that is dead, private or no link is Refused; a new read gives
// links that live. Of a file that is too large one byte more is read than was asked for, or than the source takes, and once.
func files(x *exam) {
	own, other := x.sites()
	x.open(Access{URL: own})
	content := []byte("\x00\x01 not text \xff\xfe " + string(make([]byte, 70000)))
	id, _ := x.human(time.Minute).Open(x.customer("crm-1"), "See the file", stage.Upload{Name: "scan of it.png", Type: "image/png", Content: content})
	file := func() mapping.File {
		for _, e := range x.read(id).Entries {
			if len(e.Files) > 0 {
				return e.Files[0]
			}
		}
		require.Fail(x, "the file is gone")
		return mapping.File{}
	}
	fetch := func(f mapping.File) error {
		got, err := x.source.File(x.Context(), f, int64(len(content)))
		if err == nil {
			require.Equal(x, content, got.Content)
			require.Equal(x, "image/png", got.Type)
		} else {
			require.NotContains(x, err.Error(), token)
		}
		return err
	}
	first := file()
	require.NoError(x, fetch(first))
	require.NoError(x, fetch(first), "and again")

	clock := x.desk.Now
	x.desk.Now = func() time.Time { return clock().Add(48 * time.Hour) }
	if err := fetch(first); err != nil {
		require.Equal(x, api.Refused, api.ClassOf(err), "an expired link: %v", err)
	}
	require.NoError(x, fetch(file()), "a new read gives a link that lives")

	x.tooLarge(file(), int64(len(content))-1)
	x.tooLarge(mapping.File{Name: "x.png", URL: own + "/exam/endless"}, 1<<20)
	x.tooLarge(mapping.File{Name: "x.png", URL: own + "/exam/endless", Size: 99, Attached: true}, 1<<20)
	require.EqualValues(x, 2, x.endless.Load(), "each is asked for once")

	x.inline(content)

	links := map[string]api.Class{
		"": api.Refused, "ftp://example.org/x": api.Refused, "no link": api.Refused,
		own + "/exam/404": api.Refused, own + "/exam/500": api.TryLater, own + "/exam/large": api.Refused,
		other + "/exam/large": api.Refused, // an address of this machine that is not the desk's
	}
	for link, want := range links {
		_, err := x.source.File(x.Context(), mapping.File{Name: "x.png", URL: link}, math.MaxInt64)
		require.Error(x, err, "%q", link)
		require.Equal(x, want, api.ClassOf(err), "%q: %v", link, err)
	}

	small := mapping.File{Name: "x.png", URL: other + "/exam/small"}
	_, err := x.source.File(x.Context(), small, 5)
	require.Equal(x, api.Refused, api.ClassOf(err), "%v", err)
	x.open(Access{URL: own, Allow: []string{strings.TrimPrefix(other, "http://")}})
	got, err := x.source.File(x.Context(), small, 5)
	require.NoError(x, err, "the configuration allows it")
	require.Equal(x, "small", string(got.Content))
	_, third := x.sites()
	_, err = x.source.File(x.Context(), mapping.File{Name: "x.png", URL: third + "/exam/small"}, 5)
	require.Equal(x, api.Refused, api.ClassOf(err), "and no other one: %v", err)
}

// tooLarge asks for a file that has more than most bytes.
func (x *exam) tooLarge(f mapping.File, most int64) {
	_, err := x.source.File(x.Context(), f, most)
	require.Equal(x, api.Refused, api.ClassOf(err), "%v", err)
	large, ok := errors.AsType[*api.TooLarge](err)
	require.True(x, ok, "%v", err)
	require.Equal(x, most, large.Most)
}

// inline asks for files that are addresses themselves, as images within a text may be.
func (x *exam) inline(content []byte) {
	image := mapping.File{Name: "image", URL: "data:image/png;base64," + base64.StdEncoding.EncodeToString(content)}
	for link, want := range map[string]sources.FileBody{
		image.URL:               {Content: content, Type: "image/png"},
		"Data:text/plain,a%20b": {Content: []byte("a b"), Type: "text/plain"},
	} {
		got, err := x.source.File(x.Context(), mapping.File{Name: "image", URL: link}, int64(len(content)))
		require.NoError(x, err)
		require.Equal(x, want, got)
	}
	x.tooLarge(image, int64(len(content))-1)
	for _, link := range []string{"data:", "data:image/png;base64", "data:;base64,***", "data:,%zz"} {
		_, err := x.source.File(x.Context(), mapping.File{Name: "image", URL: link}, 1000)
		require.Equal(x, api.Refused, api.ClassOf(err), "%q: %v", link, err)
	}
}

// sites serve the desk over sockets, and some files that are none, under the desk's own address and under a stranger's.
func (x *exam) sites() (own, other string) {
	mux := http.NewServeMux()
	mux.Handle("/", x.desk)
	mux.HandleFunc("/exam/large", func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for range x.subject.Largest/len(block) + 1 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/exam/endless", func(w http.ResponseWriter, _ *http.Request) {
		x.endless.Add(1)
		for block := make([]byte, 1<<16); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/exam/500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/exam/404", http.NotFound)
	mux.HandleFunc("/exam/small", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("small")) })
	srv := httptest.NewServer(mux)
	x.Cleanup(srv.Close)
	stranger := httptest.NewServer(mux)
	x.Cleanup(stranger.Close)
	return srv.URL, stranger.URL
}
