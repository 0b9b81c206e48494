package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// walker finds the mutants of one file.
type walker struct {
	s        *sources
	p        *source
	index    int
	text     []byte
	file     *token.File
	function string
	params   []*types.Var // of the function
	all      []*mutant
}

// fileMutants returns every mutant of the package's i-th file.
func (s *sources) fileMutants(p *source, i int) []*mutant {
	file := p.files[i]
	w := &walker{s: s, p: p, index: i, text: p.texts[i], file: s.fset.File(file.FileStart)}
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		w.function, w.params = "", nil
		if f, ok := d.(*ast.FuncDecl); ok {
			w.enter(f)
		}
		ast.Inspect(d, w.visit)
	}
	return w.all
}

// enter notes the function's name and parameters.
func (w *walker) enter(f *ast.FuncDecl) {
	w.function = f.Name.Name
	if f.Recv != nil {
		receiver := w.source(f.Recv.List[0].Type)
		receiver, _, _ = strings.Cut(strings.TrimPrefix(receiver, "*"), "[")
		w.function = receiver + "." + w.function
	}
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			if name.Name != "_" {
				t := w.p.info.TypeOf(field.Type)
				w.params = append(w.params, types.NewVar(name.Pos(), nil, name.Name, t))
			}
		}
	}
}

func (w *walker) source(n ast.Node) string {
	return string(w.text[w.file.Offset(n.Pos()):w.file.Offset(n.End())])
}

// add notes the change of what stands from one place to another.
func (w *walker) add(operator string, from, to token.Pos, replacement string) {
	begin, end := w.file.Offset(from), w.file.Offset(to)
	path := filepath.Join(w.p.Dir, filepath.Base(w.file.Name()))
	w.all = append(w.all, w.s.newMutant(change{w.p, w.index, path, w.text, w.function, operator,
		begin, end, replacement}))
}

// replace notes the change of a node.
func (w *walker) replace(operator string, n ast.Node, replacement string) {
	w.add(operator, n.Pos(), n.End(), replacement)
}

// visit notes the mutants of a node, and reports whether to look inside.
func (w *walker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		w.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.SUB || n.Op == token.NOT {
			w.replace("operator", n, w.source(n.X))
		}
	case *ast.BasicLit:
		w.literal(n)
	case *ast.Field: // with a tag, perhaps, and no expression to change
		return false
	case *ast.CallExpr:
		return w.call(n)
	case *ast.IndexExpr:
		if isInteger(w.typeOf(n.Index)) && !w.constant(n.Index) {
			w.offByOne("index", n.Index)
		}
	case *ast.SliceExpr:
		for _, bound := range []ast.Expr{n.Low, n.High} {
			if bound != nil && !w.constant(bound) {
				w.offByOne("bound", bound)
			}
		}
	case *ast.SelectorExpr:
		w.field(n)
	case *ast.Ident:
		w.parameter(n)
	case ast.Stmt:
		w.statement(n)
	}
	return true
}

// binaryOperators are what an operator is changed to.
var binaryOperators = map[token.Token][]token.Token{
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL},
	token.REM: {token.QUO}, token.AND: {token.OR}, token.OR: {token.AND}, token.XOR: {token.OR},
	token.SHL: {token.SHR}, token.SHR: {token.SHL}, token.AND_NOT: {token.AND},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL}, token.LAND: {token.LOR}, token.LOR: {token.LAND},
}

func (w *walker) binary(n *ast.BinaryExpr) {
	for _, to := range binaryOperators[n.Op] {
		w.add("operator", n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), to.String())
	}
	if n.Op == token.SUB || n.Op == token.QUO {
		if x, y := w.source(n.X), w.source(n.Y); x != y {
			w.replace("operands", n, "("+y+") "+n.Op.String()+" ("+x+")")
		}
	}
}

// literal changes a number by one, in float also in its last places, a letter to the next, a text.
func (w *walker) literal(n *ast.BasicLit) {
	switch n.Kind {
	case token.INT:
		v, ok := constant.Int64Val(constant.MakeFromLiteral(n.Value, n.Kind, 0))
		if ok {
			w.replace("constant", n, strconv.FormatInt(v+1, 10))
			if v > 0 {
				w.replace("constant", n, strconv.FormatInt(v-1, 10))
			}
		} else {
			w.replace("constant", n, "("+n.Value+" ^ 1)")
		}
	case token.FLOAT:
		w.replace("constant", n, "("+n.Value+" + 1)")
		w.replace("constant", n, "("+n.Value+" * 1.000001)")
	case token.CHAR:
		r, _, _, err := strconv.UnquoteChar(n.Value[1:], '\'')
		if err == nil {
			w.replace("constant", n, strconv.QuoteRune(r+1))
		}
	case token.STRING:
		if n.Value[0] == '"' && !strings.Contains(n.Value, " ") { // not one of a message
			w.replace("constant", n, n.Value[:len(n.Value)-1]+`?"`)
		}
	}
}

