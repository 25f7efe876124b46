package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/netvet/netvet/bundle"
	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/report"
)

const aboutKeys = `
A key comes from a file, such as a mounted secret, or from an environment
variable; it is never an argument, and never printed. The algorithms:
  RS256          the default; OPA verifies it by flag and by configuration, and
                 signing again gives the same bytes; RS384 and RS512 do, too
  PS256, ES256…  sign with random numbers, so each time the signature differs
  HS256…         have one secret for both sides: who verifies can sign
  EdDSA          gives the same bytes, but OPA verifies it by flag only: its
                 configuration file refuses it`

func (p *program) bundleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "Pack rules for others: sign them, verify them, carry them",
		Long: `Pack the rules, and your own, as a signed bundle: one archive that netvet, OPA
and conftest read, from a file, a URL or an OCI registry.

A bundle's signature covers each of its files. netvet and OPA check it before
they use anything of the bundle; conftest never does.`,
		Example: p.examples(
			"%s bundle build --signing-key private.pem -o bundle.tar.gz", "pack and sign netvet's rules",
			"%s lint -b bundle.tar.gz --verification-key public.pem manifests/", "judge by them",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			var names []string
			for _, c := range cmd.Commands() {
				names = append(names, c.Name())
			}
			return fmt.Errorf("unknown command %q%s; %s --help lists the commands", cmd.Name()+" "+args[0], didYouMean(args[0], names), cmd.CommandPath())
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.buildCommand(), p.signCommand(), p.verifyCommand(), p.inspectCommand(), p.pushCommand(), p.pullCommand())
	return cmd
}

func (p *program) buildCommand() *cobra.Command {
	var key keyFlags
	var output, root, revision string
	var own, parameters []string
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Pack the rules as a bundle",
		Long: `Pack netvet's rules, or those of a policy directory, as a bundle, and sign it if
a key is given. The same rules give the same bytes on every machine.

--rules puts your own beside netvet's; netvet rules test --help tells what they
look like. --param sets parameters for everybody who uses the bundle, in OPA and
conftest, too; netvet rules RULE tells which there are.
` + aboutKeys,
		Example: p.examples(
			"%s bundle build -o bundle.tar.gz", "pack netvet's rules, unsigned",
			"%s bundle build --signing-key private.pem --revision v1 -o bundle.tar.gz", "pack and sign them, with a revision that OPA tells in its status",
			"%s bundle build --signing-key-env SIGNING_KEY --rules acme-policy -o bundle.tar.gz", "with your own rules, and a key from the environment",
			"%s bundle build -p platform=[eks,calico] -o bundle.tar.gz", "for clusters of one kind",
		),
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			signing, err := key.signing(false)
			if err != nil {
				return err
			}
			settings, err := parameterValues(parameters)
			if err != nil {
				return err
			}
			rules := policy.Default()
			if root != "" {
				if rules, err = openRules(root); err != nil {
					return err
				}
			}
			if rules, err = joinRules(rules, own); err != nil {
				return err
			}
			preset, err := rules.Preset(settings)
			if err != nil {
				return p.configError(err, rules)
			}
			rules = preset
			if _, err := lint.New(cmd.Context(), rules, lint.Config{}); err != nil {
				return err
			}
			var b bytes.Buffer
			if err := bundle.Write(&b, rules, bundle.Options{Revision: revision, Version: report.Version(), Key: signing}); err != nil {
				return err
			}
			return p.deliver(b.Bytes(), output)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&output, "output", "o", "", "write the bundle to `FILE` instead of standard output")
	flags.StringVar(&root, "policy", "", "pack the rules below this `DIRECTORY`, a policy's root, instead of netvet's")
	defineRules(cmd, &own)
	defineParameters(cmd, &parameters)
	flags.StringVar(&revision, "revision", "", "the `NAME` of the bundle's state (default: the digest of the rules)")
	key.define(cmd, "signing-key", "sign with the private key, or secret, in this `FILE`")
	key.defineID(cmd)
	completeDirectories(cmd, "policy")
	completeBy(cmd, "revision", cobra.NoFileCompletions)
	return cmd
}

