package job

// Column types.
const (
	TypeNumber   = "number"
	TypeCategory = "category"
	TypeBinary   = "binary" // yes or no
	TypeDate     = "date"   // ISO 8601
	TypeText     = "text"   // words
	TypeVector   = "vector" // as many numbers in each row
)

// Ways to fill a missing value.
const (
	MissingMedian       = "median"        // numbers; the default for them
	MissingMean         = "mean"          // numbers
	MissingZero         = "zero"          // numbers
	MissingMostFrequent = "most-frequent" // numbers and categories; the default for categories
	MissingOwnCategory  = "category"      // categories: missing is a category of its own
	MissingKeep         = "keep"          // not filled: for algorithms that take missing values as such
)

// Ways to scale a number column.
const (
	ScaleStandard = "standard" // zero mean and unit variance on the training part; the default
	ScaleMinMax   = "min-max"  // the training part's range becomes [0, 1]
	ScaleRobust   = "robust"   // median 0, and 1 between the quartiles
	ScaleNone     = "none"
)

// Ways to encode what is not a number.
const (
	EncodeOneHot    = "one-hot"   // categories: one indicator for each
	EncodeOrdinal   = "ordinal"   // categories: their number in byte order
	EncodeFrequency = "frequency" // categories: their share of the training rows
	EncodeCodes     = "codes"     // categories: as such, for algorithms that take them
	EncodeTfIdf     = "tf-idf"    // texts: weights of the words
	EncodeHashing   = "hashing"   // texts: counts of hashed words
)

// Parts of a date.
const (
	PartYear      = "year"
	PartMonth     = "month"       // 1 to 12
	PartDay       = "day"         // of the month
	PartWeekday   = "weekday"     // 1, Monday, to 7
	PartDayOfYear = "day_of_year" // 1 to 366
	PartHour      = "hour"
	PartMinute    = "minute"
	PartEpochDays = "epoch_days" // days since 1970-01-01
)

// Defaults of the limits of a column.
const (
	DefaultMaxCategories = 1000
	DefaultMaxFeatures   = 1000
	DefaultNGrams        = 1
)

// Column says how one column is read and encoded. Empty fields stand for the
// defaults: an inferred type and that type's treatment.
type Column struct {
	Type          string    `json:"type,omitempty"`
	Missing       string    `json:"missing,omitempty"`
	Indicator     bool      `json:"indicator,omitempty"` // one more feature: 1 where the value is missing
	Scale         string    `json:"scale,omitempty"`
	Clip          []float64 `json:"clip,omitempty"`           // least and greatest value
	ClipQuantiles []float64 `json:"clip_quantiles,omitempty"` // the same as quantiles of the training part
	Encode        string    `json:"encode,omitempty"`
	MaxCategories int       `json:"max_categories,omitempty"` // the rarer ones become one
	Parts         []string  `json:"parts,omitempty"`          // of a date
	MaxFeatures   int       `json:"max_features,omitempty"`   // words of a text, or the buckets that they are hashed to
	NGrams        int       `json:"ngrams,omitempty"`         // longest run of words that counts as one
}