// call swaps arguments and puts integers off by one. What goes into messages is left alone.
func (w *walker) call(n *ast.CallExpr) (inside bool) {
	name := w.source(n.Fun)
	switch name {
	case "panic", "fmt.Errorf", "fmt.Sprintf", "fmt.Sprint", "errors.New":
		return false
	case "min", "max":
		w.replace("function", n.Fun, map[string]string{"min": "max", "max": "min"}[name])
		return true
	}
	if w.p.info.Types[n.Fun].IsType() {
		return true
	}
	for i, x := range n.Args {
		if isInteger(w.typeOf(x)) && !w.constant(x) {
			w.offByOne("argument", x)
		}
		if i == 0 || i == 1 && strings.HasSuffix(strings.ToLower(name), "fma") || name == "append" {
			continue
		}
		before := n.Args[i-1]
		first, second := w.source(before), w.source(x)
		t, u := w.typeOf(x), w.typeOf(before)
		if t != nil && u != nil && types.Identical(t, u) && first != second {
			between := string(w.text[w.file.Offset(before.End()):w.file.Offset(x.Pos())])
			w.add("arguments", before.Pos(), x.End(), second+between+first)
		}
	}
	return true
}

func (w *walker) offByOne(operator string, x ast.Expr) {
	w.replace(operator, x, w.source(x)+"+1")
	w.replace(operator, x, w.source(x)+"-1")
}

// field takes the next field of the same type instead.
func (w *walker) field(n *ast.SelectorExpr) {
	selection := w.p.info.Selections[n]
	if selection == nil || selection.Kind() != types.FieldVal || len(selection.Index()) != 1 {
		return
	}
	t := selection.Recv()
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	structure, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	count := structure.NumFields()
	for i := 1; i < count; i++ {
		other := structure.Field((selection.Index()[0] + i) % count)
		if types.Identical(other.Type(), selection.Type()) && !other.Embedded() && other.Name() != "_" {
			w.replace("field", n.Sel, other.Name())
			return
		}
	}
}

// parameter takes the next parameter of the same type instead.
func (w *walker) parameter(n *ast.Ident) {
	used, ok := w.p.info.Uses[n].(*types.Var)
	if !ok {
		return
	}
	at := slices.IndexFunc(w.params, func(v *types.Var) bool { return v.Pos() == used.Pos() })
	for i := 1; at >= 0 && i < len(w.params); i++ {
		other := w.params[(at+i)%len(w.params)]
		if types.Identical(other.Type(), used.Type()) {
			w.replace("parameter", n, other.Name())
			return
		}
	}
}

var assignments = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	token.MUL_ASSIGN: token.QUO_ASSIGN, token.QUO_ASSIGN: token.MUL_ASSIGN,
	token.AND_ASSIGN: token.OR_ASSIGN, token.OR_ASSIGN: token.AND_ASSIGN,
	token.SHL_ASSIGN: token.SHR_ASSIGN, token.SHR_ASSIGN: token.SHL_ASSIGN,
	token.XOR_ASSIGN: token.OR_ASSIGN, token.INC: token.DEC, token.DEC: token.INC,
}

// statement deletes a statement, or changes its condition or its results.
func (w *walker) statement(n ast.Stmt) {
	switch n := n.(type) {
	case *ast.ExprStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.BranchStmt:
		w.replace("statement", n, "")
	case *ast.AssignStmt:
		if to, ok := assignments[n.Tok]; ok {
			w.add("operator", n.TokPos, n.TokPos+token.Pos(len(n.Tok.String())), to.String())
		}
		if n.Tok != token.DEFINE {
			w.replace("statement", n, "")
		}
	case *ast.IncDecStmt:
		w.add("operator", n.TokPos, n.TokPos+2, assignments[n.Tok].String())
		w.replace("statement", n, "")
	case *ast.IfStmt:
		if _, compares := n.Cond.(*ast.BinaryExpr); !compares {
			w.replace("condition", n.Cond, "!("+w.source(n.Cond)+")")
		}
		w.replace("condition", n.Cond, "true || ("+w.source(n.Cond)+")")
		w.replace("condition", n.Cond, "false && ("+w.source(n.Cond)+")")
	case *ast.ForStmt:
		if n.Cond != nil {
			w.replace("condition", n.Cond, "false && ("+w.source(n.Cond)+")")
		}
	case *ast.CaseClause:
		if len(n.Body) > 1 {
			w.add("statement", n.Body[0].Pos(), n.End(), "")
		}
	case *ast.ReturnStmt:
		w.results(n)
	}
}

// results changes what is returned.
func (w *walker) results(n *ast.ReturnStmt) {
	if len(n.Results) == 0 {
		w.replace("statement", n, "")
	}
	results := n.Results
	if last := len(results) - 1; last > 0 && isError(w.typeOf(results[last])) {
		results = results[last:] // what comes with an error is not to be looked at
	}
	for _, x := range results {
		text := w.source(x)
		t := w.typeOf(x)
		if t == nil {
			continue
		}
		if isError(t) {
			w.replace("result", x, "nil")
			continue
		}
		switch u := t.Underlying().(type) {
		case *types.Basic:
			switch {
			case u.Kind() == types.UntypedNil:
			case u.Info()&types.IsBoolean != 0:
				w.replace("result", x, "!("+text+")")
			case u.Info()&types.IsNumeric != 0:
				w.replace("result", x, "("+text+") + 1")
			}
		case *types.Interface:
			if _, ok := t.(*types.TypeParam); ok {
				w.replace("result", x, "("+text+") + 1")
			}
		case *types.Pointer, *types.Slice, *types.Map, *types.Signature:
			w.replace("result", x, "nil")
		}
	}
}

func (w *walker) typeOf(x ast.Expr) types.Type { return w.p.info.TypeOf(x) }

// constant reports whether the compiler knows the expression's value.
func (w *walker) constant(x ast.Expr) bool { return w.p.info.Types[x].Value != nil }

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func isInteger(t types.Type) bool {
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsInteger != 0
}