func (p *program) signCommand() *cobra.Command {
	var key keyFlags
	var output string
	var plain bool
	cmd := &cobra.Command{
		Use:   "sign BUNDLE",
		Short: "Sign a bundle",
		Long: `Sign a bundle. It is packed anew; a signature that it had is replaced. Sign what
you know: the signature that a bundle had is not checked.
` + aboutKeys,
		Example: p.examples(
			"%s bundle sign unsigned.tar.gz --signing-key private.pem -o bundle.tar.gz", "sign with a key from a file",
			"%s bundle sign unsigned.tar.gz --signing-key-env SIGNING_KEY -o bundle.tar.gz", "with a key from the environment",
		),
		Args:              oneBundle,
		ValidArgsFunction: completeBundle,
		RunE: func(cmd *cobra.Command, args []string) error {
			signing, err := key.signing(true)
			if err != nil {
				return err
			}
			data, err := bundle.Fetch(cmd.Context(), args[0], bundle.FetchOptions{PlainHTTP: plain})
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if err := bundle.Sign(&b, bytes.NewReader(data), signing); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return p.deliver(b.Bytes(), output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the bundle to `FILE` instead of standard output")
	key.define(cmd, "signing-key", "sign with the private key, or secret, in this `FILE`")
	key.defineID(cmd)
	definePlainHTTP(cmd, &plain)
	return cmd
}

func (p *program) verifyCommand() *cobra.Command {
	var key keyFlags
	var plain bool
	cmd := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Tell whether a bundle is what was signed",
		Long: `Tell whether a bundle, a file, https:// or oci://, is signed with the key's other
half, and is what was signed. The exit status is 0 if so, 1 if not, and 2 if
netvet could not tell.
` + aboutKeys,
		Example: p.examples(
			"%s bundle verify bundle.tar.gz --verification-key public.pem", "verify a file",
			"%s bundle verify oci://registry.example.com/netvet:v1 --verification-key public.pem", "verify what a registry has",
		),
		Args:              oneBundle,
		ValidArgsFunction: completeBundle,
		RunE: func(cmd *cobra.Command, args []string) error {
			verification, err := key.verification()
			if err != nil {
				return err
			}
			data, err := bundle.Fetch(cmd.Context(), args[0], bundle.FetchOptions{PlainHTTP: plain})
			if err != nil {
				return err
			}
			b, err := bundle.Read(bytes.NewReader(data), verification)
			if distrusted(err) {
				p.complain(fmt.Sprintf("%s: %v", args[0], err))
				return errFindings
			}
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "verified: %s, revision %s, %d rules\n",
				report.Harmless(args[0]), report.Harmless(b.Manifest.Revision), len(b.Manifest.Rules))
			return err
		},
	}
	key.define(cmd, "verification-key", "verify with the public key, or secret, in this `FILE`")
	definePlainHTTP(cmd, &plain)
	return cmd
}

func distrusted(err error) bool {
	return errors.Is(err, bundle.ErrUnsigned) || errors.Is(err, bundle.ErrSignature) || errors.Is(err, bundle.ErrTampered)
}

func (p *program) inspectCommand() *cobra.Command {
	var plain bool
	format := choice{value: "text", among: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:   "inspect BUNDLE",
		Short: "Tell what a bundle holds, without verifying it",
		Long: `Tell what a bundle, a file, https:// or oci://, says of itself. Nothing of that is
proven: see bundle verify.`,
		Example: p.examples(
			"%s bundle inspect bundle.tar.gz", "for people",
			"%s bundle inspect -f json bundle.tar.gz", "for a program to read",
		),
		Args:              oneBundle,
		ValidArgsFunction: completeBundle,
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := bundle.Fetch(cmd.Context(), args[0], bundle.FetchOptions{PlainHTTP: plain})
			if err != nil {
				return err
			}
			b, err := bundle.ReadUnverified(bytes.NewReader(data))
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if format.value == "json" {
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(struct {
					Manifest   bundle.Manifest   `json:"manifest"`
					Signature  *bundle.Signature `json:"signature"`
					Parameters map[string]any    `json:"parameters"`
					Files      []string          `json:"files"`
				}{b.Manifest, b.Signature, b.Policy.Settings(), b.Files})
			}
			_, err = cmd.OutOrStdout().Write([]byte(describe(b)))
			return err
		},
	}
	format.define(cmd.Flags(), "format", "f", "the format of the output")
	complete(cmd, "format", format.among)
	definePlainHTTP(cmd, &plain)
	return cmd
}

