package geo

import (
	"math"
	"math/big"
	"testing"

	"sigrun/internal/rng"
)

// exact is the sine (first = 1) or cosine (first = 0) of x by its series, with
// many digits.
func exact(x *big.Float, first int) *big.Float {
	newFloat := func(f float64) *big.Float { return big.NewFloat(f).SetPrec(300) }
	term := newFloat(1)
	if first == 1 {
		term.Set(x)
	}
	sum := newFloat(0).Set(term)
	square := newFloat(0).Mul(x, x)
	for n := first + 2; n < 120; n += 2 {
		term.Mul(term, square)
		term.Quo(term, newFloat(float64(-n*(n-1))))
		sum.Add(sum, term)
	}
	return sum
}

func nearest(f *big.Float) float64 {
	v, _ := f.Float64()
	return v
}

// TestTrig wants the nearest doubles in nearly all cases, and never more than one
// step from them.
func TestTrig(t *testing.T) {
	r := rng.New(1)
	wrong := map[string]int{}
	compare := func(name string, x, got, want float64) {
		if got == want {
			return
		}
		wrong[name]++
		if got != math.Nextafter(want, got) {
			t.Errorf("%s of %v: %v, want %v", name, x, got, want)
		}
	}
	const rounds = 4000
	for i := range rounds {
		x := (r.Float64()*2 - 1) * math.Pi
		if i%4 == 0 {
			x *= math.Pow(2, -float64(r.Uint64n(60)))
		}
		b := big.NewFloat(x).SetPrec(300)
		compare("sine", x, sin(x), nearest(exact(b, 1)))
		compare("cosine", x, cos(x), nearest(exact(b, 0)))
		z := r.Float64() * 0.999999
		if i%2 == 0 {
			z /= 32
		}
		y := asin(z)
		by := big.NewFloat(y).SetPrec(300)
		// One more step from y, with many digits, is the angle to any precision.
		off := new(big.Float).SetPrec(300).Sub(big.NewFloat(z).SetPrec(300), exact(by, 1))
		by.Add(by, off.Quo(off, exact(by, 0)))
		compare("arc sine", z, y, nearest(by))
	}
	for name, n := range wrong {
		if n > rounds/1000 {
			t.Errorf("%s: %d of %d are not the nearest", name, n, rounds)
		}
	}
	for _, x := range []float64{0, math.Pi / 2, math.Pi, -math.Pi} {
		if math.Abs(sin(x)-math.Sin(x)) > 1e-15 || math.Abs(cos(x)-math.Cos(x)) > 1e-15 {
			t.Errorf("%v: %v %v", x, sin(x), cos(x))
		}
	}
	if asin(0) != 0 || asin(1) != math.Pi/2 {
		t.Error("the ends of the arc sine")
	}
}

func TestAtan2(t *testing.T) {
	r := rng.New(2)
	for range 1000 {
		x, y := r.Float64()*2-1, r.Float64()*2-1
		if got, want := atan2(y, x), math.Atan2(y, x); math.Abs(got-want) > 1e-15 {
			t.Errorf("%v, %v: %v, want %v", y, x, got, want)
		}
	}
	if got := atan2(0, 0); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// TestKnown holds what a real server answers.
func TestKnown(t *testing.T) {
	palermo, catania := Point{13.361389, 38.115556}, Point{15.087269, 37.502669}
	if got := palermo.Score(); got != 3479099956230698 {
		t.Errorf("score %v", got)
	}
	p, c := PointOf(palermo.Score()), PointOf(catania.Score())
	if p != (Point{13.36138933897018433, 38.11555639549629859}) {
		t.Errorf("place %v", p)
	}
	if text := p.Text(); string(text[:]) != "sqc8b49rny0" {
		t.Errorf("text %s", text)
	}
	if d := Distance(p, c); math.Abs(d-166274.1516) > 1e-4 {
		t.Errorf("distance %v", d)
	}
	for _, score := range []float64{-5, 1e20, math.Inf(1), math.Inf(-1), 0.5, 1 << 60} {
		if p := PointOf(score); !p.Valid() {
			t.Errorf("%v is %v", score, p)
		}
	}
}

func randomPoint(r *rng.Source) Point {
	return Point{LonMin + r.Float64()*360, LatMin + r.Float64()*(LatMax-LatMin)}
}

// TestScore wants a place to come back but for less than a meter, and its score
// to be in the range of each of its cells.
func TestScore(t *testing.T) {
	r := rng.New(3)
	for range 10000 {
		p := randomPoint(r)
		if d := Distance(p, PointOf(p.Score())); d > 1 {
			t.Fatalf("%v: %v meters off", p, d)
		}
		for step := uint(1); step <= Steps; step++ {
			c := cellAt(p, step)
			low, high := c.scores()
			if score := p.Score(); score < low || score >= high {
				t.Fatalf("%v is not in its cell of step %d", p, step)
			}
			a := c.area()
			if p.Lon < a.low.Lon || p.Lon > a.high.Lon || p.Lat < a.low.Lat || p.Lat > a.high.Lat {
				t.Fatalf("%v is not in the area of its cell of step %d", p, step)
			}
		}
	}
}

// TestCover wants every place in a shape to be in exactly one of the ranges that
// cover it, for shapes that don't reach around the world.
func TestCover(t *testing.T) {
	r := rng.New(4)
	places := make([]Point, 4000)
	for i := range places {
		places[i] = Point{10 + r.Float64()*12, 30 + r.Float64()*12}
	}
	for i := range 300 {
		center := Point{12 + r.Float64()*8, 32 + r.Float64()*8}
		s := Shape{Kind: Kind(i % 3), Center: center, Unit: 1000, Radius: r.Float64() * 300,
			Width: r.Float64() * 500, Height: r.Float64() * 500}
		if s.Kind == Polygon {
			s.Unit = 1
			for range 3 + i%4 {
				s.Corners = append(s.Corners, Point{10 + r.Float64()*12, 30 + r.Float64()*12})
			}
		}
		ranges := s.Cover(nil)
		if len(ranges) == 0 || len(ranges) > 9 {
			t.Fatalf("%d ranges", len(ranges))
		}
		for _, p := range places {
			score := p.Score()
			n := 0
			for _, x := range ranges {
				if score >= x.Low && score < x.High {
					n++
				}
			}
			if _, in := s.Contains(PointOf(score)); in && n != 1 {
				t.Fatalf("%+v contains %v, which is in %d ranges", s, p, n)
			}
		}
	}
}

func BenchmarkDistance(b *testing.B) {
	r := rng.New(5)
	p, q := randomPoint(r), randomPoint(r)
	for b.Loop() {
		Distance(p, q)
	}
}
