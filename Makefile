# The same words for people and for CI. `make` alone builds.

GO      ?= go
FUZZTIME ?= 20s
PORT    ?= 6379
ARGS    ?=

export CGO_ENABLED = 0

# Packages whose tests run a second time under the race detector: those in
# which goroutines meet. The list may name packages that do not exist yet.
RACE := clock vfs offheap netio keyspace feed aof stats notify snapshot persist exec server testkit
RACE_PKGS = $(patsubst %,./%,$(wildcard $(addprefix internal/,$(RACE))))

# Packages whose tests run again with the net.Conn driver, the only one that
# systems other than Linux have.
PORTABLE_PKGS = $(patsubst %,./%,$(wildcard internal/netio internal/exec internal/server test/compat))

CROSS := linux/arm64 darwin/arm64 windows/amd64

.PHONY: build run check fmt vet staticcheck lint cross \
	peers test test-unit test-invariants test-portable race compat faults clients bench fuzz clean

build:
	$(GO) build -trimpath -o bin/sigrun ./cmd/sigrun

run: build
	bin/sigrun server --port $(PORT) $(ARGS)

# --- what must hold before anything runs -------------------------------------

check: fmt vet staticcheck lint cross

fmt:
	@out=$$(gofmt -l $(wildcard *.go cmd internal test)); \
	if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi

vet:
	$(GO) vet ./...
	$(GO) vet -tags 'invariants portable' ./...

staticcheck:
	$(GO) tool staticcheck ./...

lint:
	$(GO) test -count=1 ./internal/lint

# go vet type-checks the tests too, so that they stay portable.
cross:
	@set -e; for target in $(CROSS); do \
		echo "cross $$target"; \
		GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) vet ./...; \
	done

# --- tests --------------------------------------------------------------------

# Tests that start servers are never taken from the test cache: it does not know
# that the server's code has changed. Hence -count=1 throughout.
test: test-unit test-invariants test-portable race

test-unit: peers
	$(GO) test -count=1 -timeout 15m ./...

test-invariants: peers
	$(GO) test -count=1 -timeout 15m -tags invariants ./internal/...

test-portable: peers
	$(GO) test -count=1 -timeout 10m -tags portable $(PORTABLE_PKGS)

race: peers
	CGO_ENABLED=1 $(GO) test -count=1 -timeout 15m -race $(RACE_PKGS)

# The real servers that tests compare with, in .cache/.
peers:
	@test/peers/install

# Commands against a real Valkey, byte for byte. RAPID='-rapid.checks=5000' runs longer.
compat: peers
	$(GO) test -count=1 -timeout 60m -v ./test/compat $(RAPID)

# The whole fault matrix; `make test` runs a sample of it.
faults: peers
	SIGRUN_FAULTS=all $(GO) test -count=1 -timeout 120m -v ./test/faults/...

# Real client libraries against a real process.
clients:
	$(GO) test -count=1 -timeout 15m -v ./test/clients/...

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# Every fuzz target of the tree in turn, FUZZTIME each.
fuzz:
	@set -e; for pkg in $$($(GO) list ./internal/... ./test/...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

clean:
	rm -rf bin .cache
