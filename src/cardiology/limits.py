"""The limits for a run's inputs, used by the job and by checks before launch."""

import re
from collections.abc import Mapping
from typing import Any

EPOCHS = range(1, 10_001)
#: The number of seeds, and their range: numpy and torch both accept 32 bits.
SEED_COUNT = range(1, 51)
SEED = range(2**32)
#: Names become S3 keys and metric dimensions.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")


def faults(inputs: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with epochs, seeds, model_name and version, one sentence each.

    Inputs that are not given are not checked.
    """
    found = []
    for name in ("model_name", "version"):
        if name in inputs and not NAME.fullmatch(str(inputs[name])):
            found.append(
                f"{name} is {inputs[name]!r}: use 1 to 128 letters, digits and . _ + -, beginning "
                "with a letter or digit"
            )
    if "epochs" in inputs and inputs["epochs"] not in EPOCHS:
        found.append(
            f"epochs is {inputs['epochs']!r}: a whole number from {EPOCHS[0]} to {EPOCHS[-1]:,} is "
            "needed"
        )
    if "seeds" in inputs:
        seeds = list(inputs["seeds"])
        if len(seeds) not in SEED_COUNT or any(seed not in SEED for seed in seeds):
            found.append(
                f"seeds is {seeds}: {SEED_COUNT[0]} to {SEED_COUNT[-1]} whole numbers from 0 to "
                f"{SEED[-1]:,} are needed"
            )
        elif len(set(seeds)) < len(seeds):
            found.append(f"seeds is {seeds}: each seed may be given once")
    return found
