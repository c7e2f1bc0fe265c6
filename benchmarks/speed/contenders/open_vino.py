"""OpenVINO running the same ONNX model in float32; it infers only."""

import openvino

from benchmarks.speed.contenders import Prepared
from benchmarks.speed.contenders.onnx_model import model
from benchmarks.speed.point import Numbers, Point

MODES = ("inference",)


def version() -> str:
    """Its version."""
    return f"openvino {openvino.__version__}"


def prepare(point: Point, numbers: Numbers) -> Prepared:
    """Compiles the model for one stream on the threads of the point.

    Precision is set, because on some processors OpenVINO takes bfloat16 by itself; threads are
    left where the process may run, as those of all others.
    """
    core = openvino.Core()
    settings = {
        "INFERENCE_NUM_THREADS": point.threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }
    compiled = core.compile_model(core.read_model(model(point, numbers)), "CPU", settings)
    request = compiled.create_infer_request()
    given = [numbers.x]
    return Prepared(
        lambda: request.infer(given, share_inputs=True, share_outputs=True),
        lambda result: {"y": result[0][:, 0]},
    )
