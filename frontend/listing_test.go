package frontend

import (
	"encoding/binary"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
	fstypes "github.com/tonistiigi/fsutil/types"
)

func record(t *testing.T, p string, mode fs.FileMode) []byte {
	t.Helper()
	dt, err := (&fstypes.Stat{Path: p, Mode: uint32(mode)}).MarshalVT()
	require.NoError(t, err)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(dt))), dt...)
}

func TestDecodeListing(t *testing.T) {
	data := append(record(t, "data", fs.ModeDir|0o755), record(t, "data/penguins.csv", 0o644)...)
	l, err := decodeListing(data)
	require.NoError(t, err)
	require.True(t, l["data"].IsDir())
	require.Equal(t, []string{"data/penguins.csv"}, l.files())
	_, err = decodeListing(data[:len(data)-1])
	require.ErrorContains(t, err, "record of")
}

func TestParseEpoch(t *testing.T) {
	for _, bad := range []string{"-1", "now", "1.5"} {
		_, err := parseEpoch(bad)
		require.ErrorContains(t, err, "SOURCE_DATE_EPOCH", bad)
	}
	at, err := parseEpoch("86400")
	require.NoError(t, err)
	require.Equal(t, int64(86400), at.Unix())
	at, err = parseEpoch("")
	require.NoError(t, err)
	require.Equal(t, int64(0), at.Unix())
}
