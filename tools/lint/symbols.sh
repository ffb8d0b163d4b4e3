#!/usr/bin/env bash
# The pure core needs nothing but the C library's memory, string and mathematical functions and GSL; the library exports
# nothing but what PostgreSQL calls.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
core=$(find src -mindepth 2 -name '*.c' ! -name '*_pg.c' ! -path 'src/pg/*' | sort)
objects=()
for source in $core; do
    [ ! -e "${source%.c}.o" ] || objects+=("${source%.c}.o")
done
[ ${#objects[@]} -gt 0 ] || { echo 'src: no object files; run make first'; exit 1; }

# No allocation, no input or output, no clock, no locale-dependent reading or writing of numbers beyond snprintf.
allowed='gsl_[A-Za-z0-9_]+|MD5[A-Za-z]+|mem(cpy|move|set|cmp|chr|rchr|mem)|str(n?len|n?cmp|n?cpy|r?chr|str|spn|cspn|tod|tol|toll|toul|toull|ncasecmp|casecmp)'
allowed+='|v?snprintf|__(v?snprintf|memcpy|memmove|memset|strcpy|strncpy|strcat)_chk|__stack_chk_fail|__isoc99_sscanf|qsort|bsearch|abs|labs|__errno_location|__ctype_[a-z_]+'
# __cpu_model is the compiler's table of what the processor can do (__builtin_cpu_supports), __cpu_indicator_init fills it (target_clones).
allowed+='|_GLOBAL_OFFSET_TABLE_|__cpu_model|__cpu_indicator_init'
allowed+='|a?(sin|cos|tan)h?|atan2|sincos|exp|exp2|expm1|log|log2|log10|log1p|pow|sqrt|cbrt|hypot|floor|ceil|round|l?lround|l?lrint|rint|nearbyint|trunc|fmod|remainder|modf|frexp|ldexp|scalbn'
allowed+='|fabs|f(max|min|ma|dim)|copysign|nextafter|erfc?|[lt]gamma(_r)?|lgamma|__(isnan|isinf|finite|fpclassify|signbit)f?|__[a-z0-9]+_finite|nan'
nm -A -u "${objects[@]}" | awk '{ sub(/:.*/, "", $1); print $1, $NF }' | sort -u >build/lint_undefined
nm --defined-only "${objects[@]}" | awk 'NF == 3 { print $3 }' | sort -u >build/lint_defined
while read -r object symbol; do
    if ! grep -qxF "$symbol" build/lint_defined && ! [[ $symbol =~ ^($allowed)$ ]]; then
        echo "${object%.o}.c:1: the pure core calls $symbol: pass it in through Env or move it to *_pg.c"
        status=1
    fi
done <build/lint_undefined

while read -r symbol; do
    if ! [[ $symbol =~ ^(Pg_magic_func|_PG_init|pg_finfo_biml_[a-z0-9_]+|biml_[a-z0-9_]+)$ ]]; then
        echo "bi_ml.so:1: exports $symbol: only entry points are exported (BI_ML_FUNCTION)"
        status=1
    fi
done < <(nm -D --defined-only bi_ml.so | awk '{ print $NF }')
exit $status
