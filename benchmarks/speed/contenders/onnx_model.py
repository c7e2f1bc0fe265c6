"""One LSTM node as an ONNX model, for the runtimes that read such files."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.speed.point import Numbers, Point


def model(point: Point, numbers: Numbers) -> bytes:
    """Returns the model: X (T, B, I) to Y (T, 1, B, H), its weights inside.

    Args:
        point: The shape; the model knows it, as a runtime likes best.
        numbers: Weights in torch's layout.
    """
    initial = {
        "W": iofc(numbers.W)[None],
        "R": iofc(numbers.U)[None],
        "B": np.concatenate([iofc(numbers.b), 0 * numbers.b])[None],
    }
    node = helper.make_node("LSTM", ["X", *initial], ["Y"], hidden_size=point.hidden)
    shape_in = [point.steps, point.batch, point.input]
    shape_out = [point.steps, 1, point.batch, point.hidden]
    graph = helper.make_graph(
        [node],
        "lstm",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, shape_in)],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, shape_out)],
        [numpy_helper.from_array(values, name) for name, values in initial.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(made)
    written: bytes = made.SerializeToString()
    return written


def iofc(stacked: np.ndarray) -> np.ndarray:
    """Puts the rows of torch's gates i, f, g, o into the order i, o, f, g of ONNX."""
    i, f, g, o = np.split(stacked, 4)
    return np.concatenate([i, o, f, g])
