package config

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/deskbridge/deskbridge/internal/host"
)

// Files tells where files may come from besides the public web.
type Files struct {
	// Allow are hosts, or hosts with a port, that may have an address which is not public.
	Allow []Host `yaml:"allow" json:"allow"`
}

// Hosts are those of Allow as text.
func (f Files) Hosts() (out []string) {
	for _, h := range f.Allow {
		out = append(out, string(h))
	}
	return out
}

// Host is a host, or a host with a port, as host.Parse reads it.
type Host string

// UnmarshalYAML takes any scalar as text.
func (h *Host) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	*h = Host(text)
	return err
}

// checkFiles says which entry is no host, and which allows nothing that another one does not allow already.
func (l *loader) checkFiles(f *Files) {
	none(&f.Allow)
	seen := map[string]int{}
	for i, h := range f.Allow {
		keys := []string{"files", "allow", strconv.Itoa(i)}
		addresses, err := host.Parse(string(h))
		if err != nil {
			l.wrong(l.shown(keys...)+" "+err.Error(), keys...)
			continue
		}
		for _, a := range addresses {
			if first, again := seen[a]; again {
				l.wrong(fmt.Sprintf("entry %d of the list allows this one already (a host without a port stands for 80 and 443): keep one", first+1), keys...)
				break
			}
			seen[a] = i
		}
	}
}
