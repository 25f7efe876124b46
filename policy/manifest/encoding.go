package manifest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeText gives the text of a file in UTF-8 without a byte order mark. Bytes that are no UTF-8 are left in place for checkText.
func decodeText(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return "", errors.New("this file is in UTF-32, which kubectl does not read; save it as UTF-8")
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return decodeUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return decodeUTF16(data[2:], binary.BigEndian)
	}
	return string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))), nil
}

func decodeUTF16(data []byte, order binary.ByteOrder) (string, error) {
	if len(data)%2 != 0 {
		return "", errors.New("this file starts as UTF-16 but has an odd number of bytes; it is cut off or damaged. Save it as UTF-8")
	}
	var b strings.Builder
	b.Grow(len(data))
	for i := 0; i < len(data); i += 2 {
		c := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(c) {
			low := rune(0)
			if i+2 < len(data) {
				low = rune(order.Uint16(data[i+2:]))
			}
			if c = utf16.DecodeRune(c, low); c == utf8.RuneError {
				return "", fmt.Errorf("this file starts as UTF-16, but line %d holds half a character; it is damaged. Save it as UTF-8", 1+strings.Count(b.String(), "\n"))
			}
			i += 2
		}
		b.WriteRune(c)
	}
	return b.String(), nil
}

// isSimple says whether the text holds only characters that all readers treat alike: no control characters and no line breaks but LF and CRLF.
func isSimple(text string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= ' ' && c < 0x7f || c == '\n' || c == '\t':
		case c == '\r':
			if i+1 == len(text) || text[i+1] != '\n' {
				return false
			}
		case c < utf8.RuneSelf:
			return false
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			if r < 0xa0 || r == utf8.RuneError || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r >= 0xfffe && r <= 0xffff {
				return false
			}
			i += n - 1
		}
	}
	return true
}

// checkText finds the first character of a document that no manifest may hold.
func checkText(text string, from, to int) *fault {
	for i := from; i < to; {
		r, n := utf8.DecodeRuneInString(text[i:to])
		switch {
		case r == utf8.RuneError && n == 1:
			return &fault{from: i, to: i + 1, err: fmt.Errorf("the byte 0x%02x is no UTF-8; save the file as UTF-8", text[i])}
		case r == 0:
			return &fault{from: i, to: i + 1, err: errors.New("a NUL byte stands here: the file is binary, damaged, or UTF-16 without a byte order mark. Save it as UTF-8")}
		case r == '\ufeff':
			return &fault{from: i, to: i + n, err: errors.New("a byte order mark stands inside the file, as it does where files are joined; remove it")}
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r == 0x7f:
			return &fault{from: i, to: i + 1, err: fmt.Errorf("the control character %U may not stand in YAML or JSON; remove it, or write it as an escape in double quotes", r)}
		}
		i += n
	}
	return nil
}
