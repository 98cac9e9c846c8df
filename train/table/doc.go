// Package table reads datasets into columns of text, keeping for every row the
// physical line it began on, so that a mistake can be pointed at.
//
// Reading is strict: RFC 4180 quotes, one header, unique column names, the same
// number of fields in every row, UTF-8 throughout. What is not so is reported
// as [job.Problems]; nothing is guessed, dropped or padded.
package table
