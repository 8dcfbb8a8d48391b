# Short names, nothing more. Everything works without make.
.PHONY: help setup check test demo states
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup:  ## build .venv with all that is needed
	python3 -m tests --version

check:  ## all that must pass: linters, types, import contracts, tests
	python3 -m tests

test:  ## tests alone; ARGS="tests/unit -k deadline" chooses
	python3 -m tests $(or $(ARGS),tests)

demo:  ## a year with invented people, no account needed
	python3 -m zoho_privacy demo $(ARGS)

states:  ## draw docs/states.md and docs/macros.md from the table of states and the commands
	.venv/bin/python docs/states.py > docs/states.md.new && mv docs/states.md.new docs/states.md
	.venv/bin/python -m zoho_privacy macros --out docs/macros.md
