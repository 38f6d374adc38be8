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

// listed is a property that has a list of values, and how the rows are called that name them.
type listed struct {
	file, schema, property string
	direction              int
	prefix                 string
}

// valued are those of what the desks show.
var valued = []listed{
	{"dashly-v2.yaml", "ConversationPart", "type", 0, ""},
	{"dashly-v2.yaml", "ConversationPart", "sent_via", 0, ""},
	{"dashly-v2.yaml", "ConversationCore", "type", 0, "type: "},
	{"dashly-v2.yaml", "ConversationCore", "reply_type", 0, "reply_type: "},
	{"dashly-v2.yaml", "ConversationCore", "reply_last_type", 0, "reply_last_type: "},
	{"dashly-v2.yaml", "ConversationCore", "status", 0, "status: "},
	{"dashly-v2.yaml", "ConversationCore", "assistant_type", 0, "assistant_type: "},
	{"dashly-v2.yaml", "ConversationCore", "recipient_type", 0, "recipient_type: "},
	{"dashly-v2.yaml", "ChannelFields", "type", 0, "channel.type: "},
	{"dashly-v2.yaml", "ConversationPart", "direction", 0, "direction: "},
	{"dashly-v2.yaml", "ConversationPart", "reply_type", 0, "reply_type: "},
	{"dashly-v2.yaml", "AdminFields", "type", 0, "from: type: "},
	{"dashly-v2.yaml", "MessageSender", "type", 0, "from: type: "},
	{"dashly-v2.yaml", "DefaultAdminSender", "type", 0, "from: type: "},
	{"dashly-v2.yaml", "Attachment", "type", 0, "attachment.type: "},
	{"dashly-v2.yaml", "User", "presence", 0, "presence: "},
	{"intercom-2.15.yaml", "conversation_source", "type", 1, "source.type: "},
	{"intercom-2.15.yaml", "conversation", "priority", 1, "priority: "},
	{"intercom-2.15.yaml", "conversation", "state", 1, "state: "},
	{"intercom-2.15.yaml", "conversation_part", "state", 1, "state: "},
}

// TestNoListOfValuesIsForgotten: what is not valued belongs to requests or to envelopes.
func TestNoListOfValuesIsForgotten(t *testing.T) {
	contracttest.Suite(t) // skips where there is nothing
	dir, err := contract.Dir()
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(dir, "dashly-v2.yaml"))
	require.NoError(t, err)
	lists := 0
	for name, s := range schemasOf(t, raw) {
		if asked := []string{"LeadFilterGroup", "LeadFilter", "PropOperation", "TagAddForm", "SendMessageForm"}; slices.Contains(asked, name) || strings.HasSuffix(name, "Meta") {
			continue
		}
		for property, node := range s.Properties {
			var d documented
			if node.Decode(&d) != nil || len(d.all()) == 0 {
				continue
			}
			lists++
			require.True(t, slices.ContainsFunc(valued, func(v listed) bool {
				return v.file == "dashly-v2.yaml" && v.schema == name && v.property == property
			}), "%s.%s", name, property)
		}
	}
	require.Equal(t, 16, lists)
}

// TestEveryValueOfTheContractsHasARow holds the tables against the enums of the published descriptions.
func TestEveryValueOfTheContractsHasARow(t *testing.T) {
	contracttest.Suite(t) // skips where there is nothing
	dir, err := contract.Dir()
	require.NoError(t, err)
	directions, err := fidelity.Of("2.15")
	require.NoError(t, err)
	for _, c := range valued {
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

// documented are the values of a property, as the descriptions spell them.
type documented struct {
	Enum   []string `yaml:"enum"`
	Known  []string `yaml:"x-known-values"`
	Legacy []string `yaml:"x-legacy-values"`
}

// all are the documented values, old ones included.
func (d documented) all() []string { return slices.Concat(d.Enum, d.Known, d.Legacy) }

type described struct {
	Properties map[string]yaml.Node `yaml:"properties"`
}

func schemasOf(t *testing.T, raw []byte) map[string]described {
	t.Helper()
	var doc struct {
		Components struct {
			Schemas map[string]described `yaml:"schemas"`
		} `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &doc))
	return doc.Components.Schemas
}

func valuesOf(t *testing.T, file, schema, property string) []string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	node := schemasOf(t, raw)[schema].Properties[property]
	var d documented
	require.NoError(t, node.Decode(&d))
	return d.all()
}
