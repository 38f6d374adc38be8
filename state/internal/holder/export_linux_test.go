package holder

// StartOf reads when a process began.
func StartOf(pid int) int64 {
	ticks, _ := started(pid)
	return ticks
}
