package dashly

// maxHeirs bounds what is kept of merged users.
const maxHeirs = 20000

// Heir is the user into whom another was merged, as far as a call of this client has shown (U32); empty when none has.
func (c *Client) Heir(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heirs[id]
}

func (c *Client) learnHeir(id, into string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heirs == nil || len(c.heirs) >= maxHeirs {
		c.heirs = map[string]string{}
	}
	c.heirs[id] = into
}
