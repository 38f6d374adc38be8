package dashly

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// everywhere are the parameters that all calls take (1, 2, 3.1).
const everywhere = "id_as_string version auth_token "

// parse reads the parameters: from the query of a GET, from the form of a POST and of a DELETE (3).
func (c *call) parse(e endpoint) error {
	query := c.r.URL.Query()
	if !e.body {
		c.params = query
		return nil
	}
	c.params = url.Values{}
	media, args, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch {
	case media == "application/x-www-form-urlencoded":
		body, err := io.ReadAll(c.r.Body)
		if err != nil {
			return errorOf(400)
		}
		if c.params, err = url.ParseQuery(string(body)); err != nil {
			return errorOf(400)
		}
	case media == "multipart/form-data" && e.method == "POST":
		if err := c.multipart(args["boundary"]); err != nil {
			return err
		}
	case c.r.ContentLength != 0 && media != "": // JSON bodies are not documented (U5)
		return &apiError{status: 400, name: "BadRequest", message: "form parameters expected"}
	}
	for name, values := range query {
		// Flags of every call may stand in the query; the rest only where a knob says so (U6).
		if strings.Contains(everywhere, name+" ") || e.method == "DELETE" && c.d.knobs.QueryTagDelete {
			c.params[name] = values
		} else {
			return invalid(name, "not in the query")
		}
	}
	return nil
}

func (c *call) multipart(boundary string) error {
	form, err := multipart.NewReader(c.r.Body, boundary).ReadForm(64 << 20)
	if err != nil {
		return errorOf(400)
	}
	c.params = url.Values(form.Value)
	for name, headers := range form.File {
		if name != "attachment" && name != "file" || len(headers) != 1 || c.file != nil {
			return invalid(name, "one file at most, as attachment or file")
		}
		f, err := headers[0].Open()
		if err != nil {
			return errorOf(400)
		}
		content, err := io.ReadAll(f)
		_ = f.Close()
		if err != nil {
			return errorOf(400)
		}
		c.file = &stage.Upload{Name: headers[0].Filename, Type: headers[0].Header.Get("Content-Type"), Content: content}
		c.params[name] = []string{headers[0].Filename}
	}
	return nil
}

// check refuses what is not documented, unless Lax.
func (c *call) check(e endpoint) error {
	known := " " + everywhere + e.allowed + " "
	for name, values := range c.params {
		if !strings.Contains(known, " "+name+" ") && !c.d.knobs.Lax {
			return invalid(name, "no such parameter")
		}
		for _, v := range values {
			if !utf8.ValidString(v) {
				return invalid(name, "not UTF-8")
			}
		}
	}
	if n := c.params.Get("random_id"); n != "" {
		if _, err := strconv.ParseInt(n, 10, 32); err != nil {
			return invalid("random_id", "not a 32-bit integer")
		}
	}
	return nil
}

// asked reports whether an optional field is wanted (7): include_x, or the bare name in get-user.
func (c *call) asked(field string, fallback bool) bool {
	if c.params.Has("include_" + field) {
		return truth(c.params.Get("include_" + field))
	}
	return fallback
}

func (c *call) flag(name string, fallback bool) bool {
	if c.params.Has(name) {
		return truth(c.params.Get(name))
	}
	return fallback
}

// truth: false in any case, 0 and the empty string are false, all other text is true (3).
func truth(s string) bool { return s != "" && s != "0" && !strings.EqualFold(s, "false") }

// number reads an id; 0 when it is none. Ids go up to 2^64-1 (3).
func number(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// list reads an array parameter: JSON, or texts joined by commas (3).
func list(s string) []string {
	var out []string
	if strings.HasPrefix(strings.TrimSpace(s), "[") && json.Unmarshal([]byte(s), &out) == nil {
		return out
	}
	return strings.Split(s, ",")
}
