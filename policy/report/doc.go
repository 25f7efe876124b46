// Package report prints what a linting found: as text for reading, and in formats for other programs.
// It also prints what is known of the rules.
package report
