"""Learned maps as convolutions: those of the input for all steps at once, gates side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from lstmkit.engine import Layout, Sizes
from lstmkit.engine.evaluate import Scope, evaluate
from lstmkit.engine.layout import Group
from lstmkit.engine.tree import Name, Node, Product

CONVOLUTIONS: Mapping[int, Callable[..., Tensor]] = {
    1: functional.conv1d,
    2: functional.conv2d,
    3: functional.conv3d,
}
Parts = dict[tuple[str, Node], dict[str, Tensor]]


def convolve(
    value: Float[Tensor, "rows *grid columns"], kernel: Float[Tensor, "units columns *size"]
) -> Float[Tensor, "rows *grid units"]:
    """Applies one kernel at every position; outside the grid there are zeros.

    Args:
        value: What it is applied to.
        kernel: The kernel, of odd sizes.

    Returns:
        Its products on the same grid; 0 where the operand has no channels at all.
    """
    if not kernel.shape[1]:
        return value.new_zeros((*value.shape[:-1], kernel.shape[0]))
    if kernel[0, 0].numel() == 1:
        return value @ kernel.flatten(1).mT
    # channels lie last, which is one of torch's two memory formats of images: nothing is copied
    around = tuple(size // 2 for size in kernel.shape[2:])
    found = CONVOLUTIONS[kernel.dim() - 2](value.movedim(-1, 1), kernel, padding=around)
    return found.movedim(1, -1).contiguous()


class Products:
    """The maps of one scan.

    Args:
        layout: Groups of maps of one operand, one kernel a group.
        sizes: Channels.
        parameters: Kernels by group.
        x: Input (batch, time, ..., channels).
    """

    def __init__(
        self, layout: Layout, sizes: Sizes, parameters: Mapping[str, Tensor], x: Tensor
    ) -> None:
        self.layout, self.sizes, self.parameters = layout, sizes, parameters
        self.group_of = {name: group for group in layout.groups for name in group.maps}
        self.of_input = {
            group: self._all_steps(group, x).unbind(1)
            for group in layout.groups
            if isinstance(group.operand, Name) and group.operand.name == "x"
        }

    def _all_steps(self, group: Group, x: Tensor) -> Tensor:
        found = convolve(x.flatten(0, 1), self.parameters[group.stem])
        return found.reshape(*x.shape[:2], *found.shape[1:])

    def split(self, group: Group, product: Tensor) -> dict[str, Tensor]:
        """Returns the products of the single maps of a group by name."""
        rows = self.layout.rows(group, self.sizes)
        return dict(zip(group.maps, product.split(rows, -1), strict=True))

    def at(self, step: int, scope: Scope) -> "StepProducts":
        """Returns the products of one step, whose operands are read in a scope."""
        ready: Parts = {
            (group.stem, group.operand): self.split(group, products[step])
            for group, products in self.of_input.items()
        }
        return StepProducts(self, scope, ready)


@dataclass(slots=True)
class StepProducts:
    """The products of one step; all maps of one operand are one convolution, done once.

    Attributes:
        owner: The maps.
        scope: What names stand for at this step.
        parts: What has been multiplied, by group and operand.
    """

    owner: Products
    scope: Scope
    parts: Parts = field(default_factory=dict)

    def __call__(self, product: Product) -> Tensor:
        """Returns a map's product with its operand."""
        group = self.owner.group_of[product.map]
        key = group.stem, product.operand
        if key not in self.parts:
            value = evaluate(product.operand, self.scope)
            assert isinstance(value, Tensor)
            whole = convolve(value, self.owner.parameters[group.stem])
            self.parts[key] = self.owner.split(group, whole)
        return self.parts[key][product.map]
