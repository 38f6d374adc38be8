package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// choicesOf are what each desk's table says of its kinds.
var choicesOf = map[mapping.Desk]func(kind string) (allowed []mapping.Choice, named bool){Dashly: dashly.Choices, Intercom: intercom.Choices}

// checkKinds refuses what would not be safe or could have no effect. A kind that no table names is left to Unnamed.
func (l *loader) checkKinds(k Kinds) {
	for _, desk := range slices.Sorted(maps.Keys(k)) {
		if !l.desk(desk, "kinds", string(desk)) {
			continue
		}
		for _, kind := range slices.Sorted(maps.Keys(k[desk])) {
			l.checkKind(desk, kind, k[desk][kind])
		}
	}
}

func (l *loader) checkKind(desk mapping.Desk, kind string, c mapping.Choice) {
	keys := []string{"kinds", string(desk), kind}
	if !slices.Contains(mapping.AllChoices(), c) {
		l.oneOf(string(c), names(mapping.AllChoices()), keys...)
		return
	}
	allowed, named := choicesOf[desk](kind)
	if slices.Contains(allowed, c) {
		return
	}
	why := map[mapping.Choice]string{
		mapping.ChooseMessage:  "entries of this kind are internal, may be, or are not a person's words, so a customer never sees them",
		mapping.ChooseNote:     "entries of this kind say nothing that could be a note",
		mapping.ChooseActivity: "entries of this kind tell nothing that a person did, or a field carries it",
		mapping.ChooseDrop:     "a field carries entries of this kind",
	}[c]
	if (c == mapping.ChooseNote || c == mapping.ChooseDrop) && slices.Contains(allowed, mapping.ChooseMessage) { // of nobody else these are refused
		why = map[mapping.Choice]string{mapping.ChooseNote: "the customer's own messages stay messages", mapping.ChooseDrop: "the customer's own messages are always carried"}[c]
	}
	if !named && c == mapping.ChooseActivity {
		why = "no row of deskbridge mapping names this kind, so nobody knows what it tells"
	}
	switch len(allowed) {
	case 0:
		why += ": take the line away"
	case 1:
		why += ": write " + string(allowed[0]) + ", or take the line away"
	default:
		last := len(allowed) - 1
		why += ": write " + strings.Join(names(allowed[:last]), ", ") + " or " + string(allowed[last])
	}
	l.wrong(why, keys...)
}

func names(choices []mapping.Choice) (out []string) {
	for _, c := range choices {
		out = append(out, string(c))
	}
	return out
}

// Unnamed gives the keys of the kinds that no row of a desk's table names, sorted. A desk may have such a kind one day.
func (k Kinds) Unnamed() (keys []string) {
	for _, desk := range slices.Sorted(maps.Keys(k)) {
		for _, kind := range slices.Sorted(maps.Keys(k[desk])) {
			if of := choicesOf[desk]; of == nil {
				continue
			} else if _, named := of(kind); !named {
				if strings.ContainsAny(kind, ". ") {
					kind = strconv.Quote(kind)
				}
				keys = append(keys, "kinds."+string(desk)+"."+kind)
			}
		}
	}
	return keys
}
