package redis_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state/redis"
	"github.com/deskbridge/deskbridge/state/statetest"
)

func TestMain(m *testing.M) { statetest.Main(m, redis.Open) }

func TestStoreOnMiniredis(t *testing.T) {
	statetest.Run(t, redis.Open, func(t *testing.T) statetest.Place {
		m := miniredis.RunT(t)
		return statetest.Place{
			Address: "redis://" + m.Addr(),
			Pass:    func(d time.Duration) { m.FastForward(d) },
		}
	})
}

func TestStore(t *testing.T) {
	statetest.Run(t, redis.Open, func(t *testing.T) statetest.Place { return startServer(t, t.TempDir()).place() })
}

func TestStoreInCluster(t *testing.T) {
	c := startCluster(t) // it takes its time
	statetest.Run(t, redis.Open, func(t *testing.T) statetest.Place {
		require.NoError(t, c.client.FlushAll(t.Context()).Err())
		return statetest.Place{Address: c.url}
	})
}
