package geo

import "math"

const (
	// EarthRadius is in meters, of the sphere that distances are measured on.
	EarthRadius = 6372797.560856
	// worldHalf is half of the extent of the world on a Mercator map, in meters: a
	// search of that radius needs the largest cells.
	worldHalf = 20037726.37
	// sameLon is the sine of a half of a difference of longitudes that is none.
	sameLon = 1e-15
)

// radian is one degree.
const radian = float64(math.Pi) / 180

func radians(degrees float64) float64 { return degrees * radian }

func degrees(radians float64) float64 { return radians / radian }

// latDistance is the distance in meters of two latitudes.
func latDistance(a, b float64) float64 {
	return EarthRadius * math.Abs(float64(radians(b))-float64(radians(a)))
}

// Distance is the distance from a to b in meters.
func Distance(a, b Point) float64 { return distance(a, cos(radians(a.Lat)), b) }

// distance is Distance, given the cosine of a's latitude.
func distance(a Point, cosA float64, b Point) float64 {
	v := sin((float64(radians(b.Lon)) - float64(radians(a.Lon))) / 2)
	if math.Abs(v) <= sameLon {
		return latDistance(a.Lat, b.Lat)
	}
	lat1, lat2 := radians(a.Lat), radians(b.Lat)
	u := sin((lat2 - lat1) / 2)
	h := float64(u*u) + float64(float64(float64(cosA*cos(lat2))*v)*v)
	return 2 * EarthRadius * asin(math.Sqrt(h))
}

// Shape is what a search covers: a circle if Radius is set, a polygon if it has
// corners, else a box.
type Shape struct {
	Kind          Kind
	Center        Point   // of a polygon it is found out
	Radius        float64 // all lengths in units
	Width, Height float64
	Corners       []Point
	Unit          float64 // in meters

	bounds area
	cosine float64 // of the center's latitude
}

// Kind is the kind of a Shape.
type Kind uint8

// Kinds of shapes.
const (
	Circle Kind = iota
	Box
	Polygon
)

// Contains reports whether p is in s, and its distance from the center in meters.
// Cover has been called before.
func (s *Shape) Contains(p Point) (meters float64, in bool) {
	switch s.Kind {
	case Circle:
		reach := s.Radius * s.Unit
		// The way north alone is shorter than the distance, but for rounding.
		if latDistance(p.Lat, s.Center.Lat) > reach*(1+1e-9) {
			return 0, false
		}
		meters = distance(s.Center, s.cosine, p)
		return meters, meters <= reach
	case Box:
		if latDistance(p.Lat, s.Center.Lat) > s.Height*s.Unit/2 ||
			Distance(p, Point{s.Center.Lon, p.Lat}) > s.Width*s.Unit/2 {
			return 0, false
		}
	case Polygon:
		if !s.encloses(p) {
			return 0, false
		}
	}
	return distance(s.Center, s.cosine, p), true
}

// encloses counts the sides that a ray from p to the east crosses.
func (s *Shape) encloses(p Point) (inside bool) {
	b := s.Corners[len(s.Corners)-1]
	for _, a := range s.Corners {
		if (a.Lat > p.Lat) != (b.Lat > p.Lat) &&
			p.Lon < float64((b.Lon-a.Lon)*(p.Lat-a.Lat))/(b.Lat-a.Lat)+a.Lon {
			inside = !inside
		}
		b = a
	}
	return inside
}

// bound finds the bounds of s, and of a polygon its center.
func (s *Shape) bound() {
	if s.Kind == Polygon {
		s.boundPolygon()
		return
	}
	height, width := s.Unit*s.Radius, s.Unit*s.Radius
	if s.Kind == Box {
		height, width = s.Unit*s.Height/2, s.Unit*s.Width/2
	}
	c := s.Center
	up := degrees(height / EarthRadius)
	widest := c.Lat + up // the side nearer to the pole spans more degrees
	if c.Lat < 0 {
		widest = c.Lat - up
	}
	aside := degrees(width / EarthRadius / math.Cos(radians(widest)))
	s.bounds = area{Point{c.Lon - aside, c.Lat - up}, Point{c.Lon + aside, c.Lat + up}}
}

