package main

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// interruptible is a standard input that never ends; its first read interrupts the program.
type interruptible struct {
	t    *testing.T
	once sync.Once
}

func (r *interruptible) Read([]byte) (int, error) {
	r.once.Do(func() {
		self, err := os.FindProcess(os.Getpid())
		if assert.NoError(r.t, err) {
			assert.NoError(r.t, self.Signal(os.Interrupt))
		}
	})
	select {}
}

func TestInterruptEndsTheProgram(t *testing.T) {
	var out, complaints strings.Builder
	p := newProgram("netvet")
	p.in, p.out, p.err = &interruptible{t: t}, &out, &complaints
	assert.Equal(t, exitInterrupted, p.run(context.Background(), []string{"lint", "-"}))
	assert.Empty(t, out.String())
	assert.Equal(t, "netvet: interrupted\n", complaints.String())
}

func TestInterruptEndsTheReadingOfAList(t *testing.T) {
	var out, complaints strings.Builder
	p := newProgram("netvet")
	p.in, p.out, p.err = &interruptible{t: t}, &out, &complaints
	assert.Equal(t, exitInterrupted, p.run(context.Background(), []string{"lint", "--files-from", "-"}))
	assert.Empty(t, out.String())
	assert.Equal(t, "netvet: interrupted\n", complaints.String())
}

// closed is a pipe whose reader has gone.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestBrokenPipeIsQuiet(t *testing.T) {
	for _, args := range [][]string{{"rules"}, {"rules", "-f", "json"}, {"rules", "missing-dns"}, {"version"}, {"lint", "-"}} {
		var complaints strings.Builder
		p := newProgram("netvet")
		p.in, p.out, p.err = strings.NewReader("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"), closed{}, &complaints
		assert.Equal(t, exitFailure, p.run(t.Context(), args), args)
		assert.Empty(t, complaints.String(), args)
	}
}

func TestErrorsCannotControlTheTerminal(t *testing.T) {
	var complaints strings.Builder
	p := newProgram("netvet")
	p.in, p.out, p.err = strings.NewReader(""), io.Discard, &complaints
	assert.Equal(t, exitFailure, p.run(t.Context(), []string{"rules", "\x1b[2J\nx"}))
	assert.NotContains(t, complaints.String(), "\x1b")
	assert.Equal(t, 1, strings.Count(complaints.String(), "\n"))
}

func TestEveryCommandHasExamplesThatParse(t *testing.T) {
	commands := newProgram("netvet").root().Commands()
	for i := 0; i < len(commands); i++ {
		cmd := commands[i]
		commands = append(commands, cmd.Commands()...)
		require.NotEmpty(t, cmd.Example, cmd.Name())
		for line := range strings.Lines(cmd.Example) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			_, call, found := strings.Cut(line, "netvet ")
			require.True(t, found, line)
			if end := strings.IndexAny(call, ">|)"); end >= 0 {
				call = call[:end]
			}
			root := newProgram("netvet").root()
			target, rest, err := root.Find(strings.Fields(call))
			require.NoError(t, err, line)
			if !cmd.HasSubCommands() {
				require.Equal(t, cmd.CommandPath(), target.CommandPath(), line)
			}
			require.NoError(t, target.ParseFlags(rest), line)
			require.NoError(t, target.ValidateArgs(target.Flags().Args()), line)
		}
	}
}
