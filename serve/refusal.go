package serve

import (
	"errors"
	"fmt"
	"net/http"
)

// Refusal is an answer other than the one that was asked for: a status of HTTP, and what
// the client is told.
type Refusal struct {
	Status  int
	Message string
}

// Error is what the client is told.
func (r *Refusal) Error() string { return r.Message }

// refuse is a mistake of the client.
func refuse(format string, args ...any) error {
	return &Refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// refuseInput is a mistake of the client in an input, which goes before what is wrong.
func refuseInput(name, format string, args ...any) error {
	return refuse("input %s: %s", excerpt(name), fmt.Sprintf(format, args...))
}

// excerpt is the beginning of a text of the client, in quotes.
func excerpt(s string) string {
	const most = 60
	if len(s) > most {
		return fmt.Sprintf("%.*q…", most, s)
	}
	return fmt.Sprintf("%q", s)
}

// refusal is the answer that an error stands for: one of the client's, or our own.
func refusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return &Refusal{http.StatusInternalServerError, "the model could not be computed"}
}
