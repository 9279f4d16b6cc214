# Two commands: `make crawl` and `make test`. Each makes .venv on its first run; the rest are for work on newscrawl.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: crawl test test-long extras format sample clean

crawl: $(VENV)/.run
	@$(BIN)/scrapy crawl bloomberg -a source=sample
	@echo
	@# Beside an archive of one's own, commands read that one unless a setting names the sample edition's.
	@of=$$(test -f sample.db && test -f news.db && echo ' -s NEWSCRAWL_DATABASE_URL=sqlite:///sample.db'); \
	$(BIN)/scrapy articles --limit 8$$of && \
	printf '\nThree to try next:\n' && \
	printf '  %-55s %s\n' \
		"$(BIN)/scrapy articles harbor$$of" 'search it' \
		"$(BIN)/scrapy articles --show 1$$of" 'read an article' \
		"$(BIN)/scrapy articles --format csv$$of > articles.csv" 'take it elsewhere'

extras: $(VENV)/.extras

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist worksteal

# The tests that `make test` leaves out: each takes more than about five seconds. A file stays with one worker: what its
# tests share may take a minute to make.
test-long: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m long $$(grep -rl --include='test_*.py' mark.long tests)

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sample: $(VENV)/.dev
	$(BIN)/python -m sample.build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'newscrawl needs Python 3.11 or later: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The names of packages as pip collects them: it is silent for a minute otherwise, or prints hundreds of lines.
$(VENV)/.run: $(VENV)/bin/python requirements.txt constraints.txt
	@printf 'Installing into $(VENV), which takes about a minute:'
	@{ $(PIP) install -r requirements.txt -c constraints.txt || touch $(VENV)/.failed; } | awk \
		'/^Collecting/ { sub(/[^A-Za-z0-9._-].*/, "", $$2); printf " %s", $$2; fflush() } \
		/^Installing/ { printf " … unpacking"; fflush() } END { print "" }'
	@! rm $(VENV)/.failed 2> /dev/null
	@touch $@

$(VENV)/.extras: $(VENV)/bin/python requirements.txt requirements-extras.txt constraints.txt
	$(PIP) --quiet install -r requirements-extras.txt -c constraints.txt
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements.txt requirements-extras.txt requirements-dev.txt constraints.txt
	$(PIP) --quiet install -r requirements-dev.txt -c constraints.txt
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
