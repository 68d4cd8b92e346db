// Package geo holds the commands that keep places in sorted sets and search them.
//
// A place is a member whose score is the number of its cell (see ds/geo). All
// searches, old and new, are one parsed form: see search.go.
package geo

import (
	"math"
	"strconv"

	"sigrun/internal/command"
	"sigrun/internal/ds/geo"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/resp"
	"sigrun/internal/types/zset"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"geoadd":               runGeoAdd,
		"geodist":              runGeoDist,
		"geohash":              runGeoHash,
		"geopos":               runGeoPos,
		"georadius":            runGeoRadius,
		"georadius_ro":         runGeoRadiusRO,
		"georadiusbymember":    runGeoRadiusByMember,
		"georadiusbymember_ro": runGeoRadiusByMemberRO,
		"geosearch":            runGeoSearch,
		"geosearchstore":       runGeoSearchStore,
	}
}

const errUnit = command.ReplyError("ERR unsupported unit provided. please use M, KM, FT, MI")

// units are lengths in meters.
var units = []struct {
	name   string
	meters float64
}{{"m", 1}, {"km", 1000}, {"ft", 0.3048}, {"mi", 1609.34}}

func parseUnit(b []byte) (meters float64, err error) {
	for _, u := range units {
		if command.Is(b, u.name) {
			return u.meters, nil
		}
	}
	return 0, errUnit
}

// parsePoint reads a longitude and a latitude.
func parsePoint(lon, lat []byte) (p geo.Point, err error) {
	var ok1, ok2 bool
	p.Lon, ok1 = num.ParseFloat(lon)
	p.Lat, ok2 = num.ParseFloat(lat)
	switch {
	case !ok1 || !ok2:
		return p, command.ErrNotFloat
	case !p.Valid():
		return p, command.ReplyError("ERR invalid longitude,latitude pair " + decimals(p.Lon) + "," + decimals(p.Lat))
	}
	return p, nil
}

// decimals is f as errors show it.
func decimals(f float64) string {
	if math.IsInf(f, 0) {
		return string(num.AppendDouble(nil, f))
	}
	return strconv.FormatFloat(f, 'f', 6, 64)
}

// read looks k up: ok is false if it is absent, and err set if it holds no sorted
// set.
func read(c *command.Ctx, k keyspace.Key) (s zset.Set, ok bool, err error) {
	o, ok := c.Tx.Read(k)
	switch {
	case !ok:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
		return s, false, nil
	case !zset.Is(o):
		return s, false, command.ErrWrongType
	}
	return zset.Of(o), true, nil
}

// replyPoint answers with a longitude and a latitude.
func replyPoint(w *resp.Writer, p geo.Point) {
	w.Array(2)
	replyDegrees(w, p.Lon)
	replyDegrees(w, p.Lat)
}

// degreeDigits is how many decimals a coordinate may have.
const degreeDigits = 17

func replyDegrees(w *resp.Writer, f float64) {
	var room [2 * num.MaxDoubleLen]byte
	text := strconv.AppendFloat(room[:0], f, 'f', degreeDigits, 64)
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if text[len(text)-1] == '.' {
		text = text[:len(text)-1]
	}
	if string(text) == "-0" {
		text = text[1:]
	}
	if !w.Proto3 {
		w.Bulk(text)
		return
	}
	w.Raw(",")
	w.RawBytes(text)
	w.Raw("\r\n")
}

// replyDistance answers with a distance of four decimals.
func replyDistance(w *resp.Writer, d float64) {
	const scale = 10000
	n := uint64(math.RoundToEven(d * scale))
	var room [2 * num.MaxIntLen]byte
	text := append(num.AppendUint(room[:0], n/scale), '.')
	for rest, digit := n%scale, uint64(scale/10); digit > 0; digit /= 10 {
		text = append(text, byte('0'+rest/digit%10))
	}
	w.Bulk(text)
}

// runGeoDist answers GEODIST key member member [unit]: the distance, or nil if one
// of them is absent.
func runGeoDist(c *command.Ctx) error {
	unit, err := 1.0, error(nil)
	switch len(c.Argv) {
	case 4:
	case 5:
		unit, err = parseUnit(c.Arg(4))
	default:
		err = command.ErrSyntax
	}
	if err != nil {
		return err
	}
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	var a, b float64
	if ok {
		if a, ok = s.Score(c.Arg(2)); ok {
			b, ok = s.Score(c.Arg(3))
		}
	}
	if !ok {
		c.W.Null()
		return nil
	}
	replyDistance(c.W, geo.Distance(geo.PointOf(a), geo.PointOf(b))/unit)
	return nil
}

// runGeoHash answers GEOHASH key [member ...]: the text of each place, or nil.
func runGeoHash(c *command.Ctx) error {
	return eachPlace(c, c.W.Null, func(p geo.Point) {
		text := p.Text()
		c.W.Bulk(text[:])
	})
}

// runGeoPos answers GEOPOS key [member ...]: the coordinates of each place, or
// nil.
func runGeoPos(c *command.Ctx) error {
	return eachPlace(c, c.W.NullArray, func(p geo.Point) { replyPoint(c.W, p) })
}

// eachPlace answers with something for each member that the command names.
func eachPlace(c *command.Ctx, absent func(), reply func(p geo.Point)) error {
	s, there, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	c.W.Array(len(c.Argv) - 2)
	for _, member := range c.Argv[2:] {
		score, ok := 0.0, false
		if there {
			score, ok = s.Score(member)
		}
		if ok {
			reply(geo.PointOf(score))
		} else {
			absent()
		}
	}
	return nil
}
