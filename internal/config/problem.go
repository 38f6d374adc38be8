package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong: where it stands, what it is, and what to do.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 when the problem has no place in the file
	Key          string // "intercom.region"; may be empty
	What         string // what is wrong and what to do, in one line
}

// Where gives file:line:column, as editors understand it.
func (p Problem) Where() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func (p Problem) String() string {
	s := p.Where() + ": "
	if p.Key != "" {
		s += p.Key + ": "
	}
	return s + p.What
}

// Errors is everything that is wrong with a configuration, in the order of the file: exit code 4. It is never empty.
type Errors []Problem

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sorted orders problems by place and tells each only once.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(e)
}
