package engine

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// TestRatingsAreCarriedOneWay: to the desk that has a place for them, when the customer rates, and not once more.
func TestRatingsAreCarriedOneWay(t *testing.T) {
	for name, c := range map[string]struct {
		base, now [2]string
		unagreed  bool
		level     mapping.Level // of the other desk's place; empty: full
		oneWay    bool          // nothing is carried to Intercom
		held      string        // refused by Intercom before
		wants     string
		keeps     string // agreed on Dashly after it; empty: as it is read
	}{
		"no rating":                         {now: [2]string{"", "5"}, unagreed: true},
		"a rating":                          {now: [2]string{"5", ""}, wants: "5"},
		"the first look":                    {now: [2]string{"5", ""}, unagreed: true, wants: "5"},
		"another rating":                    {base: [2]string{"3", "3"}, now: [2]string{"5", "3"}, wants: "5"},
		"it stands there":                   {base: [2]string{"3", "3"}, now: [2]string{"5", "5"}},
		"forgotten, it stands there":        {now: [2]string{"5", "5"}, unagreed: true},
		"forgotten, an older one is there":  {now: [2]string{"5", "3"}, unagreed: true, wants: "5"},
		"nothing changed":                   {base: [2]string{"5", "5"}, now: [2]string{"5", "5"}},
		"somebody changed it there":         {base: [2]string{"5", "5"}, now: [2]string{"5", "good"}},
		"changed there, and rated anew":     {base: [2]string{"5", "5"}, now: [2]string{"1", "good"}, wants: "1"},
		"it was taken away there":           {base: [2]string{"5", "5"}, now: [2]string{"5", ""}},
		"it is not shown any more":          {base: [2]string{"5", "5"}, now: [2]string{"", "5"}, keeps: "5"},
		"shown again":                       {base: [2]string{"5", "5"}, now: [2]string{"5", "good"}},
		"an attribute that ignores":         {base: [2]string{"5", ""}, now: [2]string{"5", ""}},
		"refused before":                    {now: [2]string{"5", ""}, held: "5"},
		"refused before, and rated anew":    {now: [2]string{"4", ""}, held: "5", wants: "4"},
		"no attribute is configured":        {now: [2]string{"5", ""}, unagreed: true, level: mapping.Dropped},
		"nothing is carried to that desk":   {now: [2]string{"5", ""}, unagreed: true, oneWay: true},
		"no attribute, and one was before ": {base: [2]string{"3", "3"}, now: [2]string{"5", ""}, level: mapping.Dropped},
	} {
		t.Run(name, func(t *testing.T) {
			s := teamCase{unagreed: c.unagreed, oneWay: c.oneWay}.scene(t)
			s.opts.TeamMap = nil
			for i := range s.sides {
				s.sides[i].conv.Rating = c.now[i]
				d := s.ledger.Desks[s.sides[i].desk]
				if d.Base != nil {
					base := *d.Base
					base.Rating = c.base[i]
					d.Base = &base
				}
				if c.held != "" && i == 1 {
					d.Held = map[mapping.Field]string{mapping.Rating: c.held}
				}
				s.ledger.SetDesk(s.sides[i].desk, d)
			}
			if c.level != "" {
				s.sides[1].features.Rating = c.level
			}
			p := s.planFields()
			require.Empty(t, p.writes[0], "no call rates in a customer's name")
			if c.wants == "" {
				require.Empty(t, p.writes[1])
			} else {
				require.Len(t, p.writes[1], 1)
				op := p.writes[1][0]
				require.Equal(t, []any{sinks.SetRating, c.wants, sinks.Quiet, false}, []any{op.Kind, op.Rating, op.Class, op.Historic})
				require.Equal(t, mapping.Rating, fieldOf(op.Kind))
				in := state.Intent{Value: string(fieldOf(op.Kind)) + "=" + fieldValue(op)}
				f, value := in.Field()
				require.Equal(t, mapping.Rating, f)
				require.Equal(t, c.wants, value)
				s.sides[1].conv.Rating = op.Rating
			}
			if c.level == mapping.Dropped {
				require.Equal(t, [2]string{}, [2]string{p.base[0].Rating, p.base[1].Rating}, "nothing is remembered that is not used")
				return
			}
			if c.keeps == "" {
				c.keeps = c.now[0]
			}
			require.Equal(t, c.keeps, p.base[0].Rating)
			again := s.planFields()
			require.Empty(t, again.writes[1], "in the same look")
			s.agree(again)
			require.Empty(t, s.planFields().writes[1], "in the next look")
		})
	}
}

// TestBacklinks: an original names each of its copies once, where that desk has a place for it and something is carried to it.
func TestBacklinks(t *testing.T) {
	for name, c := range map[string]struct {
		base      string // agreed on Intercom
		there     string
		link      string // address of conversations of Dashly
		unagreed  bool
		oneWay    bool // nothing is carried to Intercom
		fromThere bool // the original is Dashly's
		level     mapping.Level
		wants     string
		keeps     string // agreed after it
	}{
		"a copy":                         {unagreed: true, wants: "dashly:1", keeps: "dashly:1"},
		"its address":                    {link: "https://panel/{id}", unagreed: true, wants: "https://panel/1", keeps: "https://panel/1"},
		"agreed before":                  {wants: "dashly:1", keeps: "dashly:1"},
		"it stands there":                {base: "dashly:1", there: "dashly:1", keeps: "dashly:1"},
		"somebody changed it":            {base: "dashly:1", there: "mine", keeps: "dashly:1"},
		"another copy":                   {base: "dashly:9", there: "dashly:9", wants: "dashly:1", keeps: "dashly:1"},
		"forgotten, it stands there":     {there: "dashly:1", unagreed: true, keeps: "dashly:1"},
		"forgotten, somebody's there":    {there: "mine", unagreed: true, keeps: "dashly:1"},
		"nothing is carried there":       {oneWay: true},
		"not any more":                   {oneWay: true, base: "dashly:1", there: "dashly:1", keeps: "dashly:1"},
		"an original of Dashly":          {fromThere: true, unagreed: true},
		"no attribute is configured":     {unagreed: true, level: mapping.Dropped},
		"no attribute is there any more": {base: "dashly:1", level: mapping.Dropped},
	} {
		t.Run(name, func(t *testing.T) {
			tc := teamCase{unagreed: c.unagreed, oneWay: c.oneWay, began: intercom.Desk}
			if c.fromThere {
				tc.began = ""
			}
			s := tc.scene(t)
			s.opts.TeamMap = nil
			s.sides[1].features.Backlink = cmp.Or(c.level, mapping.Full)
			s.sides[0].side.Link = c.link
			s.sides[1].conv.Backlink = c.there
			if d := s.ledger.Desks[intercom.Desk]; d.Base != nil {
				base := *d.Base
				base.Backlink = c.base
				d.Base = &base
				s.ledger.SetDesk(intercom.Desk, d)
			}
			p := s.planFields()
			require.Empty(t, p.writes[0], "Dashly has no attributes")
			if c.wants == "" {
				require.Empty(t, p.writes[1])
			} else {
				require.Len(t, p.writes[1], 1)
				op := p.writes[1][0]
				require.Equal(t, []any{sinks.SetBacklink, c.wants, sinks.Quiet}, []any{op.Kind, op.Backlink, op.Class})
				s.sides[1].conv.Backlink = op.Backlink
			}
			require.Equal(t, c.keeps, p.base[1].Backlink)
			s.agree(p)
			require.Empty(t, s.planFields().writes[1], "in the next look")
		})
	}
}