func describe(b *bundle.Bundle) string {
	signature := "none"
	if s := b.Signature; s != nil {
		signature = fmt.Sprintf("%s, key %q", s.Algorithm, s.KeyID)
		if s.Scope != "" {
			signature += fmt.Sprintf(", scope %q", s.Scope)
		}
		signature += " (not verified)"
	}
	var text strings.Builder
	for _, line := range [][2]string{
		{"revision", b.Manifest.Revision},
		{"digest", b.Policy.Digest()},
		{"packed by", strings.TrimSpace("netvet " + b.Manifest.Version)},
		{"signature", signature},
		{"roots", strings.Join(b.Manifest.Roots, ", ")},
		{"sets", strings.Join(settingsOf(b.Policy), "\n           ")},
		{"rules", strings.Join(b.Manifest.Rules, "\n           ")},
	} {
		if line[0] == "sets" && line[1] == "" {
			continue
		}
		for i, part := range strings.Split(line[1], "\n") {
			if i == 0 {
				part = fmt.Sprintf("%-10s %s", line[0], part)
			}
			text.WriteString(report.Harmless(part) + "\n")
		}
	}
	return text.String()
}

// settingsOf lists parameters that a bundle sets, as netvet lint -p takes them.
func settingsOf(rules *policy.Policy) (list []string) {
	settings := rules.Settings()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value, err := json.Marshal(settings[name])
		if err == nil { // it was JSON, and still is
			list = append(list, name+"="+string(value))
		}
	}
	return list
}

func (p *program) pushCommand() *cobra.Command {
	var plain bool
	cmd := &cobra.Command{
		Use:   "push BUNDLE oci://REFERENCE",
		Short: "Put a bundle into an OCI registry",
		Long: `Put a bundle into an OCI registry and print its reference by digest, which always
means these bytes. OPA downloads and verifies it there; conftest pull unpacks it,
but verifies nothing.

Credentials are those of docker login. HTTP without TLS is for loopback addresses,
unless --plain-http allows it.`,
		Example: p.examples(
			"%s bundle push bundle.tar.gz oci://registry.example.com/netvet:v1", "push to a tag",
			"%s bundle push --plain-http bundle.tar.gz oci://registry.internal:5000/netvet:v1", "push to a registry without TLS",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("want a bundle and an oci:// reference; %s --help shows examples", cmd.CommandPath())
			}
			return nil
		},
		ValidArgsFunction: completeBundle,
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := bundle.Fetch(cmd.Context(), args[0], bundle.FetchOptions{PlainHTTP: plain})
			if err != nil {
				return err
			}
			if _, err := bundle.ReadUnverified(bytes.NewReader(data)); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			reference, err := bundle.Push(cmd.Context(), args[1], data, bundle.FetchOptions{PlainHTTP: plain})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), reference)
			return err
		},
	}
	definePlainHTTP(cmd, &plain)
	return cmd
}

func (p *program) pullCommand() *cobra.Command {
	var from bundleFlags
	var output string
	cmd := &cobra.Command{
		Use:   "pull BUNDLE",
		Short: "Get a bundle from an OCI registry or a URL, and verify it",
		Long: `Get a bundle, oci:// or https://, verify it, and write it to a file. What does not
pass is not written.

Credentials for registries are those of docker login.
` + aboutKeys,
		Example: p.examples(
			"%s bundle pull oci://registry.example.com/netvet:v1 --verification-key public.pem -o bundle.tar.gz", "pull a tag",
			"%s bundle pull oci://registry.example.com/netvet:v1 --skip-verify -o bundle.tar.gz", "whoever made it",
		),
		Args:              oneBundle,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			from.location = args[0]
			_, data, err := from.read(cmd.Context())
			if err != nil {
				return err
			}
			return p.deliver(data, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the bundle to `FILE` instead of standard output")
	from.define(cmd)
	return cmd
}

// deliver writes a bundle to a file, or to standard output unless that is a terminal.
func (p *program) deliver(data []byte, output string) error {
	if output != "" {
		return os.WriteFile(output, data, 0o666)
	}
	if file, ok := p.out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return errors.New("a bundle is no text for a terminal: name a file with -o, or redirect the output")
	}
	_, err := p.out.Write(data)
	return err
}

// bundleFlags say which bundle to use, and how to trust it.
type bundleFlags struct {
	location   string
	key        keyFlags
	skipVerify bool
	plainHTTP  bool
}

func (f *bundleFlags) define(cmd *cobra.Command) {
	f.key.define(cmd, "verification-key", "verify the bundle with the public key, or secret, in this `FILE`")
	cmd.Flags().BoolVar(&f.skipVerify, "skip-verify", false, "use the bundle whoever made it")
	definePlainHTTP(cmd, &f.plainHTTP)
}

// read gives the bundle and its bytes.
func (f *bundleFlags) read(ctx context.Context) (*bundle.Bundle, []byte, error) {
	var key *bundle.VerificationKey
	switch {
	case f.skipVerify && f.key.given():
		return nil, nil, errors.New("--skip-verify and a verification key contradict each other")
	case !f.skipVerify && !f.key.given():
		return nil, nil, fmt.Errorf("bundle %s: name the key to verify it with by --verification-key FILE, or use it whoever made it with --skip-verify", f.location)
	case !f.skipVerify:
		var err error
		if key, err = f.key.verification(); err != nil {
			return nil, nil, err
		}
	}
	data, err := bundle.Fetch(ctx, f.location, bundle.FetchOptions{PlainHTTP: f.plainHTTP})
	if err != nil {
		return nil, nil, err
	}
	var b *bundle.Bundle
	if f.skipVerify {
		b, err = bundle.ReadUnverified(bytes.NewReader(data))
	} else {
		b, err = bundle.Read(bytes.NewReader(data), key)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.location, err)
	}
	return b, data, nil
}

