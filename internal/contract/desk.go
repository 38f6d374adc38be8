package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	yaml "go.yaml.in/yaml/v4"

	"github.com/deskbridge/deskbridge/mapping"
)

// notAPI are the paths that the stand-in desks serve beside the API: their own levers, and the bytes of attachments.
var notAPI = []string{"/_sandbox", "/files", "/downloads"}

// desk is one loaded description.
type desk struct {
	name        mapping.Desk
	doc         *openapi3.T
	router      routers.Router
	errorSchema string       // component that an error answer to an unknown operation must fit
	strictJSON  bool         // the file never closes a JSON request body, so undeclared keys are looked for here
	version     *versionRule // nil where the version does not change the traffic
}

// call is one request together with the operation that it was found to be.
type call struct {
	desk   *desk
	route  *routers.Route
	params map[string]string
}

func (c call) key() string { return operationKey(c.desk.name, c.route.Method, c.route.Path) }

// loadDesk reads a description, applies the rules of an overlay and builds the router. The document is not validated
// as a whole: Intercom's has one schema that is not valid, and nothing of it is used by the bridge.
func loadDesk(name mapping.Desk, file string, rules []rule) (*desk, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := yaml.Unmarshal(raw, &tree); err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	for _, r := range rules {
		if err := r.apply(tree); err != nil {
			return nil, fmt.Errorf("overlay %q: %w", r.Why, err)
		}
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("convert to JSON: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(asJSON)
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	doc.Servers = localServers(doc.Servers)
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("build the router: %w", err)
	}
	return &desk{name: name, doc: doc, router: router}, nil
}

// localServers keeps the path prefixes of a description and drops its hosts: the traffic that is looked at here goes
// to stand-ins.
func localServers(servers openapi3.Servers) openapi3.Servers {
	var local openapi3.Servers
	for _, s := range servers {
		if strings.HasPrefix(s.URL, "/") {
			local = append(local, s)
		}
	}
	if len(local) == 0 {
		local = openapi3.Servers{{URL: "/"}}
	}
	return local
}

// covers says whether a path belongs to the API.
func covers(path string) bool {
	for _, prefix := range notAPI {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return false
		}
	}
	return true
}

// find gives the operation of a request, or says why there is none.
func (d *desk) find(r *http.Request) (call, error) {
	route, raw, err := d.router.FindRoute(r)
	switch {
	case errors.Is(err, routers.ErrMethodNotAllowed):
		return call{}, errors.New("the description has this path, but not with this method")
	case err != nil:
		return call{}, errors.New("the description has no such path")
	}
	params := make(map[string]string, len(raw))
	for name, value := range raw {
		if params[name], err = url.PathUnescape(value); err != nil {
			return call{}, fmt.Errorf("path parameter %q is not well escaped", name)
		}
	}
	return call{desk: d, route: route, params: params}, nil
}

// versionRule tells traffic of the described API version from that of other ones, which has other shapes.
type versionRule struct {
	described string
	others    map[string]bool
}

// newVersionRule takes the known versions from the header's enum and adds the younger ones (`intercom-api.md` 1.1).
func newVersionRule(doc *openapi3.T) *versionRule {
	v := &versionRule{described: doc.Info.Version, others: map[string]bool{
		"2.16": true, "2.17": true, "Preview": true, "Unstable": true,
	}}
	if known := doc.Components.Schemas["intercom_version"]; known != nil {
		for _, name := range known.Value.Enum {
			if s, ok := name.(string); ok && s != v.described {
				v.others[s] = true
			}
		}
	}
	return v
}

// foreign says whether a request asks for a known version that the description is not about.
func (v *versionRule) foreign(r *http.Request) bool {
	return v != nil && v.others[r.Header.Get("Intercom-Version")]
}
