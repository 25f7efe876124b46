package prove

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/netvet/netvet/policy"
)

// OldestOPA is the version of OPA in the oldest Gatekeeper that the rules must run in.
const OldestOPA = "v1.17.1"

const testTime = time.Minute // that one Rego test may take

// parse reads all Rego of the policy, and the tests of the tree.
func (v *prover) parse() error {
	read := func(name, source string) (*ast.Module, error) {
		return ast.ParseModuleWithOpts(name, source, ast.ParserOptions{ProcessAnnotation: true})
	}
	v.modules, v.tests = map[string]*ast.Module{}, map[string]*ast.Module{}
	for name, source := range v.policy.Sources() {
		module, err := read(name, source)
		if err != nil {
			return err
		}
		v.modules[name] = module
	}
	return fs.WalkDir(v.tree, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.rego") {
			return err
		}
		source, err := fs.ReadFile(v.tree, name)
		if err != nil {
			return err
		}
		v.tests[name], err = read(name, string(source))
		return err
	})
}

// fit wants Rego that each host takes: strict, known to the oldest of them, and without what Gatekeeper refuses or leaves undefined.
func (v *prover) fit() error {
	oldest, err := ast.LoadCapabilitiesVersion(OldestOPA)
	if err != nil {
		return err
	}
	modules, own := map[string]*ast.Module{}, v.own()
	for name, source := range v.policy.Sources() {
		options := ast.ParserOptions{ProcessAnnotation: true, Capabilities: oldest}
		module, err := ast.ParseModuleWithOpts(name, source, options)
		if err != nil {
			return fmt.Errorf("in the oldest Gatekeeper, with OPA %s: %w", OldestOPA, err)
		}
		modules[name] = module
	}
	packages := map[string]bool{settings: true}
	for _, module := range modules {
		packages[module.Package.Path.String()] = true
	}
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(oldest)
	compiler.Compile(modules)
	for _, err := range compiler.Errors {
		if err.Location != nil && own[err.Location.File] != nil {
			v.fault(err.Location.File, err.Location.Row, "%s (strict, OPA %s)", err.Message, OldestOPA)
		}
	}
	for name, module := range own {
		if !atAdmission(module) {
			continue
		}
		for _, objection := range unfit(module, packages) {
			v.fault(name, objection.Location.Row, "%s", objection.Message)
		}
	}
	return nil
}

// atAdmission tells what Gatekeeper is given: rules and libraries.
func atAdmission(module *ast.Module) bool {
	segments := segmentsOf(module)
	return segments[0] == "lib" || len(segments) > 2 && segments[1] == "rules"
}

func segmentsOf(module *ast.Module) []string {
	var segments []string
	for _, term := range module.Package.Path[1:] {
		segment, _ := term.Value.(ast.String)
		segments = append(segments, string(segment))
	}
	return segments
}

var (
	libraries = ast.MustParseRef("data.lib")
	inventory = ast.MustParseRef("data.inventory")
)

const (
	host     = "data.lib.netvet.host"
	settings = "data.lib.netvet.parameters"
)

// unfit lists what Gatekeeper would refuse, or leave undefined without a word, and what only one library may do.
func unfit(module *ast.Module, packages map[string]bool) (objections ast.Errors) {
	object := func(at *ast.Location, format string, values ...any) {
		objections = append(objections, ast.NewError("unfit", at, format, values...))
	}
	isHost := module.Package.Path.String() == host
	for _, i := range module.Imports {
		if imported, isRef := i.Path.Value.(ast.Ref); !isRef || !imported.HasPrefix(libraries) || !packages[imported.String()] {
			object(i.Location, "imports %s: want a library's package, data.lib.OWNER.NOUN, for Gatekeeper refuses others", i.Path)
		}
	}
	for _, rule := range module.Rules {
		ast.WalkRefs(rule, func(ref ast.Ref) bool {
			switch {
			case ref.HasPrefix(inventory):
				if !isHost {
					object(ref[0].Location, "reads data.inventory: take resources from data.lib.netvet.host, which knows all hosts")
				}
			case ref[0].Equal(ast.InputRootDocument):
				if !isHost {
					object(ref[0].Location, "reads input: take resources from data.lib.netvet.host, which knows all hosts")
				}
			case ref[0].Equal(ast.DefaultRootDocument):
				object(ref[0].Location, "refers to %s by its full path: import it, for Gatekeeper may leave it undefined without a word", ref)
			case ref.HasPrefix(ast.MustParseRef("http.send")):
				object(ref[0].Location, "calls http.send: a verdict depends on the resources alone")
			}
			return false
		})
	}
	return objections
}

