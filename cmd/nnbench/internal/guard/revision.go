package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Revisions are builds of two revisions of the repository around the working folder, in a temporary
// folder.
type Revisions struct {
	Old, New Build
	folder   string
	trees    []string // git worktrees
}

// BuildRevisions checks both revisions out beside each other and builds the tests of a package from
// them, given as go test takes it in the working folder, or nnbench if it is empty. Remove is to be
// called in any case.
func BuildRevisions(ctx context.Context, old, new, pkg string) (r *Revisions, err error) {
	r = &Revisions{}
	if r.folder, err = os.MkdirTemp("", "nnbench-guard-"); err != nil {
		return r, err
	}
	if r.folder, err = filepath.EvalSymlinks(r.folder); err != nil { // as go and git name it
		return r, err
	}
	if r.Old, err = r.build(ctx, "old", old, pkg); err != nil {
		return r, err
	}
	r.New, err = r.build(ctx, "new", new, pkg)
	return r, err
}

// build checks out one revision and builds it.
func (r *Revisions) build(ctx context.Context, name, revision, pkg string) (Build, error) {
	commit, err := output(ctx, "", "git", "rev-parse", "--verify", "--end-of-options",
		revision+"^{commit}")
	if err != nil {
		return Build{}, fmt.Errorf("%q is no revision of this repository: %w", revision, err)
	}
	tree := filepath.Join(r.folder, name+"-tree")
	if _, err := output(ctx, "", "git", "worktree", "add", "--detach", tree, commit); err != nil {
		return Build{}, fmt.Errorf("can't check out %s: %w", revision, err)
	}
	r.trees = append(r.trees, tree)
	// .exe for Windows; others run it as well.
	b := Build{Binary: filepath.Join(r.folder, fmt.Sprintf("%s-%.12s.exe", name, commit))}
	if pkg != "" {
		b.Folder, err = buildTests(ctx, tree, b.Binary, pkg)
	} else {
		err = buildCommand(ctx, tree, b.Binary)
	}
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("revision %s does not build: %w", revision, err)
	}
	return b, err
}

// buildCommand builds nnbench.
func buildCommand(ctx context.Context, tree, binary string) error {
	if _, err := os.Stat(filepath.Join(tree, "cmd", "nnbench")); err != nil {
		return fmt.Errorf("it has no cmd/nnbench; " +
			"to compare benchmarks of go test, give --pkg and their package")
	}
	_, err := output(ctx, tree, "go", "build", "-o", binary, "./cmd/nnbench")
	return err
}

// buildTests builds the tests of a package, named as in the folder of the tree that corresponds to
// the working folder, and returns the package's folder, where go test runs them.
func buildTests(ctx context.Context, tree, binary, pkg string) (folder string, err error) {
	prefix, err := output(ctx, "", "git", "rev-parse", "--show-prefix")
	if err != nil {
		return "", err
	}
	within := filepath.Join(tree, filepath.FromSlash(prefix))
	if _, err := os.Stat(within); err != nil {
		return "", fmt.Errorf("it has no folder %s", prefix)
	}
	if err := keepReplacements(ctx, tree, within); err != nil {
		return "", err
	}
	folder, err = output(ctx, within, "go", "list", "-f", "{{.Dir}}", "--", pkg)
	if err != nil {
		return "", err
	}
	if folder == "" || strings.Contains(folder, "\n") {
		return "", fmt.Errorf("--pkg: %s names several packages or none; one is wanted", pkg)
	}
	if _, err := output(ctx, folder, "go", "test", "-c", "-o", binary, "."); err != nil {
		return "", err
	}
	if _, err := os.Stat(binary); err != nil { // go only warns
		return "", fmt.Errorf("package %s has no tests", pkg)
	}
	return folder, nil
}

// keepReplacements makes the go.mod of a tree lead to the same folders outside the repository as
// that of the working tree: relative paths of replaced modules lead elsewhere from another place.
func keepReplacements(ctx context.Context, tree, folder string) error {
	top, err := output(ctx, "", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	text, err := output(ctx, folder, "go", "mod", "edit", "-json")
	if err != nil {
		return err
	}
	file, err := output(ctx, folder, "go", "env", "GOMOD")
	if err != nil {
		return err
	}
	type version struct{ Path, Version string }
	var module struct{ Replace []struct{ Old, New version } }
	if err := json.Unmarshal([]byte(text), &module); err != nil {
		return fmt.Errorf("go mod edit -json: %w", err)
	}
	for _, r := range module.Replace {
		if r.New.Version != "" || filepath.IsAbs(r.New.Path) {
			continue
		}
		path, err := filepath.Rel(tree, filepath.Join(filepath.Dir(file), r.New.Path))
		if err != nil || filepath.IsLocal(path) {
			continue
		}
		replaced := r.Old.Path
		if r.Old.Version != "" {
			replaced += "@" + r.Old.Version
		}
		_, err = output(ctx, folder, "go", "mod", "edit",
			"-replace="+replaced+"="+filepath.Join(top, path))
		if err != nil {
			return err
		}
	}
	return nil
}

// Remove removes the worktrees and the binaries.
func (r *Revisions) Remove() error {
	for _, tree := range r.trees {
		_, err := output(context.Background(), "", "git", "worktree", "remove", "--force", tree)
		if err != nil {
			return err
		}
	}
	return os.RemoveAll(r.folder)
}

// output runs a program in a folder and returns what it prints, without white space around.
func output(ctx context.Context, folder, program string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = folder
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		const most = 300
		text := strings.TrimSpace(stderr.String())
		if len(text) > most {
			text = strings.ToValidUTF8(text[:most], "") + "…"
		}
		return "", fmt.Errorf("%s %s: %w: %s", program, args[0], err, text)
	}
	return strings.TrimSpace(string(out)), nil
}
