"""Who looks at torch's own operations while a scan runs, so that it must be made of them."""

from torch._C import _get_tracing_state, _len_torch_dispatch_stack
from torch._C._functorch import peek_interpreter_stack
from torch.autograd import forward_ad
from torch.compiler import is_compiling


def onlooker() -> str | None:
    """Says who would miss what a kernel of another kind than torch's computes, or None.

    A tracer would keep its outputs as constants, a derivative in forward mode would be lost.
    """
    if is_compiling() or _get_tracing_state() is not None:
        return "a compiler is looking on"
    if _len_torch_dispatch_stack():
        return "somebody listens to torch's operations"
    if peek_interpreter_stack() is not None:
        return "the compiled engine cannot be vmapped"
    if forward_ad._current_level >= 0:
        return "the compiled engine has no forward-mode derivatives"
    return None
