package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func packGzip(t testing.TB, data string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(data))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func packZstd(t testing.TB, data string) []byte {
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return w.EncodeAll([]byte(data), nil)
}

func TestPacked(t *testing.T) {
	data := irregular(2000)
	want, err := Read("d", strings.NewReader(data), Options{})
	require.NoError(t, err)
	for name, packed := range map[string][]byte{
		"gzip":      packGzip(t, data),
		"two parts": append(packGzip(t, data[:1000]), packGzip(t, data[1000:])...),
		"Zstandard": packZstd(t, data),
		"frames":    append(packZstd(t, data[:1000]), packZstd(t, data[1000:])...),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read("d", bytes.NewReader(packed), Options{block: 100})
			require.NoError(t, err)
			sum := sha256.Sum256(packed)
			require.Equal(t, hex.EncodeToString(sum[:]), got.SHA256)
			require.Equal(t, int64(len(packed)), got.Size)
			got.SHA256 = want.SHA256
			requireEqual(t, want, got)
		})
	}
}

func TestDamaged(t *testing.T) {
	data := irregular(2000)
	for name, packed := range map[string][]byte{"gzip": packGzip(t, data), "Zstandard": packZstd(t, data)} {
		for _, n := range []int{5, 100, len(packed) - 1} {
			_, err := Read("d", bytes.NewReader(packed[:n]), Options{})
			require.ErrorContains(t, err, "data.d: the "+name+" file ends early (MB2030)")
		}
		broken := bytes.Clone(packed)
		broken[len(broken)/2] ^= 0x55
		_, err := Read("d", bytes.NewReader(broken), Options{})
		require.ErrorContains(t, err, "(MB20")
		_, err = Read("d", bytes.NewReader(append(bytes.Clone(packed), "garbage is not packed"...)), Options{})
		require.ErrorContains(t, err, "the "+name+" file is damaged", "what comes after it")
	}
}

func TestBombs(t *testing.T) {
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	for name, packed := range map[string][]byte{"gzip": packGzip(t, "a\n"+strings.Repeat("\n", 1<<24)),
		"Zstandard": w.EncodeAll([]byte("a\n"+strings.Repeat("\n", 1<<24)), nil)} {
		_, err := Read("d", bytes.NewReader(packed), Options{free: 1 << 20})
		require.ErrorContains(t, err, "the "+name+" file unpacks to more than 1 MiB and 250 times its size (MB2031)")
	}
}

func TestFailingDisks(t *testing.T) {
	failure := errors.New("disk on fire")
	packed := packGzip(t, irregular(2000))
	raw := &rawReader{in: io.MultiReader(bytes.NewReader(packed[:500]), iotest.ErrReader(failure)), sum: sha256.New()}
	in, _, err := unpack("d", raw, freeSize)
	require.NoError(t, err)
	_, err = io.ReadAll(in)
	require.ErrorIs(t, err, failure, "not a mistake of the user")
}
