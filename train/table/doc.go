// Package table reads datasets into typed columns. Of the text of a file nothing
// is kept but the distinct texts of the columns that hold texts, and the line on
// which each row begins, so that a mistake can be pointed at.
//
// Files are read in blocks of whole records that are parsed on every core. What
// a table holds depends neither on the size of the blocks nor on the number of
// cores.
//
// Reading is strict: RFC 4180 quotes, one header, unique column names, the same
// number of fields in every row, UTF-8 throughout. What is not so is reported
// as [job.Problems]; nothing is guessed, dropped or padded.
package table
