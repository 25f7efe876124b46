package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// ran gives what a progress draws in so many ticks.
func ran(ticks, width int) string {
	var out strings.Builder
	channel := make(chan time.Time)
	g := &progress{out: &out, width: width, ticks: channel}
	g.says("judging 5 objects")
	g.start()
	for n := range ticks {
		channel <- time.Unix(0, 0).Add(time.Duration(n) * progressInterval)
	}
	g.stop()
	g.stop()
	return out.String()
}

func TestProgressShowsLongRunsAlone(t *testing.T) {
	assert.Empty(t, ran(0, 80))
	assert.Empty(t, ran(progressDelay-1, 80), "a short run shows nothing")
	assert.Equal(t, "\rnetvet: [====            ] judging 5 objects, 0s\x1b[K\r\x1b[K", ran(progressDelay, 80), "and clears what it shows")
	assert.Contains(t, ran(31, 80), "judging 5 objects, 3s\x1b[K\r\x1b[K")
}

func TestProgressStaysOnALine(t *testing.T) {
	for _, width := range []int{0, 1, 20, 40, 200} {
		for frame := range strings.SplitSeq(ran(60, width), "\r") {
			frame = strings.TrimSuffix(frame, "\x1b[K")
			assert.NotContains(t, frame, "\n")
			assert.LessOrEqual(t, len(frame), max(width-1, 0))
			if bar, _, whole := strings.Cut(frame, "]"); whole {
				assert.Len(t, bar, len("netvet: [")+progressBar)
				assert.Contains(t, bar, "====")
			}
		}
	}
}

func TestProgressNeedsATerminal(t *testing.T) {
	p := newProgram("netvet")
	p.err = &strings.Builder{}
	g := p.startProgress(nil)
	g.says("reading")
	g.stop()
	assert.Nil(t, g.halt)
}
