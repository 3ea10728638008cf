"""Whether a side computes what PyTorch's eager mode computed (files that comparing/prepare.py wrote)."""
import numpy as np

LARGEST_ERROR = 1e-3  # of the largest value
STEPS = 3  # of training, whose losses are compared


def error_of(results, expected):
    """The largest error over the largest value, of all results; of a loss relative to it."""
    worst = 0.0
    for result, value in zip(results, expected, strict=True):
        if result.shape != value.shape:
            raise ValueError(f"a result has the shape {result.shape}, not {value.shape}")
        worst = max(worst, float(np.abs(result - value).max() / np.abs(value).max()))
    return worst
