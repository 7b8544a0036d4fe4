"""
EcoTaxa's formulas: how many individuals, and how much body volume, one imaged object stands for.

A project has three formulas in EcoTaxa's own syntax. They are arithmetic on columns, and nothing else:

- ``subsample_coef``: the fraction of the sample that was imaged, above 0 and at most 1;
- ``total_water_volume``: the water that the sample was taken from, m3;
- ``individual_volume``: the body volume of one object, mm3.

One object then stands for ``1 / subsample_coef / total_water_volume`` individuals per m3. A column is named by its table:
``sam.tot_vol`` is the column ``sample_tot_vol``; ``ssm.sub_part`` is ``acq_sub_part`` or ``process_sub_part``; ``obj.area``
is ``object_area``.

A formula is read into a tree, of which every branch must be known: it is never run as Python.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from morphoexplore.errors import WrongValueError

FloatArray = NDArray[np.float64]

UNITS = {"subsample_coef": "1", "total_water_volume": "m3", "individual_volume": "mm3"}
"""The three formulas, and the unit of what each gives."""
PREFIXES = ("sam", "ssm", "obj")
LONGEST = 1000  # characters
DEEPEST = 60  # operations within each other

_ALLOWED = re.compile(r"[A-Za-z0-9_.+\-*/%()<>=!, \t]")
_CONSTANTS = {"pi": np.pi, "e": np.e, "tau": 2 * np.pi}
_FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    # name in math: (the same for arrays, how many arguments it may have)
    "acos": (np.arccos, (1,)),
    "asin": (np.arcsin, (1,)),
    "atan": (np.arctan, (1,)),
    "atan2": (np.arctan2, (2,)),
    "cbrt": (np.cbrt, (1,)),
    "ceil": (np.ceil, (1,)),
    "cos": (np.cos, (1,)),
    "degrees": (np.degrees, (1,)),
    "exp": (np.exp, (1,)),
    "expm1": (np.expm1, (1,)),
    "fabs": (np.fabs, (1,)),
    "floor": (np.floor, (1,)),
    "fmod": (np.fmod, (2,)),
    "hypot": (np.hypot, (2,)),
    "log": (lambda x, base=None: np.log(x) if base is None else np.log(x) / np.log(base), (1, 2)),
    "log10": (np.log10, (1,)),
    "log1p": (np.log1p, (1,)),
    "log2": (np.log2, (1,)),
    "pow": (np.power, (2,)),
    "radians": (np.radians, (1,)),
    "sin": (np.sin, (1,)),
    "sqrt": (np.sqrt, (1,)),
    "tan": (np.tan, (1,)),
    "trunc": (np.trunc, (1,)),
}
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
    ast.UAdd: np.positive,
    ast.USub: np.negative,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


@dataclass(frozen=True)
class Variable:
    """
    A column that a formula reads.

    Attributes
    ----------
    prefix : str
        ``sam`` (sample), ``ssm`` (acquisition or process) or ``obj`` (object).
    column : str
        Name of the column, without the name of its table.
    position : int
        Where it stands in the formula first, counted from 1.
    """

    prefix: str
    column: str
    position: int

    @property
    def name(self) -> str:
        """The variable as the formula writes it."""
        return f"{self.prefix}.{self.column}"


class Formula:
    """
    A formula that was read, to be evaluated on arrays.

    Parameters
    ----------
    name : str
        What it gives: ``subsample_coef``, ``total_water_volume`` or ``individual_volume``.
    text : str
        The formula in EcoTaxa's syntax: numbers, ``+ - * / // % **``, comparisons (1 where they hold, else 0), the
        functions and constants of ``math``, and columns as ``sam.``, ``ssm.`` or ``obj.``.

    Attributes
    ----------
    variables : tuple of Variable
        The columns that it reads, in the order of their first place.

    Raises
    ------
    WrongValueError
        If it is no such formula; the sentence names the formula and the position.

    Examples
    --------
    >>> formula = Formula("total_water_volume", "sam.tot_vol/1000")
    >>> [variable.name for variable in formula.variables]
    ['sam.tot_vol']
    >>> formula({"sam.tot_vol": np.array([250.0, 0.0])})
    array([0.25, 0.  ])
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text.strip()
        self._tree = self._read()
        self._check(self._tree, DEEPEST)
        found: dict[str, Variable] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Attribute) and _owner(node) in PREFIXES:
                variable = Variable(_owner(node), node.attr, node.col_offset + 1)
                known = found.get(variable.name)
                if known is None or variable.position < known.position:
                    found[variable.name] = variable
        self.variables = tuple(sorted(found.values(), key=lambda variable: variable.position))

    def __repr__(self) -> str:
        return f"Formula({self.name!r}, {self.text!r})"

    def __call__(self, values: Mapping[str, FloatArray]) -> FloatArray:
        """
        Evaluate the formula.

        Parameters
        ----------
        values : mapping of str to array
            The numbers of every variable by its name (``sam.tot_vol``), NaN where unknown; arrays of one shape.

        Returns
        -------
        results : array
            Of that shape (of no dimension without variables); NaN wherever an input is unknown or a step has no value:
            a division by zero, the root of a negative number, what is too large for a number.

        Raises
        ------
        WrongValueError
            If a variable is missing.
        """
        for variable in self.variables:
            if variable.name not in values:
                self._refuse(f"there is no column for {variable.name}", variable.position)
        with np.errstate(all="ignore"):
            result = _evaluate(self._tree, values)
        shape = np.broadcast_shapes(*(np.shape(values[variable.name]) for variable in self.variables))
        return np.array(np.broadcast_to(result, shape), dtype=np.float64)

    def error(self, what: str, position: int) -> WrongValueError:
        """Return the error that says *what* is wrong at a position of this formula, counted from 1."""
        shown = self.text if len(self.text) <= LONGEST else f"{self.text[:LONGEST]}..."
        return WrongValueError(f"{self.name} = {shown}: {what} (character {position}).")

    def _refuse(self, what: str, position: int) -> NoReturn:
        raise self.error(what, position)

    def _read(self) -> ast.expr:
        if not self.text:
            self._refuse("it is empty; give a formula, such as sam.tot_vol/1000", 1)
        if len(self.text) > LONGEST:
            self._refuse(f"it is longer than {LONGEST} characters", LONGEST + 1)
        for place, character in enumerate(self.text, start=1):
            if not _ALLOWED.fullmatch(character):
                hint = "; a power is written **" if character == "^" else ""
                self._refuse(f"{character!r} has no place in a formula{hint}", place)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of numbers that run into words, which _check refuses
                return ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            self._refuse(f"it cannot be read, {error.msg}", max(error.offset or 1, 1))
        except (ValueError, RecursionError, MemoryError):
            self._refuse("it is too complicated", 1)

    def _check(self, node: ast.expr, deeper: int) -> None:
        """Refuse whatever is not known to be harmless."""
        position = node.col_offset + 1
        if not deeper:
            self._refuse("it is too complicated; too much stands within each other", position)
        if isinstance(node, ast.Constant):
            self._check_number(node, position)
        elif isinstance(node, ast.Attribute):
            self._check_column(node, position)
        elif isinstance(node, ast.Call):
            self._check_call(node, position)
        elif isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare):
            operators = node.ops if isinstance(node, ast.Compare) else [node.op]
            if any(type(operator) not in _OPERATORS for operator in operators):
                self._refuse("this operator has no place in a formula", position)
        elif isinstance(node, ast.Name):
            message = f"{node.id!r} is no column; write sam.{node.id}, ssm.{node.id} or obj.{node.id}"
            self._refuse(message, position)
        elif isinstance(node, ast.Tuple):
            self._refuse("a comma stands between arguments only; decimals have a point", position)
        else:
            self._refuse("only arithmetic has a place in a formula", position)
        for part in _parts(node):
            self._check(part, deeper - 1)

    def _check_number(self, node: ast.Constant, position: int) -> None:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self._refuse("this is no number", position)
        try:
            is_finite = bool(np.isfinite(float(node.value)))
        except OverflowError:
            is_finite = False
        if not is_finite:
            self._refuse("this number is too large", position)

    def _check_column(self, node: ast.Attribute, position: int) -> None:
        owner = _owner(node)
        if owner == "math":
            if node.attr in _FUNCTIONS:
                self._refuse(f"math.{node.attr} needs its arguments in brackets", position)
            if node.attr not in _CONSTANTS:
                self._refuse(f"math.{node.attr} has no place in a formula; {_KNOWN}", position)
        elif owner not in PREFIXES:
            message = "columns begin with sam. (sample), ssm. (acquisition or process) or obj. (object)"
            self._refuse(message, position)

    def _check_call(self, node: ast.Call, position: int) -> None:
        function = node.func
        if not isinstance(function, ast.Attribute) or _owner(function) != "math":
            self._refuse("only functions of math can be called, such as math.sqrt(obj.area)", position)
        if function.attr not in _FUNCTIONS:
            self._refuse(f"math.{function.attr} has no place in a formula; {_KNOWN}", position)
        counts = _FUNCTIONS[function.attr][1]
        is_plain = not node.keywords and not any(isinstance(part, ast.Starred) for part in node.args)
        if not is_plain or len(node.args) not in counts:
            wanted = " or ".join(str(count) for count in counts)
            more = "s" if counts != (1,) else ""
            self._refuse(f"math.{function.attr} takes {wanted} argument{more}", position)


