package report

import (
	"regexp"
	"strings"
)

// block is a piece of what rules say in Markdown: a paragraph, an item of a list, or lines of code.
type block struct {
	lines      []string
	code, item bool
	adjacent   bool // no blank line before it
}

// blocks takes Markdown apart as far as annotations use it: paragraphs, lists, and code that is fenced, indented, or plainly YAML.
func blocks(text string) []block {
	var found []block
	var lines []string
	fenced := false
	flush := func() {
		if len(lines) > 0 {
			found = append(found, split(lines)...)
			lines = nil
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			if fenced {
				found = append(found, block{lines: lines, code: true})
				lines = nil
			} else {
				flush()
			}
			fenced = !fenced
		case line == "" && !fenced:
			flush()
		default:
			lines = append(lines, line)
		}
	}
	flush()
	return joinCode(found)
}

// split takes apart lines that no blank line separates.
func split(lines []string) []block {
	if indented(lines) {
		for i := range lines {
			lines[i] = lines[i][4:]
		}
		return []block{{lines: lines, code: true}}
	}
	if i := startOfYAML(lines); i < len(lines) {
		return append(prose(lines[:i]), block{lines: lines[i:], code: true})
	}
	return prose(lines)
}

// startOfYAML finds where the YAML begins with which lines end. It tells it from prose and from lists of it: there is more than one line,
// all look like YAML, one is the entry of a mapping, and prose before it ends in a colon.
func startOfYAML(lines []string) int {
	start, entry := len(lines), false
	for i := len(lines) - 1; i >= 0 && yamlLine.MatchString(lines[i]); i-- {
		entry = entry || yamlEntry.MatchString(lines[i])
		if entry && len(lines)-i > 1 && (i == 0 || strings.HasSuffix(lines[i-1], ":")) {
			start = i
		}
	}
	return start
}

func prose(lines []string) []block {
	var found []block
	for i, line := range lines {
		line = strings.TrimSpace(line)
		item := strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ")
		if i == 0 || item {
			found = append(found, block{item: item, adjacent: i > 0})
		}
		last := &found[len(found)-1]
		last.lines = append(last.lines, line)
	}
	return found
}

func indented(lines []string) bool {
	for _, line := range lines {
		if !strings.HasPrefix(line, "    ") {
			return false
		}
	}
	return true
}

var (
	yamlLine  = regexp.MustCompile(`^ *(#|- |[{\[]|(- +)*("[^"]*"|[\w./-]+):( |$))`)
	yamlEntry = regexp.MustCompile(`^ *(- +)*("[^"]*"|[\w./-]+):( |$)`)
)

// joinCode makes one block of code of those that only a blank line separated.
func joinCode(found []block) []block {
	var joined []block
	for _, b := range found {
		if n := len(joined); b.code && n > 0 && joined[n-1].code {
			joined[n-1].lines = append(append(joined[n-1].lines, ""), b.lines...)
			continue
		}
		joined = append(joined, b)
	}
	return joined
}

// markdown sets Markdown for a terminal, behind a margin, with the gap between blocks: paragraphs and items are filled, code is left as it is.
func (o TextOptions) markdown(b *strings.Builder, text string, margin int, gap string) {
	indent := strings.Repeat(" ", margin)
	for i, block := range blocks(text) {
		if i > 0 && !block.adjacent {
			b.WriteString(gap)
		}
		if block.code {
			for _, line := range block.lines {
				b.WriteString(strings.TrimRight(indent+codeIndent+Harmless(line), " ") + "\n")
			}
			continue
		}
		hanging := 0
		if block.item {
			hanging = len("- ")
		}
		b.WriteString(indent)
		hang(b, Harmless(strings.Join(block.lines, " ")), margin+hanging, o.width(), margin)
	}
}

const codeIndent = "  "

// fenced gives Markdown with its code fenced, so that every reader of Markdown shows it as it is.
func fenced(text string) string {
	var b strings.Builder
	for i, block := range blocks(text) {
		if i > 0 && !block.adjacent {
			b.WriteByte('\n')
		}
		if block.code {
			b.WriteString("```yaml\n")
		}
		for _, line := range block.lines {
			b.WriteString(line + "\n")
		}
		if block.code {
			b.WriteString("```\n")
		}
	}
	return b.String()
}
