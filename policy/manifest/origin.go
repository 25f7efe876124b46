package manifest

import "strings"

// origin gives the template that Helm names in the comment that starts a document, or "". People write "# Source: https://…", too, so that
// only what looks like a file of a chart counts.
func origin(document string) string {
	for line := range strings.Lines(document) {
		comment, isComment := strings.CutPrefix(line, "#")
		if !isComment {
			if strings.TrimSpace(line) == "" {
				continue
			}
			return ""
		}
		file, isSource := strings.CutPrefix(comment, " Source: ")
		file = strings.TrimRight(file, "\r\n")
		inChart := strings.Contains(file, "/templates/") || strings.Contains(file, "/crds/")
		if isSource && inChart && !strings.Contains(file, "://") {
			return file
		}
	}
	return ""
}
