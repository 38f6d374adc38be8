package contract

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// answer is what a desk sent back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// checkResponse gives every fault of an answer to a known operation.
func (c call) checkResponse(a answer) []string {
	responses := c.route.Operation.Responses
	ref := responses.Status(a.status)
	if ref == nil {
		ref = responses.Default()
	}
	if ref == nil {
		return []string{"this status is not described for the operation"}
	}
	// A gateway's failure may come without a body (`intercom-api.md` 4, `dashly-api.md` U9).
	if a.status >= http.StatusInternalServerError && len(a.body) == 0 {
		return nil
	}
	content := ref.Value.Content
	if len(content) == 0 {
		return nil
	}
	media := content.Get(a.header.Get("Content-Type"))
	if media == nil {
		return []string{fmt.Sprintf("Content-Type %q is not described for this status", a.header.Get("Content-Type"))}
	}
	if media.Schema == nil {
		return nil
	}
	return checkAnswerBody(media.Schema.Value, a)
}

// checkStray looks at the answer to something that is no operation: it has to be an error in the desk's own envelope.
func (d *desk) checkStray(a answer) []string {
	if a.status < http.StatusBadRequest {
		return []string{"something that is not described was answered with success"}
	}
	return checkAnswerBody(d.doc.Components.Schemas[d.errorSchema].Value, a)
}

func checkAnswerBody(schema *openapi3.Schema, a answer) []string {
	body, err := plain(a)
	if err != nil {
		return []string{"body /: " + err.Error()}
	}
	value, err := decodeJSON(body)
	if err != nil {
		return []string{"body /: " + err.Error()}
	}
	var faults []string
	for _, fault := range visit(schema, value, openapi3.VisitAsResponse()) {
		faults = append(faults, "body "+fault)
	}
	return faults
}

// plain undoes the compression of an answer.
func plain(a answer) ([]byte, error) {
	switch a.header.Get("Content-Encoding") {
	case "", "identity":
		return a.body, nil
	case "gzip":
		reader, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil {
			return nil, errors.New("not gzip, although the header says so")
		}
		return io.ReadAll(reader)
	default:
		return nil, errors.New("unknown Content-Encoding")
	}
}
