//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows

package filelock

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLockIsHeldOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	require.NoError(t, os.WriteFile(path, []byte("process 1, which was killed\n"), 0o666))
	first, err := Acquire(path)
	require.NoError(t, err)
	_, err = Acquire(path)
	var held *HeldError
	require.ErrorAs(t, err, &held)
	require.Regexp(t, `^in use by process [0-9]+ on host \S+ since [-0-9]+ [:0-9]+$`, err.Error())
	require.NoError(t, os.Truncate(path, 0))
	_, err = Acquire(path)
	require.EqualError(t, err, "in use by another process")
	first.Release()
	require.NoFileExists(t, path)

	again, err := Acquire(path)
	require.NoError(t, err)
	require.NotNil(t, again)
	again.Release()
}

// TestNoFileNoLock takes the lock of a folder that is not there.
func TestNoFileNoLock(t *testing.T) {
	lock, err := Acquire(filepath.Join(t.TempDir(), "missing", "lock"))
	require.NoError(t, err)
	require.Nil(t, lock)
	lock.Release()
}

// TestLockExcludes takes and releases a lock, and its file with it, from many goroutines.
func TestLockExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var inside, held atomic.Int32
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 200 {
				lock, err := Acquire(path)
				if err != nil {
					continue
				}
				if held.Add(1); lock == nil || inside.Add(1) != 1 {
					t.Error("two hold the lock")
				}
				inside.Add(-1)
				lock.Release()
			}
		})
	}
	work.Wait()
	require.Positive(t, held.Load())
	require.NoFileExists(t, path)
}
