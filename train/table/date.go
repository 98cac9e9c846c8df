package table

import "math"

// ParseDate parses an ISO 8601 date with an optional time of day,
// 2026-11-24, 2026-11-24 18:30, 2026-11-24T18:30:00.5+01:00, to the seconds
// since 1970-01-01T00:00:00Z. A time without a zone is taken for UTC.
func ParseDate(cell string) (seconds float64, ok bool) {
	p := dateParser{text: cell}
	year := p.digits(4)
	p.literal("-")
	month := p.digits(2)
	p.literal("-")
	day := p.digits(2)
	if p.failed || year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	whole := int64(EpochDay(year, month, day)) * 86400
	fraction := 0.0
	if p.text != "" {
		p.literal("T ")
		hour := p.digits(2)
		p.literal(":")
		minute, second := p.digits(2), 0
		if p.peek(":") {
			p.literal(":")
			second = p.digits(2)
			fraction = p.fraction()
		}
		if hour > 23 || minute > 59 || second > 59 {
			return 0, false
		}
		whole += int64(hour*3600+minute*60+second) - p.zone()
	}
	return float64(whole) + fraction, !p.failed && p.text == ""
}

// dateParser takes a text apart from its beginning.
type dateParser struct {
	text   string
	failed bool
}

func (p *dateParser) peek(chars string) bool {
	for i := range len(chars) {
		if p.text != "" && p.text[0] == chars[i] {
			return true
		}
	}
	return false
}

// literal takes one of the characters.
func (p *dateParser) literal(chars string) {
	if !p.peek(chars) {
		p.failed = true
		return
	}
	p.text = p.text[1:]
}

func (p *dateParser) digits(n int) (v int) {
	if len(p.text) < n {
		p.failed = true
		return 0
	}
	for _, c := range []byte(p.text[:n]) {
		if c < '0' || c > '9' {
			p.failed = true
		}
		v = v*10 + int(c-'0')
	}
	p.text = p.text[n:]
	return v
}

func (p *dateParser) fraction() float64 {
	if !p.peek(".") {
		return 0
	}
	n := 1
	for n < len(p.text) && '0' <= p.text[n] && p.text[n] <= '9' {
		n++
	}
	v, ok := Number("0" + p.text[:n])
	p.failed = p.failed || !ok || n == 1
	p.text = p.text[n:]
	return v
}

// zone is the offset from UTC in seconds.
func (p *dateParser) zone() int64 {
	switch {
	case p.text == "":
		return 0
	case p.peek("Zz"):
		p.literal("Zz")
		return 0
	}
	west := p.peek("-")
	p.literal("+-")
	hours, minutes := p.digits(2), 0
	if p.peek(":") {
		p.literal(":")
		minutes = p.digits(2)
	} else if p.text != "" {
		minutes = p.digits(2)
	}
	p.failed = p.failed || hours > 23 || minutes > 59
	if west {
		hours, minutes = -hours, -minutes
	}
	return int64(hours*3600 + minutes*60)
}

// EpochDay is the number of days from 1970-01-01 to a date of the Gregorian
// calendar (Hinnant, chrono-Compatible Low-Level Date Algorithms).
func EpochDay(year, month, day int) int {
	if month <= 2 {
		year--
	}
	era := year / 400 // years are positive
	ofEra := year - era*400
	ofYear := (153*((month+9)%12)+2)/5 + day - 1 // from the first of March
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// formatDate is the inverse of [ParseDate], to the second.
func formatDate(seconds float64) string {
	if math.IsNaN(seconds) {
		return ""
	}
	d := DateOf(seconds)
	text := []byte("0000-00-00")
	put := func(at, n, v int) {
		for i := at + n - 1; i >= at; i, v = i-1, v/10 {
			text[i] = byte('0' + v%10)
		}
	}
	put(0, 4, d.Year)
	put(5, 2, d.Month)
	put(8, 2, d.Day)
	if d.Second != 0 {
		text = append(text, "T00:00:00Z"...)
		put(11, 2, d.Second/3600)
		put(14, 2, d.Second/60%60)
		put(17, 2, d.Second%60)
	}
	return string(text)
}

// Calendar is a moment by the Gregorian calendar, in UTC.
type Calendar struct {
	Year, Month, Day int
	DayOfYear        int // from 1
	Weekday          int // 1 is Monday, 7 Sunday
	EpochDay         int // days since 1970-01-01
	Second           int // of the day
}

// DateOf takes seconds since 1970-01-01T00:00:00Z apart.
func DateOf(seconds float64) Calendar {
	days := int(math.Floor(seconds / 86400))
	z := days + 719468 // from 0000-03-01
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	ofEra := z - era*146097
	yearOfEra := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100) // from the first of March
	shifted := (5*ofYear + 2) / 153
	c := Calendar{Year: yearOfEra + era*400, EpochDay: days, Day: ofYear - (153*shifted+2)/5 + 1}
	c.Second = int(math.Floor(seconds)) - days*86400
	c.Weekday = ((z+2)%7+7)%7 + 1
	if shifted < 10 {
		c.Month, c.DayOfYear = shifted+3, ofYear+60
		if daysIn(c.Year, 2) == 29 {
			c.DayOfYear++
		}
		return c
	}
	c.Year++
	c.Month, c.DayOfYear = shifted-9, ofYear-305
	return c
}
