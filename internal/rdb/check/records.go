package check

import (
	"errors"
	"strings"

	"sigrun/internal/rdb"
)

// opcodes holds what to do at each opcode; types have no entry.
var opcodes = [256]func(*checker) error{
	rdb.OpSlotImport:    (*checker).slotImport,
	rdb.OpSlotInfo:      (*checker).slotInfo,
	rdb.OpFunction:      (*checker).function,
	rdb.OpFunctionPreGA: (*checker).functionPreGA,
	rdb.OpModuleAux:     (*checker).moduleAux,
	rdb.OpIdle:          (*checker).idle,
	rdb.OpFreq:          (*checker).freq,
	rdb.OpAux:           (*checker).aux,
	rdb.OpResizeDB:      (*checker).resizeDB,
	rdb.OpExpireMs:      (*checker).expireMs,
	rdb.OpExpire:        (*checker).expireSeconds,
	rdb.OpSelectDB:      (*checker).selectDB,
	rdb.OpEOF:           (*checker).eof,
}

// foreignOpcodes are those that mean something else in files of Redis.
var foreignOpcodes = [256]func(*checker) error{
	rdb.OpRAMUse:       (*checker).idle,
	rdb.OpSlotNumber:   (*checker).idle,
	rdb.OpHashTemplate: (*checker).hashTemplate,
	rdb.OpKeyMeta:      (*checker).keyMeta,
}

// record reads one record: an opcode's or a key's.
func (c *checker) record() error {
	c.doing = "read-type"
	code, err := c.r.Byte()
	if err != nil {
		return err
	}
	if handle := foreignOpcodes[code]; handle != nil && c.file.Foreign() {
		return handle(c)
	}
	if handle := opcodes[code]; handle != nil {
		return handle(c)
	}
	typ, err := c.typeOf(code)
	if err != nil {
		return err
	}
	c.typ = int(typ)
	if err := c.readKey(typ); err != nil {
		return err
	}
	c.typ, c.hasKey, c.meta = noType, false, rdb.NoMeta
	return nil
}

// typeOf is the type that a byte stands for, or an error if it is none that this
// file can have.
func (c *checker) typeOf(code byte) (typ byte, err error) {
	typ, known := rdb.TypeOf(code, c.file.Version)
	switch {
	case known:
	case c.file.Foreign() && code >= rdb.FirstOwnType:
		err = findingf("Unknown object type %d in RDB file with foreign version %d", code, c.file.Version)
	case c.file.Future():
		err = findingf("Unknown object type %d in RDB file with future version %d", code, c.file.Version)
	default:
		err = findingf("Invalid object type: %d", code)
	}
	return typ, err
}

func (c *checker) readKey(typ byte) (err error) {
	c.doing = "read-key"
	if c.key, err = c.r.AppendString(c.key[:0]); err != nil {
		return err
	}
	c.hasKey = true
	c.Keys++
	c.doing = "read-object-value"
	if err := c.o.Values.Value(c.db, c.key, c.meta, typ, c.r); errors.Is(err, rdb.ErrEmptyKey) {
		return errEnd
	} else if err != nil {
		return err
	}
	if c.meta.ExpireMs != rdb.None {
		c.Expires++
		if c.meta.ExpireMs < c.now {
			c.Expired++
		}
	}
	return nil
}

func (c *checker) eof() error {
	c.end = true
	return nil
}

func (c *checker) selectDB() error {
	c.doing = "read-len"
	var err error
	if c.db, err = c.r.Len(); err == nil {
		c.info("Selecting DB ID %d", c.db)
	}
	return err
}

func (c *checker) resizeDB() error {
	c.doing = "read-len"
	return c.lens(2)
}

// lens reads over n numbers.
func (c *checker) lens(n int) error {
	for range n {
		if _, err := c.r.Len(); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) expireSeconds() error {
	c.doing = "read-expire"
	seconds, err := c.r.Uint32()
	c.meta.ExpireMs = int64(int32(seconds)) * 1000
	return err
}

func (c *checker) expireMs() (err error) {
	c.doing = "read-expire"
	c.meta.ExpireMs, err = c.r.Millis()
	return err
}

func (c *checker) idle() error { return c.lens(1) }

func (c *checker) freq() error {
	_, err := c.r.Byte()
	return err
}

func (c *checker) aux() error {
	c.doing = "read-aux"
	name, err := c.r.AppendString(nil)
	if err != nil {
		return err
	}
	value, err := c.r.String()
	if err != nil {
		return err
	}
	if strings.EqualFold(string(name), "lua") { // Redis before 7.0 kept scripts so
		c.Scripts++
	}
	c.Aux = append(c.Aux, Aux{string(name), string(value)})
	c.info("AUX FIELD %s = '%s'", printable(name), printable(value))
	return nil
}

func (c *checker) slotInfo() error { return c.lens(3) }

func (c *checker) functionPreGA() error {
	return findingf("Pre-release function format not supported %d", c.file.Version)
}

func (c *checker) function() error {
	c.doing = "read-functions"
	if err := c.r.SkipString(); err != nil {
		offset, _ := c.locate(err)
		return &rdb.Error{Offset: offset, Kind: rdb.Refused, Msg: "Failed loading library, Failed loading library payload"}
	}
	c.Functions++
	return nil
}

func (c *checker) moduleAux() error {
	c.doing = "read-module-aux"
	id, err := c.r.ReadModuleAux()
	if err != nil {
		return plainly(err)
	}
	c.info("MODULE AUX for: %s", rdb.ModuleTypeName(id))
	return rdb.SkipModuleParts(c.r)
}

func (c *checker) slotImport() error {
	_, _, err := c.r.ReadSlotImport()
	return plainly(err)
}

func (c *checker) hashTemplate() error { return plainly(c.r.ReadTemplate()) }

func (c *checker) keyMeta() error {
	n, err := c.r.Len()
	for ; n > 0 && err == nil; n-- {
		if _, err = c.r.ReadKeyMetaClass(); err == nil {
			err = rdb.SkipModuleParts(c.r)
		}
	}
	return err
}

// plainly makes damage be reported by its message alone.
func plainly(err error) error {
	var bad *rdb.Error
	if errors.As(err, &bad) && bad.Kind == rdb.Corrupt {
		return finding(bad.Msg)
	}
	return err
}
