package mapping_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

func TestPropertiesKeepTheirTypeOrAreLeftOut(t *testing.T) {
	for _, row := range []struct {
		kind      mapping.PropertyType
		raw, want string
		lost      int
	}{
		{"text", `"gold"`, "gold", 0}, {"text", `" gold "`, "gold", 0}, {"text", `12`, "12", 0}, {"text", `true`, "", 1}, {"text", `["a"]`, "", 1},
		{"text", `"` + strings.Repeat("ä", 255) + `"`, strings.Repeat("ä", 255), 0}, {"text", `"` + strings.Repeat("ä", 256) + `"`, "", 1},
		{"text", `""`, "", 0}, {"text", `"  "`, "", 0}, {"text", `null`, "", 0}, {"text", "", "", 0}, {"text", `{"a"`, "", 1},
		{"number", `12`, "12", 0}, {"number", `"12.50"`, "12.5", 0}, {"number", `1e3`, "1000", 0}, {"number", `"many"`, "", 1},
		{"number", `9007199254740993`, "9007199254740992", 0}, {"number", `1e300`, "", 1}, {"number", `"NaN"`, "", 1}, {"number", `true`, "", 1},
		{"boolean", `true`, "true", 0}, {"boolean", `"False"`, "false", 0}, {"boolean", `1`, "", 1}, {"boolean", `"yes"`, "", 1},
		{"date", `1700000000`, "2023-11-14T22:13:20Z", 0}, {"date", `"2023-11-14T22:13:20"`, "2023-11-14T22:13:20Z", 0},
		{"date", `"2023-11-14"`, "2023-11-14T00:00:00Z", 0}, {"date", `"2023-11-14T22:13:20+02:00"`, "2023-11-14T20:13:20Z", 0},
		{"date", `"soon"`, "", 1}, {"date", `-1`, "", 1}, {"date", `1e40`, "", 1}, {"date", `true`, "", 1},
	} {
		rules := []mapping.Property{{Names: map[mapping.Desk]string{"a": "plan", "b": "Plan"}, Type: row.kind}}
		got, lost := mapping.CarriedProperties(rules, "a", "b", map[string]string{"plan": row.raw, "other": `"x"`})
		require.Equal(t, row.lost, lost, "%s %s", row.kind, row.raw)
		if row.want == "" {
			require.Empty(t, got, "%s %s", row.kind, row.raw)
			continue
		}
		require.Equal(t, []mapping.PropertyValue{{Name: "Plan", Type: row.kind, Text: row.want}}, got)
	}
}
