package guard

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Revisions are builds of two revisions of the repository around the working folder, in a temporary folder.
type Revisions struct {
	Old, New string // the binaries
	folder   string
	trees    []string // git worktrees
}

// Build checks both revisions out beside each other and builds nnbench from them. Remove is to be called in any case.
func Build(ctx context.Context, old, new string) (r *Revisions, err error) {
	r = &Revisions{}
	if r.folder, err = os.MkdirTemp("", "nnbench-guard-"); err != nil {
		return r, err
	}
	if r.Old, err = r.build(ctx, "old", old); err != nil {
		return r, err
	}
	r.New, err = r.build(ctx, "new", new)
	return r, err
}

// build checks out one revision and returns the binary built from it.
func (r *Revisions) build(ctx context.Context, name, revision string) (binary string, err error) {
	commit, err := output(ctx, "", "git", "rev-parse", "--verify", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("%q is no revision of this repository: %w", revision, err)
	}
	tree := filepath.Join(r.folder, name+"-tree")
	if _, err := output(ctx, "", "git", "worktree", "add", "--detach", tree, commit); err != nil {
		return "", fmt.Errorf("can't check out %s: %w", revision, err)
	}
	r.trees = append(r.trees, tree)
	binary = filepath.Join(r.folder, fmt.Sprintf("%s-%.12s.exe", name, commit)) // .exe for Windows; others run it as well
	if _, err := output(ctx, tree, "go", "build", "-o", binary, "./cmd/nnbench"); err != nil {
		return "", fmt.Errorf("revision %s does not build: %w", revision, err)
	}
	return binary, nil
}

// Remove removes the worktrees and the binaries.
func (r *Revisions) Remove() error {
	for _, tree := range r.trees {
		if _, err := output(context.Background(), "", "git", "worktree", "remove", "--force", tree); err != nil {
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
