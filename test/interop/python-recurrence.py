"""Instances of events with python3-icalendar and python3-recurring-ical-events of Debian 12.

Reads lines of JSON with calendar (iCalendar text), from and until (epoch seconds) and answers each with a line: starts
(epoch seconds of the instances that begin in [from, until); floating times and dates as in UTC), or error. A case runs for
two seconds at most. Started by recurrence-checks.ts.
"""

import json
import signal
import sys
from datetime import date, datetime, time, timezone

import icalendar
import recurring_ical_events

LIMIT_SECONDS = 2


def instant(value):
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    return int(value.timestamp())


def starts(case):
    calendar = icalendar.Calendar.from_ical(case["calendar"])
    begin, end = (datetime.fromtimestamp(case[side], timezone.utc) for side in ("from", "until"))
    found = recurring_ical_events.of(calendar).between(begin, end)
    instants = (instant(event["DTSTART"].dt) for event in found)
    return sorted(at for at in instants if case["from"] <= at < case["until"])


def stop(_signal, _frame):
    raise TimeoutError(f"did not end in {LIMIT_SECONDS} s")


def answer(case):
    signal.alarm(LIMIT_SECONDS)
    try:
        return {"starts": starts(case)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        signal.alarm(0)


signal.signal(signal.SIGALRM, stop)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
