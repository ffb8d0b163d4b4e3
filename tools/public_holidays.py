#!/usr/bin/env python3
"""Writes the calendar of public holidays that the extension ships, from the package `holidays` of PyPI.

usage: pip install holidays==0.109 && python3 tools/public_holidays.py

It writes src/holiday/calendar.c, whose rules src/holiday/holiday.h explains, and test/unit/holiday_sums.h: for each
country the number of rows and a CRC-32C of all of them, taken from the package and not from the rules.

A country's holidays are those of the category `public` that hold in the whole country, with substitute days; for
GB those of England and Wales. Names are English where the package has them so, in ASCII, and the same in every year:
the remarks that a date is estimated, and which day a day off replaces, are left out.
"""
import datetime
import functools
import importlib.metadata
import pathlib
import re
import unicodedata

import holidays

FIRST, LAST = 2000, 2040
YEARS = range(FIRST, LAST + 1)
WIDTH = 116
LEAST_YEARS = 5  # fewer dates are a coincidence, no rule
SUBDIVISION = {"GB": "ENG"}

# The countries of the real data, the greatest economies, the EU and the EFTA, and neighbours that shops deliver to.
COUNTRIES = """
AD AE AR AT AU BA BE BG BH BR CA CH CL CN CO CY CZ DE DK EE EG ES FI FR GB GR HK HR HU ID IE IL IN IR IS IT JP KE KR
KW LB LI LT LU LV MA MC MK MT MX MY NG NL NO NZ PE PH PK PL PT QA RO RS RU SA SE SG SI SK TH TR TW UA US VN ZA
""".split()


def english(country):
    own = getattr(holidays, country)
    languages = own.supported_languages or ()
    if (own.default_language or "en").startswith("en") or "en_US" not in languages:
        return own.default_language
    return "en_US"


def plain(name):
    name = name.replace("\u2019", "'").replace("\u2013", "-")
    name = re.sub(r" \(estimated\)", "", name)
    name = re.sub(r" \((\w+), estimated\)", r" (\1)", name)
    name = re.sub(r" \(substituted from [^)]*\)", " (substituted)", name)
    name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    assert name and '"' not in name and "\\" not in name, name
    return name


def rows_of(country):
    """All (date, name) of a country, sorted, from the package."""
    calendar = getattr(holidays, country)(
        years=YEARS, subdiv=SUBDIVISION.get(country), language=english(country), expand=False)
    return sorted({(day, plain(name)) for day in calendar for name in calendar.get_list(day)
                   if FIRST <= day.year <= LAST})


def easter(year):
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    m = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    n = h + m - 7 * ((a + 11 * h + 22 * m) // 451) + 114
    return datetime.date(year, n // 31, n % 31 + 1)


def orthodox_easter(year):
    d = (19 * (year % 19) + 15) % 30
    n = d + (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7 + 114
    return datetime.date(year, n // 31, n % 31 + 1) + datetime.timedelta(13)


def date_or_none(year, month, day):
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def on_or_after(day, isoweekday):
    return day and day + datetime.timedelta((isoweekday - day.isoweekday()) % 7)


EASTER = {year: easter(year) for year in YEARS}
ORTHODOX = {year: orthodox_easter(year) for year in YEARS}


@functools.cache
def candidates(day):
    """Rules that might give this day, the simplest first: text and its date in each year."""
    return list(candidate_rules(day))


def candidate_rules(day):
    yield day.strftime("%m-%d"), {y: date_or_none(y, day.month, day.day) for y in YEARS}
    for letter, table in (("E", EASTER), ("O", ORTHODOX)):
        offset = day - table[day.year]
        if abs(offset.days) <= 70:
            yield f"{letter}{offset.days:+d}", {y: table[y] + offset for y in YEARS}
    for back in range(7):
        first = day - datetime.timedelta(back)
        yield (f"{first:%m-%d}>{day.isoweekday()}",
               {y: on_or_after(date_or_none(y, first.month, first.day), day.isoweekday()) for y in YEARS})


def years_text(years):
    runs = []
    for year in sorted(years):
        if runs and runs[-1][1] == year - 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return ",".join(f"{a % 100:02}" if a == b else f"{a % 100:02}-{b % 100:02}" for a, b in runs)


def rules_of(days):
    """A short list of rules that give exactly these days."""
    left, rules = set(days), []
    while left:
        best = None
        for day in sorted(left):
            for order, (text, dates) in enumerate(candidates(day)):
                years = [y for y, date in dates.items() if date in left and date.year == y]
                if order > 0 and len(years) < LEAST_YEARS:
                    continue
                score = (-len(years), order, text)
                if best is None or score < best[0]:
                    best = (score, text, dates, years)
        _, text, dates, years = best
        left -= {dates[y] for y in years}
        rules.append((min(years), text if len(years) == len(YEARS) else f"{text}/{years_text(years)}"))
    return " ".join(text for _, text in sorted(rules))


def literal(text, indent):
    """A C string of one or more lines, broken at blanks."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) + indent + 4 > WIDTH:
            lines.append(line + " ")
            line = word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return ("\n" + " " * indent).join(f'"{part}"' for part in lines)


def crc32c(data):
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def main():
    top = pathlib.Path(__file__).resolve().parent.parent
    version = importlib.metadata.version("holidays")
    calendar = [f"""/*
 * calendar.c - the shipped public holidays, {FIRST} to {LAST}; holiday.h explains the rules.
 *
 * Made by tools/public_holidays.py from the package `holidays` {version} of PyPI
 * (https://github.com/vacanza/holidays), Copyright (c) Vacanza Team and individual contributors, MIT licence.
 */
#include "holiday/holiday_internal.h"

/* clang-format off */
const HolidayRules holiday_calendar[] = {{
"""]
    sums, n_rules = [], 0
    for country in sorted(COUNTRIES):
        rows = rows_of(country)
        lines = "".join(f"{day} {name}\n" for day, name in rows).encode()
        sums.append(f'    {{"{country}", {len(rows)}, 0x{crc32c(lines):08x}}},\n')
        for name in sorted({name for _, name in rows}):
            days = [day for day, other in rows if other == name]
            head = f'    {{"{country}", "{name}", '
            text = rules_of(days)
            if len(head) + len(text) + 4 <= WIDTH:
                calendar.append(f'{head}"{text}"}},\n')
            else:
                calendar.append(f'{head.rstrip()}\n        {literal(text, 8)}}},\n')
            n_rules += 1
    calendar.append(f"""}};
/* clang-format on */

const size_t holiday_calendar_size = {n_rules};
""")
    (top / "src/holiday/calendar.c").write_text("".join(calendar))
    (top / "test/unit/holiday_sums.h").write_text(f"""/*
 * holiday_sums.h - rows and CRC-32C of the lines "YYYY-MM-DD name" of each country, from the package itself.
 *
 * Made by tools/public_holidays.py from `holidays` {version}, together with src/holiday/calendar.c.
 */
/* clang-format off */
static const struct {{
    const char *country;
    size_t n;
    uint32_t crc;
}} holiday_sums[] = {{
{"".join(sums)}}};
/* clang-format on */
""")


if __name__ == "__main__":
    main()
