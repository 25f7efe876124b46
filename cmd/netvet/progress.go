package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress shows, on a terminal, that a long run goes on: what it does, since when, and a bar that moves. How far it is nobody knows: a group of
// namespaces is one question. Its zero value shows nothing.
type progress struct {
	out   io.Writer
	width int
	ticks <-chan time.Time

	halt  func()
	ended chan struct{}

	mutex sync.Mutex
	doing string
}

const (
	progressInterval = 100 * time.Millisecond
	progressDelay    = 8 // ticks before anything is shown: short runs show nothing
	progressBar      = 16
	progressBlock    = 4
)

// startProgress shows progress on standard error, if that is a terminal and nobody types the input there.
func (p *program) startProgress(paths []string) *progress {
	file, ok := p.err.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" || slices.Contains(paths, "-") && isTerminal(p.in) {
		return &progress{}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return &progress{}
	}
	ticker := time.NewTicker(progressInterval)
	g := &progress{out: p.err, width: width, ticks: ticker.C}
	g.start()
	halt := g.halt
	g.halt = func() { ticker.Stop(); halt() }
	return g
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// says sets what is told to be going on.
func (g *progress) says(doing string) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.doing = doing
}

// start draws at each tick, until it is stopped.
func (g *progress) start() {
	stop := make(chan struct{})
	g.halt = sync.OnceFunc(func() { close(stop) })
	g.ended = make(chan struct{})
	go func() {
		defer close(g.ended)
		var since time.Time
		for n := 1; ; n++ {
			select {
			case <-stop:
				if n > progressDelay {
					fmt.Fprint(g.out, "\r\x1b[K")
				}
				return
			case now := <-g.ticks:
				if n == 1 {
					since = now
				}
				if n >= progressDelay {
					fmt.Fprint(g.out, "\r"+g.line(n-progressDelay, now.Sub(since))+"\x1b[K")
				}
			}
		}
	}()
}

// line is what is drawn; it fits on one line of the terminal.
func (g *progress) line(frame int, since time.Duration) string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	// The block goes to and fro.
	run := progressBar - progressBlock
	at := frame % (2 * run)
	if at > run {
		at = 2*run - at
	}
	bar := strings.Repeat(" ", at) + strings.Repeat("=", progressBlock) + strings.Repeat(" ", run-at)
	line := fmt.Sprintf("netvet: [%s] %s, %s", bar, g.doing, since.Truncate(time.Second))
	return line[:min(len(line), max(g.width-1, 0))]
}

// stop clears the line. Whatever is written to the terminal next must come after it.
func (g *progress) stop() {
	if g.halt == nil {
		return
	}
	g.halt()
	<-g.ended
}
