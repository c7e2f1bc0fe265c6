"""Published errors of long horizons, (MSE, MAE) of each horizon, and the splits they are of.

All of ETTh1, on values standardised by the training part:

- *corrected*: Table II of Lin et al. 2026 (IEEE Internet of Things Journal 13, 5), as their
  repository keeps it (lss-1138/SegRNN, Figures/Table2.png, since 2025-07-28): look-back 720, every
  origin of the test part.
- *2023*: Table 2 of the same authors' arXiv 2308.11200, as the repository kept it before. Their
  program left out the last batch of the test part where it was not whole (its README says so),
  which are the last 225, 129, 241 and 113 origins at its batches of 256.

Those of the exchange rates are as remembered from Zeng et al. 2023 and were not checked.
"""

HORIZONS = (96, 192, 336, 720)
# rows to learn from, to choose by, to judge by
SPLITS = {"etth1": (8640, 2880, 2880), "exchange_rate": (5311, 760, 1517)}

CORRECTED = "(SegRNN's authors, corrected)"
WITHOUT_LAST = "(SegRNN's authors, 2023)"

PUBLISHED: dict[str, dict[str, tuple[tuple[float, float | None], ...]]] = {
    "etth1": {
        f"SegRNN {WITHOUT_LAST}": ((0.341, 0.376), (0.385, 0.402), (0.401, 0.417), (0.434, 0.447)),
        f"SegRNN {CORRECTED}": ((0.351, 0.392), (0.392, 0.414), (0.423, 0.433), (0.466, 0.472)),
        f"PatchTST {CORRECTED}": ((0.375, 0.404), (0.418, 0.430), (0.462, 0.460), (0.495, 0.497)),
        f"DLinear {CORRECTED}": ((0.381, 0.407), (0.419, 0.430), (0.454, 0.456), (0.499, 0.512)),
        f"iTransformer {CORRECTED}": (
            (0.396, 0.426),
            (0.430, 0.450),
            (0.480, 0.486),
            (0.700, 0.608),
        ),
        f"DeepAR, an LSTM {CORRECTED}": (
            (1.097, 0.803),
            (1.080, 0.793),
            (1.076, 0.800),
            (1.079, 0.815),
        ),
    },
    "exchange_rate": {
        "DLinear (as remembered)": ((0.081, None), (0.157, None), (0.305, None), (0.643, None))
    },
}
