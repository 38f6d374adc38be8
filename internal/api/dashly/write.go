package dashly

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// Names of errors that tell that a tag is as wished already (dashly-api.md 8.8).
const (
	tagThere  = "ConversationTagAlreadyAssigned"
	tagAbsent = "ConversationTagIsNotAssigned"
)

// Write is what every write states about itself, for the gate of the transport.
type Write struct {
	Reach    api.Reach
	Historic bool
}

// File travels with a reply or an opening, one at most (dashly-api.md 8.17).
type File struct {
	Name, Type string
	Content    []byte
}

// Reply is one part to be written (dashly-api.md 8.4). Exactly one of FromUser and FromAdmin is set (U22).
type Reply struct {
	Body       string
	FromUser   string // Dashly's id of the user
	FromAdmin  string // an operator's id or default_admin
	Note       bool   // seen by the team only; goes with FromAdmin
	ExternalID string
	File       *File
}

// Reply writes a reply or note and gives its id, where the answer shows the part that was made; none where it names
// something of which nobody knows what it is (U21).
func (c *Client) Reply(ctx context.Context, conversation string, r Reply, w Write) ([]string, error) {
	const name = "reply"
	switch {
	case (r.FromUser == "") == (r.FromAdmin == ""):
		return nil, c.refuse(name, conversation, "it needs exactly one author")
	case r.Note && r.FromAdmin == "":
		return nil, c.refuse(name, conversation, "only an operator writes notes")
	case r.Body == "" && r.File == nil:
		return nil, c.refuse(name, conversation, "there is nothing to say")
	}
	f, kind := form{{"body", r.Body}}, "reply_user"
	if r.FromUser != "" {
		f = append(f, [2]string{"from_user", r.FromUser})
	} else {
		kind = "reply_admin"
		if r.Note {
			kind = "note"
		}
		f = append(f, [2]string{"from_admin", r.FromAdmin}, [2]string{"type", kind})
	}
	if r.ExternalID != "" {
		f = append(f, [2]string{"external_id", r.ExternalID})
	}
	a, err := c.post(ctx, name, conversation, http.MethodPost, "/conversations/"+url.PathEscape(conversation)+"/reply", f, fileFields{"attachment", "attachment_file_name", r.File}, w)
	return receipt(a, kind), err
}

// Assign assigns the conversation; an empty admin takes the assignment away (dashly-api.md 8.5). The present assignee
// again is a success that makes no part.
func (c *Client) Assign(ctx context.Context, conversation, admin, fromAdmin string, w Write) ([]string, error) {
	f := form{{"from_admin", fromAdmin}}
	if admin != "" {
		f = append(f, [2]string{"admin", admin})
	}
	a, err := c.post(ctx, "assign", conversation, http.MethodPost, "/conversations/"+url.PathEscape(conversation)+"/assign", f, fileFields{}, w)
	return receipt(a), err
}

// Close closes the conversation (dashly-api.md 8.6).
func (c *Client) Close(ctx context.Context, conversation, fromAdmin string, w Write) ([]string, error) {
	f := form{{"from_admin", fromAdmin}}
	a, err := c.post(ctx, "close", conversation, http.MethodPost, "/conversations/"+url.PathEscape(conversation)+"/close", f, fileFields{}, w)
	return receipt(a), err
}

// AddTag adds a tag; one that is there already is a success (dashly-api.md 8.8).
func (c *Client) AddTag(ctx context.Context, conversation, tag, fromAdmin string, w Write) ([]string, error) {
	return c.tag(ctx, "add tag", http.MethodPost, conversation, tag, fromAdmin, tagThere, w)
}

// RemoveTag removes a tag; one that is not there is a success. The parameters travel in the body of the DELETE (U6).
func (c *Client) RemoveTag(ctx context.Context, conversation, tag, fromAdmin string, w Write) ([]string, error) {
	return c.tag(ctx, "remove tag", http.MethodDelete, conversation, tag, fromAdmin, tagAbsent, w)
}

