package features

import (
	"math"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// defaultParts are those of the day, and the hour where a value has a time.
func defaultParts(c *table.Column) []string {
	parts := []string{job.PartYear, job.PartMonth, job.PartDay, job.PartWeekday, job.PartDayOfYear, job.PartEpochDays}
	for _, v := range c.Exact {
		if v == v && v != float64(math.Floor(v/86400)*86400) {
			return append(parts, job.PartHour)
		}
	}
	return parts
}

// datePart is a part of a moment as a number.
func datePart(name string, seconds float64) float32 {
	if seconds != seconds {
		return float32(math.NaN())
	}
	d := table.DateOf(seconds)
	switch name {
	case job.PartYear:
		return float32(d.Year)
	case job.PartMonth:
		return float32(d.Month)
	case job.PartDay:
		return float32(d.Day)
	case job.PartWeekday:
		return float32(d.Weekday)
	case job.PartDayOfYear:
		return float32(d.DayOfYear)
	case job.PartHour:
		return float32(d.Second / 3600)
	case job.PartMinute:
		return float32(d.Second / 60 % 60)
	case job.PartEpochDays:
		return float32(d.EpochDay)
	}
	panic("features: no part " + name)
}
