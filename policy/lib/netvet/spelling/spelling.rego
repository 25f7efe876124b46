# METADATA
# title: Spelling
# description: |
#   The syntax that the API server demands of names. Each function says of a text what is wrong with it, to follow "the name …", and is undefined
#   where nothing is.
package lib.netvet.spelling

# The name of an object, a DNS subdomain.
subdomain(text) := "is longer than 253 characters" if {
	count(text) > 253
} else := "is not made of lower-case letters, digits, - and ., with a letter or digit at both ends and beside each ." if {
	not regex.match(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`, text)
}

# The name of a namespace, a DNS label.
dns_label(text) := "is longer than 63 characters" if {
	count(text) > 63
} else := "is not made of lower-case letters, digits and -, with a letter or digit at both ends" if {
	not regex.match(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`, text)
}

# What names that the server makes begin with: one that ends in - goes on.
prefix(text) := subdomain(_gone_on(text))

_gone_on(text) := concat("", [substring(text, 0, count(text) - 2), "a"]) if {
	endswith(text, "-")
	count(text) > 1
} else := text

# The key of a label, or of an annotation in lower case.
label_key(text) := "holds more than one /" if {
	strings.count(text, "/") > 1
} else := sprintf("has a part before the / that %s", [fault]) if {
	contains(text, "/")
	fault := subdomain(split(text, "/")[0])
} else := "is empty" if {
	text == ""
} else := "has nothing behind the /" if {
	endswith(text, "/")
} else := _word(name) if {
	parts := split(text, "/")
	name := parts[count(parts) - 1]
}

# The value of a label.
label_value(text) := _word(text) if text != ""

# The name of a port.
port_name(text) := "is longer than 15 characters" if {
	count(text) > 15
} else := "has no letter, as the names of ports have; a number stands without quotes" if {
	regex.match(`^[0-9]+$`, text)
} else := "is a range, which is written as port and endPort" if {
	regex.match(`^[0-9]+[-:][0-9]+$`, text)
} else := "is not made of lower-case letters, digits and single -, with at least one letter, and a letter or digit at both ends" if {
	not regex.match(`^([a-z0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$`, text)
}

_word(text) := "is longer than 63 characters" if {
	count(text) > 63
} else := "is not made of letters, digits, -, _ and ., with a letter or digit at both ends" if {
	not regex.match(`^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$`, text)
}
