"""What a formula is made of: terms of a sum, factors of a product, a squash around it all."""

from collections.abc import Iterator

from lstmkit.engine.latex import expression
from lstmkit.engine.tree import Binary, Call, Negative, Node, Number

SQUASHES = {
    "sigmoid": r"\sigma",
    "tanh": r"\tanh",
    "exp": r"\exp",
    "log": r"\log",
    "logsigmoid": r"\log\sigma",
    "softplus": r"\mathrm{softplus}",
    "relu": r"\mathrm{relu}",
    "sqrt": r"\mathrm{sqrt}",
    "abs": r"\mathrm{abs}",
}


def written(node: Node) -> str:
    """An expression as mathematics that matplotlib reads."""
    # matplotlib's mathematics knows no escaped underscore
    return expression(node).replace(r"\_", "-")


def terms_of(node: Node, sign: str = "+") -> Iterator[tuple[str, Node]]:
    """Terms of a sum, each with its sign; anything else is one term."""
    match node:
        case Binary("+" | "-" as operator, left, right):
            yield from terms_of(left, sign)
            yield from terms_of(right, sign if operator == "+" else "-" if sign == "+" else "+")
        case Negative(operand):
            yield from terms_of(operand, "-" if sign == "+" else "+")
        case _:
            yield sign, node


def factors_of(node: Node, sign: str = "*") -> Iterator[tuple[str, Node]]:
    """Factors of a product, each with `*` or `/`; anything else is one factor."""
    match node:
        case Binary("*" | "/" as operator, left, right):
            yield from factors_of(left, sign)
            yield from factors_of(right, sign if operator == "*" else "/" if sign == "*" else "*")
        case _:
            yield sign, node


def squash_of(node: Node) -> tuple[str, Node] | None:
    """A function of one expression, scaled or shifted by numbers, such as `4 sigmoid(e) - 2`."""
    match node:
        case Call(function, (argument,)) if function in SQUASHES:
            return SQUASHES[function], argument
        case Call("max" | "min" as function, (argument, Number() as bound)):
            return rf"\{function}\,{written(bound)}", argument
        case Call("max" | "min" as function, (Number() as bound, argument)):
            return rf"\{function}\,{written(bound)}", argument
        case Negative(operand):
            before, inner, after = "-", operand, ""
        case Binary("*", Number() as number, operand) | Binary("*", operand, Number() as number):
            before, inner, after = written(number), operand, ""
        case Binary("+" | "-" as sign, operand, Number() as number):
            before, inner, after = "", operand, f"{sign}{written(number)}"
        case Binary("+" | "-" as sign, Number() as number, operand):
            before, inner, after = f"{written(number)}{sign}", operand, ""
        case _:
            return None
    squash = squash_of(inner)
    return squash and (before + squash[0] + after, squash[1])
