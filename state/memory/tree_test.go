package memory

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestTree compares every version of a tree with a map, at once and after all later changes.
func TestTree(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		type version struct {
			tree tree[int]
			want map[string]int
		}
		versions := []version{{want: map[string]int{}}}
		key := rapid.StringOfN(rapid.RuneFrom([]rune("abcü")), 0, 3, -1)
		for i := range rapid.IntRange(1, 60).Draw(r, "steps") {
			last := versions[len(versions)-1]
			k, want := key.Draw(r, "key"), maps.Clone(last.want)
			if rapid.IntRange(0, 2).Draw(r, "remove") == 0 {
				next := last.tree.without(k)
				_, had := want[k]
				require.Equal(r, had, next != last.tree, "only what removes something is another tree")
				delete(want, k)
				versions = append(versions, version{next, want})
				continue
			}
			want[k] = i
			versions = append(versions, version{last.tree.with(k, i), want})
		}
		from := key.Draw(r, "from")
		for _, v := range versions {
			require.Equal(r, v.want, maps.Collect(v.tree.from("")))
			for k := range maps.Keys(versions[len(versions)-1].want) {
				got, ok := v.tree.get(k)
				want, there := v.want[k]
				require.Equal(r, there, ok)
				require.Equal(r, want, got)
			}
			var keys, want []string
			for k := range v.tree.from(from) {
				keys = append(keys, k)
			}
			for _, k := range slices.Sorted(maps.Keys(v.want)) {
				if k >= from {
					want = append(want, k)
				}
			}
			require.Equal(r, want, keys)
		}
	})
}

func TestTreeStopsWhenAsked(t *testing.T) {
	var all tree[int]
	for i := range 100 {
		all = all.with(strconv.Itoa(i), i)
	}
	seen := 0
	for range all.from("") {
		if seen++; seen == 3 {
			break
		}
	}
	require.Equal(t, 3, seen)
}

// TestTreeStaysFlat: keys that come sorted, as ids do, make no list of it. A depth of 64 at random is less likely than
// 1 in 10¹².
func TestTreeStaysFlat(t *testing.T) {
	var all tree[int]
	for i := range 10_000 {
		all = all.with(strconv.Itoa(1_000_000+i), i)
	}
	var depth func(n *node[int]) int
	depth = func(n *node[int]) int {
		if n == nil {
			return 0
		}
		return 1 + max(depth(n.left), depth(n.right))
	}
	require.Less(t, depth(all.root), 64)
}
