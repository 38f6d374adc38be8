// Package thin tells tests how much of their enumerations to leave out under the race detector, which would make them
// last for minutes.
package thin

import (
	"iter"
	"maps"
	"slices"
)

// Few gives all of them, under the race detector a tenth, at least one.
func Few[T any](all ...T) []T { return all[:(len(all)+By-1)/By] }

// Sample goes through a table in the order of its names, under the race detector through a tenth of it.
func Sample[V any](table map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for n, name := range slices.Sorted(maps.Keys(table)) {
			if n%By == 0 && !yield(name, table[name]) {
				return
			}
		}
	}
}
