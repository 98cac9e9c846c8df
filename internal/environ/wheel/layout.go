package wheel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
)

// Records of the end of a zip archive; see PKWARE's APPNOTE.TXT, 4.3.7 to 4.3.16.
const (
	endSize       = 22
	locator64Size = 20
	end64Size     = 56
	memberSize    = 46 // of a member in the directory, without its name
	localSize     = 30 // of what stands before a content, without the name

	maxDirectory = 64 << 20 // bytes of the directory; a wheel of 250,000 files has 30 MB
)

var (
	endMark       = []byte("PK\x05\x06")
	end64Mark     = []byte("PK\x06\x06")
	locator64Mark = []byte("PK\x06\x07")
	memberMark    = []byte("PK\x01\x02")
	localMark     = []byte("PK\x03\x04")
)

// Kinds of extra data of a member.
const (
	extraZip64       = 0x0001
	extraUnicodePath = 0x7075 // Python from 3.12 on takes it for the name
)

// directory says where the list of members is.
type directory struct {
	offset, size, count uint64
	whole               bool // all three stand in the short record
	end                 uint64
}

// layout reads the list of members as strictly as its format is written, so that every reader finds the same ones, and
// returns how many there are. Anything after the list but its end, and a second end, are refused.
func layout(r io.ReaderAt, size int64) (int, error) {
	d, err := readEnd(r, size)
	if err != nil {
		return 0, err
	}
	if d.size > maxDirectory {
		return 0, refusal.New("", "the list of its members takes %d bytes: at most %d are read", d.size, maxDirectory)
	}
	if d.offset > d.end || d.end-d.offset != d.size {
		return 0, refusal.New("", "the list of its members is not where it should be")
	}
	list := make([]byte, d.size)
	if err := readAt(r, list, int64(d.offset)); err != nil {
		return 0, err
	}
	n, err := members(r, list)
	if err == nil && uint64(n) != d.count {
		err = refusal.New("", "it lists %d members and says that they are %d", n, d.count)
	}
	return n, err
}

// readEnd reads the record that the archive ends with, or that of 64 bits before it.
func readEnd(r io.ReaderAt, size int64) (directory, error) {
	if size < endSize {
		return directory{}, refusal.New("", "this is no zip archive")
	}
	end := make([]byte, endSize)
	if err := readAt(r, end, size-endSize); err != nil {
		return directory{}, err
	}
	if !bytes.HasPrefix(end, endMark) || !zero(end[4:8]) || !zero(end[20:]) || !bytes.Equal(end[8:10], end[10:12]) {
		return directory{}, refusal.New("", "this is no zip archive, or something follows its end")
	}
	d := directory{count: uint64(binary.LittleEndian.Uint16(end[10:])), size: uint64(binary.LittleEndian.Uint32(end[12:])),
		offset: uint64(binary.LittleEndian.Uint32(end[16:])), end: uint64(size - endSize)}
	d.whole = d.count != 0xffff && d.size != 0xffffffff && d.offset != 0xffffffff
	return d.in64(r)
}

// in64 takes the numbers from the record of 64 bits where there is one. It is one of the reasons why readers differ:
// Python follows it whenever it is there, others only where a number does not fit the short record.
func (d directory) in64(r io.ReaderAt) (directory, error) {
	if d.end < locator64Size+end64Size {
		return d, nil
	}
	at := d.end - locator64Size - end64Size
	b := make([]byte, end64Size+locator64Size)
	if err := readAt(r, b, int64(at)); err != nil {
		return d, err
	}
	rec, loc := b[:end64Size], b[end64Size:]
	if !bytes.HasPrefix(loc, locator64Mark) {
		return d, nil
	}
	ordinary := bytes.HasPrefix(rec, end64Mark) && binary.LittleEndian.Uint64(rec[4:]) == end64Size-12 && zero(rec[16:24]) &&
		bytes.Equal(rec[24:32], rec[32:40]) && zero(loc[4:8]) && binary.LittleEndian.Uint64(loc[8:]) == at && binary.LittleEndian.Uint32(loc[16:]) == 1
	if !ordinary || d.whole {
		return d, refusal.New("", "its end can be read in two ways")
	}
	return directory{count: binary.LittleEndian.Uint64(rec[32:]), size: binary.LittleEndian.Uint64(rec[40:]),
		offset: binary.LittleEndian.Uint64(rec[48:]), end: at}, nil
}

// members counts those of a list, and compares each with what stands before its content.
func members(r io.ReaderAt, list []byte) (int, error) {
	n := 0
	for ; len(list) > 0; n++ {
		if len(list) < memberSize || !bytes.HasPrefix(list, memberMark) {
			return 0, refusal.New("", "the list of its members is damaged")
		}
		name := int(binary.LittleEndian.Uint16(list[28:]))
		extra := int(binary.LittleEndian.Uint16(list[30:]))
		all := memberSize + name + extra + int(binary.LittleEndian.Uint16(list[32:]))
		if len(list) < all {
			return 0, refusal.New("", "the list of its members is damaged")
		}
		if err := extras(string(list[memberSize:memberSize+name]), list[memberSize+name:memberSize+name+extra]); err != nil {
			return 0, err
		}
		if err := local(r, list[memberSize:memberSize+name], binary.LittleEndian.Uint32(list[42:])); err != nil {
			return 0, err
		}
		list = list[all:]
	}
	return n, nil
}

// local refuses a member that has another name before its content than in the list. One that begins behind 4 GiB is left to
// the reader of its content.
func local(r io.ReaderAt, name []byte, at uint32) error {
	if at == 0xffffffff {
		return nil
	}
	head := make([]byte, localSize+len(name))
	if err := readAt(r, head, int64(at)); err != nil {
		return err
	}
	if !bytes.HasPrefix(head, localMark) || int(binary.LittleEndian.Uint16(head[26:])) != len(name) || !bytes.Equal(head[localSize:], name) {
		return refusal.New(string(name), "has another name before its content")
	}
	return nil
}

// extras looks at the extra data of a member: what readers disagree about may not be there.
func extras(name string, data []byte) error {
	zip64 := false
	for len(data) >= 4 {
		kind, size := binary.LittleEndian.Uint16(data), int(binary.LittleEndian.Uint16(data[2:]))
		if size > len(data)-4 || kind == extraZip64 && zip64 {
			return refusal.New(name, "has extra data that can be read in two ways")
		}
		if kind == extraUnicodePath {
			return refusal.New(name, "has a second name")
		}
		zip64 = zip64 || kind == extraZip64
		data = data[4+size:]
	}
	return nil
}

func readAt(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		if errors.Is(err, io.EOF) {
			return refusal.New("", "the archive ends too early")
		}
		return err
	}
	return nil
}

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
