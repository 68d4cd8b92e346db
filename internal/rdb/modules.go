package rdb

// module refuses a key whose value belongs to a module, or reads over it.
func (l *loader) module() (err error) {
	if l.key, err = l.r.AppendString(l.key[:0]); err != nil {
		return err
	}
	l.meta = NoMeta
	id, err := l.r.Len()
	switch {
	case err != nil:
		return err
	case !l.o.SkipModules:
		return l.r.Refusef("The RDB file contains module data I can't load: no matching module type '%s'", ModuleTypeName(id))
	}
	l.stats.ModuleKeys++
	return SkipModuleParts(l.r)
}