func (c *Client) tag(ctx context.Context, name, method, conversation, tag, fromAdmin, done string, w Write) ([]string, error) {
	if tag == "" || len([]rune(tag)) > 255 || strings.Contains(tag, ",") {
		return nil, c.refuse(name, conversation, "a tag has 1 to 255 characters and no comma")
	}
	f := form{{"tag", tag}, {"from_admin", fromAdmin}}
	a, err := c.post(ctx, name, conversation, method, "/conversations/"+url.PathEscape(conversation)+"/tag", f, fileFields{}, w)
	if e, ok := errors.AsType[*api.Error](err); ok && e.Class == api.Refused && e.Code == done {
		return nil, nil
	}
	return receipt(a), err
}

// StartConversation opens a conversation with the user's own words (dashly-api.md 8.11). The id that it gives is the
// conversation's or its first part's (U30); it is empty when the answer has none. at is the desk's clock.
func (c *Client) StartConversation(ctx context.Context, user, body string, file *File, w Write) (id string, at time.Time, err error) {
	const name = "start conversation"
	if body == "" && file == nil {
		return "", time.Time{}, c.refuse(name, UserRef{ID: user}.ref(), "there is nothing to say")
	}
	a, err := c.post(ctx, name, UserRef{ID: user}.ref(), http.MethodPost, UserRef{ID: user}.path("/startconversation"), form{{"body", body}}, fileFields{"file", "filename", file}, w)
	if err != nil {
		return "", time.Time{}, err
	}
	if ids := receipt(a); len(ids) > 0 {
		id = ids[0]
	}
	return id, a.time, nil
}

// form is the fields of a request in their order.
type form [][2]string

// fileFields names the two fields of a file, which differ between calls.
type fileFields struct {
	content, name string
	file          *File
}

// post sends a urlencoded form, or a multipart one when a file travels (dashly-api.md 3). Ids are asked for as text.
func (c *Client) post(ctx context.Context, name, ref, method, path string, f form, file fileFields, w Write) (*answer, error) {
	f = append(f, [2]string{"id_as_string", "true"})
	call := api.Call{Name: name, Ref: ref, Method: method, Path: path, Write: true, Reach: w.Reach, Historic: w.Historic}
	if file.file == nil {
		v := url.Values{}
		for _, kv := range f {
			v.Set(kv[0], kv[1])
		}
		call.Body, call.ContentType = []byte(v.Encode()), "application/x-www-form-urlencoded"
		return c.do(ctx, call)
	}
	body, contentType, err := multipartOf(f, file)
	if err != nil {
		return nil, c.refuse(name, ref, "the file cannot be encoded")
	}
	call.Body, call.ContentType = body, contentType
	return c.do(ctx, call)
}

func multipartOf(f form, file fileFields) ([]byte, string, error) {
	var buf bytes.Buffer
	m := multipart.NewWriter(&buf)
	for _, kv := range append(slices.Clone(f), [2]string{file.name, file.file.Name}) {
		if kv[0] == "body" && kv[1] == "" {
			continue
		}
		if err := m.WriteField(kv[0], kv[1]); err != nil {
			return nil, "", err
		}
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", multipart.FileContentDisposition(file.content, file.file.Name))
	h.Set("Content-Type", "application/octet-stream")
	if t := file.file.Type; t != "" && !strings.ContainsAny(t, "\r\n") {
		h.Set("Content-Type", t)
	}
	part, err := m.CreatePart(h)
	if err != nil {
		return nil, "", err
	}
	if _, err = part.Write(file.file.Content); err != nil {
		return nil, "", err
	}
	if err := m.Close(); err != nil {
		return nil, "", err
	}
	return buf.Bytes(), m.FormDataContentType(), nil
}

// receipt reads the ids of the parts that a write made; the answer may name one, several or none (U21). With kinds, only
// parts that are shown to be of one of them count: a receipt may be that of an assignment that the desk made first.
func receipt(a *answer, kinds ...string) []string {
	if a == nil {
		return nil
	}
	var made dashly.List[struct {
		ID   dashly.ID   `json:"id"`
		Type dashly.Text `json:"type"`
	}]
	var ids []string
	if json.Unmarshal(a.Data, &made) == nil {
		for _, m := range made {
			if m.ID != "" && (len(kinds) == 0 || slices.Contains(kinds, string(m.Type))) {
				ids = append(ids, string(m.ID))
			}
		}
	}
	return ids
}

// refuse is an error for what is wrong before any call leaves.
func (c *Client) refuse(name, ref, reason string) error {
	return &api.Error{Class: api.Refused, Desk: string(dashly.Desk), Call: name, Ref: ref, Code: "invalid", Reason: reason}
}
