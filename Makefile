# Every target sets up what it needs in .venv; a second call starts at once.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# what is compiled into the package is an input too
INPUTS := pyproject.toml constraints.txt setup.py \
    $(wildcard lstmkit/engine/native/* lstmkit/engine/lower/*.py lstmkit/cells/*.py)
MINUTES ?= 5
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist worksteal
# shapes and types are checked at every call of every function
SHAPES := --jaxtyping-packages=lstmkit,shape_types.checked

.PHONY: help demo test coverage test-slow sanitize fuzz wheel-test check docs pictures bench bench-etth1 bench-ucr clients papers clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/demo ## forecast New York taxi demand and open nothing but a folder
	$(BIN)/lstmkit demo

test: .venv/dev ## every test in under five minutes on two cores
	$(PYTEST) -m "not slow and not compile" $(SHAPES)
	$(PYTEST) -m "compile and not slow"

# apart from `test`, because tracing every line doubles the time
coverage: .venv/dev ## 95 % of the lines and branches of engine, cells, nn and train
	$(PYTEST) tests/engine tests/cells tests/nn tests/train tests/laws -m "not slow" --cov

test-slow: .venv/dev ## learning runs of minutes
	$(BIN)/python -m pytest -q -m slow

sanitize: .venv/dev ## the engine alone on random cases: memory, undefined behaviour, races (3 minutes)
	$(BIN)/python tests/engine/native/sanitize.py

fuzz: .venv/dev ## the same on new cases for MINUTES=5, each with a seed that repeats it
	$(BIN)/python tests/engine/native/sanitize.py address --minutes $(MINUTES)

wheel-test: .venv/dev ## the wheel, installed where there is no compiler and no source tree
	$(BIN)/python tests/wheel/install.py

check: .venv/dev ## format, lint, types, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/codespell

docs: .venv/docs ## build the documentation into docs/_build
	$(BIN)/python -m sphinx -q -W --keep-going docs docs/_build

pictures: .venv/dev ## draw the pictures of the pages on learning again (three minutes)
	$(BIN)/python docs/pictures

bench: .bench/ready ## speed beside other libraries, into benchmarks/speed/results.md (an hour and a half)
	for question in grid cells ragged precision step parts first memory; do \
	    .bench/bin/python -m benchmarks.speed --$$question --write || exit; \
	done

bench-etth1: .venv/demo ## ETTh1 beside naive forecasts and published rows (about 15 minutes)
	$(BIN)/python -m benchmarks.etth1

bench-ucr: .venv/dev ## the UCR archive beside published rows and scikit-learn (hours; goes on where it stopped)
	$(BIN)/python -m benchmarks.ucr

papers: .venv/papers ## published experiments rerun, into papers/README.md (two hours of two cores; goes on where it stopped)
	$(BIN)/python -m papers

clients: .clients/ready ## other people's programs with our LSTM, into benchmarks/clients/README.md
	.clients/bin/python -m benchmarks.clients --write

clean: ## remove what the targets made
	rm -rf .venv .bench .clients build dist docs/_build docs/cells *.egg-info \
	    .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

# an environment that is already there is used as it is
.venv/base:
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	touch $@

.venv/demo: .venv/base $(INPUTS)
	$(PIP) --editable '.[forecast]'
	touch $@

.venv/dev: .venv/base $(INPUTS)
	$(PIP) --editable '.[forecast,dev]'
	touch $@

.venv/papers: .venv/dev
	$(PIP) --editable '.[forecast,dev,papers]'
	touch $@

.venv/docs: .venv/base $(INPUTS)
	$(PIP) --editable '.[forecast,docs]'
	touch $@

.bench/ready: $(INPUTS) benchmarks/requirements.txt
	test -x .bench/bin/python || $(PYTHON) -m venv .bench
	.bench/bin/python -m pip install --quiet --disable-pip-version-check \
	    --constraint constraints.txt --editable . --requirement benchmarks/requirements.txt
	touch $@

# other versions of common packages than in .venv
.clients/ready: benchmarks/clients/requirements.txt $(INPUTS)
	test -x .clients/bin/python || $(PYTHON) -m venv .clients
	.clients/bin/python -m pip install --quiet --disable-pip-version-check \
	    --requirement $< --editable .
	touch $@
