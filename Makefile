# bi_ml: build, install and test. `make help` lists every goal.
EXTENSION = bi_ml
MODULE_big = bi_ml
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" bi_ml.control)

# A capability may use only those before it, through their one public header (tools/lint/layers.sh checks).
CAPABILITIES = series holiday metric prophet forecast iforest anomaly rfm product generate warehouse dashboard

CORE_SRCS := $(wildcard src/kit/*.c) $(foreach c,$(CAPABILITIES),$(filter-out %_pg.c,$(sort $(wildcard src/$(c)/*.c))))
GLUE_SRCS := src/bi_ml.c $(wildcard src/pg/*.c) $(foreach c,$(CAPABILITIES),$(sort $(wildcard src/$(c)/*_pg.c)))
SQL_PARTS := src/bi_ml.sql $(foreach c,$(CAPABILITIES),$(sort $(wildcard src/$(c)/*.sql)))

OBJS = $(CORE_SRCS:.c=.o) $(GLUE_SRCS:.c=.o)
DATA_built = $(EXTENSION)--$(EXTVERSION).sql
DOCS = $(wildcard doc/*.md)
REGRESS = $(sort $(basename $(notdir $(wildcard sql/*.sql))))
REGRESS_OPTS = --encoding=UTF8 --no-locale
EXTRA_CLEAN = build results

PG_CONFIG ?= pg_config

DEV_GOALS = help demo demo-stop superset superset-stop check-superset check unit regress isolation tap lint format bench fuzz coverage dist deps
ifneq ($(filter $(DEV_GOALS),$(MAKECMDGOALS)),)
include tools/dev.mk
else

DATA = $(wildcard src/upgrade/bi_ml--*.sql)

# Debian builds its server with LLVM; the bitcode needs a matching clang and gains nothing here.
override with_llvm = no
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server) -DBI_ML_VERSION='"$(EXTVERSION)"' \
	-DPGDLLEXPORT='__attribute__((visibility("default")))'
PG_CFLAGS = -std=gnu11 -Wall -Wextra -Wno-declaration-after-statement -fvisibility=hidden -ffp-contract=off
# The server's flags are gcc's; clang is told not to complain of those it lacks.
ifneq ($(findstring clang,$(CC)),)
PG_CFLAGS += -Wno-unknown-warning-option -Wno-ignored-optimization-argument
endif
SHLIB_LINK = -lgsl -lgslcblas -lmd -lm
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(DATA_built): $(SQL_PARTS) bi_ml.control
	cat $(SQL_PARTS) > $@

# Headers are few and small: any change of one rebuilds all.
$(OBJS): $(wildcard src/*/*.h) bi_ml.control
endif
