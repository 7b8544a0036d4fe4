from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphoexplore.reading import values

DATES = st.dates(min_value=date(1000, 1, 1))
TIMES = st.times().map(lambda moment: moment.replace(microsecond=0))


@settings(deadline=None)
@given(DATES)
def test_both_forms_of_a_date_are_read(day):
    assert values.parse_date(day.strftime("%Y%m%d")) == day.isoformat()
    assert values.parse_date(day.isoformat()) == day.isoformat()


@settings(deadline=None)
@given(TIMES)
def test_all_forms_of_a_time_are_read(moment):
    assert values.parse_time(moment.isoformat()) == moment.isoformat()
    assert values.parse_time(moment.strftime("%H%M%S")) == moment.isoformat()
    whole = moment.replace(second=0)
    assert values.parse_time(whole.strftime("%H%M")) == whole.isoformat()
    assert values.parse_time(whole.strftime("%H%M").lstrip("0")[-4:] or "0") == whole.isoformat()


@settings(deadline=None)
@given(
    st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30)),
    st.integers(-14 * 60, 14 * 60),
)
def test_zones_are_converted_to_utc(moment, minutes):
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    assert values.parse_timestamp(moment.isoformat()) == expected
    assert values.parse_timestamp(moment.isoformat(sep=" ")) == expected


@settings(deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_decimal_positions_come_back_unchanged(latitude, longitude):
    assert values.parse_latitude(repr(latitude)) == latitude
    assert values.parse_longitude(repr(longitude)) == longitude


@settings(deadline=None)
@given(st.booleans(), st.integers(0, 179), st.integers(0, 59), st.integers(0, 59))
def test_degrees_minutes_seconds_are_read_with_their_sign(is_west, degrees, minutes, seconds):
    text = f"{'-' if is_west else ''}{degrees}°{minutes:02d} {seconds:02d}"
    expected = (degrees * 3600 + minutes * 60 + seconds) / 3600
    assert values.parse_longitude(text) == pytest.approx(-expected if is_west else expected, abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_columns_of_numbers_come_back_unchanged(numbers):
    read, failures = values.to_numbers([repr(number) for number in numbers])
    assert read.tolist() == numbers
    assert not failures


@pytest.mark.parametrize("text", ["2014/04/20", "2014-4-2", "20.04.2014", "2014-0420", "1404", "20140420.0"])
def test_other_dates_are_refused(text):
    with pytest.raises(ValueError, match="is no date"):
        values.parse_date(text)


@pytest.mark.parametrize("text", ["20140231", "2015-02-29", "20141301"])
def test_impossible_days_are_refused(text):
    with pytest.raises(ValueError, match="no calendar"):
        values.parse_date(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("04:20", "HH:MM:SS"),
        ("4:20:30", "HH:MM:SS"),
        ("9920", "no clock"),
        ("240000", "no clock"),
        ("noon", "HHMM"),
    ],
)
def test_other_times_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        values.parse_time(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-12°06.398", "is no position"),
        ("12.5N", "is no position"),
        ("43,5", "is no position"),
        ("inf", "outside -90"),
        ("90.001", "outside -90 to 90"),
        ("12°60 00", "60 or more"),
    ],
)
def test_other_latitudes_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        values.parse_latitude(text)


def test_longitudes_end_at_180():
    assert values.parse_longitude("-180") == -180
    with pytest.raises(ValueError, match="outside -180 to 180"):
        values.parse_longitude("181")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-04-04", "2016-04-04"),
        ("20160404", "2016-04-04"),
        ("2016/04/04", "2016-04-04"),
        ("2016-04-04T03:27:00Z", "2016-04-04T03:27:00"),
        ("2016-04-04 03:27", "2016-04-04T03:27:00"),
        ("2016/04/04 03:27:05 UTC", "2016-04-04T03:27:05"),
        ("2016-04-04 01:27 +02:00", "2016-04-03T23:27:00"),
        ("20160404T032700", "2016-04-04T03:27:00"),
        ("2016-04-04T03:27:00.500", "2016-04-04T03:27:00.500000"),
    ],
)
def test_timestamps_are_read_in_many_forms(text, expected):
    assert values.parse_timestamp(text) == expected


@pytest.mark.parametrize("text", ["04/05/2016", "yesterday", "2016-13-01", "0001-01-01T00:00+14:00", "2016"])
def test_ambiguous_timestamps_are_refused(text):
    with pytest.raises(ValueError, match="is no date"):
        values.parse_timestamp(text)


def test_numbers_keep_odd_but_valid_cells_and_tell_the_others():
    cells = ["1e5", "999999", "", "NaN", "na", "inf", "-inf", "3,5", "1_000", "0x1F", "٣"]
    numbers, failures = values.to_numbers(cells)
    np.testing.assert_array_equal(numbers[:6], [1e5, 999999, np.nan, np.nan, np.nan, np.inf])
    assert sorted(failures) == [6, 7, 8, 9, 10]
    assert failures[7] == "'3,5' is no number; write a decimal point"
    assert np.isnan(numbers[6:]).all()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2.5", ""], True),
        (["1", "nan"], True),
        (["", "NA"], None),
        (["1", "net"], False),
        (["0042", "1"], False),
        (["0.5", "0"], True),
        (["12345678901234567890"], False),
    ],
)
def test_codes_are_not_taken_for_numbers(cells, expected):
    assert values.looks_numeric(cells) is expected


@pytest.mark.parametrize("text", ["-1", "0.5", "first", "nan", "inf"])
def test_ranks_are_whole_numbers(text):
    with pytest.raises(ValueError, match=r"is no (rank|number)"):
        values.parse_rank(text)
    assert values.parse_rank("2.0") == 2


def test_examples_in_docstrings_hold():
    import doctest

    assert doctest.testmod(values).failed == 0


def test_midnight_written_as_one_zero():
    assert values.parse_time("0") == time(0, 0).isoformat()
