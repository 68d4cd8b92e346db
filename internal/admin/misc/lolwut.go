package misc

import (
	"fmt"
	"math"

	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/rng"
	"sigrun/internal/version"
)

// The sizes of a picture.
const (
	maxColumns, maxRows     = 160, 80
	usualColumns, usualRows = 80, 24
)

// Versions that had a picture of their own, and the present one.
const (
	firstArt  = 5
	secondArt = 6
	thisArt   = 9
)

const errUse = command.ReplyError("ERR Syntax error. Use: LOLWUT [columns rows] [real imaginary]")

// LOLWUT [VERSION version] [columns rows [x y]]

// lolwut draws the ripples of two stones in a pond: one lies in the middle, the
// other at x and y, from -1 to 1, or anywhere. Versions of the past have a
// picture of their usual size; between them and the present there were none.
func lolwut(c *command.Ctx) error {
	v, args := int64(thisArt), c.Argv[1:]
	if len(args) > 0 && command.Is(args[0], "version") {
		if len(args) == 1 {
			return errUse
		}
		n, ok := num.ParseInt(args[1])
		if !ok {
			return command.ErrNotInteger
		}
		v, args = n, args[2:]
	}
	p := pond{columns: usualColumns, rows: usualRows}
	p.throw()
	switch {
	case v == thisArt:
		if err := p.parse(args); err != nil {
			return err
		}
	case v == firstArt || v == secondArt:
		for _, a := range args {
			if _, ok := num.ParseInt(a); !ok {
				return command.ErrNotInteger
			}
		}
	default:
		c.W.Verbatim("txt", []byte("Valkey ver."+version.Valkey+"\n"))
		return nil
	}
	c.W.Verbatim("txt", p.draw())
	return nil
}

// pond is a picture to be drawn.
type pond struct {
	columns, rows int
	x, y          float64 // of the second stone
}

// throw throws the second stone.
func (p *pond) throw() {
	random := rng.NewRandom()
	p.x, p.y = 2*random.Float64()-1, 2*random.Float64()-1
}

func (p *pond) parse(args [][]byte) error {
	if n := len(args); n != 0 && n != 2 && n != 4 {
		return errUse
	}
	for i, a := range args {
		if i < 2 {
			n, ok := num.ParseInt(a)
			if !ok {
				return command.ErrNotInteger
			}
			if i == 0 {
				p.columns = int(min(max(n, 1), maxColumns))
			} else {
				p.rows = int(min(max(n, 1), maxRows))
			}
			continue
		}
		f, ok := num.ParseFloat(a)
		if !ok {
			return command.ErrNotFloat
		}
		if i == 2 {
			p.x = f
		} else {
			p.y = f
		}
	}
	return nil
}

// draw is the picture with a line about it.
func (p *pond) draw() []byte {
	b := make([]byte, 0, (p.columns+1)*p.rows+128)
	for row := range p.rows {
		for column := range p.columns {
			x := 2*(float64(column)+0.5)/float64(p.columns) - 1
			y := 2*(float64(row)+0.5)/float64(p.rows) - 1
			b = append(b, shade(p.height(x, y)))
		}
		b = append(b, '\n')
	}
	return fmt.Appendf(b, "Two stones in a pond, the second one at %.2f, %.2f.\nDon't forget to have fun! Valkey ver. %s\n", p.x, p.y, version.Valkey)
}

// height is how high the water stands at a place, from -1 to 1.
func (p *pond) height(x, y float64) float64 {
	const ripples = 5
	wave := func(d float64) float64 { return math.Cos(d*math.Pi*ripples) / (1 + d) }
	return (wave(math.Hypot(x, y)) + wave(math.Hypot(x-p.x, y-p.y))) / 2
}

// ramp are the letters for heights; what lies low is dark.
const ramp = " .:-=+*#%@"

// shade is the letter for a height.
func shade(h float64) byte {
	if math.IsNaN(h) || h < 0 {
		return ramp[0]
	}
	return ramp[min(int(h*float64(len(ramp))), len(ramp)-1)]
}
