package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// decodeJSON reads exactly one JSON value and keeps its numbers as they are spelled.
func decodeJSON(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, errors.New("not JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return value, nil
}

// visit holds a decoded value against a schema and gives every fault, each as one line "pointer: reason".
func visit(schema *openapi3.Schema, value any, side openapi3.SchemaValidationOption) []string {
	faults := inexact("", value)
	if err := schema.VisitJSON(value, openapi3.MultiErrors(), side); err != nil {
		faults = append(faults, describe(err)...)
	}
	return faults
}

// describe flattens the validator's error. The validator's own text is not used, because it quotes the value.
func describe(err error) []string {
	for at := err; at != nil; at = errors.Unwrap(at) {
		switch e := at.(type) { //nolint:errorlint // a list would answer errors.As with its first member only
		case openapi3.MultiError:
			var lines []string
			for _, member := range e {
				lines = append(lines, describe(member)...)
			}
			return lines
		case *openapi3.SchemaError:
			return []string{clip(describeOne(e))}
		}
	}
	return []string{clip(err.Error())}
}

func describeOne(e *openapi3.SchemaError) string {
	reason := e.Reason
	if reason == "" {
		reason = e.SchemaField
	}
	line := pointer(e.JSONPointer()) + ": " + reason
	if e.Origin != nil {
		line += " [" + strings.Join(describe(e.Origin), " | ") + "]"
	}
	return line
}

func pointer(path []string) string { return "/" + strings.Join(path, "/") }

func clip(s string) string {
	const most = 700
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

var (
	floatExact = new(big.Float).SetInt64(1 << 53)
	maxID      = new(big.Int).SetUint64(1<<64 - 1)
	minInt     = new(big.Int).SetInt64(-1 << 63)
)

// inexact finds numbers that the validator cannot judge because it turns them into floats: whatever lies beyond 2^53
// has to be an id, so it has to be spelled as an integer of 64 bits. An exponent there is the mark of an id that went
// through a float.
func inexact(at string, value any) []string {
	switch v := value.(type) {
	case json.Number:
		if fault := inexactNumber(v.String()); fault != "" {
			return []string{slash(at) + ": " + fault}
		}
	case []any:
		var faults []string
		for i, item := range v {
			faults = append(faults, inexact(fmt.Sprintf("%s/%d", at, i), item)...)
		}
		return faults
	case map[string]any:
		var faults []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			faults = append(faults, inexact(at+"/"+key, v[key])...)
		}
		return faults
	}
	return nil
}

func inexactNumber(text string) string {
	if strings.ContainsAny(text, ".eE") {
		f, _, err := big.ParseFloat(text, 10, 128, big.ToNearestEven)
		if err != nil || f.Abs(f).Cmp(floatExact) > 0 {
			return "a number beyond 2^53 is not spelled as an integer"
		}
		return ""
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok || n.Cmp(maxID) > 0 || n.Cmp(minInt) < 0 {
		return "an integer does not fit into 64 bits"
	}
	return ""
}

func slash(at string) string {
	if at == "" {
		return "/"
	}
	return at
}

// branches gives a schema together with everything that it is composed of.
func branches(schema *openapi3.Schema) []*openapi3.Schema {
	out := []*openapi3.Schema{schema}
	for _, list := range []openapi3.SchemaRefs{schema.AllOf, schema.OneOf, schema.AnyOf} {
		for _, ref := range list {
			out = append(out, branches(ref.Value)...)
		}
	}
	return out
}

// chosen gives the same for the alternatives that a value is an instance of, or for all of them if it is of none, so
// that a broken value is not charged with its undeclared keys as well.
func chosen(schema *openapi3.Schema, value any) []*openapi3.Schema {
	out := []*openapi3.Schema{schema}
	for _, ref := range schema.AllOf {
		out = append(out, chosen(ref.Value, value)...)
	}
	for _, list := range []openapi3.SchemaRefs{schema.OneOf, schema.AnyOf} {
		var fitting openapi3.SchemaRefs
		for _, ref := range list {
			if ref.Value.VisitJSON(value) == nil {
				fitting = append(fitting, ref)
			}
		}
		if len(fitting) == 0 {
			fitting = list
		}
		for _, ref := range fitting {
			out = append(out, chosen(ref.Value, value)...)
		}
	}
	return out
}

// property gives every schema that a key of an object has in any of the schemas.
func property(schemas []*openapi3.Schema, key string) []*openapi3.Schema {
	var found []*openapi3.Schema
	for _, s := range schemas {
		if ref := s.Properties[key]; ref != nil {
			found = append(found, ref.Value)
		}
	}
	return found
}

// undeclared finds keys that the schemas do not name, in the alternatives that the value is an instance of. An object
// of which none names any key, or one describes further ones, is free.
func undeclared(at string, candidates []*openapi3.Schema, value any) []string {
	var schemas []*openapi3.Schema
	for _, s := range candidates {
		schemas = append(schemas, chosen(s, value)...)
	}
	switch v := value.(type) {
	case []any:
		var items []*openapi3.Schema
		for _, s := range schemas {
			if s.Items != nil {
				items = append(items, s.Items.Value)
			}
		}
		var faults []string
		for i, item := range v {
			faults = append(faults, undeclared(fmt.Sprintf("%s/%d", at, i), items, item)...)
		}
		return faults
	case map[string]any:
		if free(schemas) {
			return nil
		}
		var faults []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			inner := property(schemas, key)
			if len(inner) == 0 {
				faults = append(faults, slash(at)+": undeclared key "+key)
				continue
			}
			faults = append(faults, undeclared(at+"/"+key, inner, v[key])...)
		}
		return faults
	}
	return nil
}

func free(schemas []*openapi3.Schema) bool {
	named := false
	for _, s := range schemas {
		if s.AdditionalProperties.Schema != nil {
			return true
		}
		named = named || len(s.Properties) > 0
	}
	return !named
}

// embedded opens a text that carries JSON (x-json-schema) and holds it against the component it names.
func (d *desk) embedded(component, text string) []string {
	ref := d.doc.Components.Schemas[component]
	if ref == nil {
		return []string{"the description has no schema " + component}
	}
	value, err := decodeJSON([]byte(text))
	if err != nil {
		return []string{"/: " + err.Error()}
	}
	return visit(ref.Value, value, openapi3.VisitAsRequest())
}

// extension gives a text that stands under an x- key, or nothing.
func extension(extensions map[string]any, key string) string {
	text, _ := extensions[key].(string)
	return text
}
