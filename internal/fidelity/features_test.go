package fidelity

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// TestEveryFeatureIsShown changes each field of the features alone: exactly one row of the page must tell it.
func TestEveryFeatureIsShown(t *testing.T) {
	var none mapping.Features
	all := reflect.TypeOf(none)
	for i := range all.NumField() {
		f := none
		switch v := reflect.ValueOf(&f).Elem().Field(i); v.Kind() {
		case reflect.String:
			v.SetString(string(mapping.Partial))
		case reflect.Int, reflect.Int64:
			v.SetInt(1 << 20)
		case reflect.Slice:
			v.Set(reflect.ValueOf([]string{"pdf"}))
		default:
			require.Fail(t, "a field of a kind that no row can tell", all.Field(i).Name)
		}
		told := 0
		for _, row := range features {
			if row.cell(f) != row.cell(none) {
				told++
			}
		}
		want := 1
		if all.Field(i).Name == "Version" { // it heads the column
			want = 0
		}
		require.Equal(t, want, told, all.Field(i).Name)
	}
	require.Len(t, features, all.NumField()-1)
}

// TestEveryVersionIsShown: each version has a column, or is said to be like one that has; those that the page promises
// have their own, and one that differs in anything is like no other.
func TestEveryVersionIsShown(t *testing.T) {
	all, err := editions()
	require.NoError(t, err)
	var heads, told []string
	for _, e := range all {
		heads = append(heads, e.version())
		told = append(told, append(e.like, e.version())...)
		require.Len(t, e.directions, 2)
		for _, v := range e.like {
			f, err := intercom.Features(v)
			require.NoError(t, err)
			f.Version = e.version()
			require.Equal(t, e.features, f, "%s is said to be like %s", v, e.version())
		}
	}
	require.ElementsMatch(t, intercom.Versions, told)
	require.Equal(t, []string{"2.9", "2.11", "2.13", "2.15", "2.16"}, heads)

	one, other := all[0], all[0]
	other.features.Version = "2.99"
	require.True(t, one.same(other))
	other.features.Snooze = mapping.Partial
	require.False(t, one.same(other), "a feature differs")
	other = all[0]
	other.directions = slices.Clone(other.directions)
	other.directions[1].Tables = slices.Clone(other.directions[1].Tables[:3])
	require.False(t, one.same(other), "a table differs")
}

// TestChangesAreTold: the page names each feature that a version changes, and each row.
func TestChangesAreTold(t *testing.T) {
	all, err := editions()
	require.NoError(t, err)
	var page bytes.Buffer
	require.NoError(t, writeVersions(&page, all))
	for i, e := range all[1:] {
		list := changes(all[i], e)
		for _, cells := range list {
			require.NotEqual(t, cells[1], cells[2])
			require.Contains(t, page.String(), "| "+strings.Join(cells, " | ")+" |\n")
		}
		if e.version() == "2.16" {
			require.Empty(t, list)
			require.Contains(t, page.String(), "Between 2.15 and 2.16 no feature and no row differs.")
			continue
		}
		require.NotEmpty(t, list)
		for n, d := range e.directions { // a score moves only by rows that are named
			if !reflect.DeepEqual(d.Score(), all[i].directions[n].Score()) {
				require.True(t, slices.ContainsFunc(list, func(c []string) bool { return strings.HasPrefix(c[0], name(d.From)+": ") }), d.Heading())
			}
		}
	}
	// A row that was joined with others before is told, too.
	before, after := all[3], all[4]
	before.directions = slices.Clone(before.directions)
	d := &before.directions[0]
	d.Tables = slices.Clone(d.Tables)
	d.Tables[0].Rows = d.Tables[0].Rows[1:]
	list := changes(before, after)
	require.Len(t, list, 1)
	require.Equal(t, "in other rows", list[0][1])
	// So is one that differs in nothing but what a form and a file lose.
	row := after.directions[0].Tables[0].Rows[0]
	row.Further = []mapping.Loss{mapping.LossFileNotCarried}
	d.Tables[0].Rows = append([]Row{row}, after.directions[0].Tables[0].Rows[1:]...)
	list = changes(before, after)
	require.Len(t, list, 1)
	require.Equal(t, []string{"file_not_carried", "formatting, image_moved"}, list[0][1:])
}
