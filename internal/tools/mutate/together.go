package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// together is one build that holds many mutants, each as a copy of its function that the
// environment chooses, since a build takes longer than the tests that find a mutant. It only finds:
// what survives here is built alone, which also shows whether its code differs at all.
type together struct {
	overlay string // the file's path
	numbers map[*mutant]int

	mu       sync.Mutex
	binaries map[*testPackage]func() string
	sound    map[string]bool // whether tests pass here without a mutant
}

// The environment's variable that holds the number of a mutant, and that of each changed package.
const (
	variable        = "MUTATE_MUTANT"
	packageVariable = "mutant__"
)

// gather writes the files that hold the mutants, those that lie in functions and are sound.
func (t *tester) gather(mutants []*mutant) error {
	g := &together{numbers: map[*mutant]int{}, binaries: map[*testPackage]func() string{},
		sound: map[string]bool{}, overlay: filepath.Join(t.folder, "together.json")}
	byFile := map[string][]*mutant{}
	for i, m := range mutants {
		if m.index >= 0 && t.sources.compiles(m) {
			g.numbers[m] = i + 1
			byFile[m.file] = append(byFile[m.file], m)
		}
	}
	replace := map[string]string{}
	put := func(p *source, name, text string) error {
		path := filepath.Join(t.folder, strings.ReplaceAll(p.ImportPath, "/", ",")+","+name)
		replace[filepath.Join(p.Dir, name)] = path
		return os.WriteFile(path, []byte(text), 0o644)
	}
	for _, some := range byFile {
		p := some[0].source
		err := put(p, filepath.Base(some[0].file), g.hold(t.sources, some))
		if err != nil {
			return err
		}
		chooser := fmt.Sprintf("package %s\n\nimport (\"os\"; \"strconv\")\n\n"+
			"var %s, _ = strconv.Atoi(os.Getenv(%q))\n", p.files[0].Name, packageVariable, variable)
		if err := put(p, packageVariable+".go", chooser); err != nil {
			return err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	t.together = g
	return os.WriteFile(g.overlay, text, 0o644)
}

// hold returns the text of a file that holds the mutants, all of that file. It takes the number
// from those that have no function to copy.
func (g *together) hold(s *sources, mutants []*mutant) string {
	p, index, text := mutants[0].source, mutants[0].index, string(mutants[0].original)
	offset := s.fset.File(p.files[index].FileStart).Offset
	held := map[*mutant]bool{}
	var result, copies strings.Builder
	at := 0
	for _, d := range p.files[index].Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil || f.Name.Name == "init" || f.Name.Name == "_" {
			continue
		}
		begin, end := offset(f.Pos()), offset(f.End())
		name, open := offset(f.Name.Pos()), offset(f.Body.Lbrace)+1
		call := newCall(f)
		var cases []string
		for _, m := range mutants {
			if m.begin < open || m.end > end {
				continue
			}
			held[m] = true
			suffix := fmt.Sprint("__", g.numbers[m])
			cases = append(cases, fmt.Sprintf("case %d: %s", g.numbers[m], call.text(suffix)))
			fmt.Fprintf(&copies, "\n%s%s%s%s%s%s\n", text[begin:name], f.Name.Name, suffix,
				text[name+len(f.Name.Name):m.begin], m.text, text[m.end:end])
		}
		if len(cases) == 0 {
			continue
		}
		for _, e := range call.names {
			from, to := offset(e.node.Pos()), offset(e.node.Pos())
			if e.replaces {
				to = offset(e.node.End())
			}
			result.WriteString(text[at:from] + e.name)
			at = to
		}
		fmt.Fprintf(&result, "%s switch %s { %s };", text[at:open], packageVariable,
			strings.Join(cases, "; "))
		at = open
	}
	for _, m := range mutants {
		if !held[m] {
			delete(g.numbers, m)
		}
	}
	return result.String() + text[at:] + copies.String()
}

// call is how a function passes what it got on to a copy of itself.
type call struct {
	receiver, function, types string
	arguments                 []string
	returns                   bool
	names                     []naming // in the order of the text
}

// naming names a parameter that has no name.
type naming struct {
	node     ast.Node
	name     string
	replaces bool // the node is the blank name, not the type
}

func newCall(f *ast.FuncDecl) *call {
	c := &call{function: f.Name.Name, returns: f.Type.Results.NumFields() > 0}
	if f.Recv != nil {
		c.receiver = c.parameters(f.Recv)[0] + "."
	}
	if f.Type.TypeParams != nil {
		c.types = "[" + strings.Join(c.parameters(f.Type.TypeParams), ", ") + "]"
	}
	c.arguments = c.parameters(f.Type.Params)
	return c
}

// parameters returns the parameters' names, and gives one to those that have none.
func (c *call) parameters(list *ast.FieldList) (names []string) {
	for _, field := range list.List {
		idents := slices.Clone(field.Names)
		if len(idents) == 0 {
			idents = []*ast.Ident{nil}
		}
		for _, x := range idents {
			name := fmt.Sprint("p__", len(c.names))
			switch {
			case x == nil:
				c.names = append(c.names, naming{field.Type, name + " ", false})
			case x.Name == "_":
				c.names = append(c.names, naming{x, name, true})
			default:
				name = x.Name
			}
			if _, ok := field.Type.(*ast.Ellipsis); ok {
				name += "..."
			}
			names = append(names, name)
		}
	}
	return names
}

// text returns the statements that call the copy with the suffix.
func (c *call) text(suffix string) string {
	call := c.receiver + c.function + suffix + c.types + "(" + strings.Join(c.arguments, ", ") + ")"
	if c.returns {
		return "return " + call
	}
	return call + "; return"
}

// findTogether returns the test that finds the mutant in the build that holds many, or "" and the
// packages none of whose tests do.
func (t *tester) findTogether(m *mutant) (by string, miss map[*testPackage]bool, err error) {
	miss = map[*testPackage]bool{}
	if t.together == nil || t.together.numbers[m] == 0 {
		return "", miss, nil
	}
	for _, p := range t.reaching(m) {
		if err := t.profile(p); err != nil {
			return "", nil, err
		}
		parts, times := p.covering(m)
		if len(parts) == 0 {
			continue
		}
		binary := t.binaryTogether(p)
		miss[p] = binary != ""
		for i := 0; miss[p] && i < len(parts); i++ {
			by := t.runTests(binary, t.together.numbers[m], p.Dir, limit(times[i]), parts[i])
			if by != "" && t.soundTogether(p, binary, parts[i], by) {
				return by, nil, nil
			}
			miss[p] = by == ""
		}
	}
	return "", miss, nil
}

// binaryTogether builds the package's tests with all mutants, once, and returns their path, or "".
func (t *tester) binaryTogether(p *testPackage) string {
	g := t.together
	g.mu.Lock()
	build, ok := g.binaries[p]
	if !ok {
		build = sync.OnceValue(func() string {
			to := filepath.Join(t.folder, strings.ReplaceAll(p.ImportPath, "/", ",")+".together")
			if _, err := goCommand(buildArguments(to, g.overlay, p.ImportPath)...); err != nil {
				fmt.Fprintln(os.Stderr, "mutate: the mutants are built one by one:", err)
				return ""
			}
			return to
		})
		g.binaries[p] = build
	}
	g.mu.Unlock()
	return build()
}

// soundTogether reports whether what failed passes in the same binary without a mutant: a copied
// function may allocate where the original doesn't.
func (t *tester) soundTogether(p *testPackage, binary string, names []string, by string) bool {
	if top, _, _ := strings.Cut(by, "/"); slices.Contains(names, top) {
		names = []string{top}
	}
	g, key := t.together, p.ImportPath+" "+strings.Join(names, " ")
	g.mu.Lock()
	defer g.mu.Unlock()
	sound, ok := g.sound[key]
	if !ok {
		sound = t.runTests(binary, 0, p.Dir, limit(0), names) == ""
		g.sound[key] = sound
	}
	return sound
}
