package fidelity_test

import (
	"cmp"
	"maps"
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
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
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
	{"intercom-2.15.yaml", "ai_agent", "source_type", 1, "ai_agent.source_type: "},
	{"intercom-2.15.yaml", "ai_agent", "last_answer_type", 1, "ai_agent.last_answer_type: "},
	{"intercom-2.15.yaml", "ai_agent", "resolution_state", 1, "ai_agent.resolution_state: "},
	{"intercom-2.15.yaml", "content_source", "content_type", 1, "ai_agent.content_sources.content_type: "},
	{"intercom-2.15.yaml", "linked_object", "type", 1, "linked_objects.type: "},
	{"intercom-2.15.yaml", "linked_object", "category", 1, "linked_objects.category: "},
	{"intercom-2.15.yaml", "sla_applied", "sla_status", 1, "sla_applied.sla_status: "},
	{"intercom-2.15.yaml", "custom_action_finished", "action.result", 1, "event_details.action.result: "},
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

// TestNoListOfIntercomsIsForgotten follows what a conversation and a contact show down to every list of values. A list with
// one value tells what an object is; companies are not carried, whatever stands in them.
func TestNoListOfIntercomsIsForgotten(t *testing.T) {
	contracttest.Suite(t) // skips where there is nothing
	dir, err := contract.Dir()
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(dir, "intercom-2.15.yaml"))
	require.NoError(t, err)
	var doc struct {
		Components struct {
			Schemas map[string]map[string]any `yaml:"schemas"`
		} `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &doc))
	schemas, lists := doc.Components.Schemas, 0
	seen := map[string]bool{"company": true, "segment": true}
	var look func(schema, path string, node any)
	look = func(schema, path string, node any) {
		switch n := node.(type) {
		case []any:
			for _, one := range n {
				look(schema, path, one)
			}
		case map[string]any:
			if ref, ok := n["$ref"].(string); ok {
				if name := ref[strings.LastIndexByte(ref, '/')+1:]; !seen[name] && schemas[name] != nil {
					seen[name] = true
					look(name, "", schemas[name])
				}
			}
			if enum, ok := n["enum"].([]any); ok && len(enum) > 1 {
				lists++
				require.True(t, slices.ContainsFunc(valued, func(v listed) bool {
					return v.file == "intercom-2.15.yaml" && v.schema == schema && v.property == path
				}), "%s.%s", schema, path)
			}
			for key, below := range n {
				properties, ok := below.(map[string]any)
				switch {
				case key == "properties" && ok:
					for name, p := range properties {
						look(schema, strings.TrimPrefix(path+"."+name, "."), p)
					}
				case key != "enum" && key != "example":
					look(schema, path, below)
				}
			}
		}
	}
	look("", "", map[string]any{"$ref": "/conversation"})
	look("", "", map[string]any{"$ref": "/contact"})
	require.Equal(t, 12, lists)
	for _, s := range []string{"conversation", "conversation_part", "conversation_source", "contact", "ai_agent"} {
		require.True(t, seen[s], s)
	}
}

// TestEveryListOfTheContractsIsDocumented: what the lint looks at is all of what the contracts list.
func TestEveryListOfTheContractsIsDocumented(t *testing.T) {
	contracttest.Suite(t) // skips where there is nothing
	dir, err := contract.Dir()
	require.NoError(t, err)
	lists := [][]mapping.Documented{
		append(dashly.Documented(), mapping.Documented{Field: "ConversationPart.type", Values: dashly.Kinds()}, mapping.Documented{Field: "ConversationPart.sent_via", Values: dashly.SentVia()}),
		intercom.Documented(),
	}
	for _, c := range valued {
		field := cmp.Or(strings.TrimSuffix(c.prefix, ": "), c.schema+"."+c.property)
		i := slices.IndexFunc(lists[c.direction], func(d mapping.Documented) bool { return d.Field == field })
		require.GreaterOrEqual(t, i, 0, field)
		require.Subset(t, lists[c.direction][i].Values, valuesOf(t, filepath.Join(dir, c.file), c.schema, c.property), field)
	}
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

// all are the documented values, old ones included; that there may be none (null) is no value.
func (d documented) all() []string {
	return slices.DeleteFunc(slices.Concat(d.Enum, d.Known, d.Legacy), func(v string) bool { return v == "" })
}

type described struct {
	Properties map[string]yaml.Node `yaml:"properties"`
	AllOf      []described          `yaml:"allOf"`
}

// all are the names of the properties that a schema has of its own.
func (d described) all() (names []string) {
	names = slices.Collect(maps.Keys(d.Properties))
	for _, one := range d.AllOf {
		names = append(names, one.all()...)
	}
	return names
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
	properties, path := schemasOf(t, raw)[schema].Properties, strings.Split(property, ".")
	for _, name := range path[:len(path)-1] {
		node, s := properties[name], described{}
		require.NoError(t, node.Decode(&s))
		properties = s.Properties
	}
	node := properties[path[len(path)-1]]
	var d documented
	require.NoError(t, node.Decode(&d))
	return d.all()
}
