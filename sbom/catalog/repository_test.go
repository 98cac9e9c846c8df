package catalog

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func link(target string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
}

// Archives that Maven did not make have the coordinates that a repository has for them,
// and else what the manifest tells.
func TestScanMavenRepository(t *testing.T) {
	bare := jar(t, "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
	const repo = "usr/share/maven-repo/org/ow2/asm/"
	root := fstest.MapFS{
		"usr/share/java/asm-9.4.jar":                        {Data: jar(t, "META-INF/MANIFEST.MF", "Bundle-SymbolicName: org.objectweb.asm\n")},
		"usr/share/java/asm.jar":                            link("asm-9.4.jar"),
		repo + "asm/9.4/asm-9.4.jar":                        link("../../../../../../java/asm.jar"),
		repo + "asm/debian/asm-debian.jar":                  link("/usr/share/java/asm-9.4.jar"),
		repo + "asm-old/9.4/asm-old-9.4.jar":                link("/usr/share/java/asm-9.4.jar"),
		repo + "strange/asm.jar":                            link("/usr/share/java/asm-9.4.jar"),
		"usr/share/java/nameless.jar":                       {Data: bare},
		repo + "nameless/3/nameless-3.jar":                  link("/usr/share/java/nameless.jar"),
		"usr/share/java/any.jar":                            {Data: bare},
		repo + "any/debian/any-debian.jar":                  link("/usr/share/java/any.jar"),
		"root/.m2/repository/org/example/a/b/1.0/b-1.0.jar": {Data: bare},
		"srv/bundle-2.jar":                                  {Data: jar(t, "META-INF/MANIFEST.MF", "Bundle-SymbolicName: org.bundle;singleton:=true\n")},
		"srv/loop.jar":                                      link("loop.jar"),
		"usr/share/maven-repo/a/b/1/b-1.jar":                link("b-1.jar"),
		"usr/share/maven-repo/outside/c/1/c-1.jar":          link("../../../../../../../../etc/passwd"),
		"srv/named.jar":                                     {Data: jar(t, "META-INF/maven/g/a/pom.properties", "groupId=g\nartifactId=a\nversion=1\n")},
		"usr/share/maven-repo/other/named/2/named-2.jar":    link("/srv/named.jar"),
		"srv/without-everything.war":                        {Data: bare},
		"srv/incomplete.jar":                                {Data: jar(t, "META-INF/maven/g/a/pom.properties", "artifactId=a\nversion=1\n")},
	}
	c, err := Scan(t.Context(), root)
	require.NoError(t, err)
	require.Empty(t, c.Omissions)
	require.Equal(t, []string{
		"pkg:maven/g/a@1", "pkg:maven/org.ow2.asm/any", "pkg:maven/org.ow2.asm/asm@9.4", "pkg:maven/org.example.a/b@1.0", "pkg:maven/org.bundle/bundle@2",
		"pkg:maven/incomplete/incomplete", "pkg:maven/org.ow2.asm/nameless@3", "pkg:maven/without-everything/without-everything",
	}, purls(c))
}
