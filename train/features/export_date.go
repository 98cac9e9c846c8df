package features

import (
	"math"
	"strconv"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// date takes seconds since 1970-01-01T00:00:00Z apart with whole numbers, as
// [table.DateOf] does, counting from a first of March so that none is negative.
func (x exporter) date(name string, f *Fitted) string {
	d := dateGraph{exporter: x, name: name, known: map[string]string{}}
	seconds := x.With("Cast", name+"/zero", cast(onnx.Double), x.Constant(name+"/none", []int64{1}, []int64{0}))
	missing := x.Apply("IsNaN", name+"/missing", f.Name)
	seconds = x.Apply("Floor", name+"/floor", x.Apply("Where", name+"/there", missing, seconds, f.Name))
	d.seconds = d.add(x.With("Cast", name+"/seconds", cast(onnx.Int64), seconds), 719468*86400)
	d.days = d.div(d.seconds, 86400)
	var parts []string
	for _, part := range f.Parts {
		parts = append(parts, d.part(part))
	}
	whole := x.With("Concat", name+"/parts", []onnx.Attribute{onnx.Int("axis", 1)}, parts...)
	values := x.With("Cast", name+"/values", cast(onnx.Float), whole)
	return x.Apply("Where", name, missing, x.Constant(name+"/nan", []int64{1}, []float32{float32(math.NaN())}), values)
}

func cast(to int64) []onnx.Attribute { return []onnx.Attribute{onnx.Int("to", to)} }

// dateGraph computes parts of a date, each value that several need once.
type dateGraph struct {
	exporter
	name          string
	seconds, days string // from 0000-03-01
	known         map[string]string
}

func (d *dateGraph) number(v int64) string {
	return d.once("n"+strconv.FormatInt(v, 10), func() string { return d.Constant(d.name+"/n", []int64{1}, []int64{v}) })
}

func (d *dateGraph) once(key string, compute func() string) string {
	if d.known[key] == "" {
		d.known[key] = compute()
	}
	return d.known[key]
}

func (d *dateGraph) op(op, a, b string) string {
	return d.once(op+" "+a+" "+b, func() string { return d.Apply(op, d.name+"/"+op, a, b) })
}

func (d *dateGraph) add(a string, v int64) string { return d.op("Add", a, d.number(v)) }
func (d *dateGraph) div(a string, v int64) string { return d.op("Div", a, d.number(v)) }
func (d *dateGraph) mul(a string, v int64) string { return d.op("Mul", a, d.number(v)) }
func (d *dateGraph) mod(a string, v int64) string { return d.op("Mod", a, d.number(v)) }
func (d *dateGraph) sub(a, b string) string       { return d.op("Sub", a, b) }
func (d *dateGraph) sum(a, b string) string       { return d.op("Add", a, b) }

// yearOfEra and dayOfYear are of the era of 400 years and of the year that
// begins on the first of March; shifted is the month from then, 0 to 11.
func (d *dateGraph) yearOfEra() string {
	doe := d.mod(d.days, 146097)
	days := d.sub(d.sum(d.sub(doe, d.div(doe, 1460)), d.div(doe, 36524)), d.div(doe, 146096))
	return d.div(days, 365)
}

func (d *dateGraph) dayOfYear() string {
	y := d.yearOfEra()
	before := d.sub(d.sum(d.mul(y, 365), d.div(y, 4)), d.div(y, 100))
	return d.sub(d.mod(d.days, 146097), before)
}

func (d *dateGraph) shifted() string { return d.div(d.add(d.mul(d.dayOfYear(), 5), 2), 153) }

// winter is 1 in January and February, which end the year.
func (d *dateGraph) winter() string { return d.div(d.shifted(), 10) }

func (d *dateGraph) year() string {
	return d.sum(d.sum(d.yearOfEra(), d.mul(d.div(d.days, 146097), 400)), d.winter())
}

// leap is 1 in a leap year: divisible is 1 where the year is a multiple.
func (d *dateGraph) leap() string {
	divisible := func(n int64) string {
		rest := d.mod(d.year(), n)
		return d.once("divisible "+rest, func() string {
			return d.With("Cast", d.name+"/divisible", cast(onnx.Int64), d.op("Equal", rest, d.number(0)))
		})
	}
	return d.sum(d.sub(divisible(4), divisible(100)), divisible(400))
}

// part is a part of the date as an int64.
func (d *dateGraph) part(name string) string {
	switch name {
	case job.PartYear:
		return d.year()
	case job.PartMonth:
		return d.sub(d.add(d.shifted(), 3), d.mul(d.winter(), 12))
	case job.PartDay:
		return d.add(d.sub(d.dayOfYear(), d.div(d.add(d.mul(d.shifted(), 153), 2), 5)), 1)
	case job.PartWeekday:
		return d.add(d.mod(d.add(d.days, 2), 7), 1)
	case job.PartDayOfYear:
		// From March on 60 days later, and one more in a leap year; before it 305
		// days earlier.
		spring := d.sum(d.add(d.dayOfYear(), 60), d.leap())
		return d.sub(spring, d.op("Mul", d.winter(), d.add(d.leap(), 365)))
	case job.PartHour:
		return d.div(d.mod(d.seconds, 86400), 3600)
	case job.PartMinute:
		return d.div(d.mod(d.seconds, 3600), 60)
	case job.PartEpochDays:
		return d.add(d.days, -719468)
	}
	panic("features: no part " + name)
}
