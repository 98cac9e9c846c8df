package lint

import "github.com/modelbuild/modelbuild/frontend/diag"

// checkSyntax finds a file that a client would take for a Dockerfile. A build is
// past that question.
func checkSyntax(c *Context) {
	if !c.Unread {
		return
	}
	for _, d := range comments(c.Model.Raw) {
		switch {
		case d.name != "syntax":
		case d.read:
			return
		default:
			c.warn(d.span(c.Model.File, 0, len(d.value)), "move it to the first line", "this syntax line is not read: something stands before it")
			return
		}
	}
	first := diag.Position{Line: 1, Column: 1}
	c.warn(diag.Span{File: c.Model.File, Start: first, End: first}, "write # syntax=org/modelbuild:1 above it",
		"the first line names no frontend: docker buildx build takes the file for a Dockerfile")
}
