package main

import (
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/mapping"
)

// filters gives the engine the filters of a configuration.
func filters(f *config.Filters) engine.Filters {
	out := engine.Filters{
		Tags:         engine.Choice[string]{Only: names(f.Tags.Only), Except: names(f.Tags.Except)},
		Teams:        engine.Choice[engine.Team]{Only: teams(f.Teams.Only), Except: teams(f.Teams.Except)},
		Channels:     engine.Choice[string]{Only: names(f.Channels.Only), Except: names(f.Channels.Except)},
		CreatedAfter: f.CreatedAfter.Time, CreatedBefore: f.CreatedBefore.Time, WithPeople: f.WithoutPeople == "skip",
	}
	if len(f.Status) < len(config.States) {
		out.Status = f.Status
	}
	return out
}

// tagRules gives the engine the rules for tags of a configuration.
func tagRules(t *config.Tags) engine.TagRules {
	out := engine.TagRules{Drop: names(t.Drop)}
	for _, same := range t.Map {
		m := map[mapping.Desk]string{}
		for desk, name := range same {
			m[desk] = string(name)
		}
		out.Map = append(out.Map, m)
	}
	return out
}

// stateRules gives the engine what the states of each desk become.
func stateRules(r config.StateRules) engine.StateRules {
	return engine.StateRules{config.Dashly: r.ToIntercom, config.Intercom: r.ToDashly}
}

func names[T ~string](list []T) (out []string) {
	for _, n := range list {
		out = append(out, string(n))
	}
	return out
}

func teams(list []config.TeamRef) (out []engine.Team) {
	for _, t := range list {
		desk, id := t.Split()
		out = append(out, engine.Team{Desk: desk, ID: id})
	}
	return out
}
