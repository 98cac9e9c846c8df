package wheel_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/modelbuild/modelbuild/internal/environ/wheel"
	"github.com/stretchr/testify/require"
)

const (
	most = 16 << 30
	name = "greet_you-1.0-py3-none-any.whl"
	info = "greet_you-1.0.dist-info/"
	data = "greet_you-1.0.data/"
)

// part is a member of a wheel that a test makes.
type part struct {
	name, text string
	mode       uint32 // with its kind, as Unix has it
	zeros      int64  // in place of a text
	edit       func(*zip.FileHeader)
	unlisted   bool   // in RECORD
	listed     string // what RECORD has of it, where that is not true
}

// metadata are the files about a wheel, without RECORD.
func metadata() []part {
	return []part{
		{name: info + "METADATA", text: "Metadata-Version: 2.1\nName: greet-you\nVersion: 1.0.0\n\nName: other\n"},
		{name: info + "WHEEL", text: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
	}
}

// pack makes a wheel of parts, with a RECORD of them and these lines.
func pack(t testing.TB, parts []part, lines ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	record := strings.Join(lines, "")
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, Method: zip.Deflate, CreatorVersion: 3 << 8, ExternalAttrs: p.mode << 16}
		if p.edit != nil {
			p.edit(h)
		}
		w, err := z.CreateHeader(h)
		require.NoError(t, err)
		sum := sha256.New()
		if !strings.HasSuffix(p.name, "/") {
			_, err = io.Copy(io.MultiWriter(w, sum), io.MultiReader(strings.NewReader(p.text), io.LimitReader(zeros{}, p.zeros)))
			require.NoError(t, err)
		}
		if p.listed == "" {
			p.listed = "sha256=" + base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
		}
		if !p.unlisted && !strings.HasSuffix(p.name, "/") {
			record += fmt.Sprintf("%s,%s,%d\n", p.name, p.listed, len(p.text))
		}
	}
	w, err := z.Create(info + "RECORD")
	require.NoError(t, err)
	_, err = io.WriteString(w, record+info+"RECORD,,\n")
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// zeros reads as many zero bytes as it is asked for.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func check(t testing.TB, name string, whl []byte) error {
	t.Helper()
	return wheel.Check(t.Context(), wheel.Wheel{ReaderAt: bytes.NewReader(whl), Size: int64(len(whl)), Name: name}, most)
}

func refused(t testing.TB, err error, want string) {
	t.Helper()
	var r *refusal.Error
	require.ErrorAs(t, err, &r)
	require.Contains(t, err.Error(), want)
	require.Less(t, len(err.Error()), 400)
}

// TestGood has everything that a wheel may have.
func TestGood(t *testing.T) {
	whl := pack(t, append(metadata(),
		part{name: "greet/"},
		part{name: "greet/__init__.py", text: "word = 'hello'\n", mode: 0o100644},
		part{name: "greet/Ünder.py", text: "x"},
		part{name: "greet/ünder.py", text: "y"}, // another file: no environment folds cases
		part{name: "greet/stored.bin", text: "z", edit: func(h *zip.FileHeader) { h.Method = zip.Store }},
		part{name: "greet/a..b", text: "two dots are part of a name"},
		part{name: "greet/vendored-2.dist-info/METADATA", text: "Name: vendored\n"},
		part{name: data + "scripts/run", text: "#!python\n", mode: 0o100755},
		part{name: data + "data/share/x", text: "x"},
		part{name: data},
		part{name: data + "purelib/"},
		part{name: info + "RECORD.jws", text: "{}", unlisted: true},
		part{name: info + "entry_points.txt", text: "[console_scripts]\r\n# ../x = y\ngreet = greet:main\ngreet-3.11 = greet:main\n\n[greet.plugins]\na/b = greet:a\n"},
	), "greet/gone.py,sha256=x,1\n")
	for _, same := range []string{name, "Greet.You-1.0.0-2-cp311-cp311-manylinux_2_17_x86_64.whl"} {
		require.NoError(t, check(t, same, whl))
	}
}

