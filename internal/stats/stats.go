// Package stats counts what the server does: calls and time per command, errors
// per code, and the logs of slow and large commands.
package stats

// Command is what is counted of one command by one worker.
type Command struct {
	Calls    uint64
	Nanos    uint64
	Rejected uint64 // before it ran
	Failed   uint64 // while it ran
}

// Add adds o to c.
func (c *Command) Add(o Command) {
	c.Calls += o.Calls
	c.Nanos += o.Nanos
	c.Rejected += o.Rejected
	c.Failed += o.Failed
}

// Errors counts error replies by their code. The zero value is ready.
type Errors struct {
	byCode map[string]uint64
	Total  uint64
}

// maxCodes bounds the number of codes, as scripts can make up new ones.
const maxCodes = 128

// Count counts an error reply given its text without the leading minus.
func (e *Errors) Count(text string) {
	e.Total++
	code := text
	for i := range len(text) {
		if text[i] == ' ' {
			code = text[:i]
			break
		}
	}
	if e.byCode == nil {
		e.byCode = map[string]uint64{}
	}
	if _, ok := e.byCode[code]; !ok && len(e.byCode) >= maxCodes {
		return
	}
	e.byCode[code]++
}

// AddTo adds the counts to sum.
func (e *Errors) AddTo(sum map[string]uint64) {
	for code, n := range e.byCode {
		sum[code] += n
	}
}

// Reset sets all counts to zero.
func (e *Errors) Reset() { *e = Errors{} }
