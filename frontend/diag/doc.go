// Package diag holds what modelbuild tells a user about a mistake: a code, a
// place in a file, a message, and a hint that says how to go on.
//
// A package that finds mistakes appends [Diagnostic] values to a [List] and
// returns List.Err, which is nil when there is no error. Rendering is kept
// apart from finding: [Render] writes excerpts with carets for a terminal,
// [RenderJSON] one object per diagnostic for tools, and the gateway adapter maps
// the same values to BuildKit's own source errors.
package diag
