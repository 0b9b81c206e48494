package guard

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository makes a git repository with a revision "good" that builds and one "bad" that doesn't, and makes it the working folder.
func repository(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go")
	}
	t.Chdir(t.TempDir())
	git := func(args ...string) {
		command := exec.Command("git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"}, args...)...)
		out, err := command.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	git("init", "-q")
	write("go.mod", "module m\n")
	write("cmd/nnbench/main.go", "package main\n\nfunc main() {}\n")
	git("add", ".")
	git("commit", "-qm", "good")
	git("tag", "good")
	write("cmd/nnbench/main.go", "package main\n\nfunc main() { nothing }\n")
	git("commit", "-qam", "bad")
	git("tag", "bad")
}

func TestBuild(t *testing.T) {
	repository(t)
	builds, err := Build(t.Context(), "good", "good")
	require.NoError(t, err)
	require.NoError(t, exec.Command(builds.Old).Run())
	require.NoError(t, exec.Command(builds.New).Run())
	require.NoError(t, builds.Remove())
	requireNothingLeft(t, builds)

	builds, err = Build(t.Context(), "good", "bad")
	require.ErrorContains(t, err, "revision bad does not build: ")
	require.ErrorContains(t, err, "undefined: nothing")
	require.NoError(t, builds.Remove())
	requireNothingLeft(t, builds)

	builds, err = Build(t.Context(), "-none", "good")
	require.ErrorContains(t, err, `"-none" is no revision of this repository`)
	require.NoError(t, builds.Remove())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	builds, err = Build(ctx, "good", "good")
	require.True(t, Interrupted(err), err)
	require.NoError(t, builds.Remove())
}

// requireNothingLeft fails if a worktree or a binary is there.
func requireNothingLeft(t *testing.T, builds *Revisions) {
	t.Helper()
	require.NoDirExists(t, builds.folder)
	trees, err := exec.Command("git", "worktree", "list", "--porcelain").Output()
	require.NoError(t, err)
	require.NotContains(t, string(trees), builds.folder)
}
