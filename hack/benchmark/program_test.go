package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
	"github.com/modelbuild/modelbuild/internal/gobuild"
)

func TestProgramRan(t *testing.T) {
	for log, want := range map[string]bool{
		`{"vertexes":[{"name":"[train] write job","cached":true},{"name":"[train] python3: python3 /src/train.py"}]}`: true,
		`{"vertexes":[{"name":"[train] python3: python3 /src/train.py","cached":true}]}`:                              false,
		`{"vertexes":[{"name":"[train 4/4] RUN --network=none python3 /src/train.py"}]}`:                              true,
		`{"vertexes":[{"name":"[5/5] RUN --network=none python3 /src/train.py","cached":true}]}`:                      false,
	} {
		got, err := programRan([]byte("a message\n" + log + "\n"))
		require.NoError(t, err)
		assert.Equal(t, want, got, log)
		assert.Equal(t, want, programCase{trains: true}.expect([]byte(log)) == nil, log)
	}
	_, err := programRan([]byte(`{"vertexes":[{"name":"[train] write job"}]}`))
	require.EqualError(t, err, "read build log: no vertex runs the program")
}

func TestMergeReplacesCases(t *testing.T) {
	of := func(name string, load float64) programResult {
		return programResult{Result: paired.Result{Name: name}, Load: load}
	}
	got := merge([]programResult{of("a", 1), of("b", 1), of("b", 2)}, []programResult{of("b", 3)})
	assert.Equal(t, []programResult{of("a", 1), of("b", 3)}, got)
}

func TestDockerfilesOfTheExample(t *testing.T) {
	source, err := gobuild.ModuleRoot(".")
	require.NoError(t, err)
	e := &environment{root: t.TempDir(), source: source}
	all, err := e.programProjects()
	require.NoError(t, err)
	text := make([]string, len(all))
	for i, p := range all {
		data, err := os.ReadFile(filepath.Join(p.dir, p.file))
		require.NoError(t, err)
		text[i] = string(data)
	}
	assert.Contains(t, text[oursBuild], "\ndescription: Body mass of a penguin\n")
	install := "RUN apt-get update && apt-get install -y --no-install-recommends python3-torch python3-pandas && "
	for _, way := range []int{inStages, oneStage, sourcesFirst} {
		assert.Contains(t, text[way], install)
	}
	assert.Contains(t, text[inStages], "\nFROM "+baseImage+"\nCOPY --from=train ")
	assert.Contains(t, text[fromScratch], "\nFROM scratch\nCOPY --from=train ")
	assert.NotContains(t, text[oneStage], "scratch")
	assert.Regexp(t, `(?s)COPY src /src\nRUN apt-get`, text[sourcesFirst])
	assert.Regexp(t, `(?s)RUN apt-get.*COPY src /src\nENV`, text[oneStage])

	require.NoError(t, changeCode(all[oursBuild], 7))
	code, err := os.ReadFile(filepath.Join(all[oursBuild].dir, "src", "train.py"))
	require.NoError(t, err)
	assert.Regexp(t, `\n# change 7\n$`, string(code))
}

func TestMirrorKeepsPackages(t *testing.T) {
	asked := map[string]int{}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		if r.URL.Path == "/debian/none.deb" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	defer upstream.Close()
	archives, err := url.Parse(upstream.URL)
	require.NoError(t, err)
	m, err := startMirror(t.Context(), t.TempDir(), archives)
	require.NoError(t, err)
	defer m.close()

	get := func(path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.url("debian")+path, http.NoBody)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(text)
	}
	for range 2 {
		status, text := get("/pool/a_1%3a2_all.deb")
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, "/debian/pool/a_1:2_all.deb", text)
		get("/dists/InRelease")
		status, _ = get("/none.deb")
		assert.Equal(t, http.StatusBadGateway, status)
	}
	assert.Equal(t, map[string]int{"/debian/pool/a_1:2_all.deb": 1, "/debian/dists/InRelease": 2, "/debian/none.deb": 2}, asked)
}