_KNOWN = f"there are {', '.join(sorted({*_FUNCTIONS, *_CONSTANTS}))}"


def _owner(node: ast.Attribute) -> str:
    """Return what stands before the point, empty where it is no word."""
    return node.value.id if isinstance(node.value, ast.Name) else ""


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return what a node that was checked is made of."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    return list(node.args) if isinstance(node, ast.Call) else []


def _evaluate(node: ast.expr, values: Mapping[str, FloatArray]) -> FloatArray:
    """Evaluate a node that was checked; whatever is no finite number is unknown, and stays so."""
    if isinstance(node, ast.Constant):
        return np.asarray(node.value, dtype=np.float64)
    if isinstance(node, ast.Attribute):
        owner = _owner(node)
        found = _CONSTANTS[node.attr] if owner == "math" else values[f"{owner}.{node.attr}"]
        return _finite(found)
    parts = [_evaluate(part, values) for part in _parts(node)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _finite(_FUNCTIONS[node.func.attr][0](*parts))
    if isinstance(node, ast.Compare):
        return _compare(node, parts)
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        return _finite(_OPERATORS[type(node.op)](*parts), *parts)
    message = f"{type(node).__name__} was not checked"
    raise TypeError(message)


def _compare(node: ast.Compare, parts: list[FloatArray]) -> FloatArray:
    holds: Any = True
    for operator, left, right in zip(node.ops, parts, parts[1:], strict=False):
        holds = holds & _OPERATORS[type(operator)](left, right)
    return _finite(np.asarray(holds, dtype=np.float64), *parts)


def _finite(result: Any, *parts: FloatArray) -> FloatArray:
    """Return a result, NaN where it is not finite or one of its parts is unknown (numpy: ``nan ** 0`` is 1)."""
    result = np.asarray(result, dtype=np.float64)
    is_known = np.isfinite(result)
    for part in parts:
        is_known = is_known & ~np.isnan(part)
    return result if is_known.all() else np.where(is_known, result, np.nan)
