package gatekeeper

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/policy/manifest"
)

// Files gives everything as files by their paths: the objects, kustomizations that install all or a severity, and a suite for `gator verify` for each
// rule that has fixtures.
func (m *Manifests) Files(ctx context.Context) (map[string][]byte, error) {
	files := map[string][]byte{}
	parts := []string{"templates", "constraints"}
	var templates []string
	for _, t := range m.Templates {
		files["templates/"+t.Name+".yaml"] = t.Text
		templates = append(templates, t.Name+".yaml")
	}
	bySeverity := map[string][]string{}
	for _, c := range m.Constraints {
		severity := c.Severity.String()
		files["constraints/"+severity+"/"+c.Name+".yaml"] = c.Text
		bySeverity[severity] = append(bySeverity[severity], c.Name+".yaml")
	}
	var severities []string
	for severity, names := range bySeverity {
		severities = append(severities, severity)
		files["constraints/"+severity+"/kustomization.yaml"] = kustomization(names)
	}
	if m.Sync != nil {
		parts = append(parts, "sync")
		files["sync/syncset.yaml"] = m.Sync.Text
		files["sync/kustomization.yaml"] = kustomization([]string{"syncset.yaml"})
	}
	files["templates/kustomization.yaml"] = kustomization(templates)
	files["constraints/kustomization.yaml"] = kustomization(severities)
	files["kustomization.yaml"] = kustomization(parts)
	for _, r := range m.rules {
		if err := r.makeSuite(ctx, files); err != nil {
			return nil, fmt.Errorf("suite of %s: %w", r.ID, err)
		}
	}
	return files, nil
}

func kustomization(resources []string) []byte {
	var text bytes.Buffer
	text.WriteString("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n")
	for _, resource := range slices.Sorted(slices.Values(resources)) {
		text.WriteString("  - " + resource + "\n")
	}
	return text.Bytes()
}

type (
	suite struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Tests      []test `json:"tests"`
	}
	test struct {
		Name       string     `json:"name"`
		Template   string     `json:"template"`
		Constraint string     `json:"constraint"`
		Cases      []testCase `json:"cases"`
	}
	testCase struct {
		Name       string      `json:"name"`
		Object     string      `json:"object"`
		Inventory  []string    `json:"inventory,omitempty"`
		Assertions []assertion `json:"assertions"`
	}
	assertion struct {
		Violations any    `json:"violations"` // a number, or "no"
		Message    string `json:"message,omitempty"`
	}
)

// elsewhere is a policy of another namespace: only where some are synchronised do rules know that policies are.
var elsewhere = map[string]any{
	"apiVersion": "networking.k8s.io/v1",
	"kind":       "NetworkPolicy",
	"metadata":   map[string]any{"name": "elsewhere", "namespace": "elsewhere"},
	"spec":       map[string]any{"podSelector": map[string]any{}},
}

const elsewhereFile = "samples/elsewhere.yaml"

// makeSuite turns the rule's fixtures into cases: each object is reviewed with the others of its file in the inventory. What is expected is what OPA
// answers to the same question.
func (r *rule) makeSuite(ctx context.Context, files map[string][]byte) error {
	if r.Bad == "" && r.Good == "" { // as in a bundle
		return nil
	}
	dir := "suites/" + r.ID
	asked, err := r.compile()
	if err != nil {
		return err
	}
	s := suite{APIVersion: "test.gatekeeper.sh/v1alpha1", Kind: "Suite"}
	for _, c := range r.constraints {
		s.Tests = append(s.Tests, test{
			Name:       c.manifest.Name,
			Template:   "../../templates/" + r.template.Name + ".yaml",
			Constraint: "../../constraints/" + c.manifest.Severity.String() + "/" + c.manifest.Name + ".yaml",
		})
	}
	if files[path.Join(dir, elsewhereFile)], err = yaml.Marshal(elsewhere); err != nil {
		return err
	}
	for name, text := range map[string]string{"bad": r.Bad, "good": r.Good} {
		samples, err := sampled(name, text)
		if err != nil {
			return err
		}
		var paths []string
		for i, sample := range samples {
			file := fmt.Sprintf("samples/%s-%02d.yaml", name, i+1)
			paths = append(paths, file)
			if files[path.Join(dir, file)], err = yaml.Marshal(sample); err != nil {
				return err
			}
		}
		for i, sample := range samples {
			if !slices.Contains(r.Kinds, sample["kind"].(string)) {
				continue
			}
			others := append(slices.Delete(slices.Clone(samples), i, i+1), elsewhere)
			inventory := append(slices.Delete(slices.Clone(paths), i, i+1), elsewhereFile)
			for t, c := range r.constraints {
				messages, err := asked.review(ctx, sample, others, c.parameters)
				if err != nil {
					return err
				}
				s.Tests[t].Cases = append(s.Tests[t].Cases, testCase{
					Name: fmt.Sprintf("%s-%02d", name, i+1), Object: paths[i], Inventory: inventory, Assertions: assertions(messages),
				})
			}
		}
		if name == "bad" && len(samples) > 0 {
			if err := r.deletion(&s, files, dir, samples, paths); err != nil {
				return err
			}
		}
	}
	for i := range s.Tests {
		slices.SortFunc(s.Tests[i].Cases, func(a, b testCase) int { return cmp.Compare(a.Name, b.Name) })
	}
	files[path.Join(dir, "suite.yaml")], err = yaml.Marshal(s)
	return err
}

