package manifest

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// plainScalar gives the value of an unquoted scalar as kubectl reads it: by YAML 1.1 with the liberties of go-yaml 2, then written
// as JSON and read again. So yes is true, 0x50, 0o120, 0120, 080 and 8_0 are numbers, 1e3 is the integer 1000, and a date is a string.
// It reports false for .inf and .nan, which JSON cannot say.
func plainScalar(s string) (any, bool) {
	if s == "" {
		return nil, true
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9' || c == '-' || c == '+':
		if isInfinite(s) {
			return nil, false
		}
		return plainNumber(s), true
	case c == '.':
		if isInfinite(s) {
			return nil, false
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return jsonFloat(f), true
		}
	default:
		switch s {
		case "~", "null", "Null", "NULL":
			return nil, true
		case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
			return true, true
		case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
			return false, true
		}
	}
	return s, true
}

// isInfinite says whether YAML 1.1 reads the scalar as an infinity or as not a number.
func isInfinite(s string) bool {
	switch s {
	case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF":
		return true
	}
	return false
}

// plainNumber reads a scalar that starts with a digit or a sign.
func plainNumber(s string) any {
	if isTimestamp(s) {
		return s
	}
	digits := s
	if strings.IndexByte(s, '_') >= 0 {
		digits = strings.ReplaceAll(s, "_", "")
	}
	if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return jsonInteger(u)
	}
	if isDecimal(digits) {
		if f, err := strconv.ParseFloat(digits, 64); err == nil {
			return jsonFloat(f)
		}
	}
	// go-yaml 2 lets a sign stand behind the prefix of a binary number.
	if rest, ok := strings.CutPrefix(digits, "0b"); ok {
		if i, err := strconv.ParseInt(rest, 2, 64); err == nil {
			return i
		}
		if u, err := strconv.ParseUint(rest, 2, 64); err == nil {
			return jsonInteger(u)
		}
	}
	return s
}

// isDecimal says whether the text is a decimal number: digits with at most one point and an exponent.
func isDecimal(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	whole := countDigits(s)
	s = s[whole:]
	if s != "" && s[0] == '.' {
		fraction := countDigits(s[1:])
		if whole == 0 && fraction == 0 {
			return false
		}
		s = s[1+fraction:]
	} else if whole == 0 {
		return false
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '-' || s[0] == '+') {
			s = s[1:]
		}
		exponent := countDigits(s)
		return exponent > 0 && exponent == len(s)
	}
	return s == ""
}

func countDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// isTimestamp says whether go-yaml 2 takes the scalar for a time, which kubectl hands on as the string it was.
func isTimestamp(s string) bool {
	if len(s) < 8 || countDigits(s) != 4 || s[4] != '-' {
		return false
	}
	for _, layout := range [...]string{"2006-1-2T15:4:5.999999999Z07:00", "2006-1-2t15:4:5.999999999Z07:00", "2006-1-2 15:4:5.999999999", "2006-1-2"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// jsonFloat gives what a number becomes on its way through JSON: an int64 if it is whole and fits, else a float64.
func jsonFloat(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1e19 {
		// By way of the text, since JSON writes the shortest digits that identify the float.
		if i, err := strconv.ParseInt(strconv.FormatFloat(f, 'f', -1, 64), 10, 64); err == nil {
			return i
		}
	}
	return f
}

func jsonInteger(u uint64) any {
	if u <= math.MaxInt64 {
		return int64(u)
	}
	return float64(u)
}

// plainKey gives the key that an unquoted scalar becomes, since the keys of JSON are strings: 1 is "1" and yes is "true".
// It reports false for what cannot be a key: null, and integers beyond 64 bits with a sign.
func plainKey(s string) (string, bool) {
	if s == "" {
		return "", false
	}
	switch c := s[0]; {
	case c == '.' && isInfinite(s) || c == '+' && isInfinite(s) || c == '-' && isInfinite(s):
		switch {
		case strings.HasSuffix(strings.ToLower(s), "nan"):
			return ".nan", true
		case c == '-':
			return "-.inf", true
		}
		return ".inf", true
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		return numberKey(s)
	}
	switch v, _ := plainScalar(s); v := v.(type) {
	case nil:
		return "", false
	case bool:
		return strconv.FormatBool(v), true
	}
	return s, true
}

// floatKey gives the key that a number becomes: kubectl's library writes it with the precision of 32 bits.
func floatKey(f float64) string {
	switch key := strconv.FormatFloat(f, 'g', -1, 32); key {
	case "+Inf":
		return ".inf"
	case "-Inf":
		return "-.inf"
	default:
		return key
	}
}

// numberKey gives the key that a scalar becomes that starts with a digit, a sign or a point.
func numberKey(s string) (string, bool) {
	if s[0] == '.' {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return floatKey(f), true
		}
		return s, true
	}
	if isTimestamp(s) {
		return s, true
	}
	digits := strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return strconv.FormatInt(i, 10), true
	}
	if _, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return "", false
	}
	if isDecimal(digits) {
		if f, err := strconv.ParseFloat(digits, 64); err == nil {
			return floatKey(f), true
		}
	}
	if rest, ok := strings.CutPrefix(digits, "0b"); ok {
		if i, err := strconv.ParseInt(rest, 2, 64); err == nil {
			return strconv.FormatInt(i, 10), true
		}
	}
	return s, true
}
