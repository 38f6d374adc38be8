package holder

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/deskbridge/deskbridge/state"
)

// self names the place that process ids are comparable in: host, boot and process name space. Where one of them cannot
// be told, Started stays 0 and nobody takes over from this process before its ttl.
var self = sync.OnceValue(func() state.Holder {
	h := state.Holder{PID: os.Getpid()}
	h.Host, _ = os.Hostname()
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return h
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return h
	}
	// A /proc of another name space shows other processes under our numbers.
	if link, err := os.Readlink("/proc/self"); err != nil || link != strconv.Itoa(h.PID) {
		return h
	}
	h.Host += "/" + strings.TrimSpace(string(boot)) + "/" + space
	h.Started, _ = started(h.PID)
	return h
})

// running reports whether the process may still run. /proc alone does not tell: it may hide other users' processes.
func running(pid int, since int64) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	ticks, dead := started(pid)
	if dead {
		return false
	}
	return ticks == 0 || ticks == since
}

// started reads when a process began, in ticks since boot (proc(5), field 22 of stat), 0 when that cannot be read, and
// whether it is dead and only waits for its parent.
func started(pid int) (ticks int64, dead bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false
	}
	// The second field is the name of the program in brackets, and may itself hold blanks and brackets.
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(f) < 20 {
		return 0, false
	}
	ticks, err = strconv.ParseInt(f[19], 10, 64)
	if err != nil {
		return 0, false
	}
	return ticks, f[0] == "Z" || f[0] == "X"
}
