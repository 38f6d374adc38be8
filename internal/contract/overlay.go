package contract

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

//go:embed overlay/intercom.yaml
var intercomOverlayFile []byte

// rule is one correction of a description, applied to the parsed file in memory.
type rule struct {
	Why string   `yaml:"why"`
	At  []string `yaml:"at"` // JSON pointers; the segment * stands for every member; each must match something
	// What to do with each place, or with the whole tree.
	Merge   map[string]any `yaml:"merge"`   // set these keys, objects within them key by key; null takes a key away
	Missing map[string]any `yaml:"missing"` // set these keys where they are absent
	Remove  []string       `yaml:"remove"`  // take these keys away
	// NullableRefs turns {$ref, nullable: true} everywhere into a composition that keeps the nullable: by the rules
	// of OpenAPI 3.0 whatever stands beside a $ref is ignored.
	NullableRefs bool `yaml:"nullable_refs"`
}

func intercomOverlay() ([]rule, error) {
	var file struct {
		Rules []rule `yaml:"rules"`
	}
	if err := yaml.Load(intercomOverlayFile, &file, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	for i, r := range file.Rules {
		if r.Why == "" {
			return nil, fmt.Errorf("rule %d has no reason", i+1)
		}
	}
	return file.Rules, nil
}

func (r rule) apply(tree any) error {
	if r.NullableRefs {
		if nullableRefs(tree) == 0 {
			return errors.New("no nullable reference left in the file")
		}
		return nil
	}
	for _, at := range r.At {
		places := resolve(tree, strings.Split(at, "/")[1:])
		if len(places) == 0 {
			return fmt.Errorf("%s matches nothing", at)
		}
		for _, place := range places {
			merge(place, r.Merge, true)
			merge(place, r.Missing, false)
			for _, key := range r.Remove {
				delete(place, key)
			}
		}
	}
	return nil
}

// resolve gives the objects that a pointer leads to.
func resolve(node any, path []string) []map[string]any {
	if len(path) == 0 {
		if object, ok := node.(map[string]any); ok {
			return []map[string]any{object}
		}
		return nil
	}
	key := strings.NewReplacer("~1", "/", "~0", "~").Replace(path[0])
	var found []map[string]any
	switch n := node.(type) {
	case map[string]any:
		for name, child := range n {
			if key == "*" || key == name {
				found = append(found, resolve(child, path[1:])...)
			}
		}
	case []any:
		for i, child := range n {
			if key == "*" || key == fmt.Sprint(i) {
				found = append(found, resolve(child, path[1:])...)
			}
		}
	}
	return found
}

func merge(into, from map[string]any, overwrite bool) {
	for key, value := range from {
		old, present := into[key]
		inner, isObject := value.(map[string]any)
		target, wasObject := old.(map[string]any)
		switch {
		case value == nil:
			delete(into, key)
		case isObject && wasObject && overwrite:
			merge(target, inner, overwrite)
		case overwrite || !present:
			into[key] = copied(value)
		}
	}
}

// copied keeps places that got the same value from becoming the same object.
func copied(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, child := range v {
			out[key] = copied(child)
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = copied(out[i])
		}
		return out
	default:
		return v
	}
}

// nullableRefs rewrites in place and says how many references it found.
func nullableRefs(node any) int {
	n := 0
	switch v := node.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && v["nullable"] == true {
			delete(v, "$ref")
			v["allOf"] = []any{map[string]any{"$ref": ref}}
			n++
		}
		for _, child := range v {
			n += nullableRefs(child)
		}
	case []any:
		for _, child := range v {
			n += nullableRefs(child)
		}
	}
	return n
}
