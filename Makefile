# make demo    everything from a fresh clone to the app, open on a demo project (DEMO_ARGS=--no-serve stops before)
# make test    everything from a fresh clone to green tests
# make fuzz    the property tests with new random examples (make test has the same each time)
# make env     only the environment, in .venv
# make bundles the browser components from their sources (needs npm; what it makes is committed)
# make lint format bench clean

PYTHON ?= python3
VENV ?= .venv
# Without a GPU the CPU build of torch saves 4 GB. With one: make env CONSTRAINTS=
CONSTRAINTS ?= -c constraints-cpu.txt
DEMO ?= demo-project
DEMO_ARGS ?=
INDEX ?=

ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
READY := $(VENV)/.ready

.PHONY: env demo test fuzz bundles lint format bench clean

env: $(READY)

$(READY): pyproject.toml constraints-cpu.txt
	@echo "Setting up $(VENV), once: about 2 minutes, the download not counted, and 2 GB of disk (torch is most of it)."
	@$(PYTHON) -c "import sys; sys.exit('morphoexplore needs Python 3.11 or newer; try: make env PYTHON=python3.12') if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS) -e ".[test]"
	@touch $(READY)

demo: $(READY)
	@echo "Building $(DEMO) from drawn images: about a minute and 50 MB."
	@echo "The program is $(BIN)/morphoexplore; once you have typed  . $(BIN)/activate  it is morphoexplore."
	@$(BIN)/morphoexplore demo $(DEMO) $(DEMO_ARGS)

test: $(READY)
	@echo "Running the tests: about 15 minutes and 1 GB of temporary files."
	$(BIN)/python -m pytest -n 2 --dist loadfile

fuzz: $(READY)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -n 2 --dist loadfile -m hypothesis

bundles:
	cd app/morphoexplore_app/components && npm ci --silent --ignore-scripts && npm run --silent build

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	@echo "Benchmarks: about 4 minutes, and 2 more with labelled images: make bench INDEX=index.csv (columns path, label)."
	$(BIN)/python benchmarks/million.py --objects 100000
	$(BIN)/python benchmarks/killed.py data_samples/plankton_drawn.zip
	$(BIN)/python benchmarks/app.py --objects 100000
	@if [ -n "$(INDEX)" ]; then \
	    $(BIN)/python benchmarks/path.py "$(INDEX)" && $(BIN)/python benchmarks/annotator.py "$(INDEX)"; fi

clean:
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache
