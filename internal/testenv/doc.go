// Package testenv gives integration tests a real BuildKit, a real registry and a real buildx.
//
// A test binary that uses it has
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
//
// and its tests call [New]. The first call starts one buildkitd and one registry for the whole binary, compiles the
// project's binaries and pushes the frontend image, so that `# syntax=org/modelbuild:1` resolves to the tree under
// test. [Main] ends both and removes what they wrote. A program that is missing fails the test with the command
// that installs it; nothing is skipped.
package testenv