// keyFlags say where a key is and how it is used.
type keyFlags struct {
	flag      string // the name of the flag for a file
	file      string
	variable  string
	algorithm choice
	options   bundle.KeyOptions
}

func (f *keyFlags) define(cmd *cobra.Command, flag, usage string) {
	f.flag = flag
	f.algorithm = choice{value: "RS256", among: bundle.Algorithms()}
	flags := cmd.Flags()
	flags.StringVar(&f.file, flag, "", usage)
	flags.StringVar(&f.variable, flag+"-env", "", "take it from the environment variable of this `NAME`")
	flags.Var(algorithmFlag{&f.algorithm}, "signing-alg", "the signature's algorithm")
	flags.StringVar(&f.options.Scope, "scope", "", "the `SCOPE` that the signature is for")
	complete(cmd, "signing-alg", f.algorithm.among)
	completeBy(cmd, flag+"-env", cobra.NoFileCompletions)
	completeBy(cmd, "scope", cobra.NoFileCompletions)
}

func (f *keyFlags) defineID(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.options.ID, "key-id", "default", "the `ID` under which OPA's configuration has the key")
	completeBy(cmd, "key-id", cobra.NoFileCompletions)
}

func (f *keyFlags) given() bool { return f.file != "" || f.variable != "" }

// signing gives the key, or nil where none is given and none is required.
func (f *keyFlags) signing(required bool) (*bundle.SigningKey, error) {
	if !f.given() && !required {
		return nil, nil
	}
	data, from, err := f.read()
	if err != nil {
		return nil, err
	}
	f.options.Algorithm = f.algorithm.value
	key, err := bundle.ParseSigningKey(data, f.options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return key, nil
}

func (f *keyFlags) verification() (*bundle.VerificationKey, error) {
	data, from, err := f.read()
	if err != nil {
		return nil, err
	}
	f.options.Algorithm = f.algorithm.value
	key, err := bundle.ParseVerificationKey(data, f.options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return key, nil
}

// read gives the key's bytes and says where they are from. What might be a key by mistake is not repeated.
func (f *keyFlags) read() (data []byte, from string, err error) {
	switch {
	case f.file != "" && f.variable != "":
		return nil, "", fmt.Errorf("--%s and --%s-env name two keys: use one", f.flag, f.flag)
	case f.variable != "":
		text, found := os.LookupEnv(f.variable)
		if !found || text == "" {
			return nil, "", fmt.Errorf("--%s-env: there is no environment variable of that name, or it is empty", f.flag)
		}
		return []byte(text), "--" + f.flag + "-env " + f.variable, nil
	case f.file == "":
		return nil, "", fmt.Errorf("name a key by --%s FILE or --%s-env NAME", f.flag, f.flag)
	}
	data, err = os.ReadFile(f.file)
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, "", fmt.Errorf("--%s: the file with the key cannot be read: %w", f.flag, pathError.Err)
	}
	return data, "--" + f.flag + " " + f.file, err
}

// algorithmFlag is a choice with too many words for the line of its flag.
type algorithmFlag struct{ *choice }

// Type is the name of the flag's value in the help.
func (algorithmFlag) Type() string { return "ALGORITHM" }

func definePlainHTTP(cmd *cobra.Command, plain *bool) {
	cmd.Flags().BoolVar(plain, "plain-http", false, "use HTTP without TLS beyond loopback addresses, too")
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, not %q", cmd.CommandPath(), args[0])
	}
	return nil
}

func oneBundle(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want one bundle, not %d; %s --help shows examples", len(args), cmd.CommandPath())
	}
	return nil
}

// completeBundle offers files for the first argument.
func completeBundle(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []cobra.Completion{"tar.gz", "tgz"}, cobra.ShellCompDirectiveFilterFileExt
}

func completeDirectories(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		completeBy(cmd, flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		})
	}
}
