package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
)

// TestLostFormIsCountedOnce: what a desk that takes HTML can hold is no loss there, what the dialect has no place for is one
// on every desk, and none counts twice.
func TestLostFormIsCountedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		html   string
		author mapping.Role
		holds  mapping.Level
		known  []mapping.Loss // of the entry's own row
		want   int
	}{
		"plain":                           {html: "<p>a</p>", author: mapping.Agent, holds: mapping.Dropped},
		"bold, held":                      {html: "<b>a</b>", author: mapping.Agent, holds: mapping.Full},
		"bold, not held":                  {html: "<b>a</b>", author: mapping.Agent, holds: mapping.Dropped, want: 1},
		"bold, the customer's":            {html: "<b>a</b>", author: mapping.Customer, holds: mapping.Full, want: 1},
		"struck":                          {html: "<s>10</s> 8", author: mapping.Agent, holds: mapping.Full, want: 1},
		"struck, the customer's":          {html: "<s>10</s> 8", author: mapping.Customer, holds: mapping.Full, want: 1},
		"struck and bold":                 {html: "<s>10</s> <b>8</b>", author: mapping.Agent, holds: mapping.Dropped, want: 1},
		"an address that is not carried":  {html: "<a href=/rel>a</a>", author: mapping.Agent, holds: mapping.Full, want: 1},
		"struck, of which the row knows":  {html: "<s>a</s>", author: mapping.Agent, holds: mapping.Full, known: []mapping.Loss{mapping.LossFormatting}, want: 1},
		"a block that is cut":             {html: "<b>a</b> " + strings.Repeat("word ", 300), author: mapping.Agent, holds: mapping.Full, want: 1},
		"a block that is cut, not held":   {html: "<b>a</b> " + strings.Repeat("word ", 300), author: mapping.Agent, holds: mapping.Dropped, want: 1},
		"a block that is cut, known of":   {html: "<b>a</b> " + strings.Repeat("word ", 300), author: mapping.Agent, holds: mapping.Full, known: []mapping.Loss{mapping.LossFormatting}, want: 1},
		"a block before one that is cut":  {html: "<p><b>a</b></p><p>" + strings.Repeat("word ", 300) + "</p>", author: mapping.Agent, holds: mapping.Full},
		"cut in parts, counted with last": {html: "<s>a</s> " + strings.Repeat("word ", 300), author: mapping.Agent, holds: mapping.Full, want: 1},
	} {
		t.Run(name, func(t *testing.T) { // a reply that is delivered, and as a note what the customer reads elsewhere
			body, _ := mapping.HTMLBody(c.html)
			e := mapping.Entry{Kind: mapping.Message, Native: "reply", Author: mapping.Person{Role: c.author}, Body: body, Losses: c.known}
			for _, home := range []mapping.Desk{intercom.Desk, dashly.Desk} {
				got := Carry(Circumstances{From: dashly.Desk, To: intercom.Desk, Home: home, Features: mapping.Features{HTML: c.holds, BodyRunes: 1000}}, e)
				require.Empty(t, got.Rule)
				require.Equal(t, home == dashly.Desk && c.author == mapping.Agent, got.Kind == sinks.PostNote)
				others := slices.DeleteFunc(slices.Clone(got.Losses), func(l mapping.Loss) bool { return l == mapping.LossFormatting })
				require.Equal(t, c.want, len(got.Losses)-len(others), "%v", got.Losses)
			}
		})
	}
}
