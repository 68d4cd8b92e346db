package netio

import "fmt"

// sample is what one loop did in one period.
type sample struct {
	busy float64 // share of the period that its thread ran
	wait float64 // share that its thread was ready to run but waited for a CPU
	work float64 // bytes moved per second
}

// move is what the policy wants done.
type move uint8

const (
	stay   move = iota
	grow        // wake the next loop, and give it a part of the connections of loop from
	shift       // give a part of the connections of loop from to loop to
	shrink      // give all connections of the last loop to the others
)

func (m move) String() string { return [...]string{"stay", "grow", "shift", "shrink"}[m] }

// decision is a move with the loops it concerns.
type decision struct {
	move     move
	from, to int
}

func (d decision) String() string { return fmt.Sprintf("%v %d→%d", d.move, d.from, d.to) }

// The policy's thresholds. A period is about 100 ms.
const (
	saturated   = 0.90 // busy share from which on a loop is a bottleneck
	contended   = 0.10 // wait share from which on the CPUs, not the loop, are the bottleneck
	crowded     = 0.25 // wait share at which a loop is one too many
	spareCPU    = 0.60 // idle CPUs that a further loop needs to be worth it
	fits        = 0.60 // busy share to which loops are filled when one is given up
	slack       = 0.60 // busy share up to which a loop takes over from a saturated one
	gainShare   = 0.20 // part of a further loop's ideal gain that justifies it
	gainMin     = 0.03 // but at least this growth of work
	hotPeriods  = 2    // periods of saturation before a move
	coldPeriods = 10   // periods of slack before a loop is given up
	crowdPeriod = 3    // periods of waiting before a loop is given up
	settle      = 2    // periods after a move that are not judged
	trial       = 5    // periods in which a further loop must prove itself
	restMin     = 10   // periods without a further attempt after one that failed,
	restMax     = 600  // doubled with each failure up to here
)

// policy decides how many loops serve. More loops are better only when one is
// saturated and there are idle CPUs: smaller batches and more wake-ups make the same
// work dearer, and threads that wait for a CPU make it later. So a further loop is an
// attempt, which is kept if more work gets done and undone if not; attempts that fail
// become rare. The zero value is ready. It reads no clock: one call is one period.
type policy struct {
	hot, cold, crowd int     // periods in a row
	calm             int     // periods in a row without a busy loop
	resting          int     // periods left in which not to grow
	rest             int     // length of the next rest
	settling         int     // periods left that are not judged
	trial            int     // periods left of an attempt
	before, during   float64 // work before the attempt, and summed up during it
}

// next takes the samples of all loops in use, and how many CPUs are idle (negative:
// not known), and decides. At most most loops may be in use.
func (p *policy) next(loops []sample, most int, idle float64) decision {
	p.resting = max(p.resting-1, 0)
	last := len(loops) - 1
	if len(loops) > most {
		return p.giveUp(last)
	}
	if p.settling > 0 {
		p.settling--
		return decision{}
	}
	hottest, coolest, busy, wait := summarize(loops)
	if p.trial > 0 {
		return p.judge(loops, wait)
	}
	p.count(&p.crowd, last > 0 && wait >= crowded)
	p.count(&p.cold, last > 0 && busy < fits*float64(last))
	p.count(&p.hot, loops[hottest].busy >= saturated && loops[hottest].wait < contended)
	p.count(&p.calm, loops[hottest].busy < slack)
	if p.calm >= coldPeriods {
		p.rest, p.resting = 0, 0 // what comes next is another load
	}
	switch {
	case p.crowd >= crowdPeriod:
		return p.fail(last)
	case p.cold >= coldPeriods:
		return p.giveUp(last)
	case p.hot < hotPeriods:
		return decision{}
	case loops[coolest].busy < slack:
		p.settling, p.hot = settle, 0
		return decision{shift, hottest, coolest}
	case len(loops) < most && p.resting == 0 && (idle < 0 || idle >= spareCPU):
		p.settling, p.trial, p.hot = settle, trial, 0
		p.before, p.during = work(loops), 0
		return decision{grow, hottest, len(loops)}
	}
	return decision{}
}

func (p *policy) count(n *int, yes bool) {
	if yes {
		*n++
	} else {
		*n = 0
	}
}

// judge watches an attempt and undoes it if it brought nothing.
func (p *policy) judge(loops []sample, wait float64) decision {
	p.trial--
	p.during += work(loops)
	last := len(loops) - 1
	p.count(&p.crowd, wait >= crowded)
	switch {
	case p.crowd >= crowdPeriod:
		return p.fail(last)
	case p.trial > 0:
		return decision{}
	case p.during < p.before*trial*(1+max(gainShare/float64(last), gainMin)):
		return p.fail(last)
	}
	p.rest = 0
	return decision{}
}

// fail gives up a loop that did not pay, and rests.
func (p *policy) fail(last int) decision {
	p.rest = min(max(2*p.rest, restMin), restMax)
	p.resting = p.rest
	return p.giveUp(last)
}

func (p *policy) giveUp(last int) decision {
	*p = policy{resting: p.resting, rest: p.rest, settling: settle}
	return decision{shrink, last, 0}
}

// summarize returns the loops with the largest and the smallest busy share, the sum
// of all busy shares, and the mean wait share.
func summarize(loops []sample) (hottest, coolest int, busy, wait float64) {
	for i, s := range loops {
		if s.busy > loops[hottest].busy {
			hottest = i
		}
		if s.busy < loops[coolest].busy {
			coolest = i
		}
		busy += s.busy
		wait += s.wait
	}
	return hottest, coolest, busy, wait / float64(len(loops))
}

func work(loops []sample) (total float64) {
	for _, s := range loops {
		total += s.work
	}
	return total
}
