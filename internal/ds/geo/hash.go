// Package geo is places on the earth as sorted sets hold them: a place is a
// number of 52 bits, the score of its member.
//
// The world between 85 degrees south and north is halved 26 times by longitude
// and by latitude in turn; each time a bit tells the half. So the first 2n bits
// of a number name a cell, one of 4^n, in which the place lies, and all places of
// a cell are neighbours in the order of numbers:
//
//	bits 51 50 49 48 … 1 0     a place, Steps pairs of bits: longitude, latitude
//	bits  1  0                 its cell at step 1, one of four
//
// A search covers its shape with a cell and those of its eight neighbours that
// the shape may reach, and looks at each place in them.
//
// Distances are along great circles of a sphere. They are the numbers that exact
// sines give, as those of C libraries nearly do: clients see them, and the order
// of close places hangs on them. See trig.go.
package geo

// Steps is how often the world is halved in each direction.
const Steps = 26

// The places that have a number.
const (
	LonMin, LonMax = -180.0, 180.0
	LatMin, LatMax = -85.05112878, 85.05112878
)

// Point is a place, in degrees.
type Point struct{ Lon, Lat float64 }

// Valid reports whether p has a number.
func (p Point) Valid() bool {
	return p.Lon >= LonMin && p.Lon <= LonMax && p.Lat >= LatMin && p.Lat <= LatMax
}

// Score is the score of p, which is valid.
func (p Point) Score() float64 { return float64(cellAt(p, Steps).bits) }

// PointOf is the middle of the smallest cell of a score, whatever that is.
func PointOf(score float64) Point {
	c := cell{bits: toBits(score), step: Steps}
	a := c.area()
	return Point{
		Lon: min(max((a.low.Lon+a.high.Lon)/2, LonMin), LonMax),
		Lat: min(max((a.low.Lat+a.high.Lat)/2, LatMin), LatMax),
	}
}

// toBits is the number of a score, which may be that of no place: the conversion
// is that of C on most machines.
func toBits(score float64) uint64 {
	const half = 1 << 63
	if score < half {
		return uint64(int64(score))
	}
	return uint64(int64(score-half)) ^ half
}

// cell is a part of the world: step pairs of bits.
type cell struct {
	bits uint64
	step uint
}

// cellAt is the cell of p at a step.
func cellAt(p Point, step uint) cell {
	p = Point{min(max(p.Lon, LonMin), LonMax), min(max(p.Lat, LatMin), LatMax)}
	return cell{encode(p, step, area{Point{LonMin, LatMin}, Point{LonMax, LatMax}}), step}
}

// encode is the bits of p in a world of these bounds.
func encode(p Point, step uint, world area) uint64 {
	scale := float64(uint64(1) << step)
	lat := (p.Lat - world.low.Lat) / (world.high.Lat - world.low.Lat) * scale
	lon := (p.Lon - world.low.Lon) / (world.high.Lon - world.low.Lon) * scale
	return spread(uint32(int64(lat))) | spread(uint32(int64(lon)))<<1
}

// spread puts zeros between the bits of x.
func spread(x uint32) uint64 {
	v := uint64(x)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & 0x0f0f0f0f0f0f0f0f
	v = (v | v<<2) & 0x3333333333333333
	return (v | v<<1) & 0x5555555555555555
}

// gather takes every other bit of v, from the lowest on.
func gather(v uint64) uint32 {
	v &= 0x5555555555555555
	v = (v | v>>1) & 0x3333333333333333
	v = (v | v>>2) & 0x0f0f0f0f0f0f0f0f
	v = (v | v>>4) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return uint32(v | v>>16)
}

// area is what lies between two places.
type area struct{ low, high Point }

// area is the part of the world that c is.
func (c cell) area() (a area) {
	part := 1 / float64(uint64(1)<<c.step)
	lat, lon := gather(c.bits), gather(c.bits>>1)
	a.low.Lat = LatMin + float64(float64(lat)*part*(LatMax-LatMin))
	a.high.Lat = LatMin + float64(float64(lat+1)*part*(LatMax-LatMin))
	a.low.Lon = LonMin + float64(float64(lon)*part*(LonMax-LonMin))
	a.high.Lon = LonMin + float64(float64(lon+1)*part*(LonMax-LonMin))
	return a
}

const (
	evenBits = 0x5555555555555555
	oddBits  = 0xaaaaaaaaaaaaaaaa
)

// moved is the cell that lies east and north of c by so many cells, each -1, 0 or
// 1. Behind the end of the world it goes on at the other end.
func (c cell) moved(east, north int) cell {
	c.bits = step(c.bits, oddBits, 64-2*c.step, east) | step(c.bits, evenBits, 64-2*c.step, north)
	return c
}

// step adds d to the number whose bits are those of mask, and takes no others
// along. The upper unused bits become zero.
func step(bits, mask uint64, unused uint, d int) uint64 {
	v, others := bits&mask, ^mask>>unused
	switch d {
	case 1:
		v += others + 1
	case -1:
		v = (v | others) - (others + 1)
	default:
		return v
	}
	return v & (mask >> unused)
}

// scores is the range [low, high) of the scores of places in c.
func (c cell) scores() (low, high float64) {
	shift := 2*Steps - 2*c.step
	return float64(c.bits << shift), float64((c.bits + 1) << shift)
}

// textDigits are the digits of the text that GEOHASH answers.
const textDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// TextLen is the length of that text. The last digit says nothing.
const TextLen = 11

// Text is the common text of a place, which halves a world up to the poles.
func (p Point) Text() (text [TextLen]byte) {
	bits := encode(p, Steps, area{Point{-180, -90}, Point{180, 90}})
	for i := range TextLen - 1 {
		text[i] = textDigits[bits>>(2*Steps-5*(i+1))&31]
	}
	text[TextLen-1] = textDigits[0]
	return text
}
