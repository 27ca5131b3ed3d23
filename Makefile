# Everything happens in a virtual environment of its own, .venv, which these commands make.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

.PHONY: grade test attacks matrix site serve check clean

grade: $(VENV)/grader.installed  ## grade exercises/
	@# Status 1 means that points are still to earn, which is no failure of this command.
	@$(BIN)/python -m grader exercises/ || test $$? -eq 1

test: $(VENV)/everything.installed  ## test the course, the grader and the site
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

attacks: $(VENV)/everything.installed  ## every attack in every way: half an hour
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal --thorough tests/exploits

matrix: $(VENV)/everything.installed  ## every mistake and every right answer of every exercise: a quarter of an hour
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal --thorough tests/course

site: site/index.html  ## build the site into site/

# Folders are among the sources too: they change when a file in them is added or removed.
SITE_SOURCES = mkdocs.yml $(shell find docs exercises solutions grader \( -name node_modules -o -name __pycache__ \) -prune -o -print)

site/index.html: $(VENV)/everything.installed $(SITE_SOURCES)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@touch $@

serve: $(VENV)/everything.installed  ## read the site while writing it
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

check: $(VENV)/everything.installed  ## lint and types
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:  ## remove what these commands made
	rm -rf $(VENV) site .cache

$(VENV)/grader.installed: pyproject.toml constraints.txt
	@echo "Setting up $(VENV): PyTorch is large, this takes a few minutes the first time."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The course needs Python 3.11 or newer.")'
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) .
	@touch $@

$(VENV)/everything.installed: $(VENV)/grader.installed
	@$(INSTALL) '.[dev,site]'
	@touch $@
