"""Make tables/calendars.csv of the reference package from recorded calendars.

    python scripts/make_reference.py ../shared/data [earlier.csv]

The first argument is a folder with ``calendars/cn_public_holidays.csv.gz`` (date, kind, name) and
``calendars/exchange_sessions_2014_2026.csv.gz`` (date, calendar, open, break_start, break_end, close in UTC).
The second is a file of the same columns for the years before, made with the package exchange_calendars; without it the
calendars of Hong Kong and New York begin in 2014. The product, fee, margin and charge tables are kept by hand, each row
with its source.
"""

import csv
import gzip
import sys
from collections import defaultdict
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "src/anyvenue/reference/tables/calendars.csv"

# The exchanges stayed closed on this day (New Year's Eve of the lunar year), which is not a public holiday.
EXCHANGE_HOLIDAYS = {"CN": ["2024-02-09"]}
# Night sessions were suspended from the end of the 2020 spring holiday to the evening of 6 May.
NO_NIGHT = {("CN", 2020): "0203-0506"}
CLOSES = {"HK": {"04:00Z": "1200", "04:30Z": "1230"}, "US": {"17:00Z": "1300", "18:00Z": "1300"}}

Days = dict[int, list[str]]


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, gzipped or not."""
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    return list(csv.DictReader(text.decode("utf-8").splitlines()))


def weekdays(first: int, last: int) -> list[date]:
    """Return all days from Monday to Friday of the years `first` to `last`."""
    start, end = date(first, 1, 1), date(last, 12, 31)
    days = (start + timedelta(n) for n in range((end - start).days + 1))
    return [day for day in days if day.weekday() < 5]


def chinese(data: Path) -> Days:
    """Return the weekdays by year on which the mainland exchanges are closed."""
    rows = read(data / "calendars/cn_public_holidays.csv.gz")
    closed = {row["date"] for row in rows if row["kind"] == "holiday"} | set(
        EXCHANGE_HOLIDAYS["CN"]
    )
    years = [int(day[:4]) for day in closed]
    return by_year([day for day in weekdays(min(years), max(years)) if day.isoformat() in closed])


def elsewhere(sessions: list[dict[str, str]]) -> Days:
    """Return the weekdays by year without a session of one exchange."""
    traded = {row["date"] for row in sessions}
    years = [int(day[:4]) for day in traded]
    return by_year(
        [day for day in weekdays(min(years), max(years)) if day.isoformat() not in traded]
    )


def by_year(days: list[date]) -> Days:
    """Return the days as mmdd by year."""
    found: Days = defaultdict(list)
    for day in days:
        found[day.year].append(f"{day:%m%d}")
    return found


def early_closes(market: str, sessions: list[dict[str, str]]) -> Days:
    """Return days as mmdd@hhmm (local time) by year on which the market closes early.

    A New York close at 18:00Z in winter and 17:00Z in summer is 13:00 local time.
    """
    found: Days = defaultdict(list)
    for row in sessions:
        local = CLOSES[market].get(row["close"][11:])
        if local:
            found[int(row["date"][:4])].append(f"{row['date'][5:7]}{row['date'][8:10]}@{local}")
    return found


def lines(market: str, closed: Days, early: Days, source: str) -> list[str]:
    """Return the lines of one market, one a year."""
    return [
        ",".join(
            (
                market,
                str(year),
                " ".join(closed[year]),
                " ".join(early.get(year, [])),
                NO_NIGHT.get((market, year), ""),
                source,
            )
        )
        for year in sorted(closed)
    ]


def main(data: Path, *earlier: Path) -> None:
    """Write the table."""
    sessions = defaultdict(list)
    for row in chain(*map(read, (*earlier, data / "calendars/exchange_sessions_2014_2026.csv.gz"))):
        sessions[row["calendar"]].append(row)
    out = [
        "# Written by scripts/make_reference.py: weekdays without trading and days that end early."
    ]
    out.append("market,year,closed,early,no_night,source")
    out += lines("CN", chinese(data), {}, "public holidays; exchange notices")
    for market, name in (("HK", "XHKG"), ("US", "XNYS")):
        rows = sessions[name]
        source = f"exchange sessions of {name}"
        out += lines(market, elsewhere(rows), early_closes(market, rows), source)
    TABLE.write_text("\n".join(out) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