func TestHostile(t *testing.T) {
	huge := part{name: "greet/zeros", zeros: 80 << 20}
	for title, c := range map[string]struct {
		parts []part
		want  string
	}{
		"climbs":                 {[]part{{name: "../evil"}}, `"../evil" leads out of the folder`},
		"climbs inside":          {[]part{{name: "greet/../../evil"}}, `"greet/../../evil" leads out`},
		"climbs as in Windows":   {[]part{{name: `greet\..\..\evil`}}, "leads out"},
		"a folder that climbs":   {[]part{{name: "greet/../"}}, "leads out"},
		"data that climbs":       {[]part{{name: data + "data/../../../etc/passwd"}}, "leads out"},
		"absolute":               {[]part{{name: "/etc/passwd"}}, `"/etc/passwd" is an absolute name`},
		"an empty part":          {[]part{{name: "greet//x"}}, "is not the name of a file"},
		"a dot":                  {[]part{{name: "greet/./x"}}, "is not the name of a file"},
		"a backslash":            {[]part{{name: `greet\x`}}, "is not the name of a file"},
		"ends at a zero byte":    {[]part{{name: "greet/x\x00/../y"}}, "leads out"},
		"a zero byte":            {[]part{{name: "greet/x\x00.py"}}, "is not the name of a file"},
		"a new line":             {[]part{{name: "greet/x\ny"}}, "is not the name of a file"},
		"a long name":            {[]part{{name: strings.Repeat("a/", 3000) + "a"}}, "is not the name of a file"},
		"letters of no text":     {[]part{{name: "greet/\xff"}}, "is not"},
		"letters without a mark": {[]part{{name: "greet/ä", edit: func(h *zip.FileHeader) { h.NonUTF8 = true }}}, "is not marked as UTF-8"},
		"a second name":          {[]part{{name: "greet/a", edit: func(h *zip.FileHeader) { h.Extra = []byte("\x75\x70\x0c\x00\x01\x00\x00\x00\x00../evil") }}}, `"greet/a" has a second name`},
		"extra data cut short":   {[]part{{name: "greet/a", edit: func(h *zip.FileHeader) { h.Extra = []byte("\x99\x99\x0c\x00\x01") }}}, "can be read in two ways"},
		"twice":                  {[]part{{name: "greet/a", text: "1"}, {name: "greet/a", text: "1"}}, `"greet/a" is in the archive twice`},
		"a file and a folder":    {[]part{{name: "greet/a", text: "1"}, {name: "greet/a/"}}, "is in the archive twice"},
		"below a file":           {[]part{{name: "greet", text: "1"}, {name: "greet/a/b/c"}}, `"greet/a/b/c" is below a file`},
		"a link":                 {[]part{{name: "greet/passwd", text: "/etc/passwd", mode: 0o120777}}, `"greet/passwd" is a link`},
		"a link of another system": {[]part{{name: "greet/passwd", text: "/etc/passwd", mode: 0o120777, edit: func(h *zip.FileHeader) { h.CreatorVersion = 0 }}},
			`"greet/passwd" is a link`},
		"a device":           {[]part{{name: "greet/sda", mode: 0o060644}}, `"greet/sda" is a device`},
		"a pipe":             {[]part{{name: "greet/p", mode: 0o010644}}, "is a device"},
		"a folder's mode":    {[]part{{name: "greet/d", mode: 0o040755}}, "is a folder without the name of one"},
		"encrypted":          {[]part{{name: "greet/a", edit: func(h *zip.FileHeader) { h.Flags |= 1 }}}, "is encrypted"},
		"a patch":            {[]part{{name: "greet/a", edit: func(h *zip.FileHeader) { h.Flags |= 1 << 5 }}}, "needs a reader of another kind"},
		"a bomb":             {[]part{huge}, `"greet/zeros" is too much: an archive of `},
		"a bomb in parts":    {[]part{{name: "a", zeros: 40 << 20}, {name: "b", zeros: 40 << 20}}, `"b" is too much`},
		"not in RECORD":      {[]part{{name: "greet/a", unlisted: true}}, `"greet/a" is not in the wheel's RECORD`},
		"another hash":       {[]part{{name: "greet/a", text: "x", listed: "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}}, `"greet/a" is not what the wheel's RECORD says`},
		"a weak hash":        {[]part{{name: "greet/a", text: "x", listed: "md5=x"}}, `"greet/a" has no sha256`},
		"no hash":            {[]part{{name: "greet/a", text: "x", listed: ","}}, `"greet/a" has no sha256`},
		"another wheel's":    {[]part{{name: "other-1.0.dist-info/METADATA"}}, `"other-1.0.dist-info/METADATA" is in the folder of another wheel: ` + name + " is greet-you 1"},
		"another version's":  {[]part{{name: "greet_you-1.1.dist-info/METADATA"}}, "is in the folder of another wheel"},
		"two folders":        {[]part{{name: "greet-you-1.0.dist-info/METADATA"}}, "is in a second folder about the wheel"},
		"another's data":     {[]part{{name: "pip-1.0.data/scripts/pip"}}, `"pip-1.0.data/scripts/pip" is in the folder of another wheel`},
		"an unknown place":   {[]part{{name: data + "etc/passwd"}}, "is for a place that no environment has: only purelib, platlib, headers, scripts, data are"},
		"no place":           {[]part{{name: data + "passwd"}}, "is for a place that no environment has"},
		"a program outside":  {[]part{{name: info + "entry_points.txt", text: "[console_scripts]\n../../../etc/cron.d/x = greet:main\n"}}, `asks for a program "../../../etc/cron.d/x"`},
		"an absolute one":    {[]part{{name: info + "entry_points.txt", text: "[a]\n/x=y\n[gui_scripts ]\n/etc/x=greet:main\n"}}, `asks for a program "/etc/x"`},
		"a hidden section":   {[]part{{name: info + "entry_points.txt", text: "[a]\x0c[console_scripts]\x0c/etc/x=greet:main\n"}}, "has characters that no text has"},
		"a hidden line":      {[]part{{name: info + "entry_points.txt", text: "[console_scripts]\n# x\u2028/etc/x=greet:main\n"}}, "has characters that no text has"},
		"sizes in two ways":  {[]part{{name: "greet/a", edit: func(h *zip.FileHeader) { h.Extra = []byte("\x01\x00\x00\x00\x01\x00\x00\x00") }}}, "can be read in two ways"},
		"content of folders": {[]part{{name: "greet/a", edit: func(h *zip.FileHeader) {}}, {name: "greet/a/x"}}, "is below a file of the archive"},
	} {
		t.Run(title, func(t *testing.T) {
			refused(t, check(t, name, pack(t, append(metadata(), c.parts...))), c.want)
		})
	}
}

// TestRecordOutside: a RECORD that lists files of others would have them removed with the wheel.
func TestRecordOutside(t *testing.T) {
	for line, want := range map[string]string{
		"../../../etc/passwd,sha256=x,1\n":          `RECORD" lists a file outside of the wheel: "../../../etc/passwd"`,
		"/etc/passwd,sha256=x,1\n":                  "lists a file outside of the wheel",
		"a\n":                                       "is no list of files",
		"\"a,sha256=x,1\n":                          "is no list of files",
		info + "WHEEL,sha256=AAAA,1\n":              "twice",
		strings.Repeat("../", 300) + "x,sha256=,\n": "lists a file outside of the wheel",
	} {
		refused(t, check(t, name, pack(t, metadata(), line)), want)
	}
}

func TestIncomplete(t *testing.T) {
	about := metadata()
	for title, c := range map[string]struct {
		parts []part
		want  string
	}{
		"nothing":         {nil, `METADATA" is missing`},
		"no WHEEL":        {about[:1], `WHEEL" is missing`},
		"another name":    {[]part{{name: info + "METADATA", text: "Name: other\nVersion: 1.0\n"}, about[1]}, `METADATA" is of other 1.0`},
		"another version": {[]part{{name: info + "METADATA", text: "Name: greet-you\nVersion: 1.0.post1\n"}, about[1]}, "is of greet-you 1.0.post1"},
		"no name":         {[]part{{name: info + "METADATA", text: "\nName: greet-you\nVersion: 1.0\n"}, about[1]}, "is of  "},
		"a folder":        {[]part{{name: info + "METADATA/"}, about[1]}, `METADATA" is missing`},
	} {
		t.Run(title, func(t *testing.T) { refused(t, check(t, name, pack(t, c.parts)), c.want) })
	}
	for file, want := range map[string]string{
		"other-1.0-py3-none-any.whl": "is in the folder of another wheel",
		"greet_you-1.0-any.whl":      "is not the name of a wheel",
		"greet_you-x-py3-no-any.whl": "is not the name of a wheel",
		"greet_you-1.0.tar.gz":       "is not the name of a wheel",
	} {
		refused(t, check(t, file, pack(t, about)), want)
	}
}

// TestDamaged changes the bytes of a good wheel.
func TestDamaged(t *testing.T) {
	good := pack(t, append(metadata(), part{name: "greet/a.py", text: strings.Repeat("text ", 1000)}))
	end := len(good) - 22
	set := func(at int, b ...byte) []byte {
		out := bytes.Clone(good)
		copy(out[at:], b)
		return out
	}
	locator := append([]byte("PK\x06\x07"), make([]byte, 16)...)
	second := append(append(bytes.Clone(good[:end]), append(append([]byte("PK\x06\x06"), make([]byte, 52)...), locator...)...), good[end:]...)
	for title, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":              {nil, "this is no zip archive"},
		"a page":             {[]byte("<html>404 Not Found</html>"), "this is no zip archive"},
		"cut short":          {good[:len(good)-10], "this is no zip archive"},
		"something after it": {append(bytes.Clone(good), 'x'), "something follows its end"},
		"a comment":          {append(set(len(good)-2, 1), 'x'), "something follows its end"},
		"something before":   {append([]byte("#!/bin/sh\n"), good...), "is not where it should be"},
		"two ends":           {second, "its end can be read in two ways"},
		"fewer members":      {set(end+8, 2, 0, 2, 0), "lists 4 members and says that they are 2"},
		"a hidden gap":       {append(append(bytes.Clone(good[:end]), 0), good[end:]...), "is not where it should be"},
		"another name":       {set(bytes.Index(good, []byte("greet/a.py")), 'G'), `"greet/a.py" has another name before its content`},
		"a changed byte":     {set(bytes.Index(good, []byte("greet/a.py"))+30, 0xff, 0xff), `"greet/a.py" is`},
	} {
		t.Run(title, func(t *testing.T) { refused(t, check(t, name, c.data), c.want) })
	}
	for i := range len(good) { // any cut is refused
		require.Error(t, check(t, name, good[:i]))
	}
}

// TestMoreThanItSays: the sizes of the list are what pip goes by; a member that holds more is refused.
func TestMoreThanItSays(t *testing.T) {
	good := pack(t, append(metadata(), part{name: "greet/a.py", text: strings.Repeat("text ", 1000)}))
	at := bytes.LastIndex(good, []byte("greet/a.py")) // before RECORD, in the directory
	at = bytes.LastIndex(good[:at], []byte("PK\x01\x02"))
	require.Equal(t, []byte{0x88, 0x13}, good[at+24:at+26])
	good[at+24], good[at+25] = 0x10, 0
	refused(t, check(t, name, good), `"greet/a.py" `)
}

// TestZip reads an archive that is no wheel: it needs no metadata, and nothing in it may lead out.
func TestZip(t *testing.T) {
	for want, parts := range map[string][]part{
		"":                                  {{name: "greet-1.0/setup.py", text: "x"}, {name: "greet-1.0/greet.data/x", text: "y"}},
		`"../evil" leads out of the folder`: {{name: "../evil"}},
		`"a/l" is a link`:                   {{name: "a/l", text: "/etc", mode: 0o120777}},
		`"a/zeros" is too much`:             {{name: "a/zeros", zeros: 80 << 20}},
	} {
		zipped := pack(t, parts)
		err := wheel.CheckZip(wheel.Wheel{ReaderAt: bytes.NewReader(zipped), Size: int64(len(zipped)), Name: "greet-1.0.zip"}, most)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		refused(t, err, want)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(pack(f, append(metadata(), part{name: "greet/a.py", text: "x"}, part{name: data + "scripts/x", text: "y"})))
	f.Add(pack(f, append(metadata(), part{name: "../evil"})))
	f.Add(pack(f, append(metadata(), part{name: info + "entry_points.txt", text: "[console_scripts]\n../x=y\n"})))
	f.Fuzz(func(t *testing.T, whl []byte) {
		if check(t, name, whl) != nil {
			return
		}
		z, err := zip.NewReader(bytes.NewReader(whl), int64(len(whl)))
		require.NoError(t, err)
		for _, m := range z.File {
			require.True(t, filepath.IsLocal(strings.TrimSuffix(m.Name, "/")), m.Name)
			require.True(t, m.Mode().IsRegular() || m.Mode().IsDir(), m.Name)
		}
	})
}
