package frontend

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"slices"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// metadataFile is where BuildKit's file transfer keeps the names of a directory
// whose contents were not asked for: records of a little-endian uint32 length and
// a Stat message. See fsutil's receiver.
const metadataFile = ".fsutil-metadata"

// listing is what the build context holds, by slash-separated path, without its
// contents.
type listing map[string]fs.FileMode

// listContext asks the client for the names in a build context. Nothing but
// names is sent, however large the files are.
func (b *build) listContext(ctx context.Context, name string) (listing, error) {
	st, err := b.context(ctx, name, bkllb.MetadataOnlyTransfer(nil), bkllb.SharedKeyHint("modelbuild-listing-"+name))
	if err != nil {
		return nil, err
	}
	if st == nil {
		return nil, fmt.Errorf("list build context %s: %w", name, fs.ErrNotExist)
	}
	ref, err := b.solve(ctx, *st, true)
	if err != nil {
		return nil, fmt.Errorf("list build context: %w", err)
	}
	data, err := dockerui.ReadFile(ctx, ref, metadataFile)
	if err != nil {
		return listRef(ctx, ref)
	}
	return decodeListing(data)
}

func decodeListing(data []byte) (listing, error) {
	out := listing{}
	for len(data) >= 4 {
		n := int(binary.LittleEndian.Uint32(data))
		if n > len(data)-4 {
			return nil, fmt.Errorf("list build context: record of %d bytes in %d", n, len(data)-4)
		}
		var st fstypes.Stat
		if err := st.UnmarshalVT(data[4 : 4+n]); err != nil {
			return nil, fmt.Errorf("list build context: %w", err)
		}
		out[st.Path] = fs.FileMode(st.Mode)
		data = data[4+n:]
	}
	return out, nil
}

// maxListed are the most folders that are looked into. A tree of more is shown in
// part: it is for hints alone.
const maxListed = 2000

// listRef walks a context that is no local directory, such as a git commit or an
// image, from its root down, level by level.
func listRef(ctx context.Context, ref gwclient.Reference) (listing, error) {
	out := listing{}
	dirs := []string{"."}
	for n := 0; len(dirs) > 0 && n < maxListed; n++ {
		dir := dirs[0]
		dirs = dirs[1:]
		entries, err := ref.ReadDir(ctx, gwclient.ReadDirRequest{Path: dir})
		if err != nil {
			return nil, fmt.Errorf("list build context: %w", err)
		}
		for _, e := range entries {
			p := path.Join(dir, e.Path)
			out[p] = fs.FileMode(e.Mode)
			if e.IsDir() {
				dirs = append(dirs, p)
			}
		}
	}
	return out, nil
}

// files are the paths that are no directories, sorted.
func (l listing) files() []string {
	var out []string
	for p, mode := range l {
		if !mode.IsDir() {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}
