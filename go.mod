module github.com/netvet/netvet

go 1.26
