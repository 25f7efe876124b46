package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (p *program) completionCommand() *cobra.Command {
	scripts := map[string]func(root *cobra.Command, w io.Writer) error{
		"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) },
		"zsh":        func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) },
	}
	shells := []string{"bash", "fish", "powershell", "zsh"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that lets your shell complete commands, rules and settings",
		Long: `Print a script that lets your shell complete commands, flags, rules and settings:
for bash (with the package bash-completion), fish, PowerShell or zsh.

kubectl asks a program called kubectl_complete-netvet, anywhere in $PATH, for the
completions of its plugin: a link to kubectl-netvet is one.

  ln -s "$(command -v kubectl-netvet)" ~/.local/bin/kubectl_complete-netvet`,
		Example: p.examples(
			"source <(%s completion bash)", "complete in this shell; in ~/.bashrc in each",
			"%s completion zsh > \"${fpath[1]}/_netvet\"", "for zsh, once; compinit must be on",
			"%s completion fish > ~/.config/fish/completions/netvet.fish", "for fish, once",
			"%s completion powershell | Out-String | Invoke-Expression", "for PowerShell; in $PROFILE for each",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name a shell: %s; %s --help shows examples", enumerate(shells), cmd.CommandPath())
			}
			if scripts[args[0]] == nil {
				return fmt.Errorf("unknown shell %q%s: want %s", args[0], didYouMean(args[0], shells), enumerate(shells))
			}
			return nil
		},
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			return scripts[args[0]](cmd.Root(), cmd.OutOrStdout())
		},
	}
}
