package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSignaturesOfRFC6979 has the examples of its appendix A.2, with message "sample".
func TestSignaturesOfRFC6979(t *testing.T) {
	for _, tt := range []struct {
		curve   elliptic.Curve
		x, r, s string
	}{
		{elliptic.P256(), "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
			"EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716", "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
		{elliptic.P384(), "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
			"94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
			"99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"},
	} {
		x, err := hex.DecodeString(tt.x)
		require.NoError(t, err)
		private, err := ecdsa.ParseRawPrivateKey(tt.curve, x)
		require.NoError(t, err)
		public, err := newPublicKey(private.Public())
		require.NoError(t, err)
		sig, err := (&Key{private, public}).sign([]byte("sample"))
		require.NoError(t, err)
		var got struct{ R, S *big.Int }
		_, err = asn1.Unmarshal(sig, &got)
		require.NoError(t, err)
		assert.Equal(t, tt.r, fmt.Sprintf("%0*X", len(tt.r), got.R))
		assert.Equal(t, tt.s, fmt.Sprintf("%0*X", len(tt.s), got.S))
	}
}
