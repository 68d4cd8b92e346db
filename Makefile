# The same words for people and for CI. `make` alone builds; `make help` lists all.

GO      ?= go
FUZZTIME ?= 20s
PORT    ?= 6379
ARGS    ?=

export CGO_ENABLED = 0

# Packages whose tests run a second time under the race detector: those in
# which goroutines meet, and the module's own package, which joins them all. The
# list may name packages that do not exist yet. The client libraries then meet a
# server built with the detector, too.
RACE := clock vfs offheap netio keyspace feed rdb aof stats notify snapshot persist exec server testkit
RACE_PKGS = $(patsubst %,./%,$(wildcard $(addprefix internal/,$(RACE))))

# Packages whose tests run again with the net.Conn driver, the only one that
# systems other than Linux have.
PORTABLE_PKGS = $(patsubst %,./%,$(wildcard internal/netio internal/exec internal/server test/compat))

CROSS := linux/arm64 darwin/arm64 windows/amd64

.PHONY: build help run check fmt vet staticcheck lint cross \
	peers test test-unit test-invariants test-portable race compat faults clients bench profile fuzz clean

build: ## the server, bin/sigrun
	$(GO) build -trimpath -o bin/sigrun ./cmd/sigrun

help: ## this list
	@sed -nE 's/^([a-z-]+):.* ## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: build ## build, then serve on PORT (6379) with ARGS
	bin/sigrun server --port $(PORT) $(ARGS)

# --- what must hold before anything runs -------------------------------------

check: fmt vet staticcheck lint cross ## all that must hold before anything runs

fmt: ## gofmt
	@out=$$(gofmt -l $(wildcard *.go bench cmd internal test)); \
	if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi

vet: ## go vet, also of the code behind build tags
	$(GO) vet ./...
	$(GO) vet -tags 'invariants portable' ./...

staticcheck: ## bugs and dead code that vet does not see
	$(GO) tool staticcheck ./...

lint: ## the project's own style: layers, doors, sizes, comments
	$(GO) test -count=1 ./internal/lint

# go vet type-checks the tests too, so that they stay portable.
cross: ## type-check for every system
	@set -e; for target in $(CROSS); do \
		echo "cross $$target"; \
		GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) vet ./...; \
	done

# --- tests --------------------------------------------------------------------

# Tests that start servers are never taken from the test cache: it does not know
# that the server's code has changed. Hence -count=1 throughout.
test: test-unit test-invariants test-portable race ## all tests that a change has to pass

test-unit: peers ## go test of everything
	$(GO) test -count=1 -timeout 15m ./...

test-invariants: peers ## again with all invariants checked
	$(GO) test -count=1 -timeout 15m -tags invariants ./internal/...

test-portable: peers ## again with the net.Conn driver
	$(GO) test -count=1 -timeout 10m -tags portable $(PORTABLE_PKGS)

race: peers ## again under the race detector
	CGO_ENABLED=1 $(GO) test -count=1 -timeout 15m -race . $(RACE_PKGS) ./test/clients

# The real servers that tests compare with, in .cache/.
peers: ## fetch the real server that tests compare with
	@test/peers/install

# Commands against a real Valkey, byte for byte, other ones in every run.
# RAPID='-rapid.checks=5000' runs longer.
compat: peers ## compare with the real server; RAPID='-rapid.checks=5000' for longer
	SIGRUN_EXPLORE=1 $(GO) test -count=1 -timeout 60m -v ./test/compat $(RAPID)

# The whole fault matrix; `make test` runs a sample of it.
faults: peers ## the whole fault matrix
	SIGRUN_FAULTS=all $(GO) test -count=1 -timeout 120m -v ./test/faults ./test/linear

# Real client libraries against a real process. It fetches those that are not Go's
# into .cache/; it needs python3 with pip, node with npm, and a JDK with mvn.
clients: peers ## six client libraries, RESP2 and RESP3; CLIENTS='-run TestClients/sigrun/Jedis' for some
	$(GO) test -count=1 -timeout 30m -v -tags clients -run TestClients ./test/clients $(CLIENTS)

# The table of figures beside the real server's. BENCH='-scale 0.05 -rounds 2' gives
# a first impression, BENCH=-check fails when a bar is missed, BENCH=-list explains.
bench: peers ## measure beside the real server; BENCH='-list' shows how and what
	$(GO) run ./bench $(BENCH)

# What the compiler goes by when it builds the program. To be recorded again, on a
# machine with nothing else to do, when the hot path has changed.
profile: peers ## record cmd/sigrun/default.pgo anew
	$(GO) run ./bench -cells speed,types -profile cmd/sigrun/default.pgo

# Every fuzz target of the tree in turn, FUZZTIME each.
fuzz: ## every fuzz target in turn, FUZZTIME (20s) each
	@set -e; for pkg in $$($(GO) list ./internal/... ./test/...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

clean: ## remove what was built and fetched
	rm -rf bin .cache
