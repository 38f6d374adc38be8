package redis

import (
	"github.com/redis/go-redis/v9"
)

// Scripts change things only after their last check, and may be run again with the same arguments: an answer that was
// lost on the way is asked for once more.

// guard ends a script with "lost" unless KEYS[1] is a lease whose token is ARGV[1].
const guard = `
local held = redis.call('GET', KEYS[1])
if not held then return 'lost' end
local ok, holder = pcall(cjson.decode, held)
if not ok or type(holder) ~= 'table' or holder.token ~= ARGV[1] then return 'lost' end
`

var (
	// acquire: KEYS lease, fence; ARGV holder, ttl in ms, the holder that may be replaced or ''.
	// Gives {fence}, or {0, present holder}.
	acquire = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then return {tonumber(redis.call('GET', KEYS[2]))} end
if held and held ~= ARGV[3] then return {0, held} end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {fence}`)

	// renew: KEYS lease; ARGV token, ttl in ms.
	renew = redis.NewScript(guard + `
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 'ok'`)

	// release: KEYS lease; ARGV token.
	release = redis.NewScript(guard + `
redis.call('DEL', KEYS[1])
return 'ok'`)

	// check: KEYS lease; ARGV token.
	check = redis.NewScript(guard + `return 'ok'`)

	// announce: KEYS pairs, index, agenda; ARGV pair, agenda item or '', conversations.
	announce = redis.NewScript(`
redis.call('SADD', KEYS[1], ARGV[1])
for i = 3, #ARGV do redis.call('HSET', KEYS[2], ARGV[i], ARGV[1]) end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[3], ARGV[1], ARGV[2]) end
return 'ok'`)

	// commit: KEYS lease, records; ARGV token, '1' when the pair has been announced, count of keys to delete, these
	// keys, then key and value of every record to put. Gives "new" and does nothing when the pair is not known yet.
	commit = redis.NewScript(guard + `
local del = tonumber(ARGV[3])
local put = 4 + del
if ARGV[2] ~= '1' and put <= #ARGV and redis.call('EXISTS', KEYS[2]) == 0 then return 'new' end
for i = 4, put - 1 do redis.call('HDEL', KEYS[2], ARGV[i]) end
for i = put, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 'ok'`)

	// swap: KEYS agenda; ARGV pair, the item that is to be replaced, the new one or '' to remove it.
	swap = redis.NewScript(`
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'other' end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 'ok'`)

	// put: KEYS lease, values, keys of the values; ARGV token, key, value.
	put = redis.NewScript(guard + `
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return 'ok'`)
)
