package sinktest

import (
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

// fill: a contact gets what it lacks, typed, and nothing else; what is there stays.
func fill(x *exam) {
	values := []mapping.PropertyValue{
		{Name: "plan", Type: mapping.TextProperty, Text: "12"}, {Name: "seats", Type: mapping.NumberProperty, Text: "12"},
		{Name: "trial", Type: mapping.BooleanProperty, Text: "false"}, {Name: "renewal", Type: mapping.DateProperty, Text: "2026-12-24T10:00:00Z"},
	}
	names := []string{"plan", "seats", "trial", "renewal", "nothing"}
	c := mapping.Contact{ID: "911"}
	made := x.ensured(c).ID
	filled := func(name string, values []mapping.PropertyValue) {
		unheld, err := x.sink.Fill(x.Context(), made, mapping.Contact{Name: name}, values)
		require.NoError(x, err)
		require.Zero(x, unheld)
	}
	has := func(of mapping.PersonID) map[string]string {
		got, err := x.source.Properties(x.Context(), of, names)
		require.NoError(x, err)
		return got
	}
	require.Empty(x, has(made))
	filled("", values[:1])
	require.Equal(x, map[string]string{"plan": `"12"`}, has(made), "a text stays one")
	filled("Kim", values)
	rules := []mapping.Property{
		{Names: map[mapping.Desk]string{"here": "plan", "there": "plan"}, Type: mapping.TextProperty}, {Names: map[mapping.Desk]string{"here": "seats", "there": "seats"}, Type: mapping.NumberProperty},
		{Names: map[mapping.Desk]string{"here": "trial", "there": "trial"}, Type: mapping.BooleanProperty}, {Names: map[mapping.Desk]string{"here": "renewal", "there": "renewal"}, Type: mapping.DateProperty},
	}
	back, lost := mapping.CarriedProperties(rules, "here", "there", has(made))
	require.Zero(x, lost)
	require.Equal(x, values, back, "what was set is read back")
	require.Equal(x, "Kim", x.found(c).Contact.Name)

	filled("Tim", []mapping.PropertyValue{{Name: "plan", Type: mapping.TextProperty, Text: "13"}, {Name: "seats", Type: mapping.NumberProperty, Text: "13"}})
	again, _ := mapping.CarriedProperties(rules, "here", "there", has(made))
	require.Equal(x, values, again, "nothing is overwritten")
	require.Equal(x, "Kim", x.found(c).Contact.Name)

	for _, identified := range []bool{false, true} {
		require.Empty(x, has(mapping.PersonID(x.customer)), "what a visitor says of themselves is for nobody who was there")
		unheld, err := x.sink.Fill(x.Context(), mapping.PersonID(x.customer), mapping.Contact{Name: "Tim", Identified: identified}, values)
		require.NoError(x, err)
		require.Zero(x, unheld)
	}
	there, _ := mapping.CarriedProperties(rules, "here", "there", has(mapping.PersonID(x.customer)))
	require.Equal(x, values, there, "a contact that was there gets what it lacks, too")
	require.Equal(x, "Ann", x.found(mapping.Contact{ID: "912", ExternalID: "crm-1"}).Contact.Name, "and keeps what it has")
	none, err := x.source.Properties(x.Context(), "404404", names)
	require.NoError(x, err)
	require.Empty(x, none, "who is unknown has none")
	require.Empty(x, x.told())
}
