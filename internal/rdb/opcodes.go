package rdb

import "sigrun/internal/hash"

// opcodes holds what to do at each opcode, and at the one type that no Sink
// reads.
var opcodes = [256]func(*loader) error{
	TypeModule2:     (*loader).module,
	OpUpdate:        (*loader).update,
	OpSlotImport:    (*loader).slotImport,
	OpSlotInfo:      (*loader).slotInfo,
	OpFunction:      (*loader).function,
	OpFunctionPreGA: (*loader).functionPreGA,
	OpModuleAux:     (*loader).moduleAux,
	OpIdle:          (*loader).idle,
	OpFreq:          (*loader).freq,
	OpAux:           (*loader).aux,
	OpResizeDB:      (*loader).resizeDB,
	OpExpireMs:      (*loader).expireMs,
	OpExpire:        (*loader).expire,
	OpSelectDB:      (*loader).selectDB,
	OpEOF:           (*loader).eof,
}

// foreignOpcodes are those that mean something else in files of Redis.
var foreignOpcodes = [256]func(*loader) error{
	OpRAMUse:       (*loader).hint,
	OpSlotNumber:   (*loader).hint,
	OpHashTemplate: (*loader).hashTemplate,
	OpKeyMeta:      (*loader).keyMeta,
}

// handler returns what to do at code, nil if it is no opcode.
func (l *loader) handler(code byte) func(*loader) error {
	if l.file.Foreign() && foreignOpcodes[code] != nil {
		return foreignOpcodes[code]
	}
	return opcodes[code]
}

func (l *loader) eof() error {
	l.done = true
	return nil
}

func (l *loader) selectDB() error {
	db, err := l.r.Len()
	if err != nil {
		return err
	}
	if db >= uint64(l.o.Databases) {
		return l.r.Refusef("FATAL: Data file was created with a Valkey server configured to handle more than %d databases. Exiting",
			l.o.Databases)
	}
	l.db = int(db)
	return l.sink.SelectDB(l.db)
}

func (l *loader) resizeDB() error {
	keys, err := l.r.Len()
	if err != nil {
		return err
	}
	expires, err := l.r.Len()
	if err != nil {
		return err
	}
	return l.sink.ResizeDB(keys, expires)
}

func (l *loader) expire() error {
	seconds, err := l.r.Uint32()
	l.meta.ExpireMs = int64(int32(seconds)) * 1000
	return err
}

func (l *loader) expireMs() (err error) {
	l.meta.ExpireMs, err = l.r.Millis()
	return err
}

func (l *loader) idle() error {
	seconds, err := l.r.Len()
	l.meta.LRUIdle = int64(min(seconds, 1<<62))
	return err
}

func (l *loader) freq() error {
	n, err := l.r.Byte()
	l.meta.LFUFreq = int(n)
	return err
}

// slotInfo reads over Redis's hint about the size of a slot.
func (l *loader) slotInfo() error { return l.r.times(3, skipLen) }

// hint reads over a number that is of no use here.
func (l *loader) hint() error { return skipLen(l.r) }

func (l *loader) functionPreGA() error {
	return l.r.Corruptf("Pre-release function format not supported.")
}

func (l *loader) function() error {
	code, err := l.r.String()
	if err != nil {
		return err
	}
	sink, ok := l.sink.(FunctionSink)
	if !ok {
		return l.r.Refusef("The RDB file contains a function library, and functions are not supported here")
	}
	return sink.Function(code)
}

// ReadModuleAux reads what stands in front of the parts of a module's auxiliary
// data and returns the module type's id.
func (r *Reader) ReadModuleAux() (id uint64, err error) {
	if id, err = r.Len(); err != nil {
		return 0, err
	}
	whenCode, err := r.Len()
	if err != nil {
		return 0, err
	}
	if _, err = r.Len(); err != nil { // before or after the keys: of no use here
		return 0, err
	}
	if whenCode != moduleUint {
		return 0, r.Corruptf("bad when_opcode")
	}
	return id, nil
}

func (l *loader) moduleAux() error {
	id, err := l.r.ReadModuleAux()
	switch {
	case err != nil:
		return err
	case !l.o.SkipModules:
		return l.r.Refusef("The RDB file contains AUX module data I can't load: no matching module '%s'", ModuleTypeName(id))
	}
	l.stats.ModuleData++
	return SkipModuleParts(l.r)
}

// ReadSlotImport reads the record of a slot import: the job's name, a view, and
// its slots.
func (r *Reader) ReadSlotImport() (job []byte, ranges []SlotRange, err error) {
	view, err := r.String()
	if err != nil {
		return nil, nil, err
	}
	if len(view) != slotImportName {
		return nil, nil, r.Corruptf("Invalid slot import job name length in RDB")
	}
	job = append(job, view...)
	n, err := r.Len()
	for ; err == nil && n > 0; n-- {
		var s SlotRange
		s, err = r.slotRange()
		ranges = append(ranges, s)
	}
	return job, ranges, err
}

func (r *Reader) slotRange() (SlotRange, error) {
	first, err := r.Len()
	if err != nil {
		return SlotRange{}, err
	}
	last, err := r.Len()
	if err != nil {
		return SlotRange{}, err
	}
	if first > last || last >= hash.Slots {
		return SlotRange{}, r.Corruptf("Invalid slot import range in RDB: start=%d end=%d", first, last)
	}
	return SlotRange{uint16(first), uint16(last)}, nil
}

func (l *loader) slotImport() error {
	job, ranges, err := l.r.ReadSlotImport()
	if err != nil {
		return err
	}
	sink, ok := l.sink.(SlotImportSink)
	if !ok {
		return l.r.Refusef("The RDB file contains a slot import under way, and this server is not in cluster mode")
	}
	return sink.SlotImport(job, ranges)
}
