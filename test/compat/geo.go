package compat

// geoGroup is the group "geo".
var geoGroup = func() group {
	addGeoKinds()
	return geoGrammar()
}()

// geoGrammar leaves STOREDIST to a script: the last of 17 digits of a distance hangs
// on the C library's arc sine, which is not always the nearest number.
func geoGrammar() group {
	return group{
		name:    "geo",
		clients: 1,
		before: [][]string{
			{"DEL", "a", "b"},
			{"GEOADD", "a", "13.361389", "38.115556", "a", "15.087269", "37.502669", "b", "2.35", "48.85", "c", "2.35", "48.85", "d"},
			{"ZADD", "b", "-5", "a", "1e20", "b", "0.5", "c"},
		},
		commands: parseCommands(`
			GEOADD key [NX|XX] [CH] (lon lat place)...
			GEOADD key lon lat place lon lat place
			GEODIST key place place [M|KM|FT|MI]
			GEODIST key place place unit
			GEOHASH key place...
			GEOPOS key place...
			GEORADIUS key lon lat radius unit [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC|DESC]
			GEORADIUS key lon lat radius unit [COUNT count [ANY]] [ASC|DESC] STORE key
			GEORADIUS_RO key lon lat radius unit [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC|DESC]
			GEORADIUSBYMEMBER key place radius unit [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC|DESC]
			GEORADIUSBYMEMBER key place radius unit [COUNT count] STORE key
			GEORADIUSBYMEMBER_RO key place radius unit [WITHCOORD] [WITHDIST] [WITHHASH] [ASC|DESC]
			GEOSEARCH key (FROMMEMBER place|FROMLONLAT lon lat) (BYRADIUS radius unit|BYBOX radius radius unit) [ASC|DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
			GEOSEARCH key FROMMEMBER place BYBOX radius radius unit ASC WITHDIST
			GEOSEARCH key FROMLONLAT lon lat BYRADIUS radius unit DESC WITHDIST WITHHASH
			GEOSEARCH key BYPOLYGON 3 cornerlon cornerlat cornerlon cornerlat cornerlon cornerlat [ASC|DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
			GEOSEARCH key BYPOLYGON vertices cornerlon cornerlat cornerlon cornerlat cornerlon cornerlat cornerlon cornerlat [ASC|DESC]
			GEOSEARCHSTORE key key (FROMMEMBER place|FROMLONLAT lon lat) (BYRADIUS radius unit|BYBOX radius radius unit) [ASC|DESC] [COUNT count [ANY]]
			GEOSEARCHSTORE key key BYPOLYGON 4 cornerlon cornerlat cornerlon cornerlat cornerlon cornerlat cornerlon cornerlat
		`),
		beside: parseCommands(`
			GEOADD key lon lat place lon lat place lon lat place lon lat place lon lat place lon lat place
			GEOADD key lon lat place lon lat place lon lat place lon lat place lon lat place lon lat place
			ZADD key geoscore place
			DEL key
			SET key value
			ZRANGE key 0 -1 WITHSCORES
			OBJECT ENCODING key
		`),
	}
}

// addGeoKinds adds the kinds of arguments that only these commands take.
func addGeoKinds() {
	lons := []string{"0", "-0.0001", "13.361389", "15.087269", "2.35", "-73.98", "139.69", "180", "-180", "179.9999", "-122.42", "12.5", "13.4"}
	lats := []string{"0", "0.0001", "38.115556", "37.502669", "48.85", "40.75", "35.68", "85.05112878", "-85.05112878", "-33.86", "84.9", "41.9", "52.52"}
	places := []string{"a", "b", "c", "d", "Palermo", "Catania", "12", "-7", "", longText[:65]}
	for name, k := range map[string]*kind{
		"lon": {plain: "15", usual: lons, odd: append([]string{"180.0001", "-181", "360"}, scoreEdges...)},
		"lat": {plain: "37", usual: lats, odd: append([]string{"85.06", "-90", "90"}, scoreEdges...)},
		// The real server goes astray if the middle of a polygon's corners lies behind
		// the last latitude that has a cell, as it may for corners on both sides of the
		// world: see differences.
		"cornerlon": {plain: "15", usual: []string{"0", "-0.0001", "13.361389", "15.087269", "2.35", "-73.98", "12.5", "13.4", "60"},
			odd: append([]string{"180.0001", "-181", "360"}, scoreEdges...)},
		"cornerlat": {plain: "37", usual: lats[:5], odd: []string{"", "x", "-90", "90", "1e400", "nan"}},
		"place":     {plain: "a", usual: places, odd: []string{"missing", "\x00\xff", longText}},
		"radius":    {plain: "200", usual: []string{"0", "1", "200", "500", "5000", "1500.5", "30000", "0.001", "1e7"}, odd: scoreEdges},
		"unit":      {plain: "km", usual: []string{"m", "km", "ft", "mi", "KM"}, odd: []string{"", "miles", "k"}},
		"geoscore":  {plain: "1", usual: []string{"1", "3479099956230698", "-5", "1e20", "0.5", "9007199254740992", "0"}},
		"vertices":  {plain: "4", usual: []string{"4"}, odd: append([]string{"3"}, integers...)},
	} {
		kinds[name] = k
	}
}