// parameters holds what is declared against what the rule and the libraries it imports read.
func (v *prover) parameters(rule *policy.Rule) {
	read := map[string]any{}
	file := path.Join(folderOf(rule), ruleFile)
	for _, name := range v.policy.Closure(file) {
		reads := func(call []*ast.Term, at *ast.Location) {
			if len(call) != 3 || !strings.HasSuffix(call[0].String(), "parameter") {
				return
			}
			parameter, isName := call[1].Value.(ast.String)
			value, err := ast.JSON(call[2].Value)
			if !isName || err != nil {
				v.faultOf(rule, name, at.Row, "a parameter is read by its literal name and default: host.parameter(\"name\", \"default\")")
				return
			}
			read[string(parameter)] = value
		}
		ast.WalkTerms(v.modules[name], func(term *ast.Term) bool {
			if call, isCall := term.Value.(ast.Call); isCall {
				reads(call, term.Loc())
			}
			return false
		})
		ast.WalkExprs(v.modules[name], func(expr *ast.Expr) bool { // a call that is a condition is no term
			if terms, isCall := expr.Terms.([]*ast.Term); isCall {
				reads(terms, expr.Loc())
			}
			return false
		})
	}
	delete(read, "namespace") // every rule's
	for _, name := range slices.Sorted(maps.Keys(read)) {
		declared, found := rule.Parameters[name]
		if _, preset := v.policy.Settings()[name]; !found {
			v.fault(file, 0, "parameter %s is read, but not declared in METADATA", name)
		} else if !preset && !sameJSON(declared.Default, read[name]) {
			v.fault(file, 0, "parameter %s: the default in METADATA is %v, in the code %v", name, declared.Default, read[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rule.Parameters)) {
		if _, found := read[name]; !found {
			v.fault(file, 0, "parameter %s is declared in METADATA, but nothing reads it", name)
		}
	}
}

// faultOf notes what is wrong with a module at the rule that imports it, where the module is not the tree's.
func (v *prover) faultOf(rule *policy.Rule, file string, line int, format string, values ...any) {
	if v.results[path.Dir(file)] == nil {
		file, line = path.Join(folderOf(rule), ruleFile), 0
	}
	v.fault(file, line, format, values...)
}

func sameJSON(a, b any) bool {
	x, errX := ast.InterfaceToValue(a)
	y, errY := ast.InterfaceToValue(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x.String(), y.String())
}

// runTests runs the tree's Rego tests.
func (v *prover) runTests(ctx context.Context) error {
	if len(v.tests) == 0 {
		return nil
	}
	modules := maps.Clone(v.tests)
	maps.Copy(modules, v.modules)
	store := inmem.New()
	transaction, err := store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer store.Abort(ctx, transaction)
	runner := tester.NewRunner().SetModules(modules).SetStore(store).
		RaiseBuiltinErrors(true).CapturePrintOutput(true).SetTimeout(testTime).SetCoverageQueryTracer(v.coverage)
	run, err := runner.RunTests(ctx, transaction)
	if err != nil {
		return err
	}
	for result := range run {
		file := result.Location.File
		v.results[path.Dir(file)].Tests++
		if result.Pass() || result.Skip {
			continue
		}
		message := result.Name + " fails"
		if result.Error != nil {
			message += ": " + result.Error.Error()
		}
		if printed := strings.TrimSpace(string(result.Output)); printed != "" {
			message += "; it prints:\n" + printed
		}
		v.fault(file, result.Location.Row, "%s", message)
	}
	return ctx.Err()
}

// covered tells of the tree's modules.
func (v *prover) covered() (list []Coverage) {
	own := v.own()
	report := v.coverage.Report(own)
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if own[name].Package.Path.String() == settings {
			continue // constants
		}
		file := report.Files[name]
		if file == nil {
			continue
		}
		c := Coverage{File: name}
		missed := map[int]bool{}
		for _, r := range file.Covered {
			mark(missed, r, false)
		}
		for _, r := range file.NotCovered { // a line of which a part was missed, is
			mark(missed, r, true)
		}
		c.Lines = len(missed)
		for _, line := range slices.Sorted(maps.Keys(missed)) {
			switch last := len(c.Missed) - 1; {
			case !missed[line]:
			case last >= 0 && c.Missed[last].Last == line-1:
				c.Missed[last].Last = line
			default:
				c.Missed = append(c.Missed, Range{line, line})
			}
		}
		list = append(list, c)
	}
	return list
}

func mark(lines map[int]bool, r cover.Range, value bool) {
	for line := r.Start.Row; line <= r.End.Row; line++ {
		lines[line] = value
	}
}
