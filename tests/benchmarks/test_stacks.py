"""How a few measured sizes become a curve, and what is said of sizes that were not measured."""

from __future__ import annotations

import pytest

from benchmarks.stacks.benchmark import curve, told


def test_a_parabola_is_found_again() -> None:
    points = {n: 4.0 + 0.02 * n + 0.0003 * n * n for n in (10, 20, 40, 60)}

    assert curve(points) == pytest.approx((4.0, 0.02, 0.0003))


def test_no_key_makes_a_deploy_quicker() -> None:
    fixed, each, square = curve({10: 10.9, 20: 11.0, 40: 34.6, 60: 73.9})

    assert each == 0
    assert fixed + square * 60**2 == pytest.approx(73.9, abs=3)


def test_what_was_not_measured_is_said_to_be_extrapolated() -> None:
    one = {n: 4.0 + 0.001 * n * n for n in (10, 20, 40)}

    result = told((10, 20, 40), one, {40: 20.0}, 10)

    assert result.rows[2] == ("40", "5.6", "20.0")
    assert result.rows[3] == ("200, extrapolated", "~44", "~44 one after the other")
    assert result.rows[4][:2] == ("2,000, extrapolated", "~4,004")
    assert [round(figure.measured, 2) for figure in result.figures] == [3.57, 0.11]


def test_what_was_measured_whole_is_not_extrapolated() -> None:
    one = {n: 4.0 + 0.001 * n * n for n in (10, 20, 40, 2000)}

    result = told((10, 20, 40), one, {40: 20.0, 2000: 400.0}, 10)

    assert [row[0] for row in result.rows] == ["10", "20", "40", "2,000", "200, extrapolated"]
    assert [round(figure.measured, 2) for figure in result.figures] == [0.1]
