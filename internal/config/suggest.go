package config

import (
	"reflect"
	"slices"
	"strings"
)

// Keys lists every key of the configuration as the file spells it, parents before children: "sync", "sync.start".
func Keys() []string { return keysOf(reflect.TypeFor[Config](), "") }

func keysOf(t reflect.Type, prefix string) []string {
	var keys []string
	for f := range t.Fields() {
		name := f.Tag.Get("yaml")
		if name == "" {
			continue
		}
		keys = append(keys, prefix+name)
		if f.Type.Kind() == reflect.Struct {
			keys = append(keys, keysOf(f.Type, prefix+name+".")...)
		}
	}
	return keys
}

// suggest names the key that was probably meant; block is where it stands, whose own keys come first.
func suggest(name, block string) string {
	if block == "status" { // its keys look like those of sync.directions, and not like a desk's name
		return "write status: {dashly_to_intercom: {…}, intercom_to_dashly: {…}}"
	}
	best, distance := "", 3 // more than two strokes away is another word
	for _, key := range Keys() {
		cut := strings.LastIndexByte(key, '.')
		last, own := key[cut+1:], key[:max(cut, 0)] == block
		if d := strokes(strings.ToLower(name), last); d < distance || last == name || own && d == distance && best != "" {
			best, distance = key, d
		}
	}
	if best == "" || len(name) < 3 {
		return "config.example.yaml lists all keys"
	}
	return "is " + best + " meant?"
}

// strokes is the edit distance of two words.
func strokes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := slices.Min([]int{row[j] + 1, row[j+1] + 1, diagonal + cost})
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
