"""Parses with sqlglot, as Superset does before it sends anything, the datasets' SQL and every SELECT of the documentation.

usage: parse_sql.py FILE...     Markdown files and datasets; the last line counts: "N passed, N failed"
"""
import json
import pathlib
import re
import sys

import sqlglot


def statements(path):
    text = path.read_text(encoding='utf-8')
    if path.suffix == '.yaml':
        sql = json.loads(text).get('sql')
        return [sql] if sql else []
    blocks = re.findall(r'^```sql\n(.*?)^```', text, re.M | re.S)
    lines = [re.sub(r'^\\.*$', '', block, flags=re.M) for block in blocks]
    # A statement ends with a semicolon at the end of a line; comments may follow it.
    return [part for block in lines for part in re.split(r';[ \t]*(?:--[^\n]*)?$', block, flags=re.M) if re.match(r'(\s|--[^\n]*\n)*(SELECT|WITH)\b', part)]


def main(paths):
    passed = failed = 0
    for path in map(pathlib.Path, paths):
        for statement in statements(path):
            try:
                sqlglot.parse_one(statement, dialect='postgres', error_level=sqlglot.ErrorLevel.RAISE)
                passed += 1
            except sqlglot.errors.SqlglotError as error:
                failed += 1
                print(f'{path}: {str(error)[:300]}\n{statement.strip()[:300]}')
    print(f'{passed} passed, {failed} failed')
    return failed or not passed


if __name__ == '__main__':
    sys.exit(1 if main(sys.argv[1:]) else 0)
