package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// The flights are those of the npm package vega-datasets, flights-3m.parquet: a date, a delay and a distance, and the
// airports. Where a fit alone is timed all sides get numbers: the minute of the day, the day of the week and of the year, the
// distance and, as places in the alphabet, the airports. The label is a delay of more than late minutes, the value is the
// delay; every tenth row is in the part test. Peers do not read Parquet, so for whole processes they have the table as CSV.
const (
	flightsPackage = "vega-datasets"
	flightsVersion = "3.2.1"
	flightsFile    = "/node_modules/vega-datasets/data/flights-3m.parquet"

	flightColumns = 5 // of the file
	flightWidth   = 6 // of the numbers
	flightRows    = 3_000_000
	flightTrain   = flightRows / 10 * 9
	late          = 15
)

// flights are the columns of the file.
type flights struct {
	date                []float64 // seconds
	delay, distance     []float32
	origin, destination *table.Column
}

func readFlights(ctx context.Context, path string) (f flights, err error) {
	t, err := table.Open(ctx, job.Dataset{Name: "flights", Path: path, Format: "parquet"}, table.Options{})
	if err != nil {
		return f, err
	}
	column := func(name string) *table.Column {
		c, ok := t.Column(name)
		if !ok {
			err = errors.Join(err, fmt.Errorf("flights: no column %q", name))
			return &table.Column{}
		}
		return c
	}
	f = flights{date: column("date").Exact, delay: column("delay").Numbers, distance: column("distance").Numbers,
		origin: column("origin"), destination: column("destination")}
	if err == nil && (t.Rows() != flightRows || len(f.date) != flightRows || len(f.delay) != flightRows || len(f.distance) != flightRows) {
		err = fmt.Errorf("flights: not the columns of %d rows that are expected", flightRows)
	}
	if err == nil && (f.origin.Missing.N > 0 || f.destination.Missing.N > 0) {
		err = errors.New("flights: airports are missing")
	}
	return f, err
}

// alphabetical is the place of each code's value in the alphabet.
func alphabetical(c *table.Column) []float32 {
	order := make([]int, len(c.Values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(c.Values[a], c.Values[b]) })
	out := make([]float32, len(order))
	for place, code := range order {
		out[code] = float32(place)
	}
	return out
}

// prepareFlights writes the parts and the file as CSV, and links the file itself to beside them.
func prepareFlights(ctx context.Context, path string, to source) error {
	f, err := readFlights(ctx, path)
	if err != nil {
		return err
	}
	if err := os.Symlink(path, to.prefix+"3m.parquet"); err != nil {
		return fmt.Errorf("link flights: %w", err)
	}
	return errors.Join(f.parts(to), f.csv(to.csvPath(flightRows)))
}

func (f flights) parts(to source) (err error) {
	var parts [2]*partWriter
	for i, name := range []string{"train", "test"} {
		if parts[i], err = to.create(name); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, parts[i].close()) }()
	}
	origins, destinations := alphabetical(f.origin), alphabetical(f.destination)
	x := make([]float32, flightWidth)
	for i, seconds := range f.date {
		t := time.Unix(int64(seconds), 0).UTC()
		x[0], x[1], x[2] = float32(60*t.Hour()+t.Minute()), float32((t.Weekday()+6)%7), float32(t.YearDay())
		x[3], x[4], x[5] = f.distance[i], origins[f.origin.Codes[i]], destinations[f.destination.Codes[i]]
		var label byte
		if f.delay[i] > late {
			label = 1
		}
		part := parts[0]
		if i%10 == 9 {
			part = parts[1]
		}
		part.write(x, label, f.delay[i])
	}
	return nil
}

func (f flights) csv(path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write flights: %w", err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	defer func() { err = errors.Join(err, w.Flush(), file.Close()) }()
	fmt.Fprintln(w, "date,delay,distance,origin,destination")
	for i, seconds := range f.date {
		line := time.Unix(int64(seconds), 0).UTC().AppendFormat(w.AvailableBuffer(), "2006-01-02 15:04,")
		line = append(appendCell(line, f.delay[i]), ',')
		line = append(appendCell(line, f.distance[i]), ',')
		line = append(append(line, f.origin.Values[f.origin.Codes[i]]...), ',')
		_, _ = w.Write(append(append(line, f.destination.Values[f.destination.Codes[i]]...), '\n'))
	}
	return nil
}

// appendCell leaves a missing number empty.
func appendCell(line []byte, v float32) []byte {
	if math.IsNaN(float64(v)) {
		return line
	}
	return strconv.AppendFloat(line, float64(v), 'f', -1, 32)
}