// boundPolygon takes the middle of the corners in space for the center.
func (s *Shape) boundPolygon() {
	low, high := Point{LonMax, LatMax}, Point{LonMin, LatMin}
	var x, y, z float64
	for _, p := range s.Corners {
		low = Point{min(low.Lon, p.Lon), min(low.Lat, p.Lat)}
		high = Point{max(high.Lon, p.Lon), max(high.Lat, p.Lat)}
		lon, lat := radians(p.Lon), radians(p.Lat)
		x += float64(cos(lat) * cos(lon))
		y += float64(cos(lat) * sin(lon))
		z += sin(lat)
	}
	s.bounds = area{low, high}
	s.Center.Lon = degrees(atan2(y, x))
	s.Center.Lat = degrees(atan2(z, math.Sqrt(float64(x*x)+float64(y*y))))
}

// reach is the radius in meters of a circle around the center that s lies in.
func (s *Shape) reach() float64 {
	switch s.Kind {
	case Circle:
		return s.Radius * s.Unit
	case Box:
		w, h := s.Width/2, s.Height/2
		return math.Sqrt(float64(w*w)+float64(h*h)) * s.Unit
	}
	b, far := s.bounds, 0.0
	for _, p := range [4]Point{{b.low.Lon, b.high.Lat}, b.high, b.low, {b.high.Lon, b.low.Lat}} {
		far = max(far, Distance(s.Center, p))
	}
	return far
}

// stepFor is the step whose cells suit a search of a radius at a latitude.
func stepFor(radius, lat float64) uint {
	if radius == 0 {
		return Steps
	}
	step := -1
	for ; radius < worldHalf; radius *= 2 {
		step++
	}
	lat = math.Abs(lat)
	if lat > 66 { // towards the poles cells are narrow
		step--
	}
	if lat > 80 {
		step--
	}
	return uint(min(max(step, 1), Steps))
}

// Range is the scores from Low up to High, which is not in it.
type Range struct{ Low, High float64 }

// around are the neighbours of a cell, east and north, in the order of a search.
var around = [...][2]int{{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}}

// Cover appends the ranges of scores in which all places of s are, in the order
// in which Valkey searches them.
func (s *Shape) Cover(dst []Range) []Range {
	s.bound()
	s.cosine = cos(radians(s.Center.Lat))
	step := stepFor(s.reach(), s.Center.Lat)
	c := cellAt(s.Center, step)
	if step > 1 && s.exceeds(c) {
		step--
		c = cellAt(s.Center, step)
	}
	a := c.area()
	var last cell
	for i, d := range around {
		if step >= 2 && s.spares(a, d) {
			continue
		}
		n := c.moved(d[0], d[1])
		// In large searches the world has fewer cells than directions.
		if i > 0 && last.step != 0 && n == last {
			continue
		}
		dst = append(dst, rangeOf(n))
		if i > 0 {
			last = n
		}
	}
	return dst
}

func rangeOf(c cell) Range {
	low, high := c.scores()
	return Range{low, high}
}

// exceeds reports whether s reaches farther than the neighbours of c.
func (s *Shape) exceeds(c cell) bool {
	return c.moved(0, 1).area().high.Lat < s.bounds.high.Lat ||
		c.moved(0, -1).area().low.Lat > s.bounds.low.Lat ||
		c.moved(1, 0).area().high.Lon < s.bounds.high.Lon ||
		c.moved(-1, 0).area().low.Lon > s.bounds.low.Lon
}

// spares reports whether s does not reach the neighbour in direction d of the
// cell that is a.
func (s *Shape) spares(a area, d [2]int) bool {
	return d[1] < 0 && a.low.Lat < s.bounds.low.Lat ||
		d[1] > 0 && a.high.Lat > s.bounds.high.Lat ||
		d[0] < 0 && a.low.Lon < s.bounds.low.Lon ||
		d[0] > 0 && a.high.Lon > s.bounds.high.Lon
}
