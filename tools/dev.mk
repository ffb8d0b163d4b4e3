# Developer goals. The Makefile includes this file instead of PGXS when one of them is asked for, because PGXS has
# rules of its own for some of the names (its `check` only says that it is not supported).
SHELL = bash
.SHELLFLAGS = -eu -o pipefail -c
.PHONY: $(DEV_GOALS)
export PG_CONFIG DATA ROWS TESTS PORT PYTHON
# What is given on the command line reaches the scripts as environment, but not the builds that they start: DATA and
# TESTS mean something else there.
MAKEOVERRIDES =

help:
	@echo 'make                build the extension; make install, make installcheck as with every PGXS extension'
	@echo 'make demo           the whole job: packages, build, private server, load, refresh, the five answers'
	@echo '                    DATA=FILE takes a CSV of the UCI Online Retail form (plain, .gz, .xz, .zip);'
	@echo '                    ROWS=N sets the size of the generated shop otherwise'
	@echo 'make demo-stop      stop the demo server; its data stays'
	@echo 'make superset       the dashboards in Apache Superset, with the demo data (or DATA=FILE), refreshed by pg_cron'
	@echo 'make superset-stop  stop Superset and its server; their data stay'
	@echo 'make check-superset every dashboard in a headless browser; figures on the screen against SQL'
	@echo 'make check          all tests in a private server; the last line is "N passed, N failed"'
	@echo 'make unit           unit tests of the pure C core under ASan and UBSan'
	@echo 'make regress        SQL tests (sql/, expected/)'
	@echo 'make isolation      concurrency tests (test/isolation)'
	@echo 'make tap            TAP tests (test/tap): dump and restore, cancel, crash, parallel plans, ...'
	@echo '                    each with TESTS="name ..." for some of them'
	@echo 'make lint           layers, symbols, SQL rules, format, clang-tidy, cppcheck, shellcheck, versions, sizes'
	@echo 'make format         clang-format over all C'
	@echo 'make bench          ratios of speed against plain SQL, pandas, Prophet, scikit-learn and statsforecast, side by side (test/bench)'
	@echo 'make fuzz           fuzzers of test/fuzz, FUZZ_SECONDS each (clang)'
	@echo 'make coverage       line coverage of the pure core by its unit tests'
	@echo 'make dist           a zip for PGXN'
	@echo 'make deps           install the Debian packages that building and testing need'

demo:
	@bash tools/demo.sh

demo-stop:
	@bash tools/private_server.sh stop demo
	@echo 'the demo server is stopped; its data is kept until the next make demo'

superset:
	@bash tools/superset.sh start

superset-stop:
	@bash tools/superset.sh stop

check-superset:
	@bash test/superset/run.sh

check:
	@bash tools/check.sh unit regress isolation tap

unit regress isolation tap:
	@bash tools/check.sh $@

lint:
	@bash tools/lint.sh

format:
	@git ls-files 'src/*.[ch]' 'test/*.[ch]' 'tools/*.[ch]' | xargs -r clang-format -i

fuzz:
	@bash tools/fuzz.sh $(TESTS)

bench:
	@status=0; for part in run prophet iforest forecast; do bash test/bench/$$part.sh || status=1; done; exit $$status

coverage:
	@bash tools/coverage.sh

dist:
	@mkdir -p build
	@git archive --format zip --prefix '$(EXTENSION)-$(EXTVERSION)/' -o 'build/$(EXTENSION)-$(EXTVERSION).zip' HEAD
	@echo 'build/$(EXTENSION)-$(EXTVERSION).zip'

deps:
	@bash tools/packages.sh build test demo
