package lint_test

import (
	"context"
	"fmt"
	"os"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
)

// TestMutations turns each condition of each rule round and wants a fixture or a Rego test of the rule to see it. What none sees that is left out
// may be there for speed: -v lists it. A condition that changes no verdict at all says so in its line: # for speed.
func TestMutations(t *testing.T) {
	if os.Getenv("NETVET_MUTATIONS") == "" {
		t.Skip("takes minutes: make mutations")
	}
	for _, rule := range policy.Default().Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			m := newMutant(t, "netvet/rules/"+strings.ReplaceAll(rule.ID, "-", "_"))
			sound := m.answers(t.Context(), m.module(nil))
			require.NoError(t, sound.err)
			require.NotEmpty(t, sound.onBad)
			mutations := m.mutations()
			require.NotEmpty(t, mutations, "a rule without a condition")

			survived := make([]bool, len(mutations))
			var wait sync.WaitGroup
			for w := range runtime.GOMAXPROCS(0) {
				wait.Go(func() {
					for i := w; i < len(mutations); i += runtime.GOMAXPROCS(0) {
						broken := m.answers(t.Context(), m.module(&mutations[i]))
						survived[i] = broken.err == nil && reflect.DeepEqual(sound, broken)
					}
				})
			}
			wait.Wait()
			for i, mutation := range mutations {
				if mutation.leftOut && survived[i] {
					t.Logf("%s: no fixture or test of the rule sees it", mutation)
				} else {
					assert.False(t, survived[i], "%s: no fixture or test of the rule sees it", mutation)
				}
			}
		})
	}
}

// mutant is a rule whose conditions can be broken.
type mutant struct {
	dir       string
	source    string
	others    map[string]*ast.Module // what it imports, and its tests
	bad, good map[string]any         // input of its fixtures
}

// mutation is one condition, the i-th of the module, turned into its opposite or left out.
type mutation struct {
	condition int
	leftOut   bool
	at        string
	text      string
}

func (m mutation) String() string {
	if m.leftOut {
		return fmt.Sprintf("%s: %s, left out", m.at, m.text)
	}
	return fmt.Sprintf("%s: %s, negated", m.at, m.text)
}

func newMutant(t *testing.T, dir string) *mutant {
	t.Helper()
	file := path.Join(dir, "rule.rego")
	p := policy.Default()
	m := &mutant{dir: dir, source: p.Sources()[file], others: map[string]*ast.Module{}}
	for _, name := range p.Closure(file)[1:] {
		m.others[name] = parseAnnotated(t, name, p.Sources()[name])
	}
	tests := path.Join(dir, "rule_test.rego")
	text, err := os.ReadFile(path.Join(root, tests))
	require.NoError(t, err)
	m.others[tests] = parseAnnotated(t, tests, string(text))
	m.bad = envelope(read(t, path.Join(root, dir, "bad.yaml")))
	m.good = envelope(read(t, path.Join(root, dir, "good.yaml")))
	return m
}

// conditions lists the expressions of the module that can fail, in the order in which they are written; what binds a variable is none.
func conditions(module *ast.Module) (found []*ast.Expr) {
	ast.WalkBodies(module, func(body ast.Body) bool {
		for _, expr := range body {
			_, isTerm := expr.Terms.(*ast.Term)
			call, isCall := expr.Terms.([]*ast.Term)
			switch {
			case expr.Location == nil || expr.Location.Row == 0:
			case isTerm && expr.Terms.(*ast.Term).Equal(ast.BooleanTerm(true)): // the body of a rule that has none
			case isTerm && len(unboundVars(expr)) == 0, isCall && !expr.IsAssignment() && !expr.IsEquality() && len(call) > 0, expr.IsEvery():
				found = append(found, expr)
			}
		}
		return false
	})
	slices.SortStableFunc(found, func(a, b *ast.Expr) int { return a.Location.Compare(b.Location) })
	return found
}

// unboundVars are the variables that a reference may bind: an iteration is no condition.
func unboundVars(expr *ast.Expr) (vars []string) {
	ast.WalkVars(expr, func(v ast.Var) bool {
		if v.IsWildcard() {
			vars = append(vars, string(v))
		}
		return false
	})
	return vars
}

func (m *mutant) mutations() (all []mutation) {
	lines := strings.Split(m.source, "\n")
	for i, expr := range conditions(m.module(nil)) {
		if strings.HasSuffix(lines[expr.Location.Row-1], " # for speed") {
			continue
		}
		for _, leftOut := range []bool{false, true} {
			at := fmt.Sprintf("%s:%d", path.Join(m.dir, "rule.rego"), expr.Location.Row)
			all = append(all, mutation{condition: i, leftOut: leftOut, at: at, text: string(expr.Location.Text)})
		}
	}
	return all
}

// module parses the rule, with one condition turned round.
func (m *mutant) module(change *mutation) *ast.Module {
	module := ast.MustParseModuleWithOpts(m.source, ast.ParserOptions{ProcessAnnotation: true})
	if change != nil {
		expr := conditions(module)[change.condition]
		expr.Negated = !expr.Negated
		if change.leftOut {
			*expr = *ast.NewExpr(ast.BooleanTerm(true))
		}
	}
	return module
}

// verdicts are what a rule says of its fixtures, and which of its tests pass.
type verdicts struct {
	err           error
	onBad, onGood any
	tests         map[string]any
}

// answers gives a mutant that does not compile, or fails, an error: it is seen, too.
func (m *mutant) answers(ctx context.Context, module *ast.Module) (v verdicts) {
	modules := map[string]*ast.Module{path.Join(m.dir, "rule.rego"): module}
	for name, other := range m.others {
		modules[name] = other
	}
	compiler := ast.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		return verdicts{err: compiler.Errors}
	}
	pkg := strings.ReplaceAll("data."+m.dir, "/", ".")
	ask := func(query string, input any) any {
		results, err := rego.New(rego.Compiler(compiler), rego.Query(query), rego.Input(input)).Eval(ctx)
		if err != nil || len(results) == 0 {
			v.err = fmt.Errorf("%s: %v", query, err)
			return nil
		}
		return results[0].Expressions[0].Value
	}
	v.onBad = ask(pkg+".violation", m.bad)
	v.onGood = ask(pkg+".violation", m.good)
	v.tests, _ = ask(pkg+"_test", nil).(map[string]any)
	for name := range v.tests {
		if !strings.HasPrefix(name, "test_") {
			delete(v.tests, name)
		}
	}
	return v
}
