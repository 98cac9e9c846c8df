package pattern_test

import (
	"sync"
	"testing"

	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/stretchr/testify/require"
)

func TestPatternIsRegexp(t *testing.T) {
	p := pattern.New(`(a)(b)?`)
	require.Equal(t, `(a)(b)?`, p.String())
	require.True(t, p.MatchString("xab"))
	require.False(t, p.Match([]byte("b")))
	require.Equal(t, []string{"ab", "a", "b"}, p.FindStringSubmatch("xab"))
	require.Equal(t, []int{1, 2, 1, 2, -1, -1}, p.FindStringSubmatchIndex("xac"))
	require.Len(t, p.FindAllStringSubmatch("aab", -1), 2)
	require.Equal(t, "x-", p.ReplaceAllString("xab", "-"))
	require.Equal(t, "x2", p.ReplaceAllStringFunc("xab", func(s string) string { return string(rune('0' + len(s))) }))
}

func TestPatternIsCompiledWhenUsed(t *testing.T) {
	broken := pattern.New("(")
	require.Panics(t, func() { broken.MatchString("x") })
}

func TestPatternInManyGoroutines(t *testing.T) {
	p := pattern.New("a+")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { p.MatchString("aaa") })
	}
	wg.Wait()
}
