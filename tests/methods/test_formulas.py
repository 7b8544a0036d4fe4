"""EcoTaxa's formulas: equal to Python's arithmetic where they are arithmetic, refused where they are anything else."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.formulas import LONGEST, Formula

ECOTAXA = {
    "subsample_coef": "1/ssm.sub_part",
    "total_water_volume": "sam.tot_vol/1000",
    "individual_volume": "4.0/3.0*math.pi*(math.sqrt(obj.area/math.pi)*ssm.pixel_size)**3",
}


@pytest.mark.parametrize(("name", "text"), ECOTAXA.items())
def test_ecotaxas_own_formulas_give_what_python_gives(name: str, text: str) -> None:
    formula = Formula(name, text)
    columns = {"ssm.sub_part": 4.0, "sam.tot_vol": 251.5, "obj.area": 1401.0, "ssm.pixel_size": 0.0106}
    ssm = SimpleNamespace(sub_part=4.0, pixel_size=0.0106)
    names = {
        "math": math,
        "ssm": ssm,
        "sam": SimpleNamespace(tot_vol=251.5),
        "obj": SimpleNamespace(area=1401.0),
    }
    result = formula({key: np.array([value, value]) for key, value in columns.items()})
    assert result == pytest.approx([eval(text, names)] * 2, rel=1e-15)  # what EcoTaxa does


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2+3*4-1", 13),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("7//2 + 7%4", 6),
        ("-7//2", -4),
        ("-7%4", 1),
        ("math.log(8, 2)", 3),
        ("math.hypot(3, 4)", 5),
        ("math.fmod(-7, 4)", -3),
        ("(1 < 2 <= 2) * 5", 5),
        ("(1 < 2 < 2) * 5", 0),
        ("(1 != 1) + (1 == 1)", 1),
        ("math.pow(2, 0.5) - math.sqrt(2)", 0),
        ("1e3", 1000),
        ("math.tau/math.pi", 2),
    ],
)
def test_arithmetic_is_pythons(text: str, value: float) -> None:
    assert float(Formula("subsample_coef", text)({})) == pytest.approx(value)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
    st.lists(st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), min_size=2, max_size=2),
    st.booleans(),
)
def test_any_arithmetic_gives_what_python_gives_or_nothing(
    numbers: list[float], operators: list[str], brackets: bool
) -> None:
    a, b, c = ("sam.a", "ssm.b", "obj.c")
    first, second = operators
    text = f"{a} {first} ({b} {second} {c})" if brackets else f"({a} {first} {b}) {second} {c}"
    result = float(
        Formula("subsample_coef", text)(dict(zip((a, b, c), map(np.float64, numbers), strict=True)))
    )
    names = {
        prefix: SimpleNamespace(**{letter: number})
        for prefix, letter, number in zip(("sam", "ssm", "obj"), "abc", numbers, strict=True)
    }
    try:
        expected = eval(text, {}, names)
    except (ZeroDivisionError, OverflowError, TypeError):  # a complex number has no // and no %
        expected = math.nan
    if isinstance(expected, complex) or not math.isfinite(expected):
        expected = math.nan
    if math.isnan(result) and not math.isnan(expected):
        assert (
            "/" in text or "**" in text or "%" in text
        )  # 1 / infinity: nothing is said of what passed all bounds
        with np.errstate(all="ignore"):
            inner = eval(text[text.index("(") : text.index(")") + 1], {}, names)
        assert not math.isfinite(inner)
    else:
        assert result == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_what_is_unknown_or_impossible_is_unknown_and_nothing_else() -> None:
    formula = Formula("subsample_coef", "1/(1/ssm.sub_part)")
    assert formula({"ssm.sub_part": np.array([2.0, 0.0, np.nan, np.inf])}) == pytest.approx(
        [2.0, np.nan, np.nan, np.nan], nan_ok=True
    )
    for text in (
        "math.sqrt(sam.a)",
        "math.log(sam.a+1)",
        "sam.a**0.5",
        "(sam.a*0)**-1",
        "math.exp(-sam.a*1000)",
    ):
        assert math.isnan(Formula("subsample_coef", text)({"sam.a": np.array(-1.0)}))
    for text in ("sam.a**0", "math.pow(sam.a, 0) * (sam.a < 1)", "(sam.a < 1)", "(sam.a != sam.a)"):
        assert math.isnan(Formula("subsample_coef", text)({"sam.a": np.array(np.nan)})), text


def test_a_formula_knows_its_columns_and_where_they_stand() -> None:
    formula = Formula("individual_volume", "ssm.pixel*obj.area*ssm.pixel/sam.x_1")
    assert [(variable.name, variable.position) for variable in formula.variables] == [
        ("ssm.pixel", 1),
        ("obj.area", 11),
        ("sam.x_1", 30),
    ]


def test_a_column_that_is_missing_is_named_with_its_place() -> None:
    formula = Formula("total_water_volume", "sam.tot_vol/ssm.parts")
    with pytest.raises(WrongValueError, match=r"total_water_volume = .*ssm\.parts \(character 13\)"):
        formula({"sam.tot_vol": np.ones(2)})


@pytest.mark.parametrize(
    ("text", "said", "position"),
    [
        ("", "empty", 1),
        ("sam.tot_vol/", "cannot be read", None),
        ("sam.a ^ 2", r"written \*\*", 7),
        ("tot_vol/1000", r"write sam\.tot_vol, ssm\.tot_vol or obj\.tot_vol", 1),
        ("1/fre.sub_part", "columns begin with", 3),
        ("sam.a.b", "columns begin with", 1),
        ("1,5*sam.a", "decimals have a point", 1),
        ("1+math.gamma(2)", "math.gamma has no place", 3),
        ("1+math.sqrt", "needs its arguments in brackets", 3),
        ("math.sqrt(1, 2)", "takes 1 argument", 1),
        ("math.sqrt(*sam.a)", "takes 1 argument", 1),
        ("math.log(sam.a, base=2)", "takes 1 or 2 argument", 1),
        ("abs(sam.a)", "only functions of math", 1),
        ("float(sam.a)", "only functions of math", 1),
        ("sam.a if sam.b else 1", "only arithmetic", 1),
        ("sam.a and sam.b", "only arithmetic", 1),
        ("not sam.a", "operator", 1),
        ("sam.a is sam.b", "operator", 1),
        ("sam.a @ sam.b", "'@' has no place", 7),
        ("True", "no number", 1),
        ("1j", "no number", 1),
        ("1e999", "too large", 1),
        ("9" * 400, "too large", 1),
        ("1" * (LONGEST + 1), "longer", LONGEST + 1),
        ("-" * 500 + "1", "too complicated", None),
        ("(" * 400 + "1" + ")" * 400, "cannot be read|too complicated", None),
        ("1+µ", "'µ' has no place", 3),
        ("sam.a\n+1", r"'\\n' has no place", 6),
    ],
)
def test_whatever_is_no_formula_is_refused_with_its_place(text: str, said: str, position: int | None) -> None:
    with pytest.raises(WrongValueError, match=said) as error:
        Formula("subsample_coef", text)
    assert str(error.value).startswith("subsample_coef = ")
    if position is not None:
        assert f"(character {position})" in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
        "math.__class__",
        "math.sqrt.__self__",
        "sam.__class__.__init__",
        "(lambda: 1)()",
        "[x for x in (1,)][0]",
        "{1: 2}[1]",
        "f'{1}'",
        "(x := 1)",
        "open('x')",
        "math.sqrt(__builtins__)",
        "eval('1')",
        "1 .real",
        "(1).bit_length()",
        "sam.a[0]",
        "'a' * 9",
        "1; 2",
        "math.factorial(99999)",
        "math.pi(1)",
        "sam.a(1)",
        "yield",
        "await sam.a",
    ],
)
def test_nothing_but_arithmetic_is_ever_run(text: str) -> None:
    with pytest.raises(WrongValueError):
        Formula("individual_volume", text)


def test_space_at_the_ends_does_no_harm() -> None:
    assert Formula("subsample_coef", " sam.a\n").text == "sam.a"


def test_towers_of_powers_cost_nothing() -> None:
    assert math.isnan(Formula("subsample_coef", "9**9**9**9**9")({}))


ANY = st.text(max_size=40) | st.text(alphabet="0123456789.+-*/%()<>=! ,eabcmthpiosqrj", max_size=30)


@given(ANY)
def test_any_text_is_a_formula_or_refused_with_a_sentence(text: str) -> None:
    try:
        formula = Formula("subsample_coef", text)
    except WrongValueError:
        return
    formula({variable.name: np.ones(1) for variable in formula.variables})
