// Package sigstoretest makes bundles of keyless signing for tests, by the virtual Sigstore that sigstore-go has for its own.
package sigstoretest

import (
	"encoding/hex"
	"testing"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/modelbuild/modelbuild/trust"
	"github.com/modelbuild/modelbuild/trust/sigstore"
)

// TrustedRoot writes the root of a virtual Sigstore as a file has it.
func TrustedRoot(t testing.TB, v *ca.VirtualSigstore) []byte {
	t.Helper()
	logs := map[string]*root.TransparencyLog{}
	for id, log := range v.RekorLogs() {
		raw, err := hex.DecodeString(id)
		require.NoError(t, err)
		one := *log
		one.ID = raw
		logs[id] = &one
	}
	r, err := root.NewTrustedRoot(root.TrustedRootMediaType01, v.FulcioCertificateAuthorities(), nil, v.TimestampingAuthorities(), logs)
	require.NoError(t, err)
	text, err := r.MarshalJSON()
	require.NoError(t, err)
	return text
}

// Keyless signs a statement as keyless signing does, and writes the bundle.
func Keyless(t testing.TB, v *ca.VirtualSigstore, who sigstore.Identity, s *trust.Statement) []byte {
	t.Helper()
	payload, err := s.Marshal()
	require.NoError(t, err)
	e, err := v.AttestAtTime(who.Name, who.Issuer, payload, time.Now().Add(5*time.Minute), true)
	require.NoError(t, err)
	content, err := e.VerificationContent()
	require.NoError(t, err)
	signature, err := e.SignatureContent()
	require.NoError(t, err)
	entries, err := e.TlogEntries()
	require.NoError(t, err)
	stamps, err := e.Timestamps()
	require.NoError(t, err)
	b := &protobundle.Bundle{
		MediaType: trust.MediaTypeBundle,
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content: &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: content.Certificate().Raw}},
			TimestampVerificationData: &protobundle.TimestampVerificationData{
				Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{{SignedTimestamp: stamps[0]}},
			},
		},
		Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
			Payload: payload, PayloadType: trust.PayloadType,
			Signatures: []*protodsse.Signature{{Sig: signature.Signature()}},
		}},
	}
	for _, entry := range entries {
		logged := entry.TransparencyLogEntry()
		logged.KindVersion = &protorekor.KindVersion{Kind: "dsse", Version: "0.0.1"}
		b.VerificationMaterial.TlogEntries = append(b.VerificationMaterial.TlogEntries, logged)
	}
	text, err := protojson.Marshal(b)
	require.NoError(t, err)
	return text
}
