PLATFORMS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
VERSION = $$(git describe --tags --always --dirty)

help: ## print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

demo: ## lint the guide's manifests with the embedded rules
	go run ./cmd/netvet lint --fail-level none testdata/guide

test: ## run the tests; needs Go alone
	go test ./...

race: ## run what shares memory under the race detector; needs a C compiler
	go test -race -short -timeout 30m ./...
	go test -race -timeout 30m -run '^TestFindingsDoNotDependOnTheNumberOfGroups$$' ./policy/lint

mutations: ## break each condition of each rule: a test must see it
	NETVET_MUTATIONS=1 go test -count=1 -timeout 40m -run '^TestMutations$$' ./policy/lint

lint: bin/staticcheck bin/opa bin/regal ## check the style of Go and Rego
	files=$$(gofmt -l cmd bundle policy) && if test -n "$$files"; then echo "not formatted: $$files"; exit 1; fi
	go vet ./...
	bin/staticcheck ./...
	bin/opa fmt --list --diff --fail policy
	bin/opa check --strict policy
	bin/regal lint --config-file .github/regal.yaml policy

fmt: bin/opa ## format Go and Rego
	gofmt -w cmd bundle policy
	bin/opa fmt --write policy

bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

engines: bin/apiserver bin/conftest bin/gator bin/opa ## run the rules in stock conftest, Gatekeeper and OPA, and hold them against the API server's code
	NETVET_ENGINES=1 go test -count=1 -p 1 -timeout 40m -run '^TestStock' -v ./policy/lint ./bundle/...

cluster: bin/etcd bin/gator bin/kube-apiserver bin/netvet ## install the templates in a Gatekeeper that a real API server asks, and lint that API server
	NETVET_CLUSTER=1 go test -count=1 -timeout 30m -run '^TestCluster$$' -v ./bundle/gatekeeper

check: demo test lint race mutations engines cluster ## all that CI runs

dist: ## build what is released, the same bytes from the same commit: binaries, the unsigned bundle, Gatekeeper's templates
	rm -rf dist
	set -e; for p in $(PLATFORMS); do \
		file=dist/netvet-$${p%/*}-$${p#*/}; test $${p%/*} != windows || file=$$file.exe; \
		GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 go build -trimpath -o $$file ./cmd/netvet; \
	done
	CGO_ENABLED=0 go build -trimpath -o bin/netvet ./cmd/netvet
	bin/netvet bundle build --revision $(VERSION) -o dist/netvet-bundle.tar.gz
	bin/netvet gatekeeper > dist/netvet-gatekeeper.yaml
	cd dist && sha256sum netvet-* > SHA256SUMS

sbom: bin/cyclonedx-gomod ## list the modules in each of the binaries in dist
	set -e; for file in $$(ls dist/netvet-* | grep -v -e '\.json$$' -e '\.gz$$' -e '\.yaml$$'); do \
		bin/cyclonedx-gomod bin -json -noserial -notimestamp -std -version $(VERSION) -output $$file.cdx.json $$file; \
	done

# The stock tools are pinned in modules of their own. Go decides what is stale, so make always asks.
bin/%: always
	@go -C testdata/engines/$* build -o $(CURDIR)/bin/ tool || { echo "$@ is not built: what needs it did not run"; exit 1; }

bin/netvet: always
	@go build -o bin/netvet ./cmd/netvet

.PHONY: help demo test race mutations lint fmt bench engines check dist sbom cluster always
