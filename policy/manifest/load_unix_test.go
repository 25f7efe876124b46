//go:build unix

package manifest

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Opening a named pipe waits for a writer.
func TestLoadCancelledAtANamedPipe(t *testing.T) {
	chdir(t, nil)
	require.NoError(t, syscall.Mkfifo("pipe.yaml", 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := Load(ctx, []string{"pipe.yaml"}, Options{})
		done <- err
	}()
	select {
	case err := <-done:
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	case <-time.After(10 * time.Second):
		t.Fatal("the end of the context does not end the reading")
	}
}
