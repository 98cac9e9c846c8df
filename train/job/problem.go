package job

import (
	"fmt"
	"strings"
)

// Codes of the mistakes that a step can find. Their pages are in the
// reference of diagnostics.
const (
	CodeNoTarget      = "MB2001" // the target column is not in the data
	CodeNoRows        = "MB2002" // an empty file, or a header without rows
	CodeRagged        = "MB2003" // a row with another number of fields than the header
	CodeBadNumber     = "MB2004" // text in a column declared a number
	CodeNoColumn      = "MB2005" // a named column is not in the data
	CodeTwiceColumn   = "MB2006" // two columns share a name, or one has none
	CodeOneClass      = "MB2007" // the target has fewer than two classes
	CodeMissingTarget = "MB2008" // rows without a target value
	CodeNotUTF8       = "MB2009" // bytes that are not UTF-8
	CodeQuote         = "MB2010" // quotes that RFC 4180 does not allow
	CodeNoDataset     = "MB2011" // a dataset that the job needs is not there
	CodeSplit         = "MB2012" // the split leaves a part empty or a class out of training
	CodeNoFeatures    = "MB2013" // no column is left to learn from
	CodeColumn        = "MB2014" // a treatment that the column's type does not have
	CodeUnseenClass   = "MB2015" // the test dataset holds a class that training never saw
	CodeInfinite      = "MB2016" // a value in a number column that float32 cannot hold
	CodeMixed         = "MB2017" // a column of almost only numbers whose type is not declared
	CodeCardinality   = "MB2018" // too many categories in a column whose type is not declared
	CodeReserved      = "MB2019" // a feature whose name the exported model uses itself
	CodeDigest        = "MB2020" // a file with another digest than the specification gives
	CodeTargetRange   = "MB2021" // a target value that the algorithm does not allow
	CodeContent       = "MB2030" // content that is not of the format
	CodeTooLarge      = "MB2031" // a row, or what a file unpacks to, that is too large
	CodeNested        = "MB2032" // a value or type that no column can hold
	CodeBadValue      = "MB2033" // a value that is not of the column's declared type
	CodeInexact       = "MB2034" // a whole number that a float64 does not hold exactly
	CodeSameColumn    = "MB2035" // a warning: two columns with the same values
	CodeGate          = "MB4001" // a metric gate is not met
	CodeMetric        = "MB4002" // a metric that does not exist or is not defined for these rows
	CodeSlice         = "MB4003" // a slice column with too many values
	CodeDiverged      = "MB4101" // training ended without a finite model
	CodeAlgorithm     = "MB4102" // an algorithm, task or parameter that does not exist
	CodeSweep         = "MB4103" // no trial of a sweep has a result
	CodeInstall       = "MB4301" // packages of the training environment that dpkg or pip cannot install
	CodeArchive       = "MB4302" // a package that is damaged or holds what no package may
	CodeEmulator      = "MB5003" // programs of another platform, which the builder cannot run

	CodeBase = "MB4206" // a base model that is not what its own records say
	CodeVEX  = "MB4401" // an OpenVEX document that cannot be taken
	CodeKey  = "MB4501" // a key that cannot sign, or another one than the specification names

	CodeImageBase = "MB4402" // something in the image that the model's is built on is in the way

	// Of programs that train (engine: exec).
	CodeProgram = "MB4201" // the program failed, or could not be started
	CodeOutput  = "MB4202" // an output that the program did not write, or that cannot be taken
	CodeLimit   = "MB4203" // the program used more memory or time than it may
	CodeOffline = "MB4204" // the program wanted a network
	CodeScores  = "MB4205" // metrics or predictions of a program that cannot be read
	CodeServe   = "MB4207" // a model that the inference server cannot compute

	// Warnings of the lint rules that only the data can confirm.
	CodeTargetLeak = "MB6011" // a column that is the target in another form
	CodeSameData   = "MB6012" // rows that are in the training and the test data
	CodeVEXProduct = "MB6020" // a product of an OpenVEX document that is neither the image nor in it
)

// Problem is a mistake in the data or the job found by a step.
type Problem struct {
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`   // path in the specification to point at, such as features.target
	Dataset string `json:"dataset,omitempty"` // name of the dataset
	Line    int    `json:"line,omitempty"`    // physical line in the dataset's file, from 1
	Row     int    `json:"row,omitempty"`     // row of a dataset whose file has no lines, from 1
	Name    string `json:"name,omitempty"`    // column
	File    string `json:"file,omitempty"`    // file that Line and Column are in, where it is no dataset's
	Column  int    `json:"column,omitempty"`  // in characters, from 1
	Excerpt string `json:"excerpt,omitempty"` // the offending text, shortened
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// String renders the problem on one line, with the hint on a second.
func (p Problem) String() string {
	var b strings.Builder
	switch {
	case p.Dataset != "" && p.Line > 0:
		fmt.Fprintf(&b, "data.%s line %d: ", p.Dataset, p.Line)
	case p.Dataset != "" && p.Row > 0:
		fmt.Fprintf(&b, "data.%s row %d: ", p.Dataset, p.Row)
	case p.Dataset != "":
		fmt.Fprintf(&b, "data.%s: ", p.Dataset)
	case p.File != "" && p.Line > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	case p.Field != "":
		b.WriteString(p.Field + ": ")
	}
	fmt.Fprintf(&b, "%s (%s)", p.Message, p.Code)
	if p.Hint != "" {
		b.WriteString("\n  hint: " + p.Hint)
	}
	return b.String()
}

// Problems is a list of mistakes; as an error it carries every one of them.
type Problems []Problem

// Error joins the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err is nil where there is no problem, so that an empty list never becomes a
// non-nil error.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
