package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// checkRequest gives every fault of a request. The request is only read; its body was taken off before.
func (c call) checkRequest(r *http.Request, body []byte) []string {
	faults := c.checkAuth(r, body)
	faults = append(faults, c.checkParameters(r)...)
	for _, fault := range c.checkBody(r, body) {
		faults = append(faults, "body "+fault)
	}
	return faults
}

func (c call) checkParameters(r *http.Request) []string {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return []string{"the query is not well escaped"}
	}
	var faults []string
	declared := map[string]bool{}
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: c.params, QueryParams: query, Route: c.route,
		Options: &openapi3filter.Options{SkipSettingDefaults: true, MultiError: true},
	}
	for _, p := range c.parameters() {
		if p.In == openapi3.ParameterInQuery {
			declared[p.Name] = true
			faults = append(faults, c.checkQuery(p, query)...)
		}
		if err := openapi3filter.ValidateParameter(context.Background(), input, p); err != nil {
			for _, fault := range describe(parameterCause(err)) {
				faults = append(faults, fmt.Sprintf("%s parameter %s: %s", p.In, p.Name, fault))
			}
		}
	}
	for name := range c.desk.querySecrets() {
		declared[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !declared[name] {
			faults = append(faults, "undeclared query parameter "+name)
		}
	}
	return faults
}

// parameterCause takes the parameter's own error out of the wrapping, which quotes the request.
func parameterCause(err error) error {
	var request *openapi3filter.RequestError
	if errors.As(err, &request) && request.Err != nil {
		var parse *openapi3filter.ParseError
		if errors.As(request.Err, &parse) {
			return errors.New("cannot be read as its type")
		}
		return request.Err
	}
	return err
}

// parameters joins those of the path with those of the operation, which win.
func (c call) parameters() []*openapi3.Parameter {
	var list []*openapi3.Parameter
	own := c.route.Operation.Parameters
	for _, ref := range c.route.PathItem.Parameters {
		if own.GetByInAndName(ref.Value.In, ref.Value.Name) == nil {
			list = append(list, ref.Value)
		}
	}
	for _, ref := range own {
		list = append(list, ref.Value)
	}
	return list
}

// checkQuery sees to what the validator leaves out of a query parameter: repetition, the spelling of booleans (it
// takes `1` and `t` too) and the JSON inside.
func (c call) checkQuery(p *openapi3.Parameter, query url.Values) []string {
	values := query[p.Name]
	if len(values) == 0 || p.Schema == nil {
		return nil
	}
	var faults []string
	schema, text := p.Schema.Value, values[0]
	if len(values) > 1 && !schema.Type.Is(openapi3.TypeArray) {
		faults = append(faults, fmt.Sprintf("query parameter %s: given %d times", p.Name, len(values)))
	}
	if schema.Type.Is(openapi3.TypeBoolean) && text != "true" && text != "false" {
		faults = append(faults, fmt.Sprintf("query parameter %s: neither true nor false", p.Name))
	}
	component := extension(p.Extensions, "x-json-schema")
	if component == "" {
		component = extension(schema.Extensions, "x-json-schema")
	}
	if component != "" {
		for _, fault := range c.desk.embedded(component, text) {
			faults = append(faults, fmt.Sprintf("query parameter %s, the JSON in it at %s", p.Name, fault))
		}
	}
	return faults
}

func (c call) checkBody(r *http.Request, body []byte) []string {
	if c.route.Operation.RequestBody == nil {
		if len(body) > 0 {
			return []string{"/: this operation takes none"}
		}
		return nil
	}
	wanted := c.route.Operation.RequestBody.Value
	if len(body) == 0 {
		if wanted.Required {
			return []string{"/: missing"}
		}
		return nil
	}
	contentType := r.Header.Get("Content-Type")
	media := wanted.Content.Get(contentType)
	kind, _, err := mime.ParseMediaType(contentType)
	if media == nil || err != nil {
		return []string{fmt.Sprintf("/: Content-Type %q is not described", contentType)}
	}
	if media.Schema == nil {
		return nil
	}
	schema := media.Schema.Value
	switch kind {
	case "application/x-www-form-urlencoded":
		fields, faults, err := readURLEncoded(body)
		return c.formFaults(schema, fields, faults, err)
	case "multipart/form-data":
		fields, faults, err := readMultipart(contentType, body)
		return c.formFaults(schema, fields, faults, err)
	default:
		value, err := decodeJSON(body)
		if err != nil {
			return []string{"/: " + err.Error()}
		}
		faults := visit(schema, value, openapi3.VisitAsRequest())
		if c.desk.strictJSON {
			faults = append(faults, undeclared("", []*openapi3.Schema{schema}, value)...)
		}
		return faults
	}
}

func (c call) formFaults(schema *openapi3.Schema, fields map[string]field, faults []string, err error) []string {
	if err != nil {
		return []string{"/: " + err.Error()}
	}
	return append(faults, c.desk.checkForm(schema, fields)...)
}

// checkAuth wants one of the ways of the description to be met, each with all that it asks for.
func (c call) checkAuth(r *http.Request, body []byte) []string {
	ways := c.desk.doc.Security
	if own := c.route.Operation.Security; own != nil {
		ways = *own
	}
	if len(ways) == 0 {
		return nil
	}
	for _, way := range ways {
		met := true
		for name := range way {
			scheme := c.desk.doc.Components.SecuritySchemes[name]
			met = met && scheme != nil && shows(scheme.Value, r, body)
		}
		if met {
			return nil
		}
	}
	return []string{"authorization is missing or not of a described form"}
}

var bearer = regexp.MustCompile(`^Bearer \S+$`)

// shows says whether a request carries a credential of this scheme, in the spelling that the scheme asks for.
func shows(scheme *openapi3.SecurityScheme, r *http.Request, body []byte) bool {
	if scheme.Type == "http" && strings.EqualFold(scheme.Scheme, "bearer") {
		return bearer.MatchString(r.Header.Get("Authorization"))
	}
	if scheme.Type != "apiKey" {
		return false
	}
	var text string
	switch scheme.In {
	case openapi3.ParameterInHeader:
		text = r.Header.Get(scheme.Name)
	case openapi3.ParameterInQuery:
		text = r.URL.Query().Get(scheme.Name)
		if text == "" && extension(scheme.Extensions, "x-also-in") == "body" {
			text = inBody(r.Header.Get("Content-Type"), body, scheme.Name)
		}
	}
	if pattern := extension(scheme.Extensions, "x-pattern"); pattern != "" {
		matched, err := regexp.MatchString(pattern, text)
		return err == nil && matched
	}
	return text != ""
}

// inBody finds a credential in a form body.
func inBody(contentType string, body []byte, name string) string {
	read := func() (map[string]field, []string, error) { return nil, nil, nil }
	switch kind, _, _ := mime.ParseMediaType(contentType); kind {
	case "application/x-www-form-urlencoded":
		read = func() (map[string]field, []string, error) { return readURLEncoded(body) }
	case "multipart/form-data":
		read = func() (map[string]field, []string, error) { return readMultipart(contentType, body) }
	}
	fields, _, _ := read()
	return fields[name].text
}

// querySecrets names the query parameters that carry credentials; operations do not list them.
func (d *desk) querySecrets() map[string]bool {
	names := map[string]bool{}
	for _, ref := range d.doc.Components.SecuritySchemes {
		if ref.Value.Type == "apiKey" && ref.Value.In == openapi3.ParameterInQuery {
			names[ref.Value.Name] = true
		}
	}
	return names
}
