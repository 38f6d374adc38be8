package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// field is one key of a form body, urlencoded or multipart.
type field struct {
	text string
	file bool // came as a file part
}

// readURLEncoded reads a form body of any method. The standard form parser would skip that of a DELETE.
func readURLEncoded(body []byte) (map[string]field, []string, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, nil, errors.New("the body is not form-urlencoded")
	}
	fields, faults := map[string]field{}, []string(nil)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if len(values[key]) > 1 {
			faults = append(faults, fmt.Sprintf("/%s: given %d times", key, len(values[key])))
		}
		fields[key] = field{text: values[key][0]}
	}
	return fields, faults, nil
}

func readMultipart(contentType string, body []byte) (map[string]field, []string, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return nil, nil, errors.New("the Content-Type has no multipart boundary")
	}
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	fields, faults := map[string]field{}, []string(nil)
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fields, faults, nil
		}
		if err != nil {
			return nil, nil, errors.New("the body is not well-formed multipart")
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, errors.New("a part of the multipart body ends too early")
		}
		if _, twice := fields[part.FormName()]; twice {
			faults = append(faults, "/"+part.FormName()+": given more than once")
		}
		fields[part.FormName()] = field{text: string(data), file: part.FileName() != ""}
	}
}

// checkForm holds the fields of a form body against its schema, the JSON inside of them included.
func (d *desk) checkForm(schema *openapi3.Schema, fields map[string]field) []string {
	object, faults := map[string]any{}, []string(nil)
	shapes := branches(schema)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		f := fields[key]
		declared := property(shapes, key)
		if len(declared) == 0 {
			object[key] = f.text // the schema closes its properties, so this is refused below
			continue
		}
		prop := declared[0]
		object[key] = typed(prop, f.text)
		if component := extension(prop.Extensions, "x-json-schema"); component != "" {
			for _, fault := range d.embedded(component, f.text) {
				faults = append(faults, fmt.Sprintf("/%s, the JSON in it at %s", key, fault))
			}
		}
		faults = append(faults, checkFile(prop, key, f, fields)...)
	}
	return append(faults, visit(schema, object, openapi3.VisitAsRequest())...)
}

// checkFile looks at what a description says of a file besides its type: x-max-bytes and x-extensions.
func checkFile(prop *openapi3.Schema, key string, f field, all map[string]field) []string {
	binary := prop.Format == "binary"
	if binary != f.file {
		if binary {
			return []string{"/" + key + ": a file without a file name in its part header"}
		}
		return []string{"/" + key + ": a file where a text belongs"}
	}
	var faults []string
	if most, ok := prop.Extensions["x-max-bytes"].(float64); ok && float64(len(f.text)) > most {
		faults = append(faults, "/"+key+": the file is too large")
	}
	if known, ok := prop.Extensions["x-extensions"].([]any); ok {
		ending := strings.ToLower(strings.TrimPrefix(path.Ext(all["filename"].text), "."))
		if !slices.Contains(known, any(ending)) {
			faults = append(faults, "/filename: extension not accepted")
		}
	}
	return faults
}

var (
	integerText = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	numberText  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// typed gives a text the type that its schema wants, if it is spelled canonically, and else leaves it a text, which
// the schema then refuses. Any text is true for the desk, `no` included; only `true` and `false` are true here.
func typed(schema *openapi3.Schema, text string) any {
	switch {
	case schema.Type.Is(openapi3.TypeInteger) && integerText.MatchString(text),
		schema.Type.Is(openapi3.TypeNumber) && numberText.MatchString(text):
		return json.Number(text)
	case schema.Type.Is(openapi3.TypeBoolean) && (text == "true" || text == "false"):
		return text == "true"
	default:
		return text
	}
}
