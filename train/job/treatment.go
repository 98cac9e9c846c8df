package job

import "slices"

// Treatment is what a column's type allows, the defaults first.
type Treatment struct {
	Missing, Scale, Encode []string
	Clip                   bool // clip and clip_quantiles
	Indicator              bool
	MaxCategories          bool
	Parts                  bool
	Words                  bool // max_features and ngrams
}

// ColumnTypes are the types of a column.
func ColumnTypes() []string {
	return []string{TypeNumber, TypeCategory, TypeBinary, TypeDate, TypeText, TypeVector}
}

// DateParts are the parts of a date.
func DateParts() []string {
	return []string{PartYear, PartMonth, PartDay, PartWeekday, PartDayOfYear, PartHour, PartMinute, PartEpochDays}
}

// Treatments are those of a column type, for algorithms that take values as they
// are (raw) and for those that take numbers alone. There are none for a type that
// does not exist.
func Treatments(kind string, raw bool) (Treatment, bool) {
	fills := []string{MissingMedian, MissingMean, MissingMostFrequent, MissingZero}
	scales := []string{ScaleStandard, ScaleMinMax, ScaleRobust, ScaleNone}
	var t Treatment
	switch kind {
	case TypeNumber:
		t = Treatment{Missing: fills, Scale: scales, Clip: true, Indicator: true}
	case TypeDate:
		t = Treatment{Missing: fills, Scale: scales, Indicator: true, Parts: true}
	case TypeVector:
		t = Treatment{Missing: []string{MissingMedian, MissingMean, MissingZero}, Scale: scales, Indicator: true}
	case TypeBinary:
		t = Treatment{Missing: []string{MissingMostFrequent, MissingMean, MissingZero}, Scale: []string{ScaleNone, ScaleStandard}, Indicator: true}
	case TypeCategory:
		t = Treatment{Missing: []string{MissingMostFrequent, MissingOwnCategory}, Encode: []string{EncodeOneHot, EncodeOrdinal, EncodeFrequency},
			MaxCategories: true}
	case TypeText:
		return Treatment{Encode: []string{EncodeTfIdf, EncodeHashing}, Words: true}, true
	default:
		return Treatment{}, false
	}
	if raw {
		t.Missing = slices.Insert(t.Missing, 0, MissingKeep)
		if kind == TypeCategory {
			t.Encode = slices.Insert(t.Encode, 0, EncodeCodes)
		}
		if i := slices.Index(t.Scale, ScaleNone); i > 0 {
			t.Scale = slices.Insert(slices.Delete(t.Scale, i, i+1), 0, ScaleNone)
		}
	}
	return t, true
}

// Limits of the numbers of a column.
const (
	MaxMaxCategories = 1 << 20
	MaxMaxFeatures   = 1 << 20
	MaxNGrams        = 5
)
