package matrix

// Dense is row-major, Rows by Width. Every value is a finite float32, held as
// float64 because that is what the arithmetic is done in.
type Dense struct {
	Rows, Width int
	Data        []float64
}

// NewDense allocates a matrix of zeros.
func NewDense(rows, width int) Dense {
	return Dense{Rows: rows, Width: width, Data: make([]float64, rows*width)}
}

// Row is a view of one row.
func (m Dense) Row(i int) []float64 { return m.Data[i*m.Width : (i+1)*m.Width] }

// Slice is a view of the rows in [from, to).
func (m Dense) Slice(from, to int) Dense {
	return Dense{Rows: to - from, Width: m.Width, Data: m.Data[from*m.Width : to*m.Width]}
}
