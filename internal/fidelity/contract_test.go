package fidelity_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
	"github.com/deskbridge/deskbridge/internal/fidelity"
)

// TestEveryValueOfTheContractsHasARow holds the tables against the enums of the published descriptions.
func TestEveryValueOfTheContractsHasARow(t *testing.T) {
	contracttest.Suite(t) // skips where there is nothing
	dir, err := contract.Dir()
	require.NoError(t, err)
	directions, err := fidelity.Of("2.15")
	require.NoError(t, err)
	for _, c := range []struct {
		file, schema, property string
		direction              int
		prefix                 string
	}{
		{"dashly-v2.yaml", "ConversationPart", "type", 0, ""},
		{"dashly-v2.yaml", "ConversationPart", "sent_via", 0, ""},
		{"dashly-v2.yaml", "ConversationCore", "type", 0, "type: "},
		{"dashly-v2.yaml", "ConversationCore", "reply_type", 0, "reply_type: "},
		{"dashly-v2.yaml", "ConversationCore", "reply_last_type", 0, "reply_last_type: "},
		{"dashly-v2.yaml", "ConversationCore", "status", 0, "status: "},
		{"dashly-v2.yaml", "ConversationCore", "assistant_type", 0, "assistant_type: "},
		{"dashly-v2.yaml", "ConversationCore", "recipient_type", 0, "recipient_type: "},
		{"dashly-v2.yaml", "ChannelFields", "type", 0, "channel.type: "},
		{"intercom-2.15.yaml", "conversation_source", "type", 1, "source.type: "},
		{"intercom-2.15.yaml", "conversation", "priority", 1, "priority: "},
		{"intercom-2.15.yaml", "conversation", "state", 1, "state: "},
	} {
		var rows []string
		for _, table := range directions[c.direction].Tables {
			for _, r := range table.Rows {
				rows = append(rows, r.Native)
			}
		}
		values := valuesOf(t, filepath.Join(dir, c.file), c.schema, c.property)
		require.NotEmpty(t, values, "%s: %s.%s has no values any more", c.file, c.schema, c.property)
		for _, v := range values {
			require.True(t, slices.ContainsFunc(rows, func(native string) bool {
				return native == c.prefix+v || strings.HasPrefix(native, c.prefix+v+",") // "state: snoozed, snoozed_until"
			}), "%s: %s.%s has %q, which no row names", c.file, c.schema, c.property, v)
		}
	}
}

// valuesOf gives the documented values of a property, old ones included.
func valuesOf(t *testing.T, file, schema, property string) (values []string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	type documented struct {
		Enum   []string `yaml:"enum"`
		Known  []string `yaml:"x-known-values"`
		Legacy []string `yaml:"x-legacy-values"`
	}
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]yaml.Node `yaml:"properties"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &doc))
	node := doc.Components.Schemas[schema].Properties[property]
	var d documented
	require.NoError(t, node.Decode(&d))
	return slices.Concat(d.Enum, d.Known, d.Legacy)
}
