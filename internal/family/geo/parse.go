package geo

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/ds/geo"
	"sigrun/internal/num"
)

const (
	errRadius         = command.ReplyError("ERR need numeric radius")
	errWidth          = command.ReplyError("ERR need numeric width")
	errHeight         = command.ReplyError("ERR need numeric height")
	errNegativeRadius = command.ReplyError("ERR radius cannot be negative")
	errNegativeBox    = command.ReplyError("ERR height or width cannot be negative")
	errCount          = command.ReplyError("ERR COUNT must be > 0")
	errAny            = command.ReplyError("ERR the ANY argument requires COUNT argument")
	errVertexNumber   = command.ReplyError("ERR invalid number of vertices")
	errVertices       = command.ReplyError("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices")
)

// parse reads the arguments of a search.
func (p *searchArgs) parse(c *command.Ctx, f flavour) error {
	if !f.modern {
		if err := p.parseCircle(c, f); err != nil {
			return err
		}
	}
	a := c.Args(f.args)
	for a.More() {
		done, err := p.option(&a)
		if !done && err == nil {
			done, err = p.target(c, &a, f)
		}
		if !done && err == nil && f.modern {
			done, err = p.what(&a)
		}
		switch {
		case err != nil:
			return err
		case !done:
			return command.ErrSyntax
		}
	}
	if err := p.check(c, f); err != nil {
		return err
	}
	if f.store {
		p.store, p.to, p.storeName = true, c.Keys[0], "geosearchstore"
	}
	return nil
}

// parseCircle reads what comes first in the older commands: a place or a member,
// the radius and its unit.
func (p *searchArgs) parseCircle(c *command.Ctx, f flavour) (err error) {
	if f.byMember && !p.there {
		return nil // the rest tells how to answer
	}
	if f.byMember {
		err = p.fromMember(c.Arg(2))
	} else {
		p.shape.Center, err = parsePoint(c.Arg(2), c.Arg(3))
	}
	if err != nil {
		return err
	}
	return p.circle(c.Arg(f.args-2), c.Arg(f.args-1))
}

func (p *searchArgs) fromMember(member []byte) error {
	score, ok := p.set.Score(member)
	if !ok {
		return command.ReplyError("ERR member " + command.Text(member) + " does not exist")
	}
	p.shape.Center = geo.PointOf(score)
	return nil
}

// circle reads the radius of a circle and its unit.
func (p *searchArgs) circle(radius, unit []byte) (err error) {
	r, ok := num.ParseFloat(radius)
	switch {
	case !ok:
		return errRadius
	case r < 0:
		return errNegativeRadius
	}
	p.shape.Kind, p.shape.Radius = geo.Circle, r
	p.shape.Unit, err = parseUnit(unit)
	return err
}

// option reads an option that all searches have.
func (p *searchArgs) option(a *command.Args) (done bool, err error) {
	switch {
	case a.Flag("withdist"):
		p.distances = true
	case a.Flag("withhash"):
		p.hashes = true
	case a.Flag("withcoord"):
		p.points = true
	case a.Flag("any"):
		p.any = true
	case a.Flag("asc"):
		p.order = nearestFirst
	case a.Flag("desc"):
		p.order = farthestFirst
	case a.Option("count"):
		n := a.Int()
		if a.Err() == nil && n <= 0 {
			return true, errCount
		}
		p.count = int(n)
		return true, a.Err()
	default:
		return false, nil
	}
	return true, nil
}

// target reads where to store what is found.
func (p *searchArgs) target(c *command.Ctx, a *command.Args, f flavour) (done bool, err error) {
	switch {
	case f.store && a.Flag("storedist"):
		p.asScores = true
	case f.modern || f.readOnly:
		return false, nil
	case a.Option("store"):
		p.asScores = false
		a.Next()
		p.store = true
	case a.Option("storedist"):
		p.asScores = true
		a.Next()
		p.store = true
	default:
		return false, nil
	}
	if p.store {
		p.to, p.storeName = c.Keys[1], "georadiusstore"
	}
	return true, nil
}

// what reads what GEOSEARCH looks for: a center and a shape.
func (p *searchArgs) what(a *command.Args) (done bool, err error) {
	polygon := p.by && p.shape.Kind == geo.Polygon
	switch {
	case !p.fromLonLat && !polygon && a.Option("frommember"):
		member := a.Next()
		p.fromName = true
		if p.there {
			err = p.fromMember(member)
		}
	case !p.fromName && !polygon && a.Left() > 2 && a.Flag("fromlonlat"):
		p.fromLonLat = true
		p.shape.Center, err = parsePoint(a.Next(), a.Next())
	case (!p.by || p.shape.Kind == geo.Circle) && a.Left() > 2 && a.Flag("byradius"):
		p.by = true
		err = p.circle(a.Next(), a.Next())
	case (!p.by || p.shape.Kind == geo.Box) && a.Left() > 3 && a.Flag("bybox"):
		p.by = true
		err = p.box(a.Next(), a.Next(), a.Next())
	case (!p.by || polygon) && !p.fromName && !p.fromLonLat && a.Left() > 2 && a.Flag("bypolygon"):
		p.by = true
		err = p.polygon(a)
	default:
		return false, nil
	}
	return true, err
}

// box reads the sides of a box and their unit.
func (p *searchArgs) box(width, height, unit []byte) (err error) {
	w, ok := num.ParseFloat(width)
	if !ok {
		return errWidth
	}
	h, ok := num.ParseFloat(height)
	switch {
	case !ok:
		return errHeight
	case w < 0 || h < 0:
		return errNegativeBox
	}
	p.shape.Kind, p.shape.Width, p.shape.Height = geo.Box, w, h
	p.shape.Unit, err = parseUnit(unit)
	return err
}

// polygon reads the number of corners and the corners.
func (p *searchArgs) polygon(a *command.Args) error {
	n, ok := num.ParseInt(a.Next())
	switch {
	case !ok || n < math.MinInt32 || n > math.MaxInt32:
		return errVertexNumber
	case n < 3 || n > int64(a.Left()/2):
		return errVertices
	}
	p.shape.Kind, p.shape.Unit = geo.Polygon, 1
	p.shape.Corners = make([]geo.Point, n)
	for i := range p.shape.Corners {
		at, err := parsePoint(a.Next(), a.Next())
		if err != nil {
			return err
		}
		p.shape.Corners[i] = at
	}
	return nil
}

// check looks whether the arguments go together.
func (p *searchArgs) check(c *command.Ctx, f flavour) error {
	with := p.distances || p.hashes || p.points
	name := command.Text(c.Arg(0))
	switch {
	case f.store && with:
		return command.ReplyError("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
	case p.store && with:
		return command.ReplyError("ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
	case f.modern && !p.fromName && !p.fromLonLat && !(p.by && p.shape.Kind == geo.Polygon):
		return command.ReplyError("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + name)
	case f.modern && !p.by:
		return command.ReplyError("ERR exactly one of BYRADIUS, BYBOX and BYPOLYGON can be specified for " + name)
	case p.any && p.count == 0:
		return errAny
	}
	return nil
}
