// Package docs_test holds the documents to what the repository has.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

const root = "../.."

// pages are the documents of the repository, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, p := range paths {
			text, err := os.ReadFile(p)
			require.NoError(t, err)
			found[p] = string(text)
		}
	}
	require.Greater(t, len(found), 10)
	return found
}

// TestTestsThatAreNamedExist: a promise that names its test names one that is there.
func TestTestsThatAreNamedExist(t *testing.T) {
	known := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			known[m[1]] = true
		}
		return err
	}))
	named := regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w+`)
	for path, text := range pages(t) {
		for _, name := range named.FindAllString(text, -1) {
			require.True(t, known[name], "%s names %s, which no test file has", path, name)
		}
	}
}

// TestLinksLeadSomewhere: a link within the repository names a file that is there.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)]*)?\)`)
	for path, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			_, err := os.Stat(filepath.Join(filepath.Dir(path), m[1]))
			require.NoError(t, err, "%s links to %s", path, m[1])
		}
	}
}

// TestEveryStepHasItsFailures: docs/failures.md has a row for each step of the flow, each with a test.
func TestEveryStepHasItsFailures(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/failures.md"))
	require.NoError(t, err)
	steps := map[string]int{}
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 4 || strings.HasPrefix(line, "| step") {
			continue
		}
		steps[strings.Fields(cells[0])[0]]++
		require.Regexp(t, "`", cells[3], "no test shows: %s", line)
	}
	for _, step := range []string{"before", "1", "2", "3", "4", "5–6", "7", "8", "9", "any"} {
		require.Positive(t, steps[step], "step %s", step)
	}
}

// TestEveryBreakIsListed: docs/failures.md has a row for each break of the proof, as its file tells it.
func TestEveryBreakIsListed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/failures.md"))
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(text), "| the break | caught by |\n|---|---|\n")
	files, err := filepath.Glob(filepath.Join(root, "internal/simulation/testdata/sabotage/*.txtar"))
	require.NoError(t, err)
	var rows []string
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		require.NoError(t, err)
		lines := strings.Split(string(a.Comment), "\n")
		var catches []string
		for _, line := range lines {
			if c, ok := strings.CutPrefix(line, "caught by "); ok {
				catches = append(catches, c)
			}
		}
		rows = append(rows, "| "+lines[0]+" | "+strings.Join(catches, "; ")+" |")
	}
	require.Equal(t, rows, strings.Split(strings.TrimSpace(table), "\n"))
}