// deletion is a case for each constraint: what is bad can be deleted.
func (r *rule) deletion(s *suite, files map[string][]byte, dir string, samples []map[string]any, paths []string) error {
	i := slices.IndexFunc(samples, func(sample map[string]any) bool { return slices.Contains(r.Kinds, sample["kind"].(string)) })
	if i < 0 {
		return nil
	}
	kind, err := kindNamed(r.Rule, samples[i]["kind"].(string))
	if err != nil {
		return err
	}
	metadata, _ := samples[i]["metadata"].(map[string]any)
	review, err := yaml.Marshal(map[string]any{
		"apiVersion": "admission.k8s.io/v1",
		"kind":       "AdmissionReview",
		"request": map[string]any{
			"uid":       "00000000-0000-0000-0000-000000000000",
			"kind":      map[string]any{"group": kind.Group, "version": kind.Version, "kind": kind.Name},
			"resource":  map[string]any{"group": kind.Group, "version": kind.Version, "resource": kind.Resource},
			"name":      metadata["name"],
			"namespace": metadata["namespace"],
			"operation": "DELETE",
			"oldObject": samples[i],
			"userInfo":  map[string]any{},
		},
	})
	if err != nil {
		return err
	}
	files[path.Join(dir, "samples/deletion.yaml")] = review
	for t := range s.Tests {
		s.Tests[t].Cases = append(s.Tests[t].Cases, testCase{
			Name: "deletion", Object: "samples/deletion.yaml",
			Inventory:  slices.Delete(slices.Clone(paths), i, i+1),
			Assertions: assertions(nil),
		})
	}
	return nil
}

func assertions(messages []string) []assertion {
	if len(messages) == 0 {
		return []assertion{{Violations: "no"}}
	}
	all := []assertion{{Violations: len(messages)}}
	for i := 0; i < len(messages); {
		same := i
		for same < len(messages) && messages[same] == messages[i] {
			same++
		}
		all = append(all, assertion{Violations: same - i, Message: "^" + regexp.QuoteMeta(messages[i]) + "$"})
		i = same
	}
	return all
}

// sampled reads a fixture as the API server would keep it: each object in a namespace.
func sampled(name, text string) (samples []map[string]any, err error) {
	set := manifest.Decode(name+".yaml", []byte(text), manifest.Options{})
	if len(set.Errors) > 0 {
		return nil, set.Errors[0]
	}
	for _, resource := range set.Resources {
		object := resource.Object
		if resource.ID.Namespace == "" && !clusterScoped(resource.ID) {
			metadata, _ := object["metadata"].(map[string]any)
			if metadata == nil {
				metadata = map[string]any{}
			}
			metadata["namespace"] = "sample" // that of the request; default is a fault to some rules
			object["metadata"] = metadata
		}
		samples = append(samples, object)
	}
	return samples, nil
}

func clusterScoped(id manifest.ID) bool {
	return slices.ContainsFunc(manifest.Kinds(), func(kind manifest.Kind) bool {
		return kind.Name == id.Kind && kind.APIVersion() == id.APIVersion && kind.Scope == manifest.Cluster
	})
}

// reviewer answers for one rule as Gatekeeper does.
type reviewer struct {
	compiler *ast.Compiler
	query    string
}

func (r *rule) compile() (*reviewer, error) {
	sources := r.policy.Sources()
	modules := map[string]*ast.Module{}
	for _, name := range r.policy.Closure(path.Join(r.folder, "rule.rego")) {
		module, err := ast.ParseModule(name, sources[name])
		if err != nil {
			return nil, err
		}
		modules[name] = module
	}
	compiler := ast.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}
	return &reviewer{compiler: compiler, query: "data." + r.Package + ".violation"}, nil
}

// review gives the messages, sorted, about an object that is created beside others.
func (r *reviewer) review(ctx context.Context, object map[string]any, others []map[string]any, parameters map[string]any) ([]string, error) {
	inventory := map[string]any{}
	for _, other := range others {
		metadata, _ := other["metadata"].(map[string]any)
		steps := []any{"cluster", other["apiVersion"], other["kind"], metadata["name"]}
		if namespace, _ := metadata["namespace"].(string); namespace != "" {
			steps = []any{"namespace", namespace, other["apiVersion"], other["kind"], metadata["name"]}
		}
		put(inventory, steps, other)
	}
	metadata, _ := object["metadata"].(map[string]any)
	input := map[string]any{
		"review": map[string]any{
			"object":    object,
			"operation": "CREATE",
			"name":      metadata["name"],
			"namespace": metadata["namespace"],
		},
		"parameters": parameters,
	}
	store := inmem.NewFromObject(map[string]any{"inventory": inventory})
	results, err := rego.New(rego.Compiler(r.compiler), rego.Query(r.query), rego.Store(store), rego.Input(input)).Eval(ctx)
	if err != nil || len(results) == 0 {
		return nil, err
	}
	var messages []string
	violations, _ := results[0].Expressions[0].Value.([]any)
	for _, violation := range violations {
		fields, _ := violation.(map[string]any)
		message, _ := fields["msg"].(string)
		messages = append(messages, message)
	}
	slices.Sort(messages)
	return messages, nil
}

func put(at map[string]any, steps []any, value any) {
	key := fmt.Sprint(steps[0])
	if len(steps) == 1 {
		at[key] = value
		return
	}
	below, _ := at[key].(map[string]any)
	if below == nil {
		below = map[string]any{}
		at[key] = below
	}
	put(below, steps[1:], value)
}
