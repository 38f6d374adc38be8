package sandbox

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// changed names the fields of a structure that a quirk makes differ from the likely reading, by their JSON names.
func changed(before, after any) (names []string) {
	a, b := reflect.ValueOf(before), reflect.ValueOf(after)
	for n := range a.NumField() {
		if !reflect.DeepEqual(a.Field(n).Interface(), b.Field(n).Interface()) {
			names = append(names, a.Type().Field(n).Tag.Get("json"))
		}
	}
	return names
}

// settings are the knobs that a quirk changes at each desk.
func settings(q Quirk) (ofDashly, ofIntercom []string) {
	d, i := dashly.DefaultKnobs(), intercom.DefaultKnobs()
	if q.Dashly != nil {
		q.Dashly(&d)
	}
	if q.Intercom != nil {
		q.Intercom(&i)
	}
	return changed(dashly.DefaultKnobs(), d), changed(intercom.DefaultKnobs(), i)
}

func TestEveryKnobHasAQuirk(t *testing.T) {
	covered := map[string]bool{}
	names := map[string]bool{}
	for _, q := range Quirks() {
		require.False(t, names[q.Name], "%q is there twice", q.Name)
		names[q.Name] = true
		d, i := settings(q)
		require.NotEmpty(t, append(d, i...), "%q changes nothing", q.Name)
		require.Equal(t, q.Dashly != nil, len(d) > 0, q.Name)
		require.Equal(t, q.Intercom != nil, len(i) > 0, q.Name)
		for _, name := range d {
			covered["dashly "+name] = true
		}
		for _, name := range i {
			covered["intercom "+name] = true
		}
	}
	for desk, knobs := range map[string]any{"dashly ": dashly.Knobs{}, "intercom ": intercom.Knobs{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(knobs)) {
			require.True(t, covered[desk+f.Tag.Get("json")], "no quirk sets %s of %s", f.Name, desk)
		}
	}
}

// unknowns is the page for operators.
func unknowns(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/unknowns.md")
	require.NoError(t, err)
	return string(page)
}

func TestTheDocumentNamesEveryQuirkAndKnob(t *testing.T) {
	page := unknowns(t)
	for _, q := range Quirks() {
		require.True(t, strings.Contains(page, `"`+q.Name+`"`), "the quirk %q", q.Name)
		desk, number, ok := strings.Cut(q.Unknown, " ")
		require.True(t, ok && (desk == "dashly" || desk == "intercom"), "%q answers %q", q.Name, q.Unknown)
		require.True(t, strings.Contains(page, "| "+number+" |"), "no row %s", number)
	}
	for _, knobs := range []any{dashly.Knobs{}, intercom.Knobs{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(knobs)) {
			require.True(t, strings.Contains(page, "`"+f.Tag.Get("json")+"`"), "the knob %s", f.Name)
		}
	}
}

func TestAQuirkSetsBothDesks(t *testing.T) {
	d, i := NewPair(Options{})
	Quirk{Dashly: func(k *dashly.Knobs) { k.MaxBody = 7 }}.Set(d, i)
	Quirk{Intercom: func(k *intercom.Knobs) { k.MaxBody = 8 }}.Set(d, i)
	d.SetKnobs(func(k *dashly.Knobs) { require.Equal(t, 7, k.MaxBody) })
	i.SetKnobs(func(k *intercom.Knobs) { require.Equal(t, 8, k.MaxBody) })
}
