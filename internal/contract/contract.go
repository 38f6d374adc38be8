// Package contract holds HTTP traffic with the two desks against their OpenAPI descriptions and collects what breaks them.
//
// It is for tests and for the demonstration: put [Suite.Dashly] and [Suite.Intercom] in front of the handlers that
// play the desks, run anything, and ask [Suite.Err]. The descriptions live outside of this repository, see [Dir].
//
// kin-openapi does the schema work. What it does not see is closed here: undeclared form, query and JSON keys, JSON
// inside of a parameter, the spelling of booleans, the shape of the Authorization header, and integers beyond the
// precision of a float. What the vendor's own file gets wrong is corrected in memory by overlay/intercom.yaml.
package contract

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/deskbridge/deskbridge/mapping"
)

// EnvDir names the variable that says where the descriptions are, in place of the folder given to [Load].
const EnvDir = "DESKBRIDGE_CONTRACTS"

// EnvRequired names the variable that, set to 1, turns the absence of the descriptions from a skip into a failure.
const EnvRequired = "DESKBRIDGE_CONTRACTS_REQUIRED"

// The desks, as the engine names them.
const (
	Dashly   mapping.Desk = "dashly"
	Intercom mapping.Desk = "intercom"
)

// File names of the descriptions inside of the contracts folder.
const (
	dashlyFile   = "dashly-v2.yaml"
	intercomFile = "intercom-2.15.yaml"
)

// ErrAbsent says that the descriptions are not on this machine: a user's clone has none.
var ErrAbsent = errors.New("API descriptions not found")

// Side tells who broke the contract.
type Side string

// A request was wrong, so the client is to blame; or a response was, so the desk is.
const (
	Request  Side = "request"
	Response Side = "response"
)

// Violation is one message that the description of its desk does not allow.
type Violation struct {
	Desk   mapping.Desk
	Method string
	Path   string // as it was sent, without the query
	Status int    // of the answer; 0 on the request side
	Side   Side
	Detail string // where in the message and what is wrong; free of tokens, bodies and addresses
}

// String is one line for a test's output.
func (v Violation) String() string {
	status := ""
	if v.Side == Response {
		status = fmt.Sprintf(" %d", v.Status)
	}
	return fmt.Sprintf("%s %s %s: %s%s: %s", v.Desk, v.Method, v.Path, v.Side, status, v.Detail)
}

// Count says how often an operation was seen. Requests that never got a whole answer count in Requests alone.
type Count struct {
	Requests  int
	Successes int // answers below 400
	Errors    int // answers from 400 on
}

// Suite holds the descriptions of both desks and what was seen of the traffic. It is safe for concurrent use.
type Suite struct {
	dashly   *desk
	intercom *desk

	mu         sync.Mutex
	violations []Violation
	checked    map[string]Count
	skipped    int
}

// Dir finds the contracts folder: [EnvDir] if it is set, else ../shared/contracts beside the root of the module that
// holds the working directory. It answers an error that wraps [ErrAbsent] if there is none.
func Dir() (string, error) {
	if dir := os.Getenv(EnvDir); dir != "" {
		return dir, present(dir)
	}
	at, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module root: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			dir := filepath.Join(at, "..", "shared", "contracts")
			return dir, present(dir)
		}
		parent := filepath.Dir(at)
		if parent == at {
			return "", fmt.Errorf("%w: no go.mod above the working directory", ErrAbsent)
		}
		at = parent
	}
}

func present(dir string) error {
	for _, name := range []string{dashlyFile, intercomFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%w: %s is not in the contracts folder (set %s)", ErrAbsent, name, EnvDir)
		}
	}
	return nil
}

// Load reads both descriptions from dir, or from where [EnvDir] points, which wins. It takes about half a second: load
// once and call [Suite.Fresh] for each test. A description that an overlay no longer fits is an error.
func Load(dir string) (*Suite, error) {
	if env := os.Getenv(EnvDir); env != "" {
		dir = env
	}
	if err := present(dir); err != nil {
		return nil, err
	}
	dashly, err := loadDesk(Dashly, filepath.Join(dir, dashlyFile), nil)
	if err != nil {
		return nil, fmt.Errorf("load the Dashly description: %w", err)
	}
	dashly.errorSchema = "ErrorEnvelope"

	rules, err := intercomOverlay()
	if err != nil {
		return nil, fmt.Errorf("read the Intercom overlay: %w", err)
	}
	intercom, err := loadDesk(Intercom, filepath.Join(dir, intercomFile), rules)
	if err != nil {
		return nil, fmt.Errorf("load the Intercom description: %w", err)
	}
	intercom.errorSchema = "error"
	intercom.strictJSON = true
	intercom.version = newVersionRule(intercom.doc)
	return newSuite(dashly, intercom), nil
}

func newSuite(dashly, intercom *desk) *Suite {
	return &Suite{dashly: dashly, intercom: intercom, checked: map[string]Count{}}
}

// Fresh gives a suite with the same descriptions that has seen nothing yet.
func (s *Suite) Fresh() *Suite { return newSuite(s.dashly, s.intercom) }

// Violations gives what was found so far, in the order of discovery.
func (s *Suite) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Checked counts the traffic by operation. Keys look like "dashly POST /conversations/{id}/reply", with the path as
// the description spells it, and cover what was validated only.
func (s *Suite) Checked() map[string]Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.checked)
}

// Skipped counts Intercom requests that asked for an API version other than the described one; nothing of them is
// validated.
func (s *Suite) Skipped() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.skipped
}

// Operations lists every operation of both descriptions in the spelling of [Suite.Checked], sorted.
func (s *Suite) Operations() []string {
	var keys []string
	for _, d := range []*desk{s.dashly, s.intercom} {
		for path, item := range d.doc.Paths.Map() {
			for method := range item.Operations() {
				keys = append(keys, operationKey(d.name, method, path))
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// Err is nil as long as nothing broke a contract, else it lists the violations, repeated ones once with their number.
func (s *Suite) Err() error {
	var order []string
	times := map[string]int{}
	for _, v := range s.Violations() {
		line := v.String()
		if times[line] == 0 {
			order = append(order, line)
		}
		times[line]++
	}
	if len(order) == 0 {
		return nil
	}
	for i, line := range order {
		if n := times[line]; n > 1 {
			order[i] = fmt.Sprintf("%s (%d times)", line, n)
		}
	}
	return fmt.Errorf("%d contract violations:\n%s", len(order), strings.Join(order, "\n"))
}

func (s *Suite) report(v Violation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, v)
}

func (s *Suite) count(key string, add Count) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.checked[key]
	c.Requests += add.Requests
	c.Successes += add.Successes
	c.Errors += add.Errors
	s.checked[key] = c
}

func (s *Suite) skip() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped++
}

func operationKey(desk mapping.Desk, method, path string) string {
	return fmt.Sprintf("%s %s %s", desk, method, path)
}
