"""Expression trees as SymPy expressions, and back."""

import sympy

from lstmkit.engine.tree import Binary, Call, Negative, Node, Number, Operator

FUNCTIONS_OF_SYMPY = {
    "tanh": sympy.tanh,
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "abs": sympy.Abs,
    "max": sympy.Max,
    "min": sympy.Min,
    "relu": lambda argument: sympy.Max(argument, 0),
    "sigmoid": lambda argument: 1 / (1 + sympy.exp(-argument)),
    "softplus": lambda argument: sympy.log(1 + sympy.exp(argument)),
    "logsigmoid": lambda argument: -sympy.log(1 + sympy.exp(-argument)),
}


class Symbols:
    """Stands a SymPy symbol for each subtree that is not arithmetic, and remembers which.

    Example:
        >>> from lstmkit.engine.tree import Binary, Name
        >>> symbols = Symbols()
        >>> square = symbols.arithmetic(Binary("*", Name("c"), Name("c")))
        >>> symbols.tree(sympy.diff(square, symbols.of(Name("c"))))
        Binary(operator='*', left=Number(value=2.0), right=Name(name='c'))
    """

    def __init__(self) -> None:
        self._by_node: dict[Node, sympy.Symbol] = {}
        self._by_symbol: dict[sympy.Symbol, Node] = {}

    def of(self, node: Node) -> sympy.Symbol:
        """Returns the symbol that stands for a subtree."""
        if node not in self._by_node:
            # SymPy orders what it prints by name: number the symbols as they appear
            symbol = sympy.Symbol(f"s{len(self._by_node):04d}", real=True)
            self._by_node[node] = symbol
            self._by_symbol[symbol] = node
        return self._by_node[node]

    def arithmetic(self, node: Node) -> sympy.Expr:
        """Returns a tree as a SymPy expression; whatever is not arithmetic becomes a symbol."""
        match node:
            case Number(value):
                return sympy.nsimplify(value, rational=True)
            case Negative(operand):
                return -self.arithmetic(operand)
            case Binary("+", left, right):
                return self.arithmetic(left) + self.arithmetic(right)
            case Binary("-", left, right):
                return self.arithmetic(left) - self.arithmetic(right)
            case Binary("*", left, right):
                return self.arithmetic(left) * self.arithmetic(right)
            case Binary("/", left, right):
                return self.arithmetic(left) / self.arithmetic(right)
        return self.of(node)

    def formula(self, node: Node) -> sympy.Expr:
        """Returns a tree as a SymPy expression with real functions, for algebra by hand.

        Layer norms and products stay symbols.
        """
        match node:
            case Call(function, arguments) if function in FUNCTIONS_OF_SYMPY:
                return FUNCTIONS_OF_SYMPY[function](*map(self.formula, arguments))
            case Negative(operand):
                return -self.formula(operand)
            case Binary(operator, left, right):
                first, second = self.formula(left), self.formula(right)
                whole = self.arithmetic(Binary(operator, left, right))
                return whole.subs(
                    {self.arithmetic(left): first, self.arithmetic(right): second},
                    simultaneous=True,
                )
        return self.arithmetic(node)

    def tree(self, expression: sympy.Expr) -> Node:
        """Returns a SymPy expression of these symbols as a tree."""
        if expression in self._by_symbol:
            return self._by_symbol[expression]
        if expression.is_number:
            return Number(float(expression))
        if expression.is_Add:
            return self._sum(expression)
        if expression.is_Mul:
            return self._product(expression)
        assert expression.is_Pow, expression
        return self._power(*expression.as_base_exp())

    def _sum(self, expression: sympy.Expr) -> Node:
        terms = sorted(expression.as_ordered_terms(), key=_is_negative)
        total = self.tree(terms[0])
        for term in terms[1:]:
            operator: Operator = "-" if _is_negative(term) else "+"
            total = Binary(operator, total, self.tree(-term if operator == "-" else term))
        return total

    def _product(self, expression: sympy.Expr) -> Node:
        if _is_negative(expression):
            return Negative(self.tree(-expression))
        above, below = sympy.fraction(expression)
        if below != 1:
            return Binary("/", self.tree(above), self.tree(below))
        factors = expression.as_ordered_factors()
        product = self.tree(factors[0])
        for factor in factors[1:]:
            product = Binary("*", product, self.tree(factor))
        return product

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> Node:
        assert exponent.is_Integer, (base, exponent)
        part = self.tree(base)
        power = part
        for _ in range(abs(int(exponent)) - 1):
            power = Binary("*", power, part)
        return power if exponent > 0 else Binary("/", Number(1.0), power)


def _is_negative(term: sympy.Expr) -> bool:
    return bool(term.could_extract_minus_sign()) and bool(term.as_coeff_Mul()[0] < 0)
