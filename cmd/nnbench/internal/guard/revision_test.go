package guard

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// newRepository makes an empty git repository in a folder of its own, makes it the working folder,
// and returns a function that runs git.
func newRepository(t *testing.T) (git func(args ...string)) {
	for _, program := range []string{"git", "go"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("there is no " + program)
		}
	}
	folder := filepath.Join(t.TempDir(), "repository")
	require.NoError(t, os.Mkdir(folder, 0o777))
	t.Chdir(folder)
	git = func(args ...string) {
		args = append([]string{"-c", "user.name=test", "-c", "user.email=test@example.org",
			"-c", "commit.gpgsign=false"}, args...)
		out, err := exec.Command("git", args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	git("init", "-q")
	return git
}

// writeFile writes a file and makes its folder.
func writeFile(t *testing.T, path, text string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
}

// repository makes a git repository with a revision "good" that builds and one "bad" that doesn't.
func repository(t *testing.T) {
	git := newRepository(t)
	writeFile(t, "go.mod", "module m\n")
	writeFile(t, "cmd/nnbench/main.go", "package main\n\nfunc main() {}\n")
	git("add", ".")
	git("commit", "-qm", "good")
	git("tag", "good")
	writeFile(t, "cmd/nnbench/main.go", "package main\n\nfunc main() { nothing }\n")
	git("commit", "-qam", "bad")
	git("tag", "bad")
}

func TestBuild(t *testing.T) {
	repository(t)
	builds, err := BuildRevisions(t.Context(), "good", "good", "")
	require.NoError(t, err)
	require.NoError(t, exec.Command(builds.Old.Binary).Run())
	require.NoError(t, exec.Command(builds.New.Binary).Run())
	require.NoError(t, builds.Remove())
	requireNothingLeft(t, builds)

	builds, err = BuildRevisions(t.Context(), "good", "bad", "")
	require.ErrorContains(t, err, "revision bad does not build: ")
	require.ErrorContains(t, err, "undefined: nothing")
	require.NoError(t, builds.Remove())
	requireNothingLeft(t, builds)

	builds, err = BuildRevisions(t.Context(), "-none", "good", "")
	require.ErrorContains(t, err, `"-none" is no revision of this repository`)
	require.NoError(t, builds.Remove())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	builds, err = BuildRevisions(ctx, "good", "good", "")
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
