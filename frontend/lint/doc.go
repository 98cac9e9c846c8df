// Package lint finds what is allowed in a spec but dubious: an input that may
// change, a secret in plain text, a model that nobody holds to a bound.
//
// The rules are data: [Rules] lists them, each with a name, a code and a page
// under docs/rules. [Run] applies them to a parsed model and gives warnings. A
// comment at the top of the file turns rules off, or warnings into errors, in the
// form that Dockerfiles have:
//
//	# check=skip=missing-license,latest-tag;error=true
//
// Rules see the language alone: nothing is fetched, and no data is read but the
// names of columns, where the caller has them.
package lint
