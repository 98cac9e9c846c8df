package engine

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gofrs/flock"
)

// lock takes an exclusive lock on a file, waiting for other processes to release it.
func lock(ctx context.Context, path string, log io.Writer) (*flock.Flock, error) {
	l := flock.New(path)
	if err := lockOn(ctx, l, log); err != nil {
		return nil, err
	}
	return l, nil
}

// lockOn takes an exclusive lock and says so on log when that takes a while.
func lockOn(ctx context.Context, l *flock.Flock, log io.Writer) error {
	quick, cancel := context.WithTimeout(ctx, noticeAfter)
	defer cancel()
	if ok, err := l.TryLockContext(quick, pollEvery); ok || (err != nil && quick.Err() == nil) {
		return wrapLock(err)
	}
	if err := ctx.Err(); err != nil {
		return wrapLock(err)
	}
	fmt.Fprintln(log, "waiting for another modelbuild that uses the build daemon with other settings")
	_, err := l.TryLockContext(ctx, pollEvery)
	return wrapLock(err)
}

func wrapLock(err error) error {
	if err != nil {
		return fmt.Errorf("lock engine folder: %w", err)
	}
	return nil
}

// wait polls until f returns nil, and returns f's last error when ctx ends first.
func wait(ctx context.Context, f func() error) error {
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pollEvery):
		}
	}
}
